/** Pull requests over REST. */
import { mergePull, openPull, setState } from './deeds.ts';
import { issueOf, observe, touch } from './pulls.ts';
import {
  badRequest,
  created,
  invalid,
  needText,
  notFound,
  ok,
  page,
  type RepoCall,
  type Route,
  repoRoute,
  textField,
} from './reply.ts';
import { viewPull, viewPullSimple } from './view-pull.ts';
import type { MergeMethod, Pull } from './world.ts';

function pullOf(call: RepoCall): Pull {
  const pull = call.repo.pulls.get(Number(call.params['pull_number']));
  if (pull === undefined) throw notFound();
  return pull;
}

async function shown(call: RepoCall, pull: Pull): Promise<unknown> {
  return viewPull(call, call.at, pull, await observe(call.at, pull));
}

/** The pull requests a list asks for, newest first unless it says otherwise. */
function listed(call: RepoCall): Pull[] {
  const { query, repo } = call;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const found = [...repo.pulls.values()].filter((pull) => {
    if (state !== 'all' && issueOf(repo, pull.number).state !== state) return false;
    if (base !== null && pull.baseBranch !== base) return false;
    // Without an owner GitHub does not filter by head at all.
    if (head === null || !head.includes(':')) return true;
    return `${pull.headOwner}:${pull.headBranch}`.toLowerCase() === head.toLowerCase();
  });
  const sort = query.get('sort') ?? 'created';
  const down = (query.get('direction') ?? (sort === 'created' ? 'desc' : 'asc')) === 'desc';
  const key = (pull: Pull) =>
    sort === 'updated' ? Date.parse(issueOf(repo, pull.number).updatedAt) : 0;
  found.sort((a, b) => key(a) - key(b) || a.number - b.number);
  return down ? found.reverse() : found;
}

export const pullRoutes: Route[] = [
  repoRoute('GET /pulls', ['pull_requests:read'], (call) =>
    page(
      call,
      listed(call).map((pull) => viewPullSimple(call, call.repo, pull)),
    ),
  ),

  repoRoute('POST /pulls', ['pull_requests:write'], async (call) => {
    const pull = await openPull(call.world, call.at, {
      title: needText(call, 'title'),
      body: textField(call, 'body') ?? null,
      head: needText(call, 'head'),
      base: needText(call, 'base'),
      draft: call.body['draft'] === true,
      by: call.by,
    });
    return created(await shown(call, pull));
  }),

  repoRoute('GET /pulls/{pull_number}', ['pull_requests:read'], async (call) =>
    ok(await shown(call, pullOf(call))),
  ),

  // `draft` is no field of this request: GitHub ignores it, and so does the double.
  repoRoute('PATCH /pulls/{pull_number}', ['pull_requests:write'], async (call) => {
    const pull = pullOf(call);
    const issue = issueOf(call.repo, pull.number);
    issue.title = textField(call, 'title') ?? issue.title;
    issue.body = textField(call, 'body') ?? issue.body;
    const state = textField(call, 'state');
    if (state !== undefined) {
      if (state !== 'open' && state !== 'closed') {
        throw invalid({ resource: 'PullRequest', field: 'state', code: 'invalid', value: state });
      }
      await setState(call.at, pull.number, state);
    }
    touch(call.at, pull.number);
    return ok(await shown(call, pull));
  }),

  repoRoute('PUT /pulls/{pull_number}/merge', ['contents:write'], async (call) => {
    const pull = pullOf(call);
    const method = textField(call, 'merge_method') ?? 'merge';
    if (!['merge', 'squash', 'rebase'].includes(method)) {
      throw badRequest(`${method} is not a member of ["merge", "squash", "rebase"].`);
    }
    const sha = await mergePull(call.at, pull, {
      by: call.by,
      method: method as MergeMethod,
      sha: textField(call, 'sha'),
      title: textField(call, 'commit_title'),
      body: textField(call, 'commit_message'),
    });
    await call.settle(call.repo);
    return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
  }),
];
