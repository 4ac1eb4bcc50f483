/**
 * Taking away what is no longer needed: bounded in number, one thing after the other, and each on
 * its own, so that one that cannot go keeps no other from going. What may be found is a list of
 * `Finder`s; what each thing is worth and how it goes safely is theirs to know.
 */
import type { PruneKind, PruneReport } from '../../control/prune-report.ts';

export interface Prunable {
  kind: PruneKind;
  /** A name for people: a run, a repo, a path below the home. */
  what: string;
  /** Why it is no longer needed, in words. */
  why: string;
  /** What it weighs now; null when that cannot be known before. */
  bytes: number | null;
  /**
   * Removes it, or rejects and leaves it as it was. Gives what was won where that differs from
   * `bytes`, and what was saved before.
   */
  remove(): Promise<{ bytes?: number; saved?: string } | undefined>;
}

/** Looks and changes nothing. */
export type Finder = (limit: number) => Promise<Prunable[]>;

export interface PruneOptions {
  /** Say what would go and touch nothing. */
  dryRun: boolean;
  /** So many things at most. */
  limit: number;
  signal?: AbortSignal;
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 500);

export async function prune(
  finders: readonly Finder[],
  { dryRun, limit, signal }: PruneOptions,
): Promise<PruneReport> {
  const report: PruneReport = { removed: [], left: [], bytes: 0, more: false };
  const tried = () => report.removed.length + report.left.length;
  for (const find of finders) {
    if (signal?.aborted) break;
    const room = limit - tried();
    // One more than may go, to know whether there is more.
    const found = await find(room + 1);
    for (const item of found) {
      if (tried() >= limit || signal?.aborted) {
        report.more = true;
        return report;
      }
      const { kind, what, why, bytes } = item;
      if (dryRun) {
        report.removed.push({ kind, what, why, bytes, saved: null });
        report.bytes += bytes ?? 0;
        continue;
      }
      try {
        const done = await item.remove();
        const won = done?.bytes ?? bytes;
        report.removed.push({ kind, what, why, bytes: won, saved: done?.saved ?? null });
        report.bytes += won ?? 0;
      } catch (error) {
        report.left.push({ kind, what, reason: reasonOf(error) });
      }
    }
  }
  return report;
}

/** One line for the log: how many of what, and the bytes. */
export function summary(report: PruneReport): Record<string, unknown> {
  const kinds: Partial<Record<PruneKind, number>> = {};
  for (const { kind } of report.removed) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const saved = report.removed.flatMap((one) => (one.saved === null ? [] : [one.saved]));
  const { bytes, left, more } = report;
  return { ...kinds, bytes, ...(saved.length > 0 ? { saved } : {}), left, more };
}
