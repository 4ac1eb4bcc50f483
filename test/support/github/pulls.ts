/** Pull requests over the branches: what every move of a branch does to them. */
import type { GitDir } from './git-dir.ts';
import { blockers, checkStates } from './rules.ts';
import type { Pull, Repo } from './world.ts';

/** A repository of the double while something is done to it. */
export interface Site {
  repo: Repo;
  git: GitDir;
  /** ISO time without milliseconds, as GitHub writes it. */
  now: string;
  /** Reads of a pull request that do not know yet whether it is mergeable. */
  mergeabilityDelay: number;
}

export function openPulls(repo: Repo): Pull[] {
  return [...repo.pulls.values()].filter((pull) => issueOf(repo, pull.number).state === 'open');
}

export function issueOf(repo: Repo, number: number) {
  const issue = repo.issues.get(number);
  if (issue === undefined) throw new Error(`the double lost issue ${number}`);
  return issue;
}

export function touch(site: Site, number: number): void {
  issueOf(site.repo, number).updatedAt = site.now;
}

export function closeIssue(site: Site, number: number): void {
  const issue = issueOf(site.repo, number);
  issue.state = 'closed';
  issue.closedAt = site.now;
  issue.updatedAt = site.now;
  site.repo.queue = site.repo.queue.filter((entry) => entry.pull !== number);
}

/** Reads the refs again after git changed them, and does what GitHub does then. */
export async function syncRefs(site: Site, by: string): Promise<void> {
  const before = site.repo.refs;
  const after = await site.git.refs();
  site.repo.refs = after;
  const changed = new Set<string>();
  for (const ref of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(ref) !== after.get(ref)) changed.add(ref);
  }
  for (const pull of openPulls(site.repo)) {
    const head = after.get(pull.headRef);
    const base = after.get(`refs/heads/${pull.baseBranch}`);
    if (base === undefined) {
      closeIssue(site, pull.number);
      continue;
    }
    if (changed.has(`refs/heads/${pull.baseBranch}`) && (await landed(site, pull, base))) {
      await markMerged(site, pull, await landingCommit(site, pull.head, base), by);
      continue;
    }
    if (head === undefined) {
      closeIssue(site, pull.number);
      continue;
    }
    if (head !== pull.head) {
      // The queue tested another commit.
      site.repo.queue = site.repo.queue.filter((entry) => entry.pull !== pull.number);
      pull.head = head;
      pull.baseShown = base;
      touch(site, pull.number);
      await site.git.setRef(`refs/pull/${pull.number}/head`, head);
      if (await site.git.isAncestor(head, base)) {
        closeIssue(site, pull.number);
        continue;
      }
      await refresh(site, pull);
    } else if (base !== pull.base) await refresh(site, pull);
  }
  for (const pull of site.repo.pulls.values()) {
    const head = after.get(pull.headRef);
    const isClosed = issueOf(site.repo, pull.number).state === 'closed';
    if (isClosed && changed.has(pull.headRef) && head !== undefined && head !== pull.head) {
      const follows = await site.git.isAncestor(pull.head, head);
      if (!follows) pull.headReplaced = true;
    }
  }
}

/** Commits of the pull request have all arrived on its base branch. */
async function landed(site: Site, pull: Pull, base: string): Promise<boolean> {
  return pull.head !== pull.base && (await site.git.isAncestor(pull.head, base));
}

/** The first commit on the base branch that contains `head`. */
async function landingCommit(site: Site, head: string, base: string): Promise<string> {
  const out = await site.git.run([
    'rev-list',
    '--first-parent',
    '--ancestry-path',
    `${head}..${base}`,
  ]);
  const mainline = await site.git.run(['rev-list', '--first-parent', base]);
  if (out === '' || mainline.split('\n').includes(head)) return head;
  return out.split('\n').at(-1) ?? head;
}

export async function markMerged(
  site: Site,
  pull: Pull,
  commit: string,
  by: string,
): Promise<void> {
  closeIssue(site, pull.number);
  pull.mergedAt = site.now;
  pull.mergedBy = by;
  pull.mergeCommit = commit;
  pull.mergeable = null;
  await site.git.setRef(`refs/pull/${pull.number}/merge`, null);
}

/** What GitHub's background job does after a push: the test merge and its ref. */
export async function refresh(site: Site, pull: Pull): Promise<void> {
  const base = site.repo.refs.get(`refs/heads/${pull.baseBranch}`);
  if (base === undefined) return;
  pull.base = base;
  pull.hiddenReads = site.mergeabilityDelay;
  const { git } = site;
  const tree = await git.mergeTree(base, pull.head);
  pull.mergeable = tree !== null;
  const ref = `refs/pull/${pull.number}/merge`;
  if (tree === null) {
    pull.mergeCommit = null;
    await git.setRef(ref, null);
    return;
  }
  const robot = { name: 'GitHub', email: 'noreply@github.com', when: gitTime(site.now) };
  const message = `Merge ${pull.head} into ${base}`;
  pull.mergeCommit = await git.commitTree(tree, [base, pull.head], message, {
    author: robot,
    committer: robot,
  });
  await git.setRef(ref, pull.mergeCommit);
}

export function gitTime(iso: string): string {
  return `${Math.floor(Date.parse(iso) / 1000)} +0000`;
}

export interface Mergeability {
  mergeable: boolean | null;
  /** As REST says it; GraphQL says the same in capitals. */
  state: 'unknown' | 'dirty' | 'draft' | 'blocked' | 'behind' | 'unstable' | 'clean';
  mergeCommit: string | null;
}

export async function isBehind(site: Site, pull: Pull): Promise<boolean> {
  return !(await site.git.isAncestor(pull.base, pull.head));
}

/** What a reader sees; reading brings the answer nearer, as it starts the background job. */
export async function observe(site: Site, pull: Pull): Promise<Mergeability> {
  if (issueOf(site.repo, pull.number).state === 'closed') {
    const mergeCommit = pull.mergeCommit;
    return { mergeable: pull.mergedAt ? null : pull.mergeable, state: 'unknown', mergeCommit };
  }
  if (pull.hiddenReads > 0) {
    pull.hiddenReads -= 1;
    return { mergeable: null, state: 'unknown', mergeCommit: null };
  }
  const { mergeable, mergeCommit } = pull;
  if (mergeable !== true) return { mergeable, state: 'dirty', mergeCommit };
  if (pull.draft) return { mergeable, state: 'draft', mergeCommit };
  const behind = await isBehind(site, pull);
  const open = blockers(site.repo, pull, behind);
  if (open.some(({ kind }) => kind !== 'behind'))
    return { mergeable, state: 'blocked', mergeCommit };
  if (open.length > 0) return { mergeable, state: 'behind', mergeCommit };
  const states = [...checkStates(site.repo, pull.head).values()];
  const isClean = states.every((state) => state === 'passing');
  return { mergeable, state: isClean ? 'clean' : 'unstable', mergeCommit };
}
