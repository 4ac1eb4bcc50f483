/** What `repos.yaml` may say of a repo. */
import { z } from 'zod';
import { repoId } from './contract.ts';
import { CODERS } from './families.ts';
import { Glob } from './glob.ts';
import { perDayOverride } from './policy-budgets.ts';
import { caches, registries } from './policy-caches.ts';
import { riskOverride } from './risk.ts';

export const repoEntry = z.strictObject({
  id: repoId,
  source: z.string().min(1).max(4096).meta({ description: 'path or URL that aedev reads from' }),
  branch: z.string().min(1).max(255).default('main'),
  forge: z
    .strictObject({
      kind: z.enum(['local', 'github']).default('local'),
      path: z.string().min(1).nullable().default(null).meta({
        description: 'local: a bare repository of yours instead of one inside the aedev home',
      }),
      repo: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,99}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/)
        .nullable()
        .default(null)
        .meta({ description: 'github: owner/name; `source` is its https URL' }),
      api_url: z
        .url({ protocol: /^https?$/ })
        .nullable()
        .default(null)
        .meta({
          description: 'github: address of the API, when it is not the usual one of the host',
        }),
      token_env: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/)
        .nullable()
        .default(null)
        .meta({
          description:
            'github: name of the only environment variable to take the token from; null: AEDEV_GITHUB_TOKEN, GITHUB_TOKEN, GH_TOKEN, then the gh CLI',
        }),
      app: z
        .strictObject({
          id: z.int().positive(),
          installation_id: z.int().positive(),
          key_file: z.string().min(1),
        })
        .nullable()
        .default(null)
        .meta({ description: 'github: log in as a GitHub App; its key file has mode 0600' }),
      labels: z.array(z.string().min(1).max(50)).max(10).default([]).meta({
        description: 'github: labels that each pull request gets',
      }),
    })
    .prefault({}),
  coder: z.enum(CODERS).optional(),
  verify: z
    .array(
      z.strictObject({
        argv: z.array(z.string().min(1)).min(1),
        wall_minutes: z.number().positive().default(15),
      }),
    )
    .default([]),
  registries,
  caches,
  auto_merge: z.boolean().optional(),
  method: z.enum(['merge', 'squash', 'rebase']).optional(),
  allowed_paths: z.array(z.string().min(1)).default(['**']),
  forbidden_paths: z.array(z.string().min(1)).default([]),
  required_checks: z.array(z.string().min(1)).default([]),
  max_push_file_bytes: z
    .int()
    .positive()
    .default(5 * 1024 ** 2),
  allow_binary: z.boolean().default(false),
  trusted_actions: z
    .array(Glob)
    .max(100)
    .default(['actions/*', 'github/*'])
    .meta({ description: 'GitHub actions (owner/name) that need not be pinned to a commit' }),
  denied_licences: z
    .array(z.string().regex(/^[A-Za-z0-9.+-]{1,60}\*?$/))
    .max(100)
    .default(['AGPL-*', 'GPL-*', 'SSPL-*', 'BUSL-*', 'UNLICENSED'])
    .meta({
      description: 'licences (SPDX ids, * at the end) that new packages in a lockfile may not have',
    }),
  parallel: z.int().min(1).max(16).default(1).meta({ description: 'tasks in flight at once' }),
  budget: perDayOverride.optional(),
  risk: riskOverride.optional(),
});
export type RepoEntry = z.output<typeof repoEntry>;

export const reposFile = z.strictObject({
  $schema: z.string().optional(),
  repos: z.array(repoEntry).max(500).default([]),
});
