/**
 * Hostile trees hold names that are not UTF-8. Here a path is a string with one character per byte
 * (latin1), turned into bytes only for the system call, so that every name survives the way there
 * and back.
 */
import { setImmediate } from 'node:timers/promises';

/** A path as one character per byte. */
export type RawPath = string & { readonly raw: unique symbol };

export function rawPath(path: string): RawPath {
  return Buffer.from(path, 'utf8').toString('latin1') as RawPath;
}

/** The bytes to hand to a system call. */
export function bytes(path: RawPath): Buffer {
  return Buffer.from(path, 'latin1');
}

export function child(dir: RawPath, name: string): RawPath {
  return `${dir}/${name}` as RawPath;
}

/** Decoded for people; what is not UTF-8 becomes U+FFFD. */
export function readable(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/**
 * Synchronous calls are several times faster than awaited ones on many small files; giving way every
 * few hundred keeps the daemon's event loop responsive all the same.
 */
export function breather(every = 400): () => Promise<void> | undefined {
  let count = 0;
  return () => {
    count += 1;
    return count % every === 0 ? setImmediate() : undefined;
  };
}

/** Longest path this platform takes, less room for one more name. */
export const LONG_PATH = process.platform === 'darwin' ? 740 : 3000;
