/** Pruning where no daemon runs: under its lock, so that none can start meanwhile. */
import { openAedev } from '../compose.ts';
import type { HomePaths } from '../config/home.ts';
import type { PruneReport } from '../control/prune-report.ts';
import { acquireLock } from '../store/lock.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';

export async function pruneAlone(options: {
  paths: HomePaths;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  dryRun: boolean;
  signal: AbortSignal;
}): Promise<PruneReport> {
  const { dryRun, signal, ...world } = options;
  const lock = acquireLock(options.paths.daemonLock);
  if ('heldBy' in lock) {
    throw new CliError(
      'daemon',
      'A daemon holds this home but does not answer.',
      'See `aedev daemon status`.',
    );
  }
  try {
    // Its life is not begun: nothing runs but what is asked for here.
    const aedev = await openAedev({ ...world, log: () => undefined });
    try {
      return await aedev.pruner.prune({ dryRun, signal });
    } finally {
      await aedev.store.close();
    }
  } finally {
    lock.release();
  }
}
