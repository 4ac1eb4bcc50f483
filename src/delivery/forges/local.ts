/**
 * A forge that is a bare repository on disk: branches under `aedev/`, pull requests in its own
 * book (see `pull-book.ts`), merges by plumbing. The adapter enforces its policies itself, since
 * nothing else stands between it and the refs: aedev pushes to `aedev/*` only, and a base branch
 * moves through {@link Forge.merge} or a fast-forward from its source alone.
 */
import { basename } from 'node:path';
import { expectedMergeTree } from '../merge.ts';
import { BareRepo, branchRef, RefsMoved, wrapped } from './bare-repo.ts';
import {
  bounded,
  type Forge,
  ForgeError,
  type PullRequest,
  type RemoteWriteGate,
} from './forge.ts';
import { baseMoved, ended, headMoved, mergePull, settled } from './local-merge.ts';
import { PullBook, type PullRecord } from './pull-book.ts';

export interface LocalForge extends Forge {
  readonly kind: 'local';
  /** What an operator does by hand elsewhere: adds a review, gives back its id. */
  review(
    number: number,
    review: { author: string; state: 'approved' | 'changes-requested' | 'comment'; body: string },
  ): Promise<string>;
  /**
   * Fast-forwards a base branch to the operator's newer commits. `same`: the forge already has
   * them; `diverged`: each side has commits the other lacks, and nothing was changed.
   */
  syncFromSource(
    branch: string,
    commit: string,
    fromGitDir: string,
  ): Promise<'updated' | 'same' | 'diverged'>;
}

export interface LocalForgeOptions {
  /** The bare repository. */
  gitDir: string;
  /** The aedev home; a repository elsewhere is the outside world and asks the gate. */
  home: string;
  gate: RemoteWriteGate;
  /** Shown in the addresses of pull requests; default: the folder's name. */
  remoteName?: string;
}

const OURS = /^aedev\/./;
/** Whether commits merge, oldest answer first. */
const merges = new Map<string, 'clean' | 'conflict'>();
const MAX_MERGES = 200;

