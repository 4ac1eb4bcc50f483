/**
 * The operator's policy as data: what `policies.yaml` and `repos.yaml` may say, with every default.
 * Loading, line numbers and spelling help live in `src/config`.
 */
import { z } from 'zod';
import { repoId } from './contract.ts';
import { parseTarget } from './egress.ts';
import { riskOverride, riskPolicy, tightenRisk } from './risk.ts';

const runsPerDay = z.int().min(0).nullable().meta({
  description: 'runs started per UTC day; null is no limit',
});
const tokensPerDay = z.int().min(0).nullable();
const costPerDay = z.number().min(0).nullable();
const minutesPerDay = z.number().min(0).nullable();

/** `runs` stands whenever the operator does not name another: setting one limit drops no other. */
const perDay = (runs: number) =>
  z.strictObject({
    runs_per_day: runsPerDay.default(runs),
    tokens_per_day: tokensPerDay.default(null),
    cost_usd_per_day: costPerDay.default(null),
    wall_minutes_per_day: minutesPerDay.default(null),
  });

/** For one repo: what is not said stays as `budgets.per_repo` has it. */
const perDayOverride = z.strictObject({
  runs_per_day: runsPerDay.optional(),
  tokens_per_day: tokensPerDay.optional(),
  cost_usd_per_day: costPerDay.optional(),
  wall_minutes_per_day: minutesPerDay.optional(),
});

const judge = z.strictObject({
  family: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  protocol: z.enum(['openai', 'gemini']),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  model: z.string().min(1).max(200),
  key_env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional()
    .meta({
      description:
        'name of the environment variable that holds the key; leave out for a local server without one',
    }),
});

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
  budgets: z
    .strictObject({
      global: perDay(50).prefault({}),
      per_repo: perDay(25).prefault({}),
      per_run: z
        .strictObject({
          tokens: z.int().positive().default(2_000_000),
          cost_usd: z.number().positive().default(10),
          wall_minutes: z
            .number()
            .positive()
            .max(24 * 60)
            .default(60),
          idle_minutes: z
            .number()
            .positive()
            .max(24 * 60)
            .default(15),
          max_turns: z.int().positive().default(80),
        })
        .prefault({}),
    })
    .prefault({}),
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
  judges: z
    .strictObject({
      families: z.array(judge).max(8).default([]),
      timeout_seconds: z.number().positive().max(3600).default(120),
      max_output_tokens: z.int().positive().default(4000),
      max_diff_bytes: z.int().positive().default(400_000),
    })
    .prefault({}),
  coders: z
    .strictObject({
      default: z.enum(['claude', 'scripted']).default('claude'),
      claude: z
        .strictObject({
          executable: z.string().min(1).default('claude'),
          model: z.string().min(1).nullable().default(null),
          base_url: z
            .url({ protocol: /^https?$/ })
            .nullable()
            .default(null),
          permission_mode: z
            .enum(['acceptEdits', 'dontAsk', 'bypassPermissions'])
            .default('acceptEdits'),
          allowed_tools: z
            .array(z.string().min(1))
            .default(['Read', 'Edit', 'Write', 'Glob', 'Grep', 'Bash(npm test)']),
        })
        .prefault({}),
      scripted: z
        .strictObject({
          script: z.string().min(1).nullable().default(null),
          argv: z.array(z.string()).min(1).nullable().default(null),
        })
        .prefault({}),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      tier: z.enum(['docker', 'process']).default('docker'),
      allow_process: z.boolean().default(false).meta({
        description: 'true: runs may execute as plain processes of yours, without isolation',
      }),
      image: z
        .strictObject({
          name: z.string().min(1).default('claude-code-247/runner'),
          digest: z
            .string()
            .regex(/^sha256:[0-9a-f]{64}$/)
            .nullable()
            .default(null)
            .meta({
              description: 'the image id or manifest digest; runs start only from exactly this',
            }),
        })
        .prefault({}),
      memory_mb: z.int().min(64).default(4096),
      cpus: z.number().positive().default(2),
      pids: z.int().min(16).default(512),
      egress: z
        .strictObject({
          allow: z
            .array(
              z.string().refine((entry) => !('problem' in parseTarget(entry, 443)), {
                error: 'must be a host name, or host:port; no address, wildcard or URL',
              }),
            )
            .max(50)
            .default([])
            .meta({
              description:
                'host or host:port (443 when left out) that runs may reach from their container; the API of the coder is reached without being listed',
            }),
        })
        .prefault({}),
    })
    .prefault({}),
  workspace: z
    .strictObject({
      max_files: z.int().positive().default(200_000),
      max_bytes: z
        .int()
        .positive()
        .default(4 * 1024 ** 3),
      max_file_bytes: z
        .int()
        .positive()
        .default(50 * 1024 ** 2),
      max_depth: z.int().positive().default(64),
    })
    .prefault({}),
  notify: z.strictObject({}).prefault({}),
  retention: z.strictObject({ runs_days: z.number().positive().default(14) }).prefault({}),
});
export type Policies = z.output<typeof policiesFile>;

export const repoEntry = z.strictObject({
  id: repoId,
  source: z.string().min(1).max(4096).meta({ description: 'path or URL that aedev reads from' }),
  branch: z.string().min(1).max(255).default('main'),
  forge: z
    .strictObject({
      kind: z.literal('local').default('local'),
      path: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  coder: z.enum(['claude', 'scripted']).optional(),
  verify: z
    .array(
      z.strictObject({
        argv: z.array(z.string().min(1)).min(1),
        wall_minutes: z.number().positive().default(15),
      }),
    )
    .default([]),
  auto_merge: z.boolean().optional(),
  method: z.enum(['merge', 'squash']).optional(),
  allowed_paths: z.array(z.string().min(1)).default(['**']),
  forbidden_paths: z.array(z.string().min(1)).default([]),
  required_checks: z.array(z.string().min(1)).default([]),
  max_push_file_bytes: z
    .int()
    .positive()
    .default(5 * 1024 ** 2),
  allow_binary: z.boolean().default(false),
  parallel: z.int().min(1).max(16).default(1).meta({ description: 'tasks in flight at once' }),
  budget: perDayOverride.optional(),
  risk: riskOverride.optional(),
});
export type RepoEntry = z.output<typeof repoEntry>;

export const reposFile = z.strictObject({
  $schema: z.string().optional(),
  repos: z.array(repoEntry).max(500).default([]),
});

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
  families: string[];
  autoMerge: boolean;
  method: 'merge' | 'squash';
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
    families: policies.judges.families.map((judge) => judge.family),
    autoMerge: entry.auto_merge ?? policies.merge.auto_merge,
    method: entry.method ?? policies.merge.method,
    requiredChecks: entry.required_checks,
    risk: tightenRisk(policies.risk, entry.risk),
    mergeTtlHours: policies.approvals.merge_ttl_hours,
    maxRounds: policies.rework.max_rounds,
  };
}
