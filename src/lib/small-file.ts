/**
 * Small files of this account: read bounded, written whole or not at all, durable. Errors are the
 * system's own.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The `code` of a system error, e.g. `ENOENT`; empty when there is none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Windows has no such bits; there the folder's access list protects a file. */
export const isExposed = ({ mode }: Stats): boolean =>
  process.platform !== 'win32' && (mode & 0o077) !== 0;

export interface Opened {
  bytes: Buffer;
  stats: Stats;
}

/**
 * The whole file and what it was when read; null when it does not exist, `too-large` beyond
 * `maxBytes`. A FIFO or device is refused instead of being waited for.
 */
export function readSmall(
  path: string,
  maxBytes: number,
  options: { followLinks: boolean },
): Opened | 'too-large' | 'not-a-file' | null {
  const flags =
    constants.O_RDONLY |
    (constants.O_NONBLOCK ?? 0) |
    (options.followLinks ? 0 : (constants.O_NOFOLLOW ?? 0));
  let file: number;
  try {
    file = openSync(path, flags);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return 'not-a-file';
    if (stats.size > maxBytes) return 'too-large';
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const got = readSync(file, bytes, length, bytes.length - length, null);
      length += got;
      if (length > maxBytes) return 'too-large';
      if (got === 0) return { bytes: bytes.subarray(0, length), stats };
    }
  } finally {
    closeSync(file);
  }
}

/** A complete, flushed temporary file beside `path`; gone again when writing fails. */
function writeTemporary(path: string, content: string | Uint8Array, mode: number): string {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return temporary;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes a rename or link in `folder` survive a power cut. */
function syncFolder(folder: string): void {
  // Windows cannot open folders; its file systems journal names.
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a new file with all its content at once. False when one is there already: it stays. */
export function writeNew(path: string, content: string | Uint8Array, mode = 0o600): boolean {
  const temporary = writeTemporary(path, content, mode);
  try {
    // A link, unlike a rename, never replaces what someone else made in the meantime.
    linkSync(temporary, path);
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Replaces the content of a file: a reader sees all of the old or all of the new, also after a
 * power cut. `before` runs when the new file is ready; what it throws leaves the old one in place.
 */
export function replaceFile(
  path: string,
  content: string,
  mode: number,
  before: () => void = () => {},
): void {
  const temporary = writeTemporary(path, content, mode);
  try {
    before();
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
