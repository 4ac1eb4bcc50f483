/** Pull requests, issues, reviews and comments as REST shows them. */
import { issueOf, type Mergeability, type Site } from './pulls.ts';
import type { Call } from './reply.ts';
import { repoPage, repoUrl, viewRepo, viewUser } from './view-repo.ts';
import {
  type Comment,
  type Issue,
  type Label,
  nodeId,
  type Pull,
  type Repo,
  type Review,
  type ReviewComment,
} from './world.ts';

const association = (repo: Repo, login: string) =>
  login === repo.owner ? 'OWNER' : repo.permissions.has(login.toLowerCase()) ? 'MEMBER' : 'NONE';

export function viewLabel(call: Call, repo: Repo, label: Label) {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${repoUrl(call, repo)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
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
  const auto = pull.autoMerge;
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
    requested_reviewers: pull.requestedReviewers.map((login) => viewUser(call, login)),
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
    auto_merge: auto && {
      enabled_by: viewUser(call, auto.by),
      merge_method: auto.method,
      commit_title: auto.title,
      commit_message: auto.body,
    },
    active_lock_reason: null,
  };
}

export async function viewPull(call: Call, site: Site, pull: Pull, seen: Mergeability) {
  const { repo, git } = site;
  const stat = await changes(site, pull);
  const commits = await git.between(await changesBase(site, pull), pull.head);
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
    additions: stat.reduce((sum, file) => sum + file.additions, 0),
    deletions: stat.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: stat.length,
  };
}

/** Where the changes of a pull request start: its merge base, also after it landed. */
export async function changesBase(site: Site, pull: Pull): Promise<string> {
  const from = pull.mergedAt === null ? pull.base : pull.baseShown;
  return (await site.git.mergeBase(from, pull.head)) ?? from;
}

export interface FileChange {
  filename: string;
  previous: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  sha: string;
  additions: number;
  deletions: number;
  patch: string | null;
}

const STATUS = { A: 'added', D: 'removed', M: 'modified', R: 'renamed', T: 'changed' } as const;

export async function changes(site: Site, pull: Pull): Promise<FileChange[]> {
  return changesBetween(site, await changesBase(site, pull), pull.head);
}

export function changesBetween(site: Site, from: string, to: string): Promise<FileChange[]> {
  return site.git.once(`changes ${from} ${to}`, () => compare(site, from, to));
}

async function compare(site: Site, from: string, to: string): Promise<FileChange[]> {
  const range = ['-M', '--no-ext-diff', from, to];
  const raw = await site.git.run(['diff-tree', '-r', '-z', '--raw', '--no-abbrev', ...range]);
  const fields = raw.split('\0');
  const files: FileChange[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [, , old = '', next = '', letter = 'M'] = (fields[at] ?? '').split(' ');
    const isRename = letter.startsWith('R');
    const path = fields[at + (isRename ? 2 : 1)] ?? '';
    const previous = isRename ? (fields[at + 1] ?? '') : null;
    at += isRename ? 3 : 2;
    const paths = previous === null ? [path] : [previous, path];
    const text = await site.git.run(['diff-tree', '-r', '-p', ...range, '--', ...paths]);
    const start = text.indexOf('\n@@');
    const patch = start < 0 ? null : text.slice(start + 1);
    const count = (sign: string) =>
      patch === null ? 0 : patch.split('\n').filter((line) => line.startsWith(sign)).length;
    files.push({
      filename: path,
      previous,
      status: STATUS[letter[0] as keyof typeof STATUS] ?? 'changed',
      sha: letter === 'D' ? old : next,
      additions: count('+'),
      deletions: count('-'),
      patch,
    });
  }
  return files;
}

export function viewFile(call: Call, repo: Repo, commit: string, file: FileChange) {
  const path = file.filename.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.sha,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${repoPage(call, repo)}/blob/${commit}/${path}`,
    raw_url: `${repoPage(call, repo)}/raw/${commit}/${path}`,
    contents_url: `${repoUrl(call, repo)}/contents/${path}?ref=${commit}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previous === null ? {} : { previous_filename: file.previous }),
  };
}

export function viewIssue(call: Call, repo: Repo, issue: Issue): Record<string, unknown> {
  const url = `${repoUrl(call, repo)}/issues/${issue.number}`;
  const pull = repo.pulls.get(issue.number);
  const html = `${repoPage(call, repo)}/${pull ? 'pull' : 'issues'}/${issue.number}`;
  return {
    url,
    repository_url: repoUrl(call, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: issue.id,
    node_id: nodeId(pull ? 'PR' : 'I', repo.id, issue.number),
    number: issue.number,
    title: issue.title,
    user: viewUser(call, issue.author),
    labels: labelsOf(call, repo, issue),
    state: issue.state,
    state_reason: issue.state === 'closed' && !pull ? 'completed' : null,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: repo.comments.filter((one) => one.issue === issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: association(repo, issue.author),
    active_lock_reason: null,
    body: issue.body,
    // Pull requests are issues too, and tell so by this alone.
    ...(pull
      ? {
          draft: pull.draft,
          pull_request: {
            url: `${repoUrl(call, repo)}/pulls/${issue.number}`,
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: pull.mergedAt,
          },
        }
      : {}),
  };
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

export function viewReview(call: Call, repo: Repo, review: Review) {
  const html = `${repoPage(call, repo)}/pull/${review.pull}#pullrequestreview-${review.id}`;
  const pull = `${repoUrl(call, repo)}/pulls/${review.pull}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: viewUser(call, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: association(repo, review.author),
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: review.submittedAt,
    commit_id: review.commit,
  };
}

export function viewReviewComment(call: Call, repo: Repo, comment: ReviewComment) {
  const url = `${repoUrl(call, repo)}/pulls/comments/${comment.id}`;
  const pull = `${repoUrl(call, repo)}/pulls/${comment.pull}`;
  const html = `${repoPage(call, repo)}/pull/${comment.pull}#discussion_r${comment.id}`;
  const isOutdated = repo.pulls.get(comment.pull)?.head !== comment.commit;
  return {
    url,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    diff_hunk: `@@ -${comment.line} +${comment.line} @@`,
    path: comment.path,
    // A comment on lines that a later push changed has no place any more.
    position: isOutdated ? null : 1,
    original_position: 1,
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    user: viewUser(call, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pull,
    author_association: association(repo, comment.author),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    line: isOutdated ? null : comment.line,
    original_line: comment.line,
    side: 'RIGHT',
    subject_type: 'line',
    ...(comment.root === comment.id ? {} : { in_reply_to_id: comment.root }),
  };
}
