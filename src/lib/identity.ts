/**
 * How a client knows that the program on a loopback port is this installation's daemon before it
 * sends a token there: both can read one secret file, so only the daemon can answer a fresh nonce.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { printable } from './escape.ts';
import { codeOf, isExposed, readSmall, writeNew } from './small-file.ts';

const KEY_BYTES = 32;

/** What a nonce may be: long enough not to repeat, short enough not to be a load. */
export const NONCE = /^[A-Za-z0-9_-]{22,128}$/;

/** Why the key file cannot be used. Never holds key material. */
export class IdentityError extends Error {
  /** `exposed`: others may read it. `damaged`: not 32 bytes. `unreadable`: the system refused. */
  readonly tag: 'exposed' | 'damaged' | 'unreadable';
  readonly sentence: string;
  readonly remedy: string;
  constructor(tag: IdentityError['tag'], sentence: string, remedy: string, cause?: unknown) {
    super(`${sentence} ${remedy}`, cause === undefined ? {} : { cause });
    this.name = 'IdentityError';
    this.tag = tag;
    this.sentence = sentence;
    this.remedy = remedy;
  }
}

/**
 * The proof for a nonce, 64 hex digits. Boot and port are part of it: a squatter that passes the
 * nonce on to the real daemon on another port gets a proof for that port, which nobody accepts.
 */
export function prove(key: Uint8Array, nonce: string, boot: string, port: number): string {
  return createHmac('sha256', key)
    .update(`aedev-identity-1\n${port}\n${boot}\n${nonce}`, 'utf8')
    .digest('hex');
}

const ANEW = 'Stop the daemon, remove that file and start the daemon again: it makes a new one.';

/** The key, or null when there is none yet. Throws {@link IdentityError}. */
export function readIdentity(path: string): Buffer | null {
  // A link could make the daemon prove itself with bytes that somebody else chose.
  const found = tried(path, () => readSmall(path, KEY_BYTES, { followLinks: false }));
  if (found === null) return null;
  if (typeof found !== 'string' && isExposed(found.stats)) {
    const sentence = `Other accounts can reach the daemon's identity key ${printable(path, 300)}.`;
    throw new IdentityError('exposed', sentence, ANEW);
  }
  if (typeof found !== 'string' && found.bytes.length === KEY_BYTES) return found.bytes;
  const sentence = `${printable(path, 300)} does not hold the daemon's identity key.`;
  throw new IdentityError('damaged', sentence, ANEW);
}

/** The key; made with mode 0600 when the file is missing. Throws {@link IdentityError}. */
export function loadOrCreateIdentity(path: string): Buffer {
  const known = readIdentity(path);
  if (known) return known;
  const key = randomBytes(KEY_BYTES);
  const made = tried(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return writeNew(path, key);
  });
  if (made) return key;
  // Another process made it in the meantime: its key is the one that counts.
  return readIdentity(path) ?? loadOrCreateIdentity(path);
}

function tried<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new IdentityError(
      'unreadable',
      `The daemon's identity key ${printable(path, 300)} cannot be read or made (${codeOf(cause) || 'unknown error'}).`,
      'Make it a regular file in a folder that this account may write, or remove it.',
      cause,
    );
  }
}
