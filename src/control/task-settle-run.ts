/** What a run led to: work to check, a hold, another run, or a loss that is told. */
import { failureRemedy } from './coder-failures.ts';
import type { Context } from './context.ts';
import { type Finding, holdCode, type Outcome, type Usage } from './contract.ts';
import type { EgressRecord } from './egress.ts';
import { laneProblem } from './lane.ts';
import { type Work, withWork } from './run-work.ts';
import { type Run, runOf, type Task, type TaskEvent } from './task.ts';
import { followedBy, held, requestRun, rework } from './task-next.ts';
import { UNSEEN } from './task-parts.ts';

export interface RunResult {
  outcome:
    | { kind: 'success'; summary: string }
    | { kind: 'hold'; code: string; reason: string; remedy: string; resumesAt: string | null }
    | { kind: 'retryable'; code: string; reason: string }
    | { kind: 'failure'; code: string; reason: string };
  usage: Usage;
  windows: unknown[];
  cliVersion: string | null;
  laneProof: string | null;
  denied: string[];
  provenance: {
    tier: string;
    image: string | null;
    engine: string | null;
    egress?: EgressRecord[] | null;
  };
  collected: { commit: string | null; tree: string; notes: string[] } | null;
  salvaged: string | null;
  /** Of work that was not collected. */
  work?: Work;
  notes?: string[];
}

export function ran(state: Task, result: RunResult, ctx: Context): TaskEvent[] {
  const run = state.run ?? '';
  const { outcome } = result;
  const events: TaskEvent[] = [
    {
      type: 'model.usage.recorded',
      data: { run, role: runRole(state), family: state.coder, usage: result.usage },
    },
    {
      type: 'task.run-ended',
      data: {
        run,
        started: true,
        outcome: outcome.kind === 'success' ? 'success' : outcome.code,
        reason: outcome.kind === 'success' ? 'the coder finished' : outcome.reason,
        salvaged: result.salvaged,
        ...result.provenance,
        cliVersion: result.cliVersion,
        laneProof: result.laneProof,
        windows: result.windows,
        denied: result.denied,
        ...(result.notes ? { notes: result.notes } : {}),
        ...(result.work ? { work: result.work } : {}),
      },
    },
  ];
  const lane = otherLane(state, result, ctx);
  if (lane) return [...events, ...worked(run, result.collected), lane];
  switch (outcome.kind) {
    case 'success':
      return followedBy(state, events, ctx, (after) =>
        collected(after, run, result.collected, ctx),
      );
    case 'hold':
      return followedBy(state, events, ctx, (after) => [
        held(
          after,
          ctx,
          holdCode(outcome.code),
          withWork(outcome.reason, result.work),
          outcome.remedy,
          outcome.code === 'claude-window' ? opens(after, outcome, ctx) : outcome.resumesAt,
        ),
      ]);
    case 'retryable':
    case 'failure':
      return followedBy(state, events, ctx, (after) => {
        const { max_attempts, backoff_seconds } = ctx.policy.policies.rework;
        const tries = outcome.kind === 'retryable' ? max_attempts : Math.min(2, max_attempts);
        if (after.failedRuns >= tries)
          return [
            held(
              after,
              ctx,
              'coder-failed',
              withWork(outcome.reason, result.work),
              failureRemedy(outcome.code, state.id),
            ),
          ];
        const pause =
          outcome.kind === 'retryable'
            ? Math.min(backoff_seconds * 2 ** (after.failedRuns - 1), 900)
            : 0;
        if (pause === 0) return after.slot ? [requestRun(after, ctx)] : [];
        const at = new Date(Date.parse(ctx.now) + pause * 1000).toISOString();
        return [
          held(
            after,
            ctx,
            'coder-transient',
            withWork(outcome.reason, result.work),
            'nothing to do: it is tried again by itself',
            at,
          ),
        ];
      });
  }
}

