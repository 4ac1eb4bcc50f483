/** Comments and labels over REST. */
import { addComment, addLabel } from './deeds.ts';
import {
  ApiError,
  badRequest,
  created,
  invalid,
  type Needs,
  needText,
  notFound,
  ok,
  type RepoCall,
  type Route,
  repoRoute,
} from './reply.ts';
import { labelsOf, viewComment } from './view-pull.ts';
import type { Issue } from './world.ts';

// Pull requests are issues, so either permission opens these.
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

export const talkRoutes: Route[] = [
  repoRoute('PATCH /issues/comments/{comment_id}', WRITE, (call) => {
    const comment = theComment(call);
    assertMine(call, comment.author);
    comment.body = bodyText(call, 'IssueComment');
    comment.updatedAt = call.at.now;
    return ok(viewComment(call, call.repo, comment));
  }),
  repoRoute('POST /issues/{issue_number}/comments', WRITE, (call) => {
    const issue = theIssue(call).number;
    const body = bodyText(call, 'IssueComment');
    const comment = addComment(call.world, call.at, { issue, by: call.by, body });
    return created(viewComment(call, call.repo, comment));
  }),
  repoRoute('POST /issues/{issue_number}/labels', WRITE, (call) => {
    const issue = theIssue(call);
    for (const name of namesIn(call)) addLabel(call.world, call.at, issue.number, name);
    return ok(labelsOf(call, call.repo, issue));
  }),
];
