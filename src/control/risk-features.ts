/**
 * What risk reads: the measured features of a change, and what the operator's policy may say of
 * risk. Schemas first, types derived.
 */
import { z } from 'zod';
import { Glob } from './glob.ts';
import { HIGH_FROM, MEDIUM_FROM, SIGNAL_NAMES } from './risk-weights.ts';

/** Files that features may list; a longer change is cut, notable files first, and says so. */
export const MAX_RISK_FILES = 200;
const count = z.int().min(0);
const mode = z.string().regex(/^[0-7]{6}$/);

const testTotals = z.strictObject({ total: count, passed: count, failed: count, skipped: count });

/** What the evidence plane measured of a change. Plain, bounded data: it goes into an event. */
export const riskFeatures = z.strictObject({
  files: z
    .array(
      z.strictObject({
        path: z.string().min(1).max(1024),
        /** Added, modified, deleted, renamed without change of content, type changed. */
        status: z.enum(['A', 'M', 'D', 'R', 'T']),
        /** Path before a rename. */
        from: z.string().max(1024).nullable(),
        added: count,
        deleted: count,
        binary: z.boolean(),
        /** Octal git mode before and after, `000000` where absent. */
        oldMode: mode,
        mode,
      }),
    )
    .max(MAX_RISK_FILES),
  /** More files changed than are listed, or a path was too long to list. */
  cut: z.boolean(),
  /** Over all files, listed or not. */
  totals: z.strictObject({
    files: count,
    added: count,
    deleted: count,
    binary: count,
    deletedFiles: count,
    folders: count,
  }),
  /** Files in the base's tree; null when it was not counted. */
  baseFiles: count.nullable(),
  /** Summed per-test counts of the verify commands; null where no output was recognised. */
  tests: z.strictObject({ before: testTotals.nullable(), after: testTotals.nullable() }),
  /** A verify command that failed on the base passes on the head. */
  redToGreen: z.boolean(),
  verify: z.enum(['passed', 'failed', 'missing']),
  /** Changed files that steer the verify commands beyond what their names tell. */
  runnerFiles: z.array(z.string().max(1024)).max(20),
  signals: z
    .array(
      z.strictObject({
        signal: z.enum(SIGNAL_NAMES),
        path: z.string().max(1024),
        line: z.int().min(1).nullable(),
      }),
    )
    .max(90),
  secrets: count,
  /** Other findings of the push gate's scan. */
  findings: count,
  /** The diff was cut: no one saw all of the change. */
  truncated: z.boolean(),
  /** Over the recent history of the base; null when it could not be read. */
  history: z.strictObject({ commits: count, touching: count, reverts: count }).nullable(),
});
export type RiskFeatures = z.output<typeof riskFeatures>;

/**
 * What `policies.yaml` and `repos.yaml` may say: only tighter than the frozen rules. No
 * refinements, so that it can be made partial; {@link tightenRisk} copes with any combination.
 */
export const riskPolicy = z.strictObject({
  medium_from: z.int().min(1).max(MEDIUM_FROM).default(MEDIUM_FROM).meta({
    description: 'score from which the operator must approve the merge; may only be lowered',
  }),
  high_from: z.int().min(2).max(HIGH_FROM).default(HIGH_FROM).meta({
    description: 'score from which aedev never merges; may only be lowered',
  }),
  sensitive_paths: z.array(Glob).max(200).default([]).meta({
    description: 'path patterns whose change always needs the operator',
  }),
});
export type RiskPolicy = z.output<typeof riskPolicy>;

/** The same for one repo: nothing has a default, so that what is not said does not loosen anything. */
export const riskOverride = z.strictObject({
  medium_from: z.int().min(1).max(MEDIUM_FROM).optional(),
  high_from: z.int().min(2).max(HIGH_FROM).optional(),
  sensitive_paths: z.array(Glob).max(200).optional(),
});

/** Both policies at once: the lower limits and all paths of either. */
export function tightenRisk(
  policy: RiskPolicy,
  override: z.output<typeof riskOverride> | undefined,
): RiskPolicy {
  return {
    medium_from: Math.min(policy.medium_from, override?.medium_from ?? MEDIUM_FROM),
    high_from: Math.min(policy.high_from, override?.high_from ?? HIGH_FROM),
    sensitive_paths: [
      ...new Set([...policy.sensitive_paths, ...(override?.sensitive_paths ?? [])]),
    ],
  };
}
