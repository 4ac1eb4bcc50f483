/**
 * git over smart HTTP with a credential that travels in the environment of that one call: no
 * argument, address or file holds it, and no redirect carries it to another host.
 */
import { GitError, git, isObjectId } from '../../../lib/git.ts';
import { branchRef, wrapped } from '../bare-repo.ts';
import { ForgeError, type RemoteWriteGate } from '../forge.ts';
import type { Api } from './api.ts';
import type { Credentials } from './credentials.ts';
import { flat } from './hostile.ts';
import { REF_QUERY, refNode, shaped } from './queries.ts';
import { who } from './read.ts';

/** Settings for git calls to `gitUrl`. Throws ForgeError `auth` and what else a credential may. */
export async function gitAccess(
  gitUrl: string,
  credentials: Credentials,
): Promise<[string, string][]> {
  const token = await credentials.token();
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const { origin } = new URL(gitUrl);
  return [
    // curl would repeat a header of ours at another host.
    ['http.followRedirects', 'false'],
    [`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`],
  ];
}

/** Tip of a branch, or null. Tells "no such branch" from "no such repository for you". */
export async function tipOf(api: Api, branch: string): Promise<string | null> {
  const what = 'show a branch';
  const variables = { ...who(api), ref: branchRef(branch) };
  const data = await api.graphql<{ repository?: unknown }>(what, REF_QUERY, variables);
  if (!data.repository)
    throw new ForgeError('not-found', 'GitHub does not show the repository to this credential.');
  return shaped(refNode, data.repository, what).ref?.target?.oid ?? null;
}

export interface PushDeps {
  api: Api;
  credentials: Credentials;
  gate: RemoteWriteGate;
}

const OURS = /^aedev\/./;
const headMoved = () =>
  new ForgeError('head-moved', 'The branch is not where it was expected; someone else moved it.');

/** See `Forge.push`. */
export async function push(
  deps: PushDeps,
  from: { gitDir: string },
  commit: string,
  branch: string,
  expected: string | null,
): Promise<void> {
  const ref = branchRef(branch);
  if (!OURS.test(branch))
    throw new ForgeError('refused', 'aedev pushes to branches under aedev/ only.');
  await requireCommit(from.gitDir, commit);
  const before = await tipOf(deps.api, branch);
  // Already there: an earlier life pushed it and was interrupted before it could say so.
  if (before === commit) return;
  if (before !== expected) throw headMoved();
  const { gitUrl } = deps.api.address;
  const config = await gitAccess(gitUrl, deps.credentials);
  deps.gate.assertAllowed(`push ${branch}`);
  let refused: string;
  try {
    const { stdout, code } = await git(
      [
        'push',
        '--porcelain',
        '--no-verify',
        '--no-follow-tags',
        '--no-recurse-submodules',
        '--no-signed',
        // Compare and swap on the server; an empty value says that the branch must not exist.
        `--force-with-lease=${ref}:${expected ?? ''}`,
        '--',
        gitUrl,
        `${commit}:${ref}`,
      ],
      { gitDir: from.gitDir, protocols: [protocolOf(gitUrl)], config, okCodes: [0, 1] },
    );
    if (code === 0) return;
    // Said of the ref itself, in a form for programs; a line that broke has the same exit code.
    refused = /^!\t[^\t]*\t\[(?:remote )?rejected\] ?(.*)$/m.exec(stdout.toString())?.[1] ?? '';
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    refused = '';
  }
  await explain(deps, refused, branch, commit, expected);
}

export const protocolOf = (url: string): 'http' | 'https' =>
  url.startsWith('http:') ? 'http' : 'https';

async function requireCommit(gitDir: string, commit: string): Promise<void> {
  if (!isObjectId(commit)) throw new ForgeError('refused', 'Only full commit ids can be pushed.');
  const { code } = await wrapped(() =>
    git(['cat-file', '-e', `${commit}^{commit}`], { gitDir, okCodes: [0, 1, 128] }),
  );
  if (code !== 0) throw new ForgeError('refused', 'The commit to push is not in the mirror.');
}

/** Returns when it is there after all. `refused`: the server's words, empty when there were none. */
async function explain(
  deps: PushDeps,
  refused: string,
  branch: string,
  commit: string,
  expected: string | null,
): Promise<void> {
  const tip = await tipOf(deps.api, branch);
  if (tip === commit) return;
  if (tip !== expected) throw headMoved();
  const { data } = await deps.api.rest<{ permissions?: { push?: unknown } } | null>(
    'show the repository',
    'GET /repos/{owner}/{repo}',
  );
  if (data?.permissions?.push === false) {
    throw new ForgeError('forbidden', 'The credential may not push to the repository.', false, {
      remedy: 'give it write access to contents',
    });
  }
  if (refused !== '') {
    const said = flat(deps.credentials.clean(refused), 300);
    throw new ForgeError('refused', `GitHub refused the push: ${said}`, false, {
      remedy:
        'a rule for branches under aedev/ may forbid it, or the credential lacks the permission "workflows" for a change of a workflow',
    });
  }
  throw new ForgeError('unavailable', 'The push did not get through to GitHub.', true);
}
