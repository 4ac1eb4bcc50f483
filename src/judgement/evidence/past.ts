/** What was there before a change, as risk weighs it: how large the repo is, how its files fared. */
import type { RiskFeatures } from '../../control/risk.ts';
import { git } from '../../lib/git.ts';
import {
  type ChangedFile,
  LIST_BYTES,
  options,
  type Place,
  pathText,
  unlessLonger,
} from './change.ts';

const MAX_HISTORY = 500;

export type Past = Pick<RiskFeatures, 'baseFiles' | 'history'>;

/**
 * Reads whole trees, so it is worth doing beside other work: it waits for the list of files only
 * when there is something to compare it with. `history`: when it is known already.
 */
export async function pastOf(
  place: Place,
  base: { commit: string; tree: string },
  files: readonly ChangedFile[] | Promise<readonly ChangedFile[]>,
  history?: RiskFeatures['history'],
): Promise<Past> {
  const [baseFiles, found] = await Promise.all([
    countFiles(place, base.tree),
    history === undefined ? historyOf(place, base.commit, files) : history,
  ]);
  return { baseFiles, history: found };
}

/** How many files a tree has; null when that is too many to list. */
async function countFiles(place: Place, tree: string): Promise<number | null> {
  // A point for each: nobody reads their names.
  const args = ['ls-tree', '-r', '--format=.', '--end-of-options', tree];
  const out = await unlessLonger(git(args, options(place, LIST_BYTES)));
  return out === null ? null : out.length / 2;
}

/**
 * Of the last commits up to the base: how many touched one of the files, and how many of those are
 * reverts. Subjects here are history that was merged before, not words of this change's coder.
 */
async function historyOf(
  place: Place,
  base: string,
  files: readonly ChangedFile[] | Promise<readonly ChangedFile[]>,
): Promise<RiskFeatures['history']> {
  const format = '--format=%x01%s';
  const args = ['log', `--max-count=${MAX_HISTORY}`, '--name-only', '--no-renames', '-z', format];
  const [out, changed] = await Promise.all([
    unlessLonger(git([...args, '--end-of-options', base, '--'], options(place, LIST_BYTES))),
    files,
  ]);
  if (out === null) return null;
  const paths = new Set(changed.map((file) => file.path));
  const history = { commits: 0, touching: 0, reverts: 0 };
  let isRevert = false;
  for (let at = 0; at < out.length; ) {
    const found = out.indexOf(0, at);
    const end = found < 0 ? out.length : found;
    if (out[at] === 1) {
      history.commits += 1;
      isRevert = /^Revert(?:ed)? /i.test(out.toString('utf8', at + 1, end));
    } else if (paths.has(pathText(out.subarray(out[at] === 10 ? at + 1 : at, end)))) {
      // The first name of a commit follows a line feed; the others tell nothing more.
      history.touching += 1;
      if (isRevert) history.reverts += 1;
      const next = out.indexOf('\0\x01', end, 'latin1');
      at = next < 0 ? out.length : next + 1;
      continue;
    }
    at = end + 1;
  }
  return history;
}