/** The work is kept; nothing goes on, no other try either, until the operator has seen what it may cost. */
function otherLane(state: Task, result: RunResult, ctx: Context): TaskEvent | null {
  const answered = result.outcome.kind === 'success';
  const problem = laneProblem(runOf(state)?.lane, result.usage.lane, answered);
  if (!problem) return null;
  const proof = result.laneProof ? ` (${result.laneProof})` : '';
  const remedy = `see where the coder's login comes from with \`aedev doctor\`, then \`aedev hold resume ${state.id}\``;
  return held(state, ctx, problem.code, withWork(`${problem.reason}${proof}`, result.work), remedy);
}

/** When a task whose run met the limit goes on by itself; null: not by itself any more. */
function opens(
  state: Task,
  { resumesAt }: { resumesAt: string | null },
  ctx: Context,
): string | null {
  const { max_resumes, look_again_minutes } = ctx.policy.policies.limits;
  if (state.windowRuns > max_resumes) return null;
  const again = Date.parse(ctx.now) + look_again_minutes * 60_000;
  return resumesAt ?? new Date(again).toISOString();
}

const runRole = (state: Task): Run['role'] =>
  state.runs.find((run) => run.id === state.run)?.role ?? 'coder';

function collected(
  state: Task,
  run: string,
  work: RunResult['collected'],
  ctx: Context,
): TaskEvent[] {
  if (work?.commit) return worked(run, work);
  const finding: Finding = {
    source: 'aedev',
    file: null,
    line: null,
    sentence: 'the run ended without changing any file; make the change that the request asks for',
  };
  // A round that brought nothing must not cost what the rounds before it knew.
  const findings = [...state.findings, finding];
  return rework(state, 'the coder changed nothing', findings, state.head ? 'head' : 'base', ctx);
}

const worked = (run: string, work: RunResult['collected']): TaskEvent[] =>
  work?.commit
    ? [
        {
          type: 'task.work-collected',
          data: { run, head: work.commit, tree: work.tree, notes: work.notes },
        },
      ]
    : [];

/** The run never started, or its process is gone. */
export function notRan(state: Task, outcome: Outcome & { ok: false }, ctx: Context): TaskEvent[] {
  const run = state.run ?? '';
  if (outcome.unsettled) return [heldBy(state, outcome, ctx)];
  if (outcome.code === 'lost') {
    const lost: TaskEvent = {
      type: 'task.run-lost',
      data: {
        run,
        reason: outcome.reason,
        salvaged: outcome.salvaged ?? null,
        ...(outcome.work ? { work: outcome.work } : {}),
      },
    };
    return followedBy(state, [lost], ctx, (after) =>
      after.lostRuns > ctx.policy.policies.rework.max_lost_runs
        ? [
            held(
              after,
              ctx,
              'run-lost',
              `${after.lostRuns} runs in a row were lost: ${outcome.reason}`,
              `see what ends them with \`aedev doctor\`; \`aedev hold resume ${state.id}\` begins once more where they had begun, what they left stays at refs/aedev/salvage/`,
            ),
          ]
        : after.slot
          ? [requestRun(after, ctx)]
          : [],
    );
  }
  const ended: TaskEvent = {
    type: 'task.run-ended',
    data: {
      run,
      // Only what names its hold failed before the start; anything else may have spent something.
      started: holdCode(outcome.code) === 'move-failed',
      outcome: outcome.code,
      reason: outcome.reason,
      ...UNSEEN,
      salvaged: outcome.salvaged ?? null,
      ...(outcome.work ? { work: outcome.work } : {}),
    },
  };
  const reason = withWork(outcome.reason, outcome.work);
  return [ended, heldBy(state, { ...outcome, reason }, ctx)];
}

/** What ends by itself needs no command after it is mended. */
export function heldBy(state: Task, outcome: Outcome & { ok: false }, ctx: Context): TaskEvent {
  const { resumesWhen, retryAt, retryable, remedy } = outcome;
  const until = resumesWhen ? { when: resumesWhen } : retryable ? retryAt : null;
  const resume = `\`aedev hold resume ${state.id}\``;
  const then = until ? `it goes on by itself then, or at once with ${resume}` : `then ${resume}`;
  const told = remedy && `${remedy.replace(/\.$/, '')}; ${then}`;
  return held(state, ctx, holdCode(outcome.code), outcome.reason, told, until);
}
