/** What the result of each move leads to. A result counts only while its key is still wanted. */
import type { Command } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, holdCode, type Outcome, type Refusal, refuse } from './contract.ts';
import { mergeDecision } from './merge-policy.ts';
import { afterFailure, attemptOf, comesBackAt } from './steps.ts';
import type { EvidenceSummary, PullSeen, Task, TaskEvent, VerdictSeen } from './task.ts';
import {
  baseMoved,
  followedBy,
  held,
  landed,
  requestRun,
  review,
  rework,
  scanned,
  withFindings,
} from './task-next.ts';
import { judged, verified } from './task-settle-judgement.ts';
import { heldBy, notRan, type RunResult, ran } from './task-settle-run.ts';
import { taskSteps } from './task-steps.ts';

type Settle = Extract<Command, { type: 'task.settle' }>;
type Failed = Outcome & { ok: false };

export function settleTask(state: Task, command: Settle, ctx: Context): TaskEvent[] | Refusal {
  if (!taskSteps(state).some((step) => step.key === command.key)) {
    return refuse(
      'stale-result',
      `The result of ${command.key} came late: the task no longer waits for it.`,
    );
  }
  const { outcome } = command;
  if (command.kind === 'close-pull') return closed(state, command, ctx);
  if (command.kind === 'run-coder')
    return outcome.ok ? ran(state, outcome.result as RunResult, ctx) : notRan(state, outcome, ctx);
  if (!outcome.ok) return failed(state, command, outcome, ctx);
  switch (command.kind) {
    case 'prepare':
      return prepared(state, outcome.result as Prepared, ctx);
    case 'verify':
      return verified(state, command.key, outcome.result as EvidenceSummary, ctx);
    case 'judge':
      return judged(state, command.which, outcome.result as VerdictSeen, ctx);
    case 'push':
      return pushed(state, outcome.result as Pushed, ctx);
    case 'open-pull':
      return opened(state, outcome.result as PullSeen, ctx);
    case 'merge':
      return merged(state, outcome.result as MergeResult, ctx);
    case 'cleanup':
      return [
        {
          type: 'task.remembered',
          data: {
            rounds: state.rounds,
            runs: state.runs.length,
            lost: state.lostRuns,
            score: state.risk?.score ?? null,
          },
        },
      ];
    default:
      return refuse('unknown-move', `Nobody knows the move kind ${command.kind}.`);
  }
}

function failed(state: Task, command: Settle, outcome: Failed, ctx: Context): TaskEvent[] {
  if (state.landing) return [{ type: 'task.closing', data: { reason: state.closing ?? '' } }];
  if (command.kind === 'merge' && (outcome.code === 'base-moved' || outcome.code === 'conflict')) {
    return baseMoved(state, null, ctx);
  }
  if (outcome.resumesWhen) return [heldBy(state, outcome, ctx)];
  // Its end is known: waiting for it is no failed try.
  if (outcome.code === 'forge-limit' && outcome.retryAt)
    return [held(state, ctx, 'forge-limit', outcome.reason, outcome.remedy, outcome.retryAt)];
  const { attempt } = attemptOf(state.attempts, command.kind, command.which);
  const next = afterFailure(outcome, attempt, ctx.policy.policies.rework, ctx.now);
  if (next !== 'hold') return [tryAgain(command, outcome, next.retryAt)];
  const code = outcome.code === 'head-moved' ? 'foreign-push' : holdCode(outcome.code);
  return [
    held(
      state,
      ctx,
      code,
      outcome.reason,
      outcome.remedy && `${outcome.remedy}; then \`aedev hold resume ${state.id}\``,
      comesBackAt(outcome, ctx.now),
    ),
  ];
}

interface Prepared {
  base: string;
  /** Set when there already was work: its change applied on the new base, or why it could not be. */
  refreshed:
    | { head: string; tree: string }
    /** On the new base the change is none. */
    | { empty: true }
    | { conflict: string[]; sides?: { file: string; theirs: string; ours: string }[] }
    | null;
}

