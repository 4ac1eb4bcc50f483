/** Merging for real: the three ways GitHub lands a pull request, by git plumbing. */
import type { Commit, GitDir, Person } from './git-dir.ts';
import { gitTime, issueOf, markMerged, type Site, syncRefs } from './pulls.ts';
import type { MergeMethod, Pull } from './world.ts';

const ROBOT = { name: 'GitHub', email: 'noreply@github.com' };

export const personOf = (login: string, iso: string): Person => ({
  name: login,
  email: `${login}@users.noreply.github.com`,
  when: gitTime(iso),
});

export interface Words {
  title?: string | undefined;
  body?: string | undefined;
}

/** The commit that landing would make, without moving a branch; null when it conflicts. */
export async function landingOf(
  site: Site,
  pull: Pull,
  onto: string,
  method: MergeMethod,
  by: string,
  words: Words,
): Promise<string | null> {
  const { git } = site;
  if (method === 'rebase')
    return rebase(git, onto, pull.head, { ...ROBOT, when: gitTime(site.now) });
  const tree = await git.mergeTree(onto, pull.head);
  if (tree === null) return null;
  const committer = { ...ROBOT, when: gitTime(site.now) };
  const issue = issueOf(site.repo, pull.number);
  if (method === 'merge') {
    const from = `${pull.headOwner}/${pull.headBranch}`;
    const title = words.title ?? `Merge pull request #${pull.number} from ${from}`;
    const message = join(title, words.body ?? issue.title);
    const author = personOf(by, site.now);
    return git.commitTree(tree, [onto, pull.head], message, { author, committer });
  }
  const title = words.title ?? `${issue.title} (#${pull.number})`;
  const commits = await Promise.all(
    (await git.between(onto, pull.head)).map((id) => git.commit(id)),
  );
  const listed = commits.length > 1 ? commits.map((one) => `* ${one.message.trim()}`) : [];
  const message = join(title, words.body ?? listed.join('\n\n'));
  // A squashed commit is by the one who opened the pull request.
  const author = personOf(issue.author, site.now);
  return git.commitTree(tree, [onto], message, { author, committer });
}

function join(title: string, body: string): string {
  return body.trim() === '' ? `${title}\n` : `${title}\n\n${body.trim()}\n`;
}

/** Each commit again on top of `onto`; null when one conflicts or is a merge. */
async function rebase(
  git: GitDir,
  onto: string,
  head: string,
  committer: Person,
): Promise<string | null> {
  let tip = onto;
  for (const id of await git.between(onto, head)) {
    const commit: Commit = await git.commit(id);
    const [parent, ...others] = commit.parents;
    if (parent === undefined || others.length > 0) return null;
    // git 2.39 cannot be told a merge base: a commit with the tip's tree and the old parent has it.
    const { tree: tipTree } = await git.commit(tip);
    const stand = await git.commitTree(tipTree, [parent], 'x', { author: committer, committer });
    const tree = await git.mergeTree(stand, id);
    if (tree === null) return null;
    tip = await git.commitTree(tree, [tip], commit.message, { author: commit.author, committer });
  }
  return tip;
}

/** Moves the base branch to a commit made by {@link landingOf} and closes the pull request. */
export async function land(site: Site, pull: Pull, commit: string, by: string): Promise<void> {
  const ref = `refs/heads/${pull.baseBranch}`;
  await site.git.setRef(ref, commit, site.repo.refs.get(ref));
  await markMerged(site, pull, commit, by);
  if (site.repo.settings.deleteBranchOnMerge && pull.headOwner === site.repo.owner) {
    await site.git.setRef(pull.headRef, null);
  }
  await syncRefs(site, by);
}
