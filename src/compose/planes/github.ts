/** Forges on GitHub, one per repo for as long as its entry stays: they remember what they were told. */
import type { RepoEntry } from '../../control/policy-repo.ts';
import type { GitHubForge, GitHubOptions } from '../../delivery/forges/github/github.ts';
import { entryIn, type Wiring } from './wiring.ts';

export interface GitHubForges {
  /** null for a repo whose forge is of another kind. */
  of(repo: string, entry: RepoEntry): Promise<GitHubForge | null>;
  /** What git needs to fetch the repo's source. */
  network(repo: string): Promise<{ config?: [string, string][] }>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the forge of an entry of kind `github` is made of; null for another kind. */
export function githubOptions(
  entry: RepoEntry,
  env: Environment,
): Omit<GitHubOptions, 'gate' | 'now'> | null {
  const { kind, repo, api_url, token_env, app, labels } = entry.forge;
  if (kind !== 'github' || repo === null) return null;
  return {
    repo,
    gitUrl: entry.source,
    apiUrl: api_url,
    tokenEnv: token_env,
    app: app && { id: app.id, installation: app.installation_id, keyFile: app.key_file },
    labels,
    env,
    // Its pauses spare a shared service; what answers on this machine is nobody's but ours.
    paced: !/^http:/.test(entry.source),
  };
}

export function createGitHubForges(wiring: Wiring): GitHubForges {
  const { env, gate, clock, policy } = wiring;
  const open = new Map<string, { text: string; forge: GitHubForge }>();
  const of = async (repo: string, entry: RepoEntry): Promise<GitHubForge | null> => {
    const options = githubOptions(entry, env);
    if (options === null) return null;
    const { createGitHubForge } = await import('../../delivery/forges/github/github.ts');
    const text = JSON.stringify([entry.source, entry.forge]);
    const known = open.get(repo);
    if (known?.text === text) return known.forge;
    const forge = createGitHubForge({ ...options, gate, now: clock.now });
    open.set(repo, { text, forge });
    return forge;
  };
  return {
    of,
    async network(repo) {
      const forge = await of(repo, entryIn(policy)(repo));
      return forge ? { config: await forge.gitAccess() } : {};
    },
  };
}