function prepared(state: Task, result: Prepared, ctx: Context): TaskEvent[] {
  if (result.refreshed && 'empty' in result.refreshed)
    return [
      held(
        state,
        ctx,
        'nothing-left',
        'somebody else brought the same change to the base branch',
        `\`aedev task cancel ${state.id}\` ends it and closes its pull request; \`aedev hold resume ${state.id}\` looks again`,
      ),
    ];
  if (result.refreshed && 'head' in result.refreshed) {
    return [
      {
        type: 'task.refreshed',
        data: { base: result.base, head: result.refreshed.head, tree: result.refreshed.tree },
      },
    ];
  }
  const ready: TaskEvent = { type: 'task.prepared', data: { base: result.base } };
  if (result.refreshed) {
    const { conflict, sides = [] } = result.refreshed;
    const findings = conflict.map((file): Finding => {
      const both = sides.find((one) => one.file === file);
      return {
        source: 'merge conflict',
        file,
        line: null,
        sentence:
          'the base branch changed this file too; make the change again on what is there now',
        ...(both
          ? {
              detail: `What the base branch changed:\n${both.theirs}\nWhat you changed before:\n${both.ours}`,
            }
          : {}),
      };
    });
    return followedBy(state, [ready], ctx, (after) =>
      rework(after, 'the change conflicts with the moved base', findings, 'base', ctx),
    );
  }
  return followedBy(state, [ready], ctx, (after) => (after.slot ? [requestRun(after, ctx)] : []));
}

interface Pushed {
  commit: string;
  branch: string;
  findings: { rule: string; kind: string; path: string; line: number | null; sentence: string }[];
}

function pushed(state: Task, result: Pushed, ctx: Context): TaskEvent[] {
  const first = result.findings[0];
  if (!first && result.commit !== state.head) {
    const reason = `the forge took ${result.commit.slice(0, 12)}, not ${state.head?.slice(0, 12)}`;
    return [held(state, ctx, 'move-failed', reason, '')];
  }
  if (!first)
    return [{ type: 'task.pushed', data: { branch: result.branch, commit: result.commit } }];
  const code = result.findings.some((finding) => finding.kind === 'secret')
    ? 'secret-found'
    : 'push-gate';
  const hold = held(
    state,
    ctx,
    code,
    `the push gate refused ${result.findings.length} thing(s), first: ${first.sentence}`,
    `\`aedev hold resume ${state.id}\` sends it back, \`aedev task cancel ${state.id}\` ends it`,
  );
  return [withFindings(hold, scanned(result.findings))];
}

const opened = (state: Task, pull: PullSeen, ctx: Context): TaskEvent[] =>
  followedBy(state, [{ type: 'task.pull-opened', data: pull }], ctx, (after) =>
    review(after, pull, ctx),
  );

type MergeResult = { commit: string; tree: string } | { waits: string; seen: PullSeen };

function merged(state: Task, result: MergeResult, ctx: Context): TaskEvent[] {
  if ('waits' in result && state.landing)
    return [{ type: 'task.closing', data: { reason: state.closing ?? '' } }];
  if ('waits' in result) return waits(state, result.waits, result.seen, ctx);
  return landed(state, result, 'aedev', ctx);
}

/** How long until a merge that the forge does not take, though nothing visible is against it, is tried again. */
const FORGE_PAUSE_MS = 2 * 60_000;

/** Back to looking: what the forge waits for shows in the pull request. */
function waits(state: Task, why: string, seen: PullSeen, ctx: Context): TaskEvent[] {
  const stopped: TaskEvent[] = [
    { type: 'task.merge-waits', data: { why, queued: seen.queued !== undefined } },
    { type: 'task.pull-observed', data: seen },
  ];
  return followedBy(state, stopped, ctx, (after) => {
    if (mergeDecision(after, seen, ctx.now).do !== 'merge') return review(after, seen, ctx);
    const at = new Date(Date.parse(ctx.now) + FORGE_PAUSE_MS).toISOString();
    return [held(after, ctx, 'forge-waits', why, '', at)];
  });
}

/** A cancelled task's pull request: closed, or said plainly that it was not. */
function closed(state: Task, command: Settle, ctx: Context): TaskEvent[] {
  const { outcome } = command;
  const reason = state.closing ?? 'cancelled';
  if (outcome.ok) {
    const commit = (outcome.result as { merged: string | null } | null)?.merged;
    const landed = commit ? ` (but its pull request was merged as ${commit.slice(0, 12)})` : '';
    return [{ type: 'task.cancelled', data: { reason: `${reason}${landed}` } }];
  }
  const { attempt } = attemptOf(state.attempts, command.kind, null);
  const next = afterFailure(outcome, attempt, ctx.policy.policies.rework, ctx.now);
  if (next !== 'hold') return [tryAgain(command, outcome, next.retryAt)];
  const left = state.pull
    ? `pull request ${state.pull.number} is still open`
    : 'a pull request may be open';
  return [{ type: 'task.cancelled', data: { reason: `${reason} (${left}: ${outcome.reason})` } }];
}

const tryAgain = (command: Settle, outcome: Failed, retryAt: string): TaskEvent => ({
  type: 'task.move-failed',
  data: { key: command.key, code: outcome.code, reason: outcome.reason, retryAt },
});
