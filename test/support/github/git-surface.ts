/** Git over HTTP as GitHub lets people do it: Basic tokens, redirects, refusals. */
import { authenticate, authorize, sees } from './auth.ts';
import type { Hub } from './hub.ts';
import { syncRefs } from './pulls.ts';
import { ApiError, type Reply } from './reply.ts';
import { advertise, receivePack, refCommands, type Service, uploadPack } from './smart-http.ts';
import type { Repo, Token } from './world.ts';

export interface GitRequest {
  owner: string;
  name: string;
  what: 'info/refs' | 'git-upload-pack' | 'git-receive-pack';
}

export function readGitPath(path: string): GitRequest | null {
  const match =
    /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path);
  if (match === null) return null;
  const [, owner = '', name = '', what = ''] = match;
  return { owner, name, what: what as GitRequest['what'] };
}

const words = (status: number, data: string, headers: Record<string, string> = {}): Reply => ({
  status,
  raw: { type: 'text/plain; charset=utf-8', data },
  headers,
});

const anonymous = () =>
  words(401, 'No anonymous write access.', { 'www-authenticate': 'Basic realm="GitHub"' });

function tokenOf(hub: Hub, header: string | undefined): Token | null | Reply {
  try {
    return authenticate(hub.world, header, hub.now()).token;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const why =
      'Invalid username or token. Password authentication is not supported for Git operations.';
    return words(401, why, { 'www-authenticate': 'Basic realm="GitHub"' });
  }
}

/** Why a token may not do this here; null when it may. */
function refusal(token: Token | null, repo: Repo, isPush: boolean): Reply | null {
  try {
    authorize(token, repo, [isPush ? 'contents:write' : 'contents:read']);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (token === null) return anonymous();
    if (!sees(token, repo)) return words(404, 'Repository not found.');
    return words(403, isPush ? 'Write access to repository not granted.' : 'Repository not found.');
  }
  if (isPush && repo.settings.archived) {
    return words(403, 'This repository was archived so it is read-only.');
  }
  return null;
}

export async function answerGit(
  hub: Hub,
  git: GitRequest,
  input: {
    service: string | null;
    authorization: string | undefined;
    protocol: string | undefined;
    body: Buffer;
    /** Only the first half of a push arrives. */
    cut: boolean;
    hooks: string;
    web: string;
  },
): Promise<Reply> {
  const token = tokenOf(hub, input.authorization);
  if (token !== null && 'status' in token) return token;
  const found = hub.repoAt(hub.world, git.owner, git.name);
  if (found === null) return token === null ? anonymous() : words(404, 'Repository not found.');
  const { repo, moved } = found;
  const name = git.what === 'info/refs' ? input.service : git.what;
  if (name !== 'git-upload-pack' && name !== 'git-receive-pack') {
    return words(403, 'Please upgrade your git client.');
  }
  const service = name.slice(4) as Service;
  const refused = refusal(token, repo, service === 'receive-pack');
  if (refused !== null) return refused;
  if (moved) {
    const query = input.service === null ? '' : `?service=${input.service}`;
    const location = `${input.web}/${repo.owner}/${repo.name}.git/${git.what}${query}`;
    return words(301, 'Moved Permanently', { location });
  }
  const binary = (type: string, data: Buffer): Reply => ({
    status: 200,
    raw: { type: `application/x-git-${service}-${type}`, data },
    headers: { 'cache-control': 'no-cache, max-age=0, must-revalidate' },
  });
  if (git.what === 'info/refs') {
    const data = await hub.exclusive(() => advertise(repo, service, input.protocol));
    return binary('advertisement', data);
  }
  if (service === 'upload-pack') {
    return binary('result', await uploadPack(repo, input.body, input.protocol));
  }
  return hub.exclusive(async () => {
    const commands = refCommands(input.body);
    const body = input.cut ? input.body.subarray(0, input.body.length >> 1) : input.body;
    const data = await receivePack(repo, body, commands, input.hooks);
    await syncRefs(hub.site(repo), token?.login ?? '');
    await hub.settle(repo);
    return binary('result', data);
  });
}
