/** Repository, branches, refs and git objects over REST. */
import { GitError } from '../../../src/lib/git.ts';
import { syncRefs } from './pulls.ts';
import {
  ApiError,
  badRequest,
  created,
  needText,
  notFound,
  ok,
  page,
  type RepoCall,
  type Route,
  repoRoute,
} from './reply.ts';
import { rulesOf } from './rules.ts';
import {
  isProtected,
  viewBranch,
  viewProtection,
  viewRules,
  viewShortBranch,
} from './view-branch.ts';
import { viewCommit, viewGitCommit, viewRef } from './view-git.ts';
import { changesBetween, viewFile, viewPullSimple } from './view-pull.ts';
import { repoPage, repoUrl, viewRepo, viewUser } from './view-repo.ts';

const branchOf = (call: RepoCall) => {
  const branch = call.params['branch'] ?? '';
  const sha = call.repo.refs.get(`refs/heads/${branch}`);
  if (sha === undefined) throw new ApiError(404, 'Branch not found');
  return { branch, sha };
};

/** A commit by id, branch or tag, as most `{ref}` parameters allow; 422 when there is none. */
export async function commitAt(call: RepoCall, name: string): Promise<string> {
  const { refs } = call.repo;
  const short = name.replace(/^refs\//, '');
  const known =
    refs.get(`refs/heads/${name}`) ?? refs.get(`refs/tags/${name}`) ?? refs.get(`refs/${short}`);
  if (known !== undefined) return known;
  if (/^[0-9a-f]{7,40}$/.test(name)) {
    const id = await call.at.git.resolve(name);
    if (id !== null) return id;
  }
  throw new ApiError(422, `No commit found for SHA: ${name}`);
}

function badRef(name: string): ApiError {
  return badRequest(`"${name}" is not a valid reference name.`);
}

/** Refuses a ref update that rules or git forbid; the change itself is the caller's. */
async function checkUpdate(call: RepoCall, ref: string, next: string | null, force: boolean) {
  const old = call.repo.refs.get(ref);
  const branch = /^refs\/heads\/(.*)$/.exec(ref)?.[1];
  const rules = branch === undefined ? null : rulesOf(call.repo, branch);
  if (ref.startsWith('refs/heads/gh-readonly-queue/')) {
    throw new ApiError(422, 'Cannot change a branch of the merge queue.');
  }
  if (next === null) {
    if (rules !== null && !rules.deletions) throw new ApiError(422, 'Cannot delete this branch');
    if (branch === call.repo.defaultBranch) {
      throw new ApiError(422, 'Cannot delete the default branch');
    }
    return;
  }
  const isForward = old === undefined || (await call.at.git.isAncestor(old, next));
  if (!isForward && !force) throw new ApiError(422, 'Update is not a fast forward');
  if (!isForward && rules !== null && !rules.forcePushes) {
    throw new ApiError(422, 'Cannot force-push to this branch');
  }
  if (rules !== null && old !== undefined && (rules.reviews !== null || rules.mergeQueue)) {
    throw new ApiError(422, 'Changes must be made through a pull request.');
  }
}

async function setRef(call: RepoCall, ref: string, next: string | null): Promise<void> {
  try {
    await call.at.git.setRef(ref, next);
  } catch (error) {
    if (error instanceof GitError && error.tag === 'exit') {
      throw new ApiError(422, 'Reference cannot be updated');
    }
    throw error;
  }
  await syncRefs(call.at, call.by);
  await call.settle(call.repo);
}

/** The id of a commit that a body names. */
async function bodySha(call: RepoCall): Promise<string> {
  const sha = needText(call, 'sha');
  const id = /^[0-9a-f]{40}$/.test(sha) ? await call.at.git.resolve(sha) : null;
  if (id === null) throw new ApiError(422, 'Object does not exist');
  return id;
}

export const gitRoutes: Route[] = [
  repoRoute('GET ', [], (call) => ok(viewRepo(call, call.repo, 'full'))),

  repoRoute('GET /collaborators/{username}/permission', [], (call) => {
    const login = call.params['username'] ?? '';
    const level = call.repo.permissions.get(login.toLowerCase());
    if (level === undefined && call.repo.private) throw notFound();
    const permission = level ?? 'read';
    const flags = { admin: false, maintain: false, push: false, triage: false, pull: true };
    const can = { ...flags, admin: level === 'admin', push: permission !== 'read' };
    const user = { ...viewUser(call, login), permissions: can, role_name: permission };
    return ok({ permission, role_name: permission, user });
  }),

  repoRoute('GET /branches', ['contents:read'], (call) => {
    const branches = [...call.repo.refs]
      .filter(([ref]) => ref.startsWith('refs/heads/'))
      .map(([ref, sha]) => viewShortBranch(call, call.repo, ref.slice(11), sha));
    const only = call.query.get('protected');
    return page(
      call,
      branches.filter((branch) => only === null || branch.protected === (only === 'true')),
    );
  }),

  repoRoute('GET /branches/{branch}/protection', ['administration:read'], (call) => {
    const { branch } = branchOf(call);
    const protection = viewProtection(call, call.repo, branch);
    if (protection === null) throw new ApiError(404, 'Branch not protected');
    return ok(protection);
  }),

  repoRoute(
    'GET /branches/{branch}/protection/required_status_checks',
    ['administration:read'],
    (call) => {
      const { branch } = branchOf(call);
      const checks = viewProtection(call, call.repo, branch)?.required_status_checks;
      if (checks === undefined) {
        const why = isProtected(call.repo, branch)
          ? 'Required status checks not enabled'
          : 'Branch not protected';
        throw new ApiError(404, why);
      }
      return ok(checks);
    },
  ),

  repoRoute('GET /branches/{branch}', ['contents:read'], async (call) => {
    const { branch, sha } = branchOf(call);
    return ok(await viewBranch(call, call.repo, call.at.git, branch, sha));
  }),

  // Rules apply to branches that do not exist yet, too.
  repoRoute('GET /rules/branches/{branch}', [], (call) =>
    page(call, viewRules(call.repo, call.params['branch'] ?? '')),
  ),

  repoRoute('GET /rulesets', [], (call) =>
    page(
      call,
      call.repo.rules
        .filter(({ kind }) => kind === 'ruleset')
        .map(({ id, branch }) => ({
          id,
          name: `rules of ${branch}`,
          target: 'branch',
          source_type: 'Repository',
          source: `${call.repo.owner}/${call.repo.name}`,
          enforcement: 'active',
          created_at: call.repo.createdAt,
          updated_at: call.repo.createdAt,
        })),
    ),
  ),

  repoRoute('GET /git/ref/{ref}', ['contents:read'], (call) => {
    const ref = `refs/${call.params['ref'] ?? ''}`;
    const sha = call.repo.refs.get(ref);
    if (sha === undefined || ref.startsWith('refs/forks/')) throw notFound();
    return ok(viewRef(call, call.repo, ref, sha));
  }),

  repoRoute('GET /git/matching-refs/{ref}', ['contents:read'], (call) => {
    const start = `refs/${call.params['ref'] ?? ''}`;
    const found = [...call.repo.refs]
      .filter(([ref]) => ref.startsWith(start) && !ref.startsWith('refs/forks/'))
      .map(([ref, sha]) => viewRef(call, call.repo, ref, sha));
    return page(call, found);
  }),

  repoRoute('POST /git/refs', ['contents:write'], async (call) => {
    const ref = needText(call, 'ref');
    const sha = await bodySha(call);
    if (!/^refs\/[^/]+\/./.test(ref)) {
      throw new ApiError(
        422,
        "Reference name must start with 'refs' and have at least two slashes",
      );
    }
    if (!/^refs\/(?:heads|tags)\//.test(ref)) throw badRef(ref);
    if (call.repo.refs.has(ref)) throw new ApiError(422, 'Reference already exists');
    await checkUpdate(call, ref, sha, false);
    await setRef(call, ref, sha);
    return created(viewRef(call, call.repo, ref, sha));
  }),

  repoRoute('PATCH /git/refs/{ref}', ['contents:write'], async (call) => {
    const ref = `refs/${call.params['ref'] ?? ''}`;
    const sha = await bodySha(call);
    if (!call.repo.refs.has(ref)) throw new ApiError(422, 'Reference does not exist');
    await checkUpdate(call, ref, sha, call.body['force'] === true);
    await setRef(call, ref, sha);
    return ok(viewRef(call, call.repo, ref, sha));
  }),

  repoRoute('DELETE /git/refs/{ref}', ['contents:write'], async (call) => {
    const ref = `refs/${call.params['ref'] ?? ''}`;
    if (!call.repo.refs.has(ref)) throw new ApiError(422, 'Reference does not exist');
    await checkUpdate(call, ref, null, false);
    await setRef(call, ref, null);
    return { status: 204 };
  }),

  repoRoute('GET /git/commits/{commit_sha}', ['contents:read'], async (call) => {
    const sha = call.params['commit_sha'] ?? '';
    const id = /^[0-9a-f]{40}$/.test(sha) ? await call.at.git.resolve(sha) : null;
    if (id === null) throw notFound();
    return ok(viewGitCommit(call, call.repo, await call.at.git.commit(id)));
  }),

  repoRoute('GET /git/trees/{tree_sha}', ['contents:read'], async (call) => {
    const name = call.params['tree_sha'] ?? '';
    const at = call.repo.refs.get(`refs/heads/${name}`) ?? name;
    const tree = /^[0-9a-f]{40}$/.test(at) ? await call.at.git.resolve(at, 'tree') : null;
    if (tree === null) throw notFound();
    const deep = call.query.get('recursive') === null ? [] : ['-r', '-t'];
    const out = await call.at.git.run(['ls-tree', '-z', '-l', ...deep, tree]);
    const url = repoUrl(call, call.repo);
    const entries = out
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const tab = line.indexOf('\t');
        const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/);
        const kind = type === 'tree' ? 'trees' : 'blobs';
        return {
          path: line.slice(tab + 1),
          mode,
          type,
          sha,
          ...(size === '-' ? {} : { size: Number(size) }),
          // A submodule's commit is not in this repository.
          ...(type === 'commit' ? {} : { url: `${url}/git/${kind}/${sha}` }),
        };
      });
    return ok({ sha: tree, url: `${url}/git/trees/${tree}`, tree: entries, truncated: false });
  }),

  repoRoute('GET /git/blobs/{file_sha}', ['contents:read'], async (call) => {
    const sha = call.params['file_sha'] ?? '';
    const id = /^[0-9a-f]{40}$/.test(sha) ? await call.at.git.resolve(sha, 'blob') : null;
    if (id === null) throw notFound();
    const data = await call.at.git.blob(id);
    const url = `${repoUrl(call, call.repo)}/git/blobs/${id}`;
    const node = { sha: id, node_id: `B_${id}`, size: data.length, url };
    return ok({ ...node, content: data.toString('base64'), encoding: 'base64' });
  }),

  repoRoute('GET /commits/{commit_sha}/pulls', ['pull_requests:read'], async (call) => {
    const id = await commitAt(call, call.params['commit_sha'] ?? '');
    const found: unknown[] = [];
    for (const pull of call.repo.pulls.values()) {
      const isIn = await call.at.git.isAncestor(id, pull.head);
      const isOwn = isIn && !(await call.at.git.isAncestor(id, pull.baseShown));
      if (isOwn || pull.mergeCommit === id) found.push(viewPullSimple(call, call.repo, pull));
    }
    return page(call, found);
  }),

  repoRoute('GET /compare/{basehead}', ['contents:read'], async (call) => {
    const [base = '', head = ''] = (call.params['basehead'] ?? '').split('...');
    const { git } = call.at;
    const from = await commitAt(call, base).catch(() => Promise.reject(notFound()));
    const to = await commitAt(call, head).catch(() => Promise.reject(notFound()));
    const shared = await git.mergeBase(from, to);
    if (shared === null) throw new ApiError(404, `No common ancestor between ${base} and ${head}.`);
    const ahead = await git.between(from, to);
    const behind = (await git.between(to, from)).length;
    const commit = async (id: string) => viewCommit(call, call.repo, await git.commit(id));
    const way = ahead.length > 0 ? (behind > 0 ? 'diverged' : 'ahead') : 'behind';
    const files = await changesBetween(call.at, shared, to);
    const url = `${repoUrl(call, call.repo)}/compare/${base}...${head}`;
    const html = `${repoPage(call, call.repo)}/compare/${base}...${head}`;
    return ok({
      url,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: await commit(from),
      merge_base_commit: await commit(shared),
      status: from === to ? 'identical' : way,
      ahead_by: ahead.length,
      behind_by: behind,
      total_commits: ahead.length,
      commits: await Promise.all(ahead.map(commit)),
      files: files.map((file) => viewFile(call, call.repo, to, file)),
    });
  }),
];

/** Last, because `{ref}` may contain slashes. */
export const commitRoutes: Route[] = [
  repoRoute('GET /commits', ['contents:read'], async (call) => {
    const from = await commitAt(call, call.query.get('sha') ?? call.repo.defaultBranch);
    const out = await call.at.git.run(['rev-list', '--topo-order', from]);
    const commits = await Promise.all(out.split('\n').map((id) => call.at.git.commit(id)));
    return page(
      call,
      commits.map((commit) => viewCommit(call, call.repo, commit)),
    );
  }),

  repoRoute('GET /commits/{ref}', ['contents:read'], async (call) => {
    const id = await commitAt(call, call.params['ref'] ?? '');
    const commit = await call.at.git.commit(id);
    const parent = commit.parents[0] ?? '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
    const files = await changesBetween(call.at, parent, id);
    const sum = (of: 'additions' | 'deletions') => files.reduce((all, file) => all + file[of], 0);
    const stats = { additions: sum('additions'), deletions: sum('deletions') };
    return ok({
      ...viewCommit(call, call.repo, commit),
      stats: { ...stats, total: stats.additions + stats.deletions },
      files: files.map((file) => viewFile(call, call.repo, id, file)),
    });
  }),
];
