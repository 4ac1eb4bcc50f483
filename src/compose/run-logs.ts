/** The output of a run as its sandbox wrote it: for people, bounded, never interpreted. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunLogPart } from '../surfaces/cli/host.ts';

const MAX_BYTES = 256 * 1024;
const RUN = /^r-[a-z0-9]{4,32}$/;

/** One output stream from a byte offset on, or its end when null; null when there is none. */
export async function readRunLog(
  runs: string,
  run: string,
  which: 'stdout' | 'stderr',
  from: number | null = null,
): Promise<RunLogPart | null> {
  if (!RUN.test(run)) return null;
  const file = await open(join(runs, run, which), 'r').catch(() => null);
  if (!file) return null;
  try {
    const { size } = await file.stat();
    const start = from === null ? Math.max(0, size - MAX_BYTES) : Math.min(from, size);
    const bytes = Buffer.alloc(Math.min(size - start, MAX_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return {
      text: bytes.toString('utf8', 0, bytesRead),
      next: start + bytesRead,
      truncated: from === null && start > 0,
    };
  } finally {
    await file.close();
  }
}
