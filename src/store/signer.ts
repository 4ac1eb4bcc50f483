import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { HeadSigner } from './event-store.ts';

export type KeyErrorTag = 'exposed' | 'missing' | 'not-a-key' | 'unreadable';

/** Why a key file cannot be used; the message names the remedy. Never holds key material. */
export class KeyError extends Error {
  readonly tag: KeyErrorTag;
  readonly path: string;
  constructor(tag: KeyErrorTag, path: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'KeyError';
    this.tag = tag;
    this.path = path;
  }
}

/** An Ed25519 key of this installation: signs log heads and evidence. */
export interface SigningKey extends HeadSigner {
  /** SPKI PEM, for those who verify without the private key. */
  publicKeyPem: string;
}

/** A verifier knows the public key only: enough to check, never to sign. */
export type HeadVerifier = Pick<HeadSigner, 'keyId' | 'verify'>;

/**
 * Reads an Ed25519 private key (PKCS #8 PEM), or makes one with mode 0600 when the file is missing.
 * Throws {@link KeyError}: `exposed` when others may read it, `not-a-key`, `unreadable`.
 */
export function loadOrCreateKey(path: string): SigningKey {
  const existing = readKeyFile(path);
  if (existing !== undefined) return signingKey(parseKey(path, existing));
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  if (writeNewFile(path, pem)) return signingKey(privateKey);
  // Another process made it in the meantime: its key is the one that counts.
  return loadOrCreateKey(path);
}

/**
 * The verifying half of a key that {@link loadOrCreateKey} made, for readers: makes nothing. Throws
 * {@link KeyError} `missing` as well as the errors of that.
 */
export function loadVerifier(path: string): Omit<SigningKey, 'sign'> {
  const existing = readKeyFile(path);
  if (existing === undefined) {
    throw new KeyError('missing', path, `There is no key at ${path}: start the daemon once.`);
  }
  const { keyId, verify: check, publicKeyPem } = signingKey(parseKey(path, existing));
  return { keyId, verify: check, publicKeyPem };
}

function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  return {
    keyId: keyIdOf(publicKey),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (bytes) => sign(null, bytes, privateKey),
    verify: (bytes, signature) => verify(null, bytes, publicKey, signature),
  };
}

function parseKey(path: string, pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The parser's error may quote its input, so it is not kept as the cause.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new KeyError(
    'not-a-key',
    path,
    `${path} does not hold an Ed25519 private key: restore it from a backup, or move it away to have a new one made.`,
  );
}

/** The file's text, or undefined when there is none. The mode is checked on the open file. */
function readKeyFile(path: string): string | undefined {
  let fd: number;
  try {
    // A symbolic link could point the daemon at a file that somebody else controls.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    throw unreadable(path, code, cause);
  }
  try {
    const info = fstatSync(fd);
    if (!info.isFile()) throw unreadable(path, 'not a regular file', undefined);
    // Windows has no such bits; there the folder's access list protects the key.
    if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
      throw new KeyError(
        'exposed',
        path,
        `${path} can be read by other accounts of this machine (mode ${(info.mode & 0o777).toString(8)}): run chmod 600 on it, and replace the key if you do not trust them.`,
      );
    }
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function unreadable(path: string, code: string | undefined, cause: unknown): KeyError {
  return new KeyError(
    'unreadable',
    path,
    `The key file ${path} cannot be read or made (${code ?? 'unknown error'}): make it a regular file in a folder that this account may write.`,
    { cause },
  );
}

/**
 * Makes the file whole or not at all: a crash half-way must not leave an empty key behind. Linking
 * fails when the name exists, where renaming would replace another process's key. False then.
 */
function writeNewFile(path: string, pem: string | Buffer): boolean {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(fd, pem.toString());
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    linkSync(temporary, path);
    return true;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' && readKeyFile(path) !== undefined) return false;
    throw unreadable(path, code, cause);
  } finally {
    rmSync(temporary, { force: true });
  }
}
