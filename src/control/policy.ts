/**
 * The operator's policy as data: what `policies.yaml` and `repos.yaml` may say, with every default.
 * Loading, line numbers and spelling help live in `src/config`.
 */
import { z } from 'zod';
import { budgetsPolicy } from './policy-budgets.ts';
import { codersPolicy } from './policy-coders.ts';
import { judgesPolicy } from './policy-judges.ts';
import type { RepoEntry } from './policy-repo.ts';
import { retentionPolicy } from './policy-retention.ts';
import { sandboxPolicy, workspacePolicy } from './policy-sandbox.ts';
import { limitsPolicy } from './policy-windows.ts';
import { riskPolicy, tightenRisk } from './risk.ts';

export const policiesFile = z.strictObject({
  $schema: z.string().optional(),
  system: z
    .strictObject({
      operator: z
        .string()
        .regex(/^[\w.@-]{1,64}$/)
        .default('owner')
        .meta({ description: 'name used in operator:<name>' }),
      allow_remote_writes: z.boolean().default(false).meta({
        description: 'false: nothing is pushed, opened, commented or merged outside the aedev home',
      }),
      port: z.int().min(0).max(65535).default(7247),
      max_parallel_moves: z.int().min(1).max(64).default(4),
    })
    .prefault({}),
  clarification: z
    .strictObject({
      trigger_threshold: z.number().min(0).max(100).default(50),
      max_questions: z.int().min(1).max(4).default(4),
      weights: z
        .strictObject({
          target: z.number().min(0).max(1).default(0.3),
          acceptance: z.number().min(0).max(1).default(0.3),
          vagueness: z.number().min(0).max(1).default(0.2),
          hazard: z.number().min(0).max(1).default(0.2),
        })
        .prefault({}),
    })
    .prefault({}),
  approvals: z
    .strictObject({
      spec_ttl_hours: z
        .number()
        .positive()
        .max(24 * 90)
        .default(168),
      merge_ttl_hours: z
        .number()
        .positive()
        .max(24 * 90)
        .default(72),
    })
    .prefault({}),
  budgets: budgetsPolicy,
  limits: limitsPolicy,
  rework: z
    .strictObject({
      max_rounds: z.int().min(0).max(20).default(3),
      max_attempts: z
        .int()
        .min(1)
        .max(20)
        .default(4)
        .meta({ description: 'tries of one move before it holds' }),
      backoff_seconds: z.number().min(0).max(3600).default(10),
      max_lost_runs: z.int().min(0).max(20).default(3),
    })
    .prefault({}),
  risk: riskPolicy.prefault({}),
  merge: z
    .strictObject({
      auto_merge: z
        .boolean()
        .default(false)
        .meta({ description: 'default for repos that do not say' }),
      method: z.enum(['merge', 'squash']).default('squash'),
    })
    .prefault({}),
  judges: judgesPolicy,
  coders: codersPolicy,
  sandbox: sandboxPolicy,
  workspace: workspacePolicy,
  notify: z.strictObject({}).prefault({}),
  retention: retentionPolicy,
});
export type Policies = z.output<typeof policiesFile>;

/** Everything the operator set, with the digest that evidence and approvals name. */
export interface Policy {
  hash: string;
  policies: Policies;
  repos: Readonly<Record<string, RepoEntry>>;
}

/** Limits per UTC day of one repo, its own over those of `budgets.per_repo`; null is no limit. */
export function repoBudget(policy: Policy, repo: string): Policies['budgets']['per_repo'] {
  const limits = { ...policy.policies.budgets.per_repo };
  const own = policy.repos[repo]?.budget ?? {};
  if (own.runs_per_day !== undefined) limits.runs_per_day = own.runs_per_day;
  if (own.tokens_per_day !== undefined) limits.tokens_per_day = own.tokens_per_day;
  if (own.cost_usd_per_day !== undefined) limits.cost_usd_per_day = own.cost_usd_per_day;
  if (own.wall_minutes_per_day !== undefined)
    limits.wall_minutes_per_day = own.wall_minutes_per_day;
  return limits;
}

/** What decisions about one task need; frozen into its evidence, so that later changes do not reach back. */
export interface TaskPolicy {
  hash: string;
  /** `judges.allow_coder_family`; absent in older evidence, and then false. */
  coderFamilyMayJudge?: boolean;
  autoMerge: boolean;
  method: 'merge' | 'squash' | 'rebase';
  requiredChecks: string[];
  risk: z.output<typeof riskPolicy>;
  mergeTtlHours: number;
  maxRounds: number;
}

/** The policy in force for a repo now; undefined when the repo is not registered. */
export function taskPolicy(policy: Policy, repo: string): TaskPolicy | undefined {
  const entry = policy.repos[repo];
  if (!entry) return undefined;
  const { policies } = policy;
  return {
    hash: policy.hash,
    ...(policies.judges.allow_coder_family ? { coderFamilyMayJudge: true } : {}),
    autoMerge: entry.auto_merge ?? policies.merge.auto_merge,
    method: entry.method ?? policies.merge.method,
    requiredChecks: entry.required_checks,
    risk: tightenRisk(policies.risk, entry.risk),
    mergeTtlHours: policies.approvals.merge_ttl_hours,
    maxRounds: policies.rework.max_rounds,
  };
}
