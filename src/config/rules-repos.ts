/** Combinations in repos.yaml, and between it and policies.yaml, that are wrong. */
import { globProblem } from '../control/glob.ts';
import type { Policies } from '../control/policy.ts';
import type { RepoEntry } from '../control/policy-repo.ts';
import type { Finding } from './finding.ts';
import { budgetProblem, fewJudgesProblem } from './rules-coders.ts';
import { forgeFindings } from './rules-forge.ts';
import { localPath, sourceProblem, within } from './sources.ts';
import type { Path } from './yaml-tree.ts';

export interface RuleContext {
  home: string;
  homedir: string;
  policies: Policies;
  /** Where `merge.auto_merge` is set, e.g. `policies.yaml:12`; for inherited trouble. */
  autoMergeFrom: string;
}

export function reposFindings(repos: readonly RepoEntry[], context: RuleContext): Finding[] {
  const found: Finding[] = [];
  const ids = new Map<string, number>();
  const sources = new Map<string, string>();
  repos.forEach((repo, index) => {
    const at: Path = ['repos', index];
    const error = (path: Path, reason: string, nearest: string | null = null) =>
      found.push({ severity: 'error', path: [...at, ...path], reason, nearest });
    const warning = (path: Path, reason: string) =>
      found.push({ severity: 'warning', path: [...at, ...path], reason });

    const first = ids.get(repo.id);
    if (first === undefined) ids.set(repo.id, index);
    else error(['id'], `${repo.id} is the id of repos[${first}] too; each repo needs its own`);

    const wrong = sourceProblem(repo.source, context.homedir);
    if (wrong !== null) error(['source'], wrong.reason, wrong.hint);
    const local = localPath(repo.source);
    if (local !== null && within(context.home, local))
      error(['source'], 'holds the aedev home itself, keys and all; move one of the two');
    if (repo.source.startsWith('http://')) warning(['source'], 'is fetched unencrypted; use https');
    const same = sources.get(repo.source);
    if (same === undefined) sources.set(repo.source, repo.id);
    else warning(['source'], `is the source of ${same} too; their changes may conflict`);

    forgeFindings(repo, error);
    const branch = branchProblem(repo.branch);
    if (branch !== null) error(['branch'], branch);
    unguarded(repo, context, error);
    const coder = repo.coder ?? null;
    if (coder !== null && coder !== context.policies.coders.default)
      for (const problem of [
        budgetProblem(context.policies, coder),
        fewJudgesProblem(context.policies, coder),
      ])
        if (problem !== null) error(['coder'], problem);
    if (repo.coder === 'scripted') {
      const { script, argv } = context.policies.coders.scripted;
      if (script === null && argv === null)
        error(['coder'], 'is scripted, but coders.scripted in policies.yaml says not what to run');
    }
    if (repo.allowed_paths.length === 0)
      error(['allowed_paths'], 'is empty, so nothing may change; write ["**"] for every path');
    for (const key of ['allowed_paths', 'forbidden_paths'] as const)
      repo[key].forEach((glob, entry) => {
        const problem = globProblem(glob);
        if (problem !== null) error([key, entry], problem.replace(/\.$/, ''));
      });
    tooSmall(repo, context.policies, error);
  });
  return found;
}

type Say = (path: Path, reason: string) => void;

/** A merge that nothing but two judges stands behind is not "provably low-risk". */
function unguarded(repo: RepoEntry, context: RuleContext, error: Say): void {
  const auto = repo.auto_merge ?? context.policies.merge.auto_merge;
  if (!auto || repo.verify.length > 0 || repo.required_checks.length > 0) return;
  const remedy = 'add verify commands or required_checks, or set auto_merge: false';
  if (repo.auto_merge === true)
    error(['auto_merge'], `is true, but nothing is run to check a change; ${remedy}`);
  else
    error(
      ['id'],
      `${repo.id} would merge by itself (merge.auto_merge in ${context.autoMergeFrom}), but nothing is run to check a change; ${remedy}`,
    );
}

/** See the same rule for policies.yaml: a run reserves its full limits first. */
function tooSmall(repo: RepoEntry, policies: Policies, error: Say): void {
  const { per_run } = policies.budgets;
  const pairs = [
    ['tokens_per_day', per_run.tokens],
    ['cost_usd_per_day', per_run.cost_usd],
    ['wall_minutes_per_day', per_run.wall_minutes],
  ] as const;
  for (const [key, reserved] of pairs) {
    const limit = repo.budget?.[key] ?? null;
    if (limit !== null && limit > 0 && limit < reserved)
      error(
        ['budget', key],
        `is ${limit}, less than the ${reserved} reserved for one run (budgets.per_run), so none could ever begin`,
      );
  }
}

/** The rules of `git check-ref-format` for a branch, and no leading dash. */
function branchProblem(branch: string): string | null {
  if (branch.startsWith('-')) return 'begins with a dash, which git would take for an option';
  if (branch.startsWith('refs/')) return 'is written in full; leave out refs/heads/';
  const bad =
    /[\p{Cc}\p{Cf} ~^:?*[\\]/u.test(branch) ||
    /\.\.|@\{|\/\/|^\/|\/$|\.$|^\.|\/\.|\.lock(\/|$)/.test(branch) ||
    branch === '@';
  return bad ? 'is no valid branch name' : null;
}
