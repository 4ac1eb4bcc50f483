/** How a pull request of the local forge lands: exactly once, or not at all. */
import { commitTreeCall, expectedMergeTree } from '../merge.ts';
import { type BareRepo, branchRef, RefsMoved } from './bare-repo.ts';
import { ForgeError, type MergeMethod } from './forge.ts';
import type { BookPage, PullBook, PullRecord } from './pull-book.ts';

interface Expected {
  head: string;
  base: string;
}
interface Landed {
  commit: string;
  tree: string;
}

export const headMoved = (): ForgeError =>
  new ForgeError('head-moved', 'The branch is not where it was expected; someone else moved it.');
export const baseMoved = (): ForgeError =>
  new ForgeError('base-moved', 'The base branch is not where it was expected; it has moved.', true);
export const ended = (): ForgeError =>
  new ForgeError('refused', 'The pull request is closed or merged.');

/** The record of a pull request, as merged when its merge landed but was not written down. */
export async function settled(repo: BareRepo, page: BookPage, number: number): Promise<PullRecord> {
  const pull = await page.pull(number);
  const { landing } = pull;
  if (pull.state === 'merged') return pull;
  const base = await repo.resolve(branchRef(pull.baseBranch));
  if (base === null) return pull;
  const known = landing === null ? null : await repo.resolve(`${landing.commit}^{commit}`);
  if (landing !== null && known !== null && (await repo.isAncestor(known, base)))
    return { ...pull, state: 'merged', merged: landing, head: landing.head };
  if (pull.state === 'closed') return pull;
  // By hand: the branch is part of the base now. Which commit brought it nobody wrote down.
  const head = (await repo.resolve(branchRef(pull.headBranch))) ?? pull.head;
  if (!(await repo.isAncestor(head, base))) return pull;
  const tree = (await repo.resolve(`${base}^{tree}`)) ?? '';
  return { ...pull, state: 'merged', merged: { commit: base, tree, head, base }, head };
}

/** See {@link Forge.merge}. A pull request that is merged already gives its recorded commit. */
export async function mergePull(
  repo: BareRepo,
  book: PullBook,
  number: number,
  expected: Expected,
  method: MergeMethod,
  message: string,
  time: string,
): Promise<Landed> {
  const seconds = Math.floor(Date.parse(time) / 1000);
  if (!(seconds >= 0)) throw new ForgeError('refused', 'The time of a merge must be an ISO time.');
  const before = await writeDown(repo, book, number);
  if (before.state === 'merged') return landedAs(before, expected);
  try {
    return landedAs(
      await land(repo, book, before, expected, { method, message, seconds }),
      expected,
    );
  } catch (error) {
    const moved = error instanceof RefsMoved;
    const stale =
      error instanceof ForgeError && (error.tag === 'head-moved' || error.tag === 'base-moved');
    if (!moved && !stale) throw error;
    // Another process may have merged it meanwhile: that is the same merge, and no error.
    const after = await writeDown(repo, book, number);
    if (after.state === 'merged') return landedAs(after, expected);
    if (stale) throw error;
    await requireMergeable(repo, after, expected);
    throw new ForgeError('unavailable', 'The branches were moving; try again.', true);
  }
}

async function land(
  repo: BareRepo,
  book: PullBook,
  before: PullRecord,
  expected: Expected,
  how: { method: MergeMethod; message: string; seconds: number },
): Promise<PullRecord> {
  const { number } = before;
  const what = `merge pull request ${number}`;
  await requireMergeable(repo, before, expected);
  const merged = await repo.guarded(what, () =>
    expectedMergeTree(repo.gitDir, expected.base, expected.head),
  );
  if ('conflict' in merged) throw new ForgeError('conflict', 'The branch conflicts with its base.');
  const parents = how.method === 'merge' ? [expected.base, expected.head] : [expected.base];
  const call = commitTreeCall(merged.tree, parents, how.message, how.seconds);
  const commit = await repo.write(what, call.args, call.options);
  const landing = { commit, tree: merged.tree, head: expected.head, base: expected.base };

  // Written down before it lands: after a crash in between, the base branch tells whether it did.
  await book.update(what, async (page) => {
    const pull = await settled(repo, page, number);
    if (pull.state === 'merged') return { pulls: [], result: null };
    await requireMergeable(repo, pull, expected);
    return { pulls: [{ ...pull, landing }], result: null };
  });
  return book.update(what, async (page) => {
    const pull = await settled(repo, page, number);
    if (pull.state === 'merged') return { pulls: [], result: pull };
    const { headRef, baseRef } = await requireMergeable(repo, pull, expected);
    const { head } = expected;
    const record: PullRecord = { ...pull, state: 'merged', head, landing, merged: landing };
    const refs = [
      { ref: headRef, old: head },
      { ref: baseRef, old: expected.base, next: commit },
      { ref: `refs/pull/${number}/head`, next: head },
    ];
    return { pulls: [record], refs, result: record };
  });
}

/** Records a merge that landed without being recorded; changes nothing otherwise. */
function writeDown(repo: BareRepo, book: PullBook, number: number): Promise<PullRecord> {
  return book.update(`record the merge of pull request ${number}`, async (page) => {
    const stored = await page.pull(number);
    const pull = await settled(repo, page, number);
    return { pulls: stored.state === pull.state ? [] : [pull], result: pull };
  });
}

function landedAs(pull: PullRecord, expected: Expected): Landed {
  if (!pull.merged || pull.merged.head !== expected.head) throw headMoved();
  return { commit: pull.merged.commit, tree: pull.merged.tree };
}

async function requireMergeable(
  repo: BareRepo,
  pull: PullRecord,
  expected: Expected,
): Promise<{ headRef: string; baseRef: string }> {
  const headRef = branchRef(pull.headBranch);
  const baseRef = branchRef(pull.baseBranch);
  if (pull.state === 'closed') throw ended();
  if (pull.state === 'draft') throw new ForgeError('not-ready', 'The pull request is a draft.');
  if ((await repo.resolve(headRef)) !== expected.head) throw headMoved();
  if ((await repo.resolve(baseRef)) !== expected.base) throw baseMoved();
  return { headRef, baseRef };
}
