/** Pull requests, issues, reviews and comments as REST shows them. */
import { issueOf, type Mergeability, type Site } from './pulls.ts';
import type { Call } from './reply.ts';
import { repoPage, repoUrl, viewRepo, viewUser } from './view-repo.ts';
import { type Comment, type Issue, type Label, nodeId, type Pull, type Repo } from './world.ts';

const association = (repo: Repo, login: string) =>
  login === repo.owner ? 'OWNER' : repo.permissions.has(login.toLowerCase()) ? 'MEMBER' : 'NONE';

function viewLabel(call: Call, repo: Repo, label: Label) {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${repoUrl(call, repo)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: 'ededed',
    default: false,
    // In lists of pull requests GitHub's description allows no null here.
    description: '',
  };
}

export function labelsOf(call: Call, repo: Repo, issue: Issue) {
  return issue.labels
    .map((name) => repo.labels.get(name.toLowerCase()))
    .filter((label) => label !== undefined)
    .map((label) => viewLabel(call, repo, label));
}

function side(call: Call, repo: Repo, owner: string, branch: string, sha: string) {
  return {
    label: `${owner}:${branch}`,
    ref: branch,
    sha,
    user: viewUser(call, owner),
    repo: viewRepo(call, repo, 'plain', owner),
  };
}

export function viewPullSimple(call: Call, repo: Repo, pull: Pull): Record<string, unknown> {
  const issue = issueOf(repo, pull.number);
  const url = `${repoUrl(call, repo)}/pulls/${pull.number}`;
  const issueUrl = `${repoUrl(call, repo)}/issues/${pull.number}`;
  const html = `${repoPage(call, repo)}/pull/${pull.number}`;
  const statuses = `${repoUrl(call, repo)}/statuses/${pull.head}`;
  const links = {
    self: url,
    html,
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${repoUrl(call, repo)}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses,
  };
  return {
    url,
    id: issue.id,
    node_id: nodeId('PR', repo.id, pull.number),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    number: pull.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: viewUser(call, issue.author),
    body: issue.body,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    // Until the background job has run there is no test merge to name.
    merge_commit_sha: pull.hiddenReads > 0 ? null : pull.mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: labelsOf(call, repo, issue),
    milestone: null,
    draft: pull.draft,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: statuses,
    head: side(call, repo, pull.headOwner, pull.headBranch, pull.head),
    base: side(call, repo, repo.owner, pull.baseBranch, pull.baseShown),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: association(repo, issue.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

export async function viewPull(call: Call, site: Site, pull: Pull, seen: Mergeability) {
  const { repo, git } = site;
  const from = await changesBase(site, pull);
  const stat = await git.once(`changes ${from} ${pull.head}`, () => changes(site, from, pull.head));
  const commits = await git.between(from, pull.head);
  return {
    ...viewPullSimple(call, repo, pull),
    merge_commit_sha: seen.mergeCommit,
    merged: pull.mergedAt !== null,
    mergeable: seen.mergeable,
    rebaseable: seen.mergeable,
    mergeable_state: seen.state,
    merged_by: pull.mergedBy === null ? null : viewUser(call, pull.mergedBy),
    comments: repo.comments.filter((one) => one.issue === pull.number).length,
    review_comments: repo.reviewComments.filter((one) => one.pull === pull.number).length,
    maintainer_can_modify: false,
    commits: commits.length,
    ...stat,
  };
}

/** Where the changes of a pull request start: its merge base, also after it landed. */
async function changesBase(site: Site, pull: Pull): Promise<string> {
  const from = pull.mergedAt === null ? pull.base : pull.baseShown;
  return (await site.git.mergeBase(from, pull.head)) ?? from;
}

async function changes({ git }: Site, from: string, to: string) {
  const out = await git.run(['diff-tree', '-r', '-M', '--no-ext-diff', '--numstat', from, to]);
  const lines = out.split('\n').filter((line) => line !== '');
  // A dash stands for a binary file, which has no lines.
  const sum = (column: number) =>
    lines.reduce((all, line) => all + (Number(line.split('\t')[column]) || 0), 0);
  return { additions: sum(0), deletions: sum(1), changed_files: lines.length };
}

export function viewComment(call: Call, repo: Repo, comment: Comment) {
  const page = repo.pulls.has(comment.issue) ? 'pull' : 'issues';
  return {
    url: `${repoUrl(call, repo)}/issues/comments/${comment.id}`,
    html_url: `${repoPage(call, repo)}/${page}/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${repoUrl(call, repo)}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: viewUser(call, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(repo, comment.author),
    body: comment.body,
  };
}
