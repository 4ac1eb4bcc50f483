import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, isExposed, readSmall, writeNew } from '../lib/small-file.ts';
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
  const made = tried(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return writeNew(path, pem.toString());
  });
  if (made) return signingKey(privateKey);
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

const MAX_KEY_BYTES = 64 * 1024;

/** The file's text, or undefined when there is none. */
function readKeyFile(path: string): string | undefined {
  // A symbolic link could point the daemon at a file that somebody else controls.
  const found = tried(path, () => readSmall(path, MAX_KEY_BYTES, { followLinks: false }));
  if (found === null) return undefined;
  if (found === 'not-a-file') throw unreadable(path, 'not a regular file', undefined);
  // No key is that long: the parser says so.
  if (found === 'too-large') return '';
  if (isExposed(found.stats)) {
    const mode = (found.stats.mode & 0o777).toString(8);
    throw new KeyError(
      'exposed',
      path,
      `${path} can be read by other accounts of this machine (mode ${mode}): run chmod 600 on it, and replace the key if you do not trust them.`,
    );
  }
  return found.bytes.toString('utf8');
}

const unreadable = (path: string, code: string, cause: unknown): KeyError =>
  new KeyError(
    'unreadable',
    path,
    `The key file ${path} cannot be read or made (${code || 'unknown error'}): make it a regular file in a folder that this account may write.`,
    { cause },
  );

function tried<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unreadable(path, codeOf(cause), cause);
  }
}
