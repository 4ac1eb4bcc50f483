/** No new run starts while the disk is nearly full: what it would write could not be kept. */
import { statfs } from 'node:fs/promises';
import type { Sandbox, SandboxExit, SandboxProblem, SandboxSpec } from './sandbox.ts';

const GB = 1000 ** 3;

/** Free bytes for this account on the disk of `path`; null when that cannot be known. */
export async function freeBytes(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Below `minBytes` of free space at `path`: the problem. A disk that does not tell is let pass. */
export async function diskProblem(
  path: string,
  minBytes: number,
  free = freeBytes,
): Promise<SandboxProblem | null> {
  const bytes = minBytes > 0 ? await free(path) : null;
  if (bytes === null || bytes >= minBytes) return null;
  const gb = (value: number) => (value / GB).toFixed(1);
  return {
    code: 'disk-full',
    sentence: `Only ${gb(bytes)} GB are free on the disk of the aedev home, below the ${gb(minBytes)} GB that retention.min_free_gb keeps free.`,
    remedy: 'Free some space, e.g. with `aedev prune`, or lower retention.min_free_gb',
  };
}

/** Between two looks at the free space while a run goes on; a disk takes hardly more than a GB a second. */
const LOOK_MS = 200;

/**
 * `inner`, in which nothing new can start while `problem` finds one. What runs goes on, but is ended
 * where `scarce` says that next to nothing is left: no tier bounds all that a run writes, and a log
 * that cannot be written stops everything.
 */
export function withDiskFloor(
  inner: Sandbox,
  problem: () => Promise<SandboxProblem | null>,
  scarce: () => Promise<boolean> = async () => false,
): Sandbox {
  const { checkCoder } = inner;
  return {
    tier: inner.tier,
    inside: (spec, path) => inner.inside(spec, path),
    async check() {
      const full = await problem();
      return full ? [full] : inner.check();
    },
    ...(checkCoder ? { checkCoder: (family) => checkCoder.call(inner, family) } : {}),
    run: (spec, signal) => runWatched(inner, spec, signal, scarce),
    reap: (run) => inner.reap(run),
    orphans: () => inner.orphans(),
  };
}

async function runWatched(
  inner: Sandbox,
  spec: SandboxSpec,
  signal: AbortSignal,
  scarce: () => Promise<boolean>,
): Promise<SandboxExit> {
  const full = new AbortController();
  const timer = setInterval(async () => {
    if (await scarce()) full.abort();
  }, LOOK_MS);
  try {
    const exit = await inner.run(spec, AbortSignal.any([signal, full.signal]));
    const byDisk = exit.ended === 'aborted' && full.signal.aborted && !signal.aborted;
    return byDisk ? { ...exit, ended: 'disk' } : exit;
  } finally {
    clearInterval(timer);
  }
}
