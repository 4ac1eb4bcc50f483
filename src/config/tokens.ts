/**
 * The two credentials of an installation: the operator's may decide, an agent's may ask. The
 * daemon keeps only their digests, so that no dump or log of it can leak one.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { printable } from '../lib/escape.ts';
import { isExposed } from '../lib/small-file.ts';
import { ConfigError } from './errors.ts';
import { readSmall } from './files.ts';
import type { HomePaths } from './home.ts';

export const TOKEN_PREFIX = { operator: 'aedev_op_', agent: 'aedev_ag_' } as const;
export type TokenKind = keyof typeof TOKEN_PREFIX;

const digestOf = (token: string) => createHash('sha256').update(token, 'utf8').digest();

/** Who may hold which token; made by {@link loadTokens}. */
export interface Tokens {
  /**
   * The actor a presented token stands for; null for any other text. The time taken does not
   * depend on how much of a token was guessed.
   */
  actorOf(token: string): `operator:${string}` | `agent:${string}` | null;
}

const fileOf = (paths: HomePaths, kind: TokenKind) =>
  kind === 'operator' ? paths.operatorToken : paths.agentToken;

/**
 * Reads one token, for a client that must present it. Throws ConfigError: `token-missing`,
 * `token-exposed` (others may read it, or it is a link), `token-malformed`.
 */
export function readToken(paths: HomePaths, kind: TokenKind): string {
  const path = fileOf(paths, kind);
  const shown = printable(path, 300);
  const read = readSmall(path, 1024, { followLinks: false });
  const renew = `Remove it and run \`aedev init\` for a new one.`;
  if (read === null)
    throw new ConfigError(
      'token-missing',
      `There is no ${kind} token at ${shown}.`,
      'Run `aedev init`.',
    );
  if (typeof read === 'string')
    throw new ConfigError('token-malformed', `${shown} is not a token file.`, renew);
  const { stats, bytes } = read;
  if (isExposed(stats))
    throw new ConfigError(
      'token-exposed',
      `Other accounts can reach the ${kind} token in ${shown}.`,
      `${renew} If you are sure nobody read it: chmod 600 ${shown}.`,
    );
  if (process.getuid !== undefined && stats.uid !== process.getuid())
    throw new ConfigError('token-exposed', `${shown} belongs to another account.`, renew);
  const token = bytes.toString('latin1').trim();
  const prefix = TOKEN_PREFIX[kind];
  if (!token.startsWith(prefix) || !/^[A-Za-z0-9_-]{43}$/.test(token.slice(prefix.length)))
    throw new ConfigError('token-malformed', `${shown} holds no ${kind} token.`, renew);
  return token;
}

/** Reads both tokens for a server. Throws as {@link readToken}. */
export function loadTokens(paths: HomePaths, names: { operator: string; agent: string }): Tokens {
  const operator = digestOf(readToken(paths, 'operator'));
  const agent = digestOf(readToken(paths, 'agent'));
  return {
    actorOf(token) {
      // Digests have one length and reveal nothing by where they differ; both are always compared.
      const given = digestOf(token);
      const isOperator = timingSafeEqual(given, operator);
      const isAgent = timingSafeEqual(given, agent);
      if (isOperator) return `operator:${names.operator}`;
      return isAgent ? `agent:${names.agent}` : null;
    },
  };
}