/** Throws ForgeError `not-found` when there is no repository. */
export function createLocalForge(options: LocalForgeOptions): LocalForge {
  const repo = new BareRepo(options.gitDir, options.home, options.gate);
  const book = new PullBook(repo);
  const name = options.remoteName ?? basename(repo.gitDir);
  const tip = async (branch: string): Promise<string | null> => repo.resolve(branchRef(branch));

  async function headOf(pull: PullRecord): Promise<string> {
    if (pull.merged) return pull.merged.head;
    if (pull.state === 'closed') return pull.head;
    return (await tip(pull.headBranch)) ?? pull.head;
  }

  async function seen(pull: PullRecord): Promise<PullRequest> {
    const head = await headOf(pull);
    const base = await tip(pull.baseBranch);
    if (base === null) throw new ForgeError('not-found', 'The base branch is gone from the forge.');
    return {
      number: pull.number,
      url: `local://${name}/pulls/${pull.number}`,
      state: pull.state,
      head,
      headBranch: pull.headBranch,
      baseBranch: pull.baseBranch,
      base,
      mergeable: await mergeable(pull, base, head),
      // A check speaks of one commit; another head has none yet.
      checks: pull.checks
        .filter((check) => check.head === head)
        .map(({ name: checkName, state, summary }) => ({ name: checkName, state, summary })),
      reviews: pull.reviews,
      mergeCommit: pull.merged?.commit ?? null,
      mergeTree: pull.merged?.tree ?? null,
    };
  }

  async function mergeable(
    pull: PullRecord,
    base: string,
    head: string,
  ): Promise<PullRequest['mergeable']> {
    if (pull.state === 'merged' || pull.state === 'closed') return 'unknown';
    // Two commits merge the same way for ever, and this is asked for with every look at a pull request.
    const key = `${repo.gitDir}\0${base}\0${head}`;
    const known = merges.get(key);
    if (known !== undefined) return known;
    const merged = await wrapped(() =>
      expectedMergeTree(repo.gitDir, base, head, { scratch: true }),
    );
    const answer = 'tree' in merged ? 'clean' : 'conflict';
    if (merges.size >= MAX_MERGES) merges.delete(merges.keys().next().value ?? '');
    merges.set(key, answer);
    return answer;
  }

  /** Changes one record; returning it unchanged writes nothing. */
  async function change(
    what: string,
    number: number,
    edit: (pull: PullRecord) => PullRecord | Promise<PullRecord>,
  ): Promise<PullRecord> {
    return book.update(what, async (page) => {
      const pull = await settled(repo, page, number);
      const next = await edit(pull);
      return { pulls: next === pull ? [] : [next], result: next };
    });
  }

  return {
    kind: 'local',
    outward: repo.outward,
    tip,

    async push(from, commit, branch, expected) {
      const ref = branchRef(branch);
      if (!OURS.test(branch)) {
        throw new ForgeError(
          'refused',
          'aedev pushes to branches under aedev/ only; base branches move by merge.',
        );
      }
      const before = await repo.resolve(ref);
      // Already there: an earlier life pushed it and was interrupted before it could say so.
      if (before === commit) return;
      if (before !== expected) throw headMoved();
      await repo.bring(`push ${branch}`, from.gitDir, commit);
      try {
        await repo.updateRefs(`push ${branch}`, [{ ref, old: expected, next: commit }]);
      } catch (error) {
        if (!(error instanceof RefsMoved)) throw error;
        if ((await repo.resolve(ref)) !== commit) throw headMoved();
      }
    },

    async findPull(marker) {
      const page = await book.open();
      const number = await page.find(marker);
      return number === null ? null : seen(await settled(repo, page, number));
    },

    async openPull(input) {
      const { marker, headBranch, baseBranch } = input;
      if (marker === '' || headBranch === baseBranch || !OURS.test(headBranch)) {
        throw new ForgeError(
          'refused',
          'A pull request needs a marker and a head branch under aedev/.',
        );
      }
      const title = bounded(input.title);
      const body = bounded(input.body);
      const pull = await book.update(`open a pull request for ${headBranch}`, async (page) => {
        const known = await page.find(marker);
        if (known !== null) return { pulls: [], result: await settled(repo, page, known) };
        const head = await tip(headBranch);
        if (head === null || (await tip(baseBranch)) === null) {
          throw new ForgeError('not-found', 'The head or the base branch is not in the forge.');
        }
        const number = page.nextNumber;
        const record: PullRecord = {
          number,
          marker,
          title,
          body,
          headBranch,
          baseBranch,
          state: 'draft',
          head,
          comments: [],
          checks: [],
          reviews: [],
          landing: null,
          merged: null,
          closedBecause: null,
        };
        const refs = [{ ref: `refs/pull/${number}/head`, next: head }];
        return { pulls: [record], refs, result: record };
      });
      return seen(pull);
    },

    async pull(number) {
      return seen(await settled(repo, await book.open(), number));
    },

    async markReady(number) {
      await change(`mark pull request ${number} ready`, number, (pull) => {
        if (pull.state === 'open') return pull;
        if (pull.state !== 'draft') throw ended();
        return { ...pull, state: 'open' };
      });
    },

    async comment(number, marker, body) {
      const comment = { marker, body: bounded(body) };
      await change(`comment on pull request ${number}`, number, (pull) => {
        const at = pull.comments.findIndex((one) => one.marker === marker);
        if (at === -1) return { ...pull, comments: [...pull.comments, comment] };
        if (pull.comments[at]?.body === comment.body) return pull;
        return { ...pull, comments: pull.comments.with(at, comment) };
      });
    },

    async setCheck(number, check) {
      const next = { ...check, summary: bounded(check.summary) };
      await change(`set a check of pull request ${number}`, number, async (pull) => {
        if (check.head !== (await headOf(pull))) throw headMoved();
        const same = ({ name: other, head }: typeof next): boolean =>
          other === next.name && head === next.head;
        const old = pull.checks.find(same);
        if (old?.state === next.state && old.summary === next.summary) return pull;
        return { ...pull, checks: [...pull.checks.filter((one) => !same(one)), next] };
      });
    },

    async review(number, { author, state, body }) {
      const pull = await change(`review pull request ${number}`, number, (pull) => {
        const id = `r${pull.reviews.length + 1}`;
        return { ...pull, reviews: [...pull.reviews, { author, state, body: bounded(body), id }] };
      });
      return pull.reviews.at(-1)?.id ?? '';
    },

    merge: (number, expected, method, message, time) =>
      mergePull(repo, book, number, expected, method, message, time),

    async close(number, reason) {
      await change(`close pull request ${number}`, number, async (pull) => {
        if (pull.state === 'closed') return pull;
        if (pull.state === 'merged') throw new ForgeError('refused', 'The pull request is merged.');
        return {
          ...pull,
          state: 'closed',
          head: await headOf(pull),
          closedBecause: bounded(reason),
        };
      });
    },

    async syncFromSource(branch, commit, fromGitDir) {
      const ref = branchRef(branch);
      if (OURS.test(branch))
        throw new ForgeError('refused', 'Branches under aedev/ are not synced.');
      const what = `bring ${branch} up to date`;
      const before = await repo.resolve(ref);
      if (before === commit) return 'same';
      if (before !== null && (await repo.hasBefore(commit, before))) return 'same';
      await repo.bring(what, fromGitDir, commit);
      if (before !== null) {
        if (!(await repo.isAncestor(before, commit))) return 'diverged';
      }
      try {
        await repo.updateRefs(what, [{ ref, old: before, next: commit }]);
      } catch (error) {
        if (error instanceof RefsMoved) throw baseMoved();
        throw error;
      }
      return 'updated';
    },
  };
}
