/** What files weigh on the disk. */
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** So many entries are counted before others get their turn. */
const BREATH = 400;
/** Whoever asks wants a number soon: beyond this the rest is not counted. */
const MAX_ENTRIES = 2_000_000;
const BLOCK = 512n;

/**
 * Bytes that the tree at `path` occupies, by lstat alone: nothing is opened or followed, a file with
 * several names counts once, a hole counts nothing. 0 when nothing is there. What cannot be read is
 * left out.
 */
export async function weigh(path: string): Promise<number> {
  const seen = new Set<bigint>();
  let bytes = 0n;
  let count = 0;
  const stack: Buffer[] = [Buffer.from(path)];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    count += 1;
    if (count > MAX_ENTRIES) break;
    if (count % BREATH === 0) await setImmediate();
    const info = look(top);
    if (info === null) continue;
    if (info.isFile() && info.nlink > 1n) {
      if (seen.has(info.ino)) continue;
      seen.add(info.ino);
    }
    // Where blocks are not told (Windows), the size is the next best.
    bytes += typeof info.blocks === 'bigint' ? info.blocks * BLOCK : info.size;
    if (!info.isDirectory()) continue;
    try {
      const slash = Buffer.from('/');
      for (const name of readdirSync(top, { encoding: 'buffer' }))
        stack.push(Buffer.concat([top, slash, name]));
    } catch {
      // Closed to us, or gone in between.
    }
  }
  return Number(bytes);
}

function look(path: Buffer): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch {
    return null;
  }
}
