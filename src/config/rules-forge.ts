/** What `forge` may say of a repo, by its kind. A token must not reach a host that was not meant. */
import { isAbsolute } from 'node:path';
import type { RepoEntry } from '../control/policy-repo.ts';
import { reachOf } from './hosts.ts';
import type { Path } from './yaml-tree.ts';

type Say = (path: Path, reason: string, nearest?: string | null) => void;

export function forgeFindings(entry: RepoEntry, error: Say): void {
  if (entry.forge.kind === 'github') {
    github(entry, error);
    return;
  }
  const { repo, api_url, token_env, app, labels } = entry.forge;
  const others = { repo, api_url, token_env, app, labels: labels.length > 0 ? labels : null };
  for (const [key, value] of Object.entries(others))
    if (value !== null) error(['forge', key], 'is for forges of kind github; add kind: github');
  if (entry.method === 'rebase') error(['method'], 'is rebase, which the local forge does not do');
}

function github({ forge, source }: RepoEntry, error: Say): void {
  const { repo, path, api_url, app } = forge;
  if (path !== null) error(['forge', 'path'], 'is for forges of kind local');
  if (app && !isAbsolute(app.key_file)) error(['forge', 'app', 'key_file'], 'is not a full path');
  if (repo === null) {
    error(['forge'], 'is of kind github; add repo: owner/name');
    return;
  }
  const url = webUrl(source);
  if (url === null) {
    const nearest = `https://github.com/${repo}.git`;
    error(['source'], 'must be the https URL of the repository on GitHub', nearest);
    return;
  }
  const named = url.pathname.replace(/\/+$/, '').replace(/\.git$/, '');
  if (named.toLowerCase() !== `/${repo.toLowerCase()}`)
    error(['source'], `is not the address of ${repo}, which forge.repo names`);
  if (api_url !== null && !belongs(api_url, url))
    error(
      ['forge', 'api_url'],
      `is on another host than the source; the token for ${url.host} would be sent there`,
    );
}

/** https; http on this machine only, where no line can be listened to. */
function webUrl(address: string): URL | null {
  try {
    const url = new URL(address);
    if (url.protocol === 'https:') return url;
    return url.protocol === 'http:' && reachOf(url.hostname) === 'loopback' ? url : null;
  } catch {
    return null;
  }
}

/** The same host, or the `api.` of it, as GitHub's own services have it. */
function belongs(apiUrl: string, source: URL): boolean {
  const api = webUrl(apiUrl);
  if (api === null || api.username !== '' || api.search !== '' || api.hash !== '') return false;
  return (
    api.protocol === source.protocol &&
    (api.host === source.host || api.host === `api.${source.host}`)
  );
}
