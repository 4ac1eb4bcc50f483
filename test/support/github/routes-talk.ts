/** Issues, comments, labels and reviews over REST. */
import { addComment, addLabel, newIssue, newLabel, setState } from './deeds.ts';
import { issueOf, touch } from './pulls.ts';
import {
  ApiError,
  badRequest,
  created,
  invalid,
  type Needs,
  needText,
  notFound,
  ok,
  page,
  type RepoCall,
  type Route,
  repoRoute,
  textField,
} from './reply.ts';
import { pullOf } from './routes-pulls.ts';
import { addReview, addReviewComment } from './talk.ts';
import {
  labelsOf,
  viewComment,
  viewIssue,
  viewLabel,
  viewReview,
  viewReviewComment,
} from './view-pull.ts';
import type { Issue, ReviewState } from './world.ts';

// Pull requests are issues, so either permission opens these.
const READ: Needs = ['issues:read', 'pull_requests:read'];
const WRITE: Needs = ['issues:write', 'pull_requests:write'];

function theIssue(call: RepoCall): Issue {
  const issue = call.repo.issues.get(Number(call.params['issue_number']));
  if (issue === undefined) throw notFound();
  return issue;
}

function theComment(call: RepoCall) {
  const id = Number(call.params['comment_id']);
  const comment = call.repo.comments.find((one) => one.id === id);
  if (comment === undefined) throw notFound();
  return comment;
}

/** Only whoever wrote a comment, or may write to the repository, changes it. */
function assertMine(call: RepoCall, author: string): void {
  const level = call.repo.permissions.get(call.by.toLowerCase());
  const isMaster = level === 'write' || level === 'admin';
  if (author !== call.by && !isMaster) {
    throw new ApiError(403, 'Must have admin rights to Repository.');
  }
}

/** Text that may not be blank. */
function bodyText(call: RepoCall, resource: string): string {
  const body = needText(call, 'body');
  if (body.trim() === '') throw invalid({ resource, code: 'missing_field', field: 'body' });
  if (body.length > 65_536) {
    const message = 'body is too long (maximum is 65536 characters)';
    throw invalid({ resource, code: 'unprocessable', field: 'data', message });
  }
  return body;
}

function namesIn(call: RepoCall): string[] {
  const labels = call.body['labels'];
  if (!Array.isArray(labels)) throw badRequest('"labels" wasn\'t supplied.');
  return labels.map((label) => {
    const name = typeof label === 'string' ? label : (label as { name?: unknown })?.name;
    if (typeof name !== 'string' || name === '') throw badRequest('A label has no name.');
    return name;
  });
}

function issueList(call: RepoCall): Issue[] {
  const { query, repo } = call;
  const state = query.get('state') ?? 'open';
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const creator = query.get('creator');
  const since = query.get('since');
  const found = [...repo.issues.values()].filter(
    (issue) =>
      (state === 'all' || issue.state === state) &&
      (creator === null || issue.author === creator) &&
      (since === null || Date.parse(issue.updatedAt) >= Date.parse(since)) &&
      labels.every((name) =>
        issue.labels.some((label) => label.toLowerCase() === name.toLowerCase()),
      ),
  );
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  found.sort((a, b) => Date.parse(a[key]) - Date.parse(b[key]) || a.number - b.number);
  return query.get('direction') === 'asc' ? found : found.reverse();
}

