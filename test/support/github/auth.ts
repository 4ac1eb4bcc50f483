/** Who is calling, and what they may do. */
import { createPublicKey, verify } from 'node:crypto';
import { ApiError, type Needs, notFound } from './reply.ts';
import type { Level, Repo, Token, World } from './world.ts';

export interface Caller {
  token: Token | null;
  /** The app that signed a JWT. */
  app: number | null;
}

const LEVELS = { read: 1, write: 2 };

/** The token in an Authorization header, whatever its scheme; null without one. */
export function secretOf(header: string | undefined): { secret: string; isJwt: boolean } | null {
  if (header === undefined) return null;
  const [scheme = '', rest = ''] = header.split(/ +/, 2);
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(rest, 'base64').toString('utf8');
    const secret = pair.slice(pair.indexOf(':') + 1);
    return { secret, isJwt: false };
  }
  if (!/^(?:bearer|token)$/i.test(scheme)) return null;
  return { secret: rest, isJwt: rest.split('.').length === 3 };
}

const badCredentials = () => new ApiError(401, 'Bad credentials');

/** Throws 401 for a token that is unknown or over. */
export function authenticate(world: World, header: string | undefined, now: number): Caller {
  if (header === undefined) return { token: null, app: null };
  const said = secretOf(header);
  if (said === null) throw badCredentials();
  if (said.isJwt) return { token: null, app: appOfJwt(world, said.secret, now) };
  const token = world.tokens.get(said.secret);
  if (token === undefined) throw badCredentials();
  if (token.expiresAt !== null && token.expiresAt <= now) throw badCredentials();
  return { token, app: null };
}

/** GitHub's rules for the JWT of an app: RS256, at most ten minutes, no time in the future. */
function appOfJwt(world: World, jwt: string, now: number): number {
  const no = (message: string) => new ApiError(401, message);
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const undecodable = () => no('A JSON web token could not be decoded');
  let alg: unknown;
  let said: { iss?: unknown; iat?: unknown; exp?: unknown };
  try {
    alg = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')).alg;
    said = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
  } catch {
    throw undecodable();
  }
  if (alg !== 'RS256') throw undecodable();
  const app = [...world.apps.values()].find(
    (one) => String(said.iss) === String(one.id) || said.iss === one.clientId,
  );
  if (app === undefined) throw no("'Issuer' claim ('iss') must be an Integer");
  const key = createPublicKey(app.publicKey);
  const data = Buffer.from(`${head}.${claims}`);
  if (!verify('RSA-SHA256', data, key, Buffer.from(signature, 'base64url'))) throw undecodable();
  const seconds = Math.floor(now / 1000);
  if (typeof said.iat !== 'number' || said.iat > seconds) {
    throw no(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof said.exp !== 'number' || said.exp <= seconds) {
    throw no(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (said.exp > seconds + 600) {
    throw no("'Expiration time' claim ('exp') is too far in the future");
  }
  return app.id;
}

/** Whether a caller can see that a repository exists. */
export function sees(token: Token | null, repo: Repo): boolean {
  if (!repo.private) return true;
  if (token === null) return false;
  if (token.kind === 'classic' && token.permissions['repo'] === undefined) return false;
  if (token.repos !== 'all') return token.repos.includes(repo.id);
  return repo.permissions.has(token.login.toLowerCase());
}

function has(token: Token, permission: string, level: Level): boolean {
  if (token.kind === 'classic') return token.permissions['repo'] !== undefined;
  const mine = token.permissions[permission];
  return mine !== undefined && LEVELS[mine] >= LEVELS[level];
}

/** What the person behind a token may do; an installation acts for itself. */
function personMay(token: Token, repo: Repo, needs: Needs): boolean {
  if (token.kind === 'installation') return true;
  const level = repo.permissions.get(token.login.toLowerCase());
  return needs.some((need) => {
    if (need.endsWith(':read')) return need !== 'administration:read' || level === 'admin';
    // Anybody who can see an issue may comment on it, and open a pull request from a fork.
    if (need.startsWith('issues:') || need.startsWith('pull_requests:')) return true;
    return level === 'write' || level === 'admin';
  });
}

/** Throws what GitHub answers to a caller who may not: 401, 403 or (not to tell) 404. */
export function authorize(token: Token | null, repo: Repo, needs: Needs): void {
  if (!sees(token, repo)) throw notFound();
  if (needs.length === 0) return;
  const isRead = needs.every((need) => need.endsWith(':read'));
  if (token === null) {
    if (isRead && !needs.includes('administration:read')) return;
    throw new ApiError(401, 'Requires authentication');
  }
  const inScope = token.repos === 'all' || token.repos.includes(repo.id);
  const isGranted = needs.some((need) => {
    const [permission = '', level = 'read'] = need.split(':');
    if (!repo.private && level === 'read' && permission !== 'administration') return true;
    return inScope && has(token, permission, level as Level);
  });
  const accepted = needs.map((need) => need.replace(':', '=')).join('; ');
  if (!isGranted) {
    // A classic token without the scope learns nothing about what it cannot do.
    if (token.kind === 'classic') throw notFound();
    const what = token.kind === 'installation' ? 'integration' : 'personal access token';
    const headers = { 'x-accepted-github-permissions': accepted };
    throw new ApiError(403, `Resource not accessible by ${what}`, {}, headers);
  }
  if (!personMay(token, repo, needs)) {
    if (isRead) throw notFound();
    throw new ApiError(403, 'Must have push access to view or change this repository.');
  }
}
