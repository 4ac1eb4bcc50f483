/** What runs used, summed only over what is known. */
import type { Run } from '../control/task.ts';

/** null is unknown; sums leave out what is unknown and say so by `unknownRuns`. */
export interface UsageDoc {
  runs: number;
  unknownRuns: number;
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  costUsd: number | null;
  durationMs: number;
  lanes: string[];
  models: string[];
}

export function usageDoc(runs: readonly Run[]): UsageDoc {
  // What was turned away before it started used nothing, which is no unknown.
  const done = runs.filter(
    (run) =>
      run.startedAt !== null &&
      !run.turnedAway &&
      (run.status === 'ended' || run.status === 'lost'),
  );
  const known = done.flatMap((run) => (run.usage ? [run.usage] : []));
  /** Of what is known; null when nothing is. */
  const sum = (pick: (usage: NonNullable<Run['usage']>) => number | null): number | null => {
    const values = known.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
  };
  const cost = sum((usage) => usage.costUsd);
  return {
    runs: done.length,
    unknownRuns: done.filter((run) => run.usage?.inputTokens == null).length,
    inputTokens: sum((usage) => usage.inputTokens),
    outputTokens: sum((usage) => usage.outputTokens),
    cacheReadTokens: sum((usage) => usage.cacheReadTokens),
    cacheWriteTokens: sum((usage) => usage.cacheWriteTokens),
    costUsd: cost === null ? null : Math.round(cost * 1e6) / 1e6,
    durationMs: sum((usage) => usage.durationMs) ?? 0,
    lanes: [...new Set(known.map((usage) => usage.lane))],
    models: [...new Set(known.flatMap((usage) => (usage.model ? [usage.model] : [])))],
  };
}
