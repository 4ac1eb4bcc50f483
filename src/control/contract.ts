/**
 * The words that every plane shares: ids, actors, holds, what a mission and a task are told by the
 * world (settled moves), and the commands that may come from outside. Plain data only.
 */
import { z } from 'zod';
import { CODERS } from './families.ts';
import type { HoldCode } from './hold-codes.ts';
import type { Work } from './run-work.ts';

export { HOLD_CODES, type HoldCode, holdCode } from './hold-codes.ts';
export { streamOf } from './streams.ts';

/** Largest request accepted, in UTF-16 code units. */
export const MAX_REQUEST = 64 * 1024;

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}-[a-z0-9]{4,32}$`));
export const missionId = id('m');
export const taskId = id('t');
/** Also a folder name on every system, hence the narrow alphabet. */
export const repoId = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/);
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
    coder: z.enum(CODERS).nullable().default(null),
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
  /** Goes on after a hold with one run in the paid lane, which may cost so much; for that run alone. */
  z.strictObject({
    type: z.literal('task.approve-paid-run'),
    task: taskId,
    usd: z.number().positive().max(1000),
  }),
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
      work?: Work;
      /** What ends the hold by itself, when something does; one of {@link CONDITIONS}. */
      resumesWhen?: Condition | null;
      /** The run is cut off but not over: what it left could not be kept yet, and is looked at again. */
      unsettled?: boolean;
    };

/** Why nothing new may start and nothing may go out now, or null: the kill switch, or a policy file that nobody can read the will of. */
export type Barred = 'halted' | 'policy-broken' | null;
/** The code of a move that stopped short of an effect because of {@link Barred}: no result, it is done when it may be. */
export const BARRED = 'barred';

/** What a hold may wait for that the daemon can find out by itself; read as `when <condition>`. */
export const CONDITIONS = {
  sandboxReady: 'the sandbox can start runs',
  coderReady: 'the coder has its program and its credential',
} as const;
export type Condition = (typeof CONDITIONS)[keyof typeof CONDITIONS];

/** Something that the next run must mend; from a judge, a failed check, or the gate. Hostile text, escaped. */
export interface Finding {
  source: string;
  file: string | null;
  line: number | null;
  sentence: string;
  /** Lines that show what is meant, e.g. both sides of a conflict. Hostile text, bounded. */
  detail?: string;
}

/** Who pays for a run; see `lane.ts`. */
export type Lane = 'subscription' | 'sdk-credit' | 'api' | 'none' | 'unknown';

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
  lane: Lane;
}

/** What budgets count. */
export interface Amounts {
  runs: number;
  tokens: number;
  costUsd: number;
  wallMs: number;
}

/** A draft event; the store adds sequence, time, actor and hashes. */
export interface Draft<
  E extends { type: string; data: unknown } = { type: string; data: unknown },
> {
  type: E['type'];
  data: E['data'];
}

/** One event as it stands in the log. `hash` covers every other field, `prev` included. */
export interface StoredEvent {
  /** Global sequence, from 1, without gaps. */
  seq: number;
  /** `<aggregate>/<id>`, e.g. `task/t-1f2e3d4c`. */
  stream: string;
  /** Position in the stream, from 1. */
  version: number;
  type: string;
  /** Schema version of `data` for this type. */
  schema: number;
  /** UTC, ISO 8601 with milliseconds. */
  time: string;
  /** `operator:<name>`, `agent:client` (the API's token for agents) or `system:<part>`. */
  actor: string;
  /** Id of the command that caused it. */
  causation: string;
  data: unknown;
  /** Hex sha256 of the event before it in the log; 64 zeros for the first. */
  prev: string;
  hash: string;
}
