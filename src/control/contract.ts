/**
 * The words that every plane shares: ids, actors, holds, what a mission and a task are told by the
 * world (settled moves), and the commands that may come from outside. Plain data only.
 */
import { z } from 'zod';

/** Largest request accepted, in UTF-16 code units. */
export const MAX_REQUEST = 64 * 1024;

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}-[a-z0-9]{4,32}$`));
export const missionId = id('m');
export const taskId = id('t');
/** Also a folder name on every system, hence the narrow alphabet. */
export const repoId = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/);
export const actor = z.string().regex(/^(operator|agent|system):[\w.@-]{1,64}$/);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const sentence = z.string().max(2000);

/** One change in one repo, as the operator's plan or the single-task default names it. */
export const planTask = z.strictObject({
  key: z.string().regex(/^[a-z0-9-]{1,40}$/),
  title: z.string().min(1).max(200),
  repo: repoId,
  acceptance: z.array(sentence).max(20).default([]),
  allowed_paths: z.array(z.string().min(1).max(300)).max(50).default([]),
  depends_on: z.array(z.string()).max(20).default([]),
});
export type PlanTask = z.infer<typeof planTask>;

/** Commands that a surface may send. Who sends it is the credential's business, never the body's. */
export const surfaceCommand = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('mission.submit'),
    mission: missionId,
    text: z.string().min(1).max(MAX_REQUEST),
    repos: z.array(repoId).min(1).max(20),
    coder: z.enum(['claude', 'scripted']).nullable().default(null),
    plan: z.array(planTask).min(1).max(30).nullable().default(null),
  }),
  z.strictObject({
    type: z.literal('mission.answer'),
    mission: missionId,
    answers: z
      .array(z.strictObject({ question: z.string().max(80), text: z.string().max(4000) }))
      .max(8),
    /** Go on with what is known: open questions become assumptions. */
    waive: z.boolean().default(false),
  }),
  z.strictObject({ type: z.literal('mission.approve'), mission: missionId, digest }),
  z.strictObject({ type: z.literal('mission.reject'), mission: missionId, reason: sentence }),
  z.strictObject({ type: z.literal('mission.cancel'), mission: missionId, reason: sentence }),
  z.strictObject({ type: z.literal('mission.resume'), mission: missionId }),
  z.strictObject({ type: z.literal('task.approve'), task: taskId, digest }),
  z.strictObject({ type: z.literal('task.retry'), task: taskId }),
  z.strictObject({ type: z.literal('task.cancel'), task: taskId, reason: sentence }),
  z.strictObject({ type: z.literal('task.resume'), task: taskId }),
  z.strictObject({ type: z.literal('repo.resume'), repo: repoId }),
  z.strictObject({ type: z.literal('system.halt'), reason: sentence }),
  z.strictObject({ type: z.literal('system.unhalt') }),
]);
export type SurfaceCommand = z.infer<typeof surfaceCommand>;

export interface Refusal {
  refused: true;
  /** Stable, for programs. */
  code: string;
  /** For people: what is wrong and what to do. */
  sentence: string;
}
export const refuse = (code: string, sentence: string): Refusal => ({
  refused: true,
  code,
  sentence,
});
export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && (value as Refusal).refused === true;

/** Why work waits, who or what ends it, and when. */
export interface Hold {
  code: HoldCode;
  reason: string;
  since: string;
  resumes: { at: string } | { when: string } | { by: 'operator' };
  remedy: string;
}

/** Every hold there is. Anything else that goes wrong is reported under `move-failed`. */
export const HOLD_CODES = {
  'needs-answers': 'the request is ambiguous; questions are open',
  'approval-expired': 'nobody approved in time; what was shown is void',
  'plan-invalid': 'the task graph cannot be run',
  'budget-exhausted': 'the daily budget is used up',
  'claude-window': 'the subscription window is used up',
  'claude-auth': 'the coder could not log in',
  'claude-credit': 'the account has no credit',
  'claude-model': 'the coder refused the model',
  'paid-lane': 'the run was billed to a paid lane that policy does not allow',
  'coder-missing': 'the coder program is not there',
  'coder-transient': 'the provider or the line is in passing trouble',
  'coder-failed': 'the coder gave up more often than policy allows',
  'run-lost': 'runs were lost more often than policy allows',
  'HOLD-CLAUDE-DOCKER-IMAGE': 'the container image is missing or not the pinned one',
  'HOLD-CLAUDE-AUTH-IN-DOCKER': 'no usable login for the coder inside the container',
  'sandbox-engine': 'no container engine answers',
  'sandbox-not-opted-in': 'this sandbox tier was not allowed by the operator',
  'source-unavailable': 'the repo cannot be read',
  'refused-tree': 'what the coder left cannot be committed safely',
  'secret-found': 'a credential is in the change',
  'push-gate': 'the push gate refused the change',
  'rework-exhausted': 'the change was sent back as often as policy allows',
  'judge-missing': 'fewer than two judge families are configured',
  'judge-auth': 'a judge refused its key',
  'judge-inconclusive': 'the judges gave no clear answer',
  'awaiting-merge-approval': 'the risk asks for the operator to approve the merge',
  'high-risk': 'aedev never merges high-risk changes',
  'remote-writes-off': 'system.allow_remote_writes is false',
  'merge-tree-differs': 'the merged tree is not the judged one',
  'repo-paused': 'the repo is paused after an alarm',
  'foreign-push': 'somebody else pushed to the branch; the evidence is void',
  'disk-full': 'the disk is full',
  'move-failed': 'a step failed more often than policy allows',
} as const;
export type HoldCode = keyof typeof HOLD_CODES;
/** Codes from executors are data: an unknown one must not invent a hold that nobody documented. */
export const holdCode = (code: string): HoldCode =>
  Object.hasOwn(HOLD_CODES, code) ? (code as HoldCode) : 'move-failed';

/** What a settled move brought. The engine passes it on; each machine reads the kinds it knows. */
export type Outcome =
  | { ok: true; result: unknown }
  | {
      ok: false;
      code: string;
      reason: string;
      remedy: string;
      retryable: boolean;
      retryAt: string | null;
      salvaged?: string | null;
    };

/** Something that the next run must mend; from a judge, a failed check, or the gate. Hostile text, escaped. */
export interface Finding {
  source: string;
  file: string | null;
  line: number | null;
  sentence: string;
}

/** null is unknown, never 0. Tokens are counts, cost US dollars, durations milliseconds. */
export interface Usage {
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  costUsd: number | null;
  durationMs: number;
  turns: number | null;
  model: string | null;
  lane: string;
}

/** What budgets count. */
export interface Amounts {
  runs: number;
  tokens: number;
  costUsd: number;
  wallMs: number;
}

export const streamOf = {
  mission: (id: string) => `mission/${id}`,
  task: (id: string) => `task/${id}`,
  repo: (id: string) => `repo/${id}`,
  budget: 'budget/all',
  system: 'system/main',
  refusals: 'refusals/all',
} as const;

/** A draft event; the store adds sequence, time, actor and hashes. */
export interface Draft<
  E extends { type: string; data: unknown } = { type: string; data: unknown },
> {
  type: E['type'];
  data: E['data'];
}
