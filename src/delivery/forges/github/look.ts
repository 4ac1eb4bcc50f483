/** What the doctor wants to know of a repository on GitHub. Reads only. */
import { z } from 'zod';
import { ForgeError, type MergeMethod } from '../forge.ts';
import type { Api } from './api.ts';
import { type GitHubOptions, openApi } from './github.ts';
import { shaped } from './queries.ts';
import { rulesOf } from './rules.ts';

export interface GitHubLook {
  repo: string;
  /** Where the credential comes from, in words. */
  credential: string;
  /** Why nothing more is known. */
  problem: { sentence: string; remedy: string } | null;
  /** Commit at the tip of the base branch. */
  tip: string | null;
  archived: boolean;
  /** null: GitHub does not say. */
  mayPush: boolean | null;
  /** Scopes of a classic token; null for every other credential. */
  scopes: string[] | null;
  /** Parts that the credential cannot read. */
  blind: string[];
  isProtected: boolean;
  requiredChecks: string[];
  /** null: GitHub does not say. */
  methodAllowed: boolean | null;
}

const NEVER = {
  assertAllowed(what: string): never {
    throw new ForgeError('remote-writes-off', `the doctor writes nothing: ${what}`);
  },
};

/** Never rejects with a ForgeError: what is wrong is the answer. */
export async function lookAtGitHub(
  options: Omit<GitHubOptions, 'gate'>,
  branch: string,
  method: MergeMethod,
): Promise<GitHubLook> {
  const { api, credentials } = openApi({ ...options, gate: NEVER });
  const look: GitHubLook = {
    repo: options.repo,
    credential: credentials.from,
    problem: null,
    tip: null,
    archived: false,
    mayPush: null,
    scopes: null,
    blind: [],
    isProtected: false,
    requiredChecks: [],
    methodAllowed: null,
  };
  try {
    await fill(api, look, branch, method);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    look.problem = { sentence: error.message, remedy: error.remedy };
  }
  return look;
}

const repository = z.object({
  archived: z.boolean().optional(),
  permissions: z.object({ push: z.boolean().optional() }).optional(),
  allow_merge_commit: z.boolean().optional(),
  allow_squash_merge: z.boolean().optional(),
  allow_rebase_merge: z.boolean().optional(),
});

async function fill(
  api: Api,
  look: GitHubLook,
  branch: string,
  method: MergeMethod,
): Promise<void> {
  const what = 'show the repository';
  const { data, headers } = await api.rest<unknown>(what, 'GET /repos/{owner}/{repo}');
  const repo = shaped(repository, data, what);
  look.archived = repo.archived ?? false;
  look.mayPush = repo.permissions?.push ?? null;
  const scopes = headers['x-oauth-scopes'];
  if (scopes !== undefined) look.scopes = scopes.split(',').map((one) => one.trim());
  const allowed = {
    merge: repo.allow_merge_commit,
    squash: repo.allow_squash_merge,
    rebase: repo.allow_rebase_merge,
  };
  look.methodAllowed = allowed[method] ?? null;
  const rules = await rulesOf(api, branch);
  look.tip = rules.tip;
  look.isProtected = rules.isProtected;
  look.requiredChecks = rules.requiredChecks;
  const parts: [string, string, Record<string, unknown>][] = [
    ['pull requests', 'GET /repos/{owner}/{repo}/pulls', { per_page: 1 }],
    ['checks', 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ref: rules.tip }],
    ['commit statuses', 'GET /repos/{owner}/{repo}/commits/{ref}/status', { ref: rules.tip }],
  ];
  for (const [name, route, parameters] of parts) {
    try {
      await api.rest(`show ${name}`, route, parameters);
    } catch (error) {
      if (!(error instanceof ForgeError) || !['forbidden', 'not-found'].includes(error.tag))
        throw error;
      look.blind.push(name);
    }
  }
}
