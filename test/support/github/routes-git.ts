/** Repository, branches and refs over REST. */
import { ApiError, notFound, ok, page, type RepoCall, type Route, repoRoute } from './reply.ts';
import { viewBranch, viewRules } from './view-branch.ts';
import { viewRef } from './view-git.ts';
import { viewRepo, viewUser } from './view-repo.ts';

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

  repoRoute('GET /branches/{branch}', ['contents:read'], async (call) => {
    const branch = call.params['branch'] ?? '';
    const sha = call.repo.refs.get(`refs/heads/${branch}`);
    if (sha === undefined) throw new ApiError(404, 'Branch not found');
    return ok(await viewBranch(call, call.repo, call.at.git, branch, sha));
  }),

  // Rules apply to branches that do not exist yet, too.
  repoRoute('GET /rules/branches/{branch}', [], (call) =>
    page(call, viewRules(call.repo, call.params['branch'] ?? '')),
  ),

  repoRoute('GET /git/ref/{ref}', ['contents:read'], (call) => {
    const ref = `refs/${call.params['ref'] ?? ''}`;
    const sha = call.repo.refs.get(ref);
    if (sha === undefined || ref.startsWith('refs/forks/')) throw notFound();
    return ok(viewRef(call, call.repo, ref, sha));
  }),
];
