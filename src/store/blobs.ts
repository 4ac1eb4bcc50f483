import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSha256Hex, sha256Hex } from '../lib/hash.ts';
import { type BlobStore, StoreError, type StoreErrorTag } from './event-store.ts';

/** Blobs as files `<folder>/ab/cdef…`, named by the sha256 of their content, mode 0600. */
export class DiskBlobStore implements BlobStore {
  readonly #folder: string;

  /** Makes nothing yet: folders appear with the first blob. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Durable before it resolves. Throws {@link StoreError} `disk-full`, `read-only` or `io`. */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256Hex(bytes);
    const path = this.#path(digest);
    try {
      // A file of another size was damaged from outside; what we hold is right, so it is replaced.
      if ((await sizeOf(path)) === bytes.byteLength) return digest;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeWhole(path, bytes);
      return digest;
    } catch (cause) {
      throw blobError(`The blob ${digest} cannot be written`, cause);
    }
  }

  async get(digest: string): Promise<Uint8Array> {
    let bytes: Buffer;
    try {
      const file = await open(this.#path(digest), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
      bytes = await file.readFile().finally(() => file.close());
    } catch (cause) {
      throw blobError(`The blob ${digest} cannot be read`, cause);
    }
    return verified(digest, bytes);
  }

  async has(digest: string): Promise<boolean> {
    return (await sizeOf(this.#path(digest))) !== undefined;
  }

  #path(digest: string): string {
    requireDigest(digest);
    return join(this.#folder, digest.slice(0, 2), digest.slice(2));
  }
}

/** A digest becomes a path, so nothing but 64 hex digits may pass. */
function requireDigest(digest: string): void {
  if (isSha256Hex(digest)) return;
  throw new StoreError('invalid', 'A blob is named by the 64 lower-case hex digits of its sha256.');
}

function verified(digest: string, bytes: Uint8Array): Uint8Array {
  if (sha256Hex(bytes) === digest) return bytes;
  throw new StoreError(
    'corrupt',
    `The blob ${digest} no longer has the content it is named by: restore it from a backup.`,
  );
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const info = await stat(path);
    return info.isFile() ? info.size : undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw blobError('A blob cannot be looked up', error);
  }
}

/** Under a name of its own, flushed, then renamed: a blob is there whole or not at all. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await withFile(temporary, 'wx', async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // Both the name and, for a first blob, its folder's name must survive a power loss.
  if (process.platform === 'win32') return;
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    await withFile(folder, 'r', (handle) => handle.sync());
  }
}

async function withFile<T>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const REMEDIES: Partial<Record<StoreErrorTag, string>> = {
  'not-found': 'it does not exist; restore it from a backup.',
  'read-only': 'give this account write access to its folder.',
  'disk-full': 'the disk is full; free some space and try again.',
};

function blobError(what: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? 'unknown error';
  const tag = BLOB_TAGS.get(code) ?? 'io';
  const remedy = REMEDIES[tag] ?? `check the disk and the folder (${code}).`;
  return new StoreError(tag, `${what}: ${remedy}`, { cause });
}

const BLOB_TAGS = new Map<string, StoreErrorTag>([
  ['ENOENT', 'not-found'],
  ['EACCES', 'read-only'],
  ['EPERM', 'read-only'],
  ['EROFS', 'read-only'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
]);
