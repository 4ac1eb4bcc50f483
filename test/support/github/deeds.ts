/** What anybody may do to a repository, through REST, GraphQL or the tests' own handle. */

import { land, landingOf, type Words } from './landing.ts';
import { closeIssue, isBehind, issueOf, refresh, type Site, touch } from './pulls.ts';
import { ApiError, invalid } from './reply.ts';
import { blockers, rulesOf, ruleWords } from './rules.ts';
import {
  type Comment,
  type Issue,
  type Label,
  type MergeMethod,
  nextId,
  type Pull,
  type Repo,
  type World,
} from './world.ts';

export interface NewPull {
  title: string;
  body: string | null;
  head: string;
  base: string;
  draft: boolean;
  by: string;
}

function newIssue(
  world: World,
  site: Site,
  input: { title: string; body: string | null; by: string },
): Issue {
  const { repo, now } = site;
  const number = repo.nextNumber;
  repo.nextNumber += 1;
  const issue: Issue = {
    id: nextId(world),
    number,
    title: input.title,
    body: input.body,
    author: input.by,
    state: 'open',
    labels: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
  repo.issues.set(number, issue);
  return issue;
}

const pullError = (message: string) =>
  invalid({ resource: 'PullRequest', code: 'custom', message });

/** Opens a pull request, or throws GitHub's 422. */
export async function openPull(world: World, site: Site, input: NewPull): Promise<Pull> {
  const { repo, git } = site;
  const colon = input.head.indexOf(':');
  const headOwner = colon < 0 ? repo.owner : input.head.slice(0, colon);
  const headBranch = input.head.slice(colon + 1);
  const isOwn = headOwner.toLowerCase() === repo.owner.toLowerCase();
  const headRef = isOwn
    ? `refs/heads/${headBranch}`
    : `refs/forks/${headOwner.toLowerCase()}/heads/${headBranch}`;
  const head = repo.refs.get(headRef);
  const base = repo.refs.get(`refs/heads/${input.base}`);
  if (head === undefined) {
    throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  }
  if (base === undefined) {
    throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  }
  if (input.draft && !repo.settings.drafts) {
    throw pullError('Draft pull requests are not supported in this repository.');
  }
  for (const other of repo.pulls.values()) {
    const isSame = other.headRef === headRef && other.baseBranch === input.base;
    if (isSame && issueOf(repo, other.number).state === 'open') {
      throw pullError(`A pull request already exists for ${headOwner}:${headBranch}.`);
    }
  }
  if ((await git.mergeBase(base, head)) === null) {
    throw pullError(`The ${headBranch} branch has no history in common with ${input.base}`);
  }
  if (await git.isAncestor(head, base)) {
    throw pullError(`No commits between ${input.base} and ${headBranch}`);
  }
  const { number } = newIssue(world, site, input);
  const pull: Pull = {
    number,
    headOwner,
    headBranch,
    headRef,
    baseBranch: input.base,
    head,
    base,
    baseShown: base,
    draft: input.draft,
    mergedAt: null,
    mergedBy: null,
    mergeCommit: null,
    mergeable: null,
    hiddenReads: 0,
    headReplaced: false,
  };
  repo.pulls.set(number, pull);
  await git.setRef(`refs/pull/${number}/head`, head);
  await refresh(site, pull);
  return pull;
}

const refused = (message: string) => new ApiError(405, message);

/** `PUT /pulls/N/merge`: every reason GitHub has to refuse, then the merge. */
export async function mergePull(
  site: Site,
  pull: Pull,
  input: { by: string; method: MergeMethod; sha?: string | undefined } & Words,
): Promise<string> {
  const { repo } = site;
  if (issueOf(repo, pull.number).state === 'closed') throw refused('Pull Request is not mergeable');
  if (input.sha !== undefined && input.sha !== pull.head) {
    throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
  }
  if (pull.draft) throw refused('Pull Request is still a draft');
  if (pull.mergeable !== true) throw refused('Pull Request is not mergeable');
  const allowed = {
    merge: [repo.settings.mergeCommit, 'Merge commits are not allowed on this repository.'],
    squash: [repo.settings.squash, 'Squash merges are not allowed on this repository.'],
    rebase: [repo.settings.rebase, 'Rebase merges are not allowed on this repository.'],
  } as const;
  const [isAllowed, words] = allowed[input.method];
  if (!isAllowed) throw refused(words);
  const rules = rulesOf(repo, pull.baseBranch);
  const open = blockers(repo, pull, await isBehind(site, pull)).map(({ message }) => message);
  if (rules?.linearHistory && input.method === 'merge') {
    open.push('This branch must not contain merge commits.');
  }
  if (rules?.mergeQueue) open.push('Changes must be made through the merge queue');
  if (open.length > 0) throw refused(ruleWords(repo, pull.baseBranch, open));
  const commit = await landingOf(site, pull, pull.base, input.method, input.by, input);
  if (commit === null) throw refused("This branch can't be rebased");
  await land(site, pull, commit, input.by);
  return commit;
}

function newLabel(world: World, repo: Repo, name: string): Label {
  const label = { id: nextId(world), name };
  repo.labels.set(name.toLowerCase(), label);
  return label;
}

/** Adds a label to an issue; GitHub makes labels that do not exist yet. */
export function addLabel(world: World, site: Site, number: number, name: string): void {
  const { repo } = site;
  const label = repo.labels.get(name.toLowerCase()) ?? newLabel(world, repo, name);
  const issue = issueOf(repo, number);
  if (!issue.labels.includes(label.name)) issue.labels.push(label.name);
  touch(site, number);
}

export function addComment(
  world: World,
  site: Site,
  input: { issue: number; by: string; body: string },
): Comment {
  const comment: Comment = {
    id: nextId(world),
    issue: input.issue,
    author: input.by,
    body: input.body,
    createdAt: site.now,
    updatedAt: site.now,
  };
  site.repo.comments.push(comment);
  touch(site, input.issue);
  return comment;
}

export async function setState(
  site: Site,
  number: number,
  state: 'open' | 'closed',
): Promise<void> {
  const { repo } = site;
  const issue = issueOf(repo, number);
  const pull = repo.pulls.get(number);
  if (issue.state === state) return;
  if (state === 'closed') closeIssue(site, number);
  else {
    if (pull !== undefined) await checkReopen(site, pull);
    issue.state = 'open';
    issue.closedAt = null;
    if (pull !== undefined) {
      pull.head = repo.refs.get(pull.headRef) ?? pull.head;
      await site.git.setRef(`refs/pull/${number}/head`, pull.head);
      await refresh(site, pull);
    }
  }
  touch(site, number);
}

async function checkReopen(site: Site, pull: Pull): Promise<void> {
  const { repo } = site;
  const no = (why: string) => {
    const message = `state cannot be changed. ${why}`;
    return invalid({ resource: 'PullRequest', code: 'custom', field: 'state', message });
  };
  if (pull.mergedAt !== null) throw no('The pull request was merged.');
  const head = repo.refs.get(pull.headRef);
  if (head === undefined) throw no(`The ${pull.headBranch} branch has been deleted.`);
  if (pull.headReplaced || !(await site.git.isAncestor(pull.head, head))) {
    throw no(`The ${pull.headBranch} branch was force-pushed or recreated.`);
  }
  for (const other of repo.pulls.values()) {
    const isSame = other.headRef === pull.headRef && other.baseBranch === pull.baseBranch;
    if (other !== pull && isSame && issueOf(repo, other.number).state === 'open') {
      throw no(`There is already an open pull request from ${pull.headBranch}.`);
    }
  }
}
