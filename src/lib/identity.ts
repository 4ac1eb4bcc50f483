/**
 * How a client knows that the program on a loopback port is this installation's daemon before it
 * sends a token there: both can read one secret file, so only the daemon can answer a fresh nonce.
 */
import { createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { printable } from './escape.ts';

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

/** The key, or null when there is none yet. Throws {@link IdentityError}. */
export function readIdentity(path: string): Buffer | null {
  let file: number;
  try {
    // A link could make the daemon prove itself with bytes that somebody else chose.
    file = openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw unreadable(path, cause);
  }
  try {
    const info = fstatSync(file);
    // Windows has no such bits; there the folder's access list protects the key.
    if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
      throw new IdentityError(
        'exposed',
        `Other accounts can reach the daemon's identity key ${printable(path, 300)}.`,
        'Stop the daemon, remove that file and start the daemon again: it makes a new one.',
      );
    }
    const bytes = Buffer.alloc(KEY_BYTES + 1);
    const length = info.isFile() ? readSync(file, bytes, 0, bytes.length, 0) : 0;
    if (length === KEY_BYTES) return bytes.subarray(0, KEY_BYTES);
    throw new IdentityError(
      'damaged',
      `${printable(path, 300)} does not hold the daemon's identity key.`,
      'Stop the daemon, remove that file and start the daemon again: it makes a new one.',
    );
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    throw unreadable(path, error);
  } finally {
    closeSync(file);
  }
}

/** The key; made with mode 0600 when the file is missing. Throws {@link IdentityError}. */
export function loadOrCreateIdentity(path: string): Buffer {
  const known = readIdentity(path);
  if (known) return known;
  const key = randomBytes(KEY_BYTES);
  if (writeWhole(path, key)) return key;
  // Another process made it in the meantime: its key is the one that counts.
  return readIdentity(path) ?? loadOrCreateIdentity(path);
}

/** Whole or not at all, never over another's: false when the file was there already. */
function writeWhole(path: string, bytes: Uint8Array): boolean {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw unreadable(path, cause);
  } finally {
    rmSync(temporary, { force: true });
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code;

const unreadable = (path: string, cause: unknown) =>
  new IdentityError(
    'unreadable',
    `The daemon's identity key ${printable(path, 300)} cannot be read or made (${codeOf(cause) ?? 'unknown error'}).`,
    'Make it a regular file in a folder that this account may write, or remove it.',
    cause,
  );
