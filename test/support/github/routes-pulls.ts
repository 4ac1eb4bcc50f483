/** Pull requests over REST. */
import { mergePull, openPull, setState } from './deeds.ts';
import {
  gitTime,
  isBehind,
  issueOf,
  observe,
  openPulls,
  refresh,
  syncRefs,
  touch,
} from './pulls.ts';
import {
  ApiError,
  badRequest,
  created,
  invalid,
  needText,
  notFound,
  ok,
  page,
  type Reply,
  type RepoCall,
  type Route,
  repoRoute,
  textField,
} from './reply.ts';
import { viewCommit } from './view-git.ts';
import { changes, changesBase, viewFile, viewPull, viewPullSimple } from './view-pull.ts';
import { viewUser } from './view-repo.ts';
import type { MergeMethod, Pull } from './world.ts';

export function pullOf(call: RepoCall): Pull {
  const pull = call.repo.pulls.get(Number(call.params['pull_number']));
  if (pull === undefined) throw notFound();
  return pull;
}

async function shown(call: RepoCall, pull: Pull): Promise<unknown> {
  return viewPull(call, call.at, pull, await observe(call.at, pull));
}

/** `.diff` and `.patch` media types. */
async function asText(call: RepoCall, pull: Pull, kind: 'diff' | 'patch'): Promise<Reply> {
  const base = await changesBase(call.at, pull);
  const args =
    kind === 'diff'
      ? ['diff', base, pull.head]
      : ['format-patch', '--stdout', `${base}..${pull.head}`];
  const data = `${await call.at.git.run(args)}\n`;
  return { status: 200, raw: { type: `application/vnd.github.${kind}; charset=utf-8`, data } };
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

async function retarget(call: RepoCall, pull: Pull, base: string): Promise<void> {
  const { repo, at } = call;
  const no = (message: string) =>
    invalid({ resource: 'PullRequest', field: 'base', code: 'invalid', message });
  const tip = repo.refs.get(`refs/heads/${base}`);
  if (issueOf(repo, pull.number).state === 'closed') {
    throw no('Cannot change the base branch of a closed pull request.');
  }
  if (tip === undefined) throw no(`Proposed base branch '${base}' was not found`);
  const twin = openPulls(repo).some(
    (other) => other !== pull && other.headRef === pull.headRef && other.baseBranch === base,
  );
  const between = `base branch '${base}' and head branch '${pull.headBranch}'`;
  if (twin) throw no(`A pull request already exists for ${between}`);
  if (await at.git.isAncestor(pull.head, tip)) {
    throw no(`There are no new commits between ${between}`);
  }
  pull.baseBranch = base;
  pull.baseShown = tip;
  // A queue belongs to a base branch.
  repo.queue = repo.queue.filter((entry) => entry.pull !== pull.number);
  await refresh(at, pull);
  await call.settle(repo);
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

  repoRoute('GET /pulls/{pull_number}', ['pull_requests:read'], async (call) => {
    const pull = pullOf(call);
    if (/\.diff\b/.test(call.accept)) return asText(call, pull, 'diff');
    if (/\.patch\b/.test(call.accept)) return asText(call, pull, 'patch');
    return ok(await shown(call, pull));
  }),

  // `draft` is no field of this request: GitHub ignores it, and so does the double.
  repoRoute('PATCH /pulls/{pull_number}', ['pull_requests:write'], async (call) => {
    const pull = pullOf(call);
    const issue = issueOf(call.repo, pull.number);
    issue.title = textField(call, 'title') ?? issue.title;
    issue.body = textField(call, 'body') ?? issue.body;
    const base = textField(call, 'base');
    if (base !== undefined && base !== pull.baseBranch) await retarget(call, pull, base);
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

  repoRoute('GET /pulls/{pull_number}/files', ['pull_requests:read'], async (call) => {
    const pull = pullOf(call);
    const files = await changes(call.at, pull);
    return page(
      call,
      files.map((file) => viewFile(call, call.repo, pull.head, file)),
    );
  }),

  repoRoute('GET /pulls/{pull_number}/commits', ['pull_requests:read'], async (call) => {
    const pull = pullOf(call);
    const { git } = call.at;
    const ids = await git.between(await changesBase(call.at, pull), pull.head);
    // GitHub lists 250 and no more.
    const commits = await Promise.all(ids.slice(0, 250).map((id) => git.commit(id)));
    return page(
      call,
      commits.map((commit) => viewCommit(call, call.repo, commit)),
    );
  }),

  repoRoute('GET /pulls/{pull_number}/merge', ['contents:read'], (call) => {
    if (pullOf(call).mergedAt === null) throw notFound();
    return { status: 204 };
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

  repoRoute('PUT /pulls/{pull_number}/update-branch', ['pull_requests:write'], async (call) => {
    const pull = pullOf(call);
    const { git, now } = call.at;
    const wanted = textField(call, 'expected_head_sha');
    const no = (message: string) => new ApiError(422, message);
    if (issueOf(call.repo, pull.number).state === 'closed') throw no('Pull request is closed.');
    if (wanted !== undefined && wanted !== pull.head) {
      throw no('expected head sha didn’t match current head ref.');
    }
    if (!(await isBehind(call.at, pull))) throw no('There are no new commits on the base branch.');
    const tree = await git.mergeTree(pull.head, pull.base);
    if (tree === null) throw no('merge conflict between base and head');
    const author = {
      name: call.by,
      email: `${call.by}@users.noreply.github.com`,
      when: gitTime(now),
    };
    const committer = { name: 'GitHub', email: 'noreply@github.com', when: gitTime(now) };
    const words = `Merge branch '${pull.baseBranch}' into ${pull.headBranch}`;
    const commit = await git.commitTree(tree, [pull.head, pull.base], words, { author, committer });
    await git.setRef(pull.headRef, commit, pull.head);
    await syncRefs(call.at, call.by);
    await call.settle(call.repo);
    const url = `${call.api}/repos/${call.repo.owner}/${call.repo.name}/pulls/${pull.number}`;
    return { status: 202, body: { message: 'Updating pull request branch.', url } };
  }),

  repoRoute('GET /pulls/{pull_number}/requested_reviewers', ['pull_requests:read'], (call) => {
    const users = pullOf(call).requestedReviewers.map((login) => viewUser(call, login));
    return ok({ users, teams: [] });
  }),

  repoRoute('POST /pulls/{pull_number}/requested_reviewers', ['pull_requests:write'], (call) => {
    const pull = pullOf(call);
    const wanted = Array.isArray(call.body['reviewers']) ? call.body['reviewers'].map(String) : [];
    const author = issueOf(call.repo, pull.number).author;
    if (wanted.includes(author)) {
      throw new ApiError(422, 'Review cannot be requested from pull request author.');
    }
    if (wanted.some((login) => !call.repo.permissions.has(login.toLowerCase()))) {
      const why = 'Reviews may only be requested from collaborators.';
      throw new ApiError(422, `${why} One or more of the users is not a collaborator.`);
    }
    pull.requestedReviewers = [...new Set([...pull.requestedReviewers, ...wanted])];
    touch(call.at, pull.number);
    return created(viewPullSimple(call, call.repo, pull));
  }),
];
