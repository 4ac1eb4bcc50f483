/**
 * The token of a GitHub App's installation, which GitHub gives for an hour against a JWT signed
 * with the App's key. Documents: "Generating a JSON Web Token (JWT) for a GitHub App" and
 * "Authenticating as a GitHub App installation" on docs.github.com.
 */
import { createPrivateKey, sign } from 'node:crypto';
import type { Stats } from 'node:fs';
import { printable } from '../../../lib/escape.ts';
import { isExposed, readSmall } from '../../../lib/small-file.ts';
import { ForgeError } from '../forge.ts';
import { asForgeError } from './classify.ts';

export interface AppSettings {
  id: number;
  installation: number;
  /** PEM, mode 0600. */
  keyFile: string;
}

/** Renewed this long before it ends, so that a call under way never outlives it. */
const EARLY_MS = 10 * 60_000;
const MAX_KEY = 64 * 1024;

/** Throws ForgeError `auth`, `forbidden`, `limited`, `not-found` or `unavailable`. */
export async function appToken(settings: {
  app: AppSettings;
  apiUrl: string;
  now(): number;
  fetch?: typeof fetch;
}): Promise<{ token: string; until: number }> {
  const { app, apiUrl, now } = settings;
  const jwt = jsonWebToken(app.id, readKey(app.keyFile), now());
  const what = 'give a token for the App';
  let answer: { token?: unknown; expires_at?: unknown };
  try {
    const response = await (settings.fetch ?? fetch)(
      `${apiUrl}/app/installations/${app.installation}/access_tokens`,
      {
        method: 'POST',
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${jwt}`,
          'user-agent': 'aedev',
          'x-github-api-version': '2022-11-28',
        },
        redirect: 'manual',
        signal: AbortSignal.timeout(30_000),
      },
    );
    const data: unknown = await response.json().catch(() => null);
    const headers = Object.fromEntries(response.headers);
    if (response.status !== 201) throw { response: { status: response.status, headers, data } };
    answer = (data ?? {}) as typeof answer;
  } catch (error) {
    throw asForgeError(error, what, now());
  }
  const until = Date.parse(String(answer.expires_at));
  if (
    typeof answer.token !== 'string' ||
    !/^[\x21-\x7e]{8,1000}$/.test(answer.token) ||
    !(until > 0)
  )
    throw new ForgeError('unavailable', `GitHub did not ${what}: it gave no usable answer.`, true);
  return { token: answer.token, until: until - EARLY_MS };
}

/** Begins a minute ago, because clocks differ; GitHub takes at most ten minutes. */
export function jsonWebToken(appId: number, keyPem: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iat: seconds - 60, exp: seconds + 9 * 60, iss: String(appId) };
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(keyPem);
    if (key.asymmetricKeyType !== 'rsa') throw new Error('no RSA key');
  } catch {
    // The parser's own words may quote the file.
    throw keyError('The key file of the GitHub App holds no RSA private key.');
  }
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function readKey(path: string): string {
  const shown = printable(path, 200);
  let found: ReturnType<typeof readSmall> = null;
  try {
    found = readSmall(path, MAX_KEY, { followLinks: false });
  } catch {
    // Said as of one that is not there.
  }
  if (found === null) throw keyError(`The key file of the GitHub App, ${shown}, cannot be read.`);
  const wrong = (what: string) => keyError(`The key file of the GitHub App, ${shown}, ${what}.`);
  if (typeof found === 'string') throw wrong('is no key file');
  const problem = problemOf(found.stats);
  if (problem) throw wrong(problem);
  return found.bytes.toString('utf8');
}

function problemOf(stats: Stats): string | null {
  if (isExposed(stats)) return 'can be read by other accounts';
  return process.getuid && stats.uid !== process.getuid() ? 'belongs to another account' : null;
}

const keyError = (sentence: string) =>
  new ForgeError('auth', sentence, false, {
    remedy: 'put the PEM from the settings of the App there, then `chmod 600` it',
  });