const REVIEW_STATES: Record<string, ReviewState> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export const talkRoutes: Route[] = [
  repoRoute('GET /issues', ['issues:read'], (call) =>
    page(
      call,
      issueList(call).map((issue) => viewIssue(call, call.repo, issue)),
    ),
  ),
  repoRoute('POST /issues', ['issues:write'], (call) => {
    const issue = newIssue(call.world, call.at, {
      title: needText(call, 'title'),
      body: textField(call, 'body') ?? null,
      by: call.by,
      labels: call.body['labels'] === undefined ? [] : namesIn(call),
    });
    return created(viewIssue(call, call.repo, issue));
  }),
  repoRoute('GET /issues/comments/{comment_id}', READ, (call) =>
    ok(viewComment(call, call.repo, theComment(call))),
  ),
  repoRoute('PATCH /issues/comments/{comment_id}', WRITE, (call) => {
    const comment = theComment(call);
    assertMine(call, comment.author);
    comment.body = bodyText(call, 'IssueComment');
    comment.updatedAt = call.at.now;
    return ok(viewComment(call, call.repo, comment));
  }),
  repoRoute('DELETE /issues/comments/{comment_id}', WRITE, (call) => {
    const comment = theComment(call);
    assertMine(call, comment.author);
    call.repo.comments = call.repo.comments.filter((one) => one !== comment);
    return { status: 204 };
  }),
  repoRoute('GET /issues/{issue_number}', READ, (call) =>
    ok(viewIssue(call, call.repo, theIssue(call))),
  ),
  repoRoute('PATCH /issues/{issue_number}', WRITE, async (call) => {
    const issue = theIssue(call);
    issue.title = textField(call, 'title') ?? issue.title;
    issue.body = textField(call, 'body') ?? issue.body;
    const state = textField(call, 'state');
    if (state === 'open' || state === 'closed') await setState(call.at, issue.number, state);
    touch(call.at, issue.number);
    return ok(viewIssue(call, call.repo, issue));
  }),
  repoRoute('GET /issues/{issue_number}/comments', READ, (call) => {
    const issue = theIssue(call);
    const comments = call.repo.comments.filter((one) => one.issue === issue.number);
    return page(
      call,
      comments.map((one) => viewComment(call, call.repo, one)),
    );
  }),
  repoRoute('POST /issues/{issue_number}/comments', WRITE, (call) => {
    const issue = theIssue(call).number;
    const body = bodyText(call, 'IssueComment');
    const comment = addComment(call.world, call.at, { issue, by: call.by, body });
    return created(viewComment(call, call.repo, comment));
  }),

  repoRoute('GET /labels', READ, (call) =>
    page(
      call,
      [...call.repo.labels.values()].map((label) => viewLabel(call, call.repo, label)),
    ),
  ),
  repoRoute('POST /labels', WRITE, (call) => {
    const name = needText(call, 'name');
    if (call.repo.labels.has(name.toLowerCase())) {
      throw invalid({ resource: 'Label', code: 'already_exists', field: 'name' });
    }
    const color = textField(call, 'color') ?? 'ededed';
    if (!/^[0-9a-fA-F]{6}$/.test(color)) {
      throw invalid({ resource: 'Label', code: 'invalid', field: 'color' });
    }
    const description = textField(call, 'description') ?? null;
    const label = newLabel(call.world, call.repo, { name, color, description });
    return created(viewLabel(call, call.repo, label));
  }),
  repoRoute('GET /labels/{name}', READ, (call) => {
    const label = call.repo.labels.get((call.params['name'] ?? '').toLowerCase());
    if (label === undefined) throw notFound();
    return ok(viewLabel(call, call.repo, label));
  }),
  repoRoute('GET /issues/{issue_number}/labels', READ, (call) =>
    page(call, labelsOf(call, call.repo, theIssue(call))),
  ),
  repoRoute('POST /issues/{issue_number}/labels', WRITE, (call) => {
    const issue = theIssue(call);
    for (const name of namesIn(call)) addLabel(call.world, call.at, issue.number, name);
    return ok(labelsOf(call, call.repo, issue));
  }),
  repoRoute('PUT /issues/{issue_number}/labels', WRITE, (call) => {
    const issue = theIssue(call);
    issue.labels = [];
    for (const name of namesIn(call)) addLabel(call.world, call.at, issue.number, name);
    return ok(labelsOf(call, call.repo, issue));
  }),
  repoRoute('DELETE /issues/{issue_number}/labels/{name}', WRITE, (call) => {
    const issue = theIssue(call);
    const name = (call.params['name'] ?? '').toLowerCase();
    const left = issue.labels.filter((label) => label.toLowerCase() !== name);
    if (left.length === issue.labels.length) throw new ApiError(404, 'Label does not exist');
    issue.labels = left;
    touch(call.at, issue.number);
    return ok(labelsOf(call, call.repo, issue));
  }),

  repoRoute('GET /pulls/{pull_number}/reviews', ['pull_requests:read'], (call) => {
    const { number } = pullOf(call);
    const mine = call.repo.reviews.filter((one) => one.pull === number);
    // Pending reviews are seen by their authors only.
    const seen = mine.filter((one) => one.state !== 'PENDING' || one.author === call.by);
    return page(
      call,
      seen.map((one) => viewReview(call, call.repo, one)),
    );
  }),
  repoRoute('POST /pulls/{pull_number}/reviews', ['pull_requests:write'], async (call) => {
    const pull = pullOf(call);
    const event = textField(call, 'event');
    const body = textField(call, 'body') ?? '';
    const state = event === undefined ? 'PENDING' : REVIEW_STATES[event];
    if (state === undefined) throw badRequest(`${event} is not a review event.`);
    const isAuthor = issueOf(call.repo, pull.number).author === call.by;
    if (isAuthor && (state === 'APPROVED' || state === 'CHANGES_REQUESTED')) {
      const what = state === 'APPROVED' ? 'approve' : 'request changes on';
      throw new ApiError(422, 'Unprocessable Entity', {
        errors: [`Can not ${what} your own pull request`],
      });
    }
    const commit = textField(call, 'commit_id');
    const from = { by: call.by, state, body };
    const review = addReview(call.world, call.at, pull, commit ? { ...from, commit } : from);
    const comments = Array.isArray(call.body['comments']) ? call.body['comments'] : [];
    for (const one of comments as Record<string, unknown>[]) {
      addReviewComment(call.world, call.at, pull, {
        by: call.by,
        body: String(one['body']),
        path: String(one['path']),
        line: Number(one['line'] ?? one['position'] ?? 1),
        review: review.id,
      });
    }
    await call.settle(call.repo);
    return ok(viewReview(call, call.repo, review));
  }),
  repoRoute('GET /pulls/{pull_number}/reviews/{review_id}', ['pull_requests:read'], (call) => {
    const id = Number(call.params['review_id']);
    const review = call.repo.reviews.find(
      (one) => one.id === id && one.pull === pullOf(call).number,
    );
    if (review === undefined) throw notFound();
    return ok(viewReview(call, call.repo, review));
  }),
  repoRoute('GET /pulls/comments/{comment_id}', ['pull_requests:read'], (call) => {
    const id = Number(call.params['comment_id']);
    const comment = call.repo.reviewComments.find((one) => one.id === id);
    if (comment === undefined) throw notFound();
    return ok(viewReviewComment(call, call.repo, comment));
  }),
  repoRoute('GET /pulls/{pull_number}/comments', ['pull_requests:read'], (call) => {
    const { number } = pullOf(call);
    const since = call.query.get('since');
    const mine = call.repo.reviewComments.filter(
      (one) =>
        one.pull === number && (since === null || Date.parse(one.updatedAt) >= Date.parse(since)),
    );
    return page(
      call,
      mine.map((one) => viewReviewComment(call, call.repo, one)),
    );
  }),
  repoRoute('POST /pulls/{pull_number}/comments', ['pull_requests:write'], (call) => {
    const pull = pullOf(call);
    const comment = addReviewComment(call.world, call.at, pull, {
      by: call.by,
      body: bodyText(call, 'PullRequestReviewComment'),
      path: needText(call, 'path'),
      line: Number(call.body['line'] ?? 1),
      commit: needText(call, 'commit_id'),
    });
    return created(viewReviewComment(call, call.repo, comment));
  }),
  repoRoute(
    'POST /pulls/{pull_number}/comments/{comment_id}/replies',
    ['pull_requests:write'],
    (call) => {
      const pull = pullOf(call);
      const id = Number(call.params['comment_id']);
      const to = call.repo.reviewComments.find((one) => one.id === id && one.pull === pull.number);
      if (to === undefined) throw notFound();
      const comment = addReviewComment(call.world, call.at, pull, {
        by: call.by,
        body: bodyText(call, 'PullRequestReviewComment'),
        path: to.path,
        line: to.line,
        replyTo: id,
      });
      return created(viewReviewComment(call, call.repo, comment));
    },
  ),
];
