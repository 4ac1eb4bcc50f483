/**
 * What the base branch demands: by protection ("Get a branch") and by rulesets ("Get rules for a
 * branch"), both of which a reader may see. Asked with ETags, so an unchanged answer is free.
 */
import { ForgeError } from '../forge.ts';
import type { Api } from './api.ts';
import { named } from './hostile.ts';

export interface BranchRules {
  /** Tip of the branch now. */
  tip: string;
  isProtected: boolean;
  requiredChecks: string[];
}

interface BranchAnswer {
  commit?: { sha?: unknown };
  protected?: unknown;
  protection?: { required_status_checks?: { contexts?: unknown } | null } | null;
}
interface Rule {
  type?: unknown;
  parameters?: { required_status_checks?: unknown } | null;
}

const MAX_NAMES = 100;

/** Throws ForgeError, `not-found` when the branch is not there. */
export async function rulesOf(api: Api, branch: string): Promise<BranchRules> {
  const what = 'tell the rules of the base branch';
  const { data } = await api.rest<BranchAnswer | null>(
    what,
    'GET /repos/{owner}/{repo}/branches/{branch}',
    { branch },
  );
  const tip = data?.commit?.sha;
  if (typeof tip !== 'string' || !/^[0-9a-f]{40}$/.test(tip))
    throw new ForgeError('unavailable', `GitHub did not ${what}: it gave no usable answer.`, true);
  const contexts = data?.protection?.required_status_checks?.contexts;
  const names = [...strings(contexts), ...(await ofRulesets(api, branch, what))];
  return {
    tip,
    isProtected: data?.protected === true,
    requiredChecks: [...new Set(names)].slice(0, MAX_NAMES).sort(),
  };
}

async function ofRulesets(api: Api, branch: string, what: string): Promise<string[]> {
  let rules: unknown;
  try {
    const route = 'GET /repos/{owner}/{repo}/rules/branches/{branch}';
    rules = (await api.rest<unknown>(what, route, { branch, per_page: 100 })).data;
  } catch (error) {
    // A server older than rulesets.
    if (error instanceof ForgeError && error.tag === 'not-found') return [];
    throw error;
  }
  if (!Array.isArray(rules)) return [];
  return (rules as (Rule | null)[])
    .filter((rule) => rule?.type === 'required_status_checks')
    .flatMap((rule) => {
      const checks = rule?.parameters?.required_status_checks;
      return Array.isArray(checks)
        ? strings(checks.map((check: { context?: unknown } | null) => check?.context))
        : [];
    });
}

const strings = (list: unknown): string[] =>
  Array.isArray(list)
    ? list.filter((one): one is string => typeof one === 'string').map(named)
    : [];
