/** The output of a run as its sandbox wrote it: for people, bounded, never interpreted. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const MAX_BYTES = 256 * 1024;
const RUN = /^r-[a-z0-9]{4,32}$/;

/** The end of one output stream; null when there is none. */
export async function readRunLog(
  runs: string,
  run: string,
  which: 'stdout' | 'stderr',
): Promise<{ text: string; truncated: boolean } | null> {
  if (!RUN.test(run)) return null;
  const file = await open(join(runs, run, which), 'r').catch(() => null);
  if (!file) return null;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - MAX_BYTES);
    const bytes = Buffer.alloc(size - start);
    await file.read(bytes, 0, bytes.length, start);
    return { text: bytes.toString('utf8'), truncated: start > 0 };
  } finally {
    await file.close();
  }
}
