/** What `repos.yaml` may say of a repo. */
import { z } from 'zod';
import { repoId } from './contract.ts';
import { perDayOverride } from './policy-budgets.ts';
import { riskOverride } from './risk.ts';

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
