/**
 * Would the risk score have warned? Every commit of a branch is scored as if it were a task's
 * change, with what was known on its day, and held against whether it was reverted later.
 */
import { type RiskPolicy, riskOfChange } from '../../control/risk.ts';
import type { RiskBacktest } from '../../control/risk-report.ts';
import type { Place } from '../evidence/change.ts';
import { auc } from './auc.ts';
import { type PastCommit, pastCommits, revertedOf } from './history.ts';
import { measureRange } from './range.ts';

/** Commits of the past that are looked at for churn and reverts, as evidence does. */
const WINDOW = 500;

/** Churn and reverts of the files of each commit, as they were before it. */
class Window {
  readonly #recent: PastCommit[] = [];

  of(paths: readonly string[]): { commits: number; touching: number; reverts: number } {
    const asked = new Set(paths);
    const touching = this.#recent.filter((past) => past.paths.some((path) => asked.has(path)));
    return {
      commits: this.#recent.length,
      touching: touching.length,
      reverts: touching.filter((past) => past.isRevert).length,
    };
  }

  add(commit: PastCommit): void {
    this.#recent.push(commit);
    if (this.#recent.length > WINDOW) this.#recent.shift();
  }
}

/**
 * `max`: the newest commits to look at. `onProgress` is told after each how many are done.
 * Rejects with git's errors or the abort reason.
 */
export async function backtest(
  place: Place,
  tip: string,
  policy: RiskPolicy,
  options: { max: number; onProgress(done: number, of: number): void },
): Promise<RiskBacktest> {
  const commits = await pastCommits(place, tip, options.max);
  const reverted = revertedOf(commits);
  const window = new Window();
  const bands: RiskBacktest['bands'] = {
    low: { commits: 0, reverted: 0 },
    medium: { commits: 0, reverted: 0 },
    high: { commits: 0, reverted: 0 },
  };
  const scores: { id: string; subject: string; score: number; bad: boolean }[] = [];
  let skipped = 0;
  for (const [at, commit] of commits.entries()) {
    place.signal.throwIfAborted();
    if (!commit.isRevert) {
      try {
        const range = { base: commit.parent, head: commit.id };
        const features = await measureRange(place, range, window.of(commit.paths));
        const { score, band } = riskOfChange(features, policy);
        const bad = reverted.has(commit.id);
        bands[band].commits += 1;
        if (bad) bands[band].reverted += 1;
        scores.push({ id: commit.id, subject: commit.subject, score, bad });
      } catch (error) {
        if (place.signal.aborted) throw error;
        skipped += 1;
      }
    }
    window.add(commit);
    options.onProgress(at + 1, commits.length);
  }
  const bad = scores.filter((one) => one.bad);
  return {
    commits: scores.length,
    reverted: bad.length,
    skipped,
    auc: auc(
      bad.map((one) => one.score),
      scores.filter((one) => !one.bad).map((one) => one.score),
    ),
    bands,
    missed: [...bad]
      .sort((one, other) => one.score - other.score)
      .slice(0, 5)
      .map(({ id, subject, score }) => ({ id, subject, score })),
  };
}
