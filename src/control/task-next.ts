/** The decisions that several commands and results of a task share: holding, sending back, ending a run, reviewing its pull request. */
import type { Context } from './context.ts';
import type { Condition, Finding, Hold, HoldCode } from './contract.ts';
import { laneOf } from './lane.ts';
import { mergeDecision, mergeRequest } from './merge-policy.ts';
import type { PullSeen, ScanFinding, Task, TaskEvent } from './task.ts';
import { evolveTask } from './task-evolve.ts';
import { UNSEEN } from './task-parts.ts';

/**
 * A reset time that has passed, or is none, would wake the task at once and over and over, or never:
 * then it is looked at again in a quarter of an hour.
 */
function later(at: string, now: string): string {
  const time = Date.parse(at);
  const soonest = Date.parse(now);
  return new Date(time > soonest ? time : soonest + 15 * 60_000).toISOString();
}

/** Executors name the hold in `code`; what is not in the table becomes `move-failed`. */
export const held = (
  state: Task,
  ctx: Context,
  code: HoldCode,
  reason: string,
  remedy: string,
  until?: string | { when: Condition } | null,
): TaskEvent => ({
  type: 'task.held',
  data: {
    code,
    reason,
    since: ctx.now,
    resumes:
      typeof until === 'string'
        ? { at: later(until, ctx.now) }
        : (until ?? { by: 'operator' as const }),
    remedy: remedy || `aedev hold resume ${state.id}`,
  } satisfies Hold,
});

/** A hold that keeps what the next round has to mend. */
export const withFindings = (event: TaskEvent, findings: Finding[]): TaskEvent =>
  event.type === 'task.held'
    ? { ...event, data: { ...event.data, findings: findings.slice(0, 50) } }
    : event;

/** What the gate's scan found, as a coder is told of it. */
export const scanned = (
  findings: Pick<ScanFinding, 'rule' | 'path' | 'line' | 'sentence'>[],
): Finding[] =>
  findings.map(({ rule, path, line, sentence }) => ({ source: rule, file: path, line, sentence }));

/** The lane is settled before the run: by policy, or by the operator's approval of this one. */
export const requestRun = (state: Task, ctx: Context): TaskEvent => ({
  type: 'task.run-requested',
  data: {
    run: ctx.id('r'),
    role: state.findings.length > 0 ? 'fixer' : 'coder',
    lane: state.paid ? 'api' : laneOf(ctx.policy.policies, state.coder),
    ...(state.paid ? { approvedUsd: state.paid.usd } : {}),
  },
});

/** Events on top of which a further decision needs the state after them. */
export function followedBy(
  state: Task,
  events: TaskEvent[],
  ctx: Context,
  more: (after: Task) => TaskEvent[],
): TaskEvent[] {
  const after = events.reduce<Task | null>(
    (task, event) => evolveTask(task, event, ctx.now),
    state,
  );
  return after ? [...events, ...more(after)] : events;
}

/**
 * Sends the task back to its coder, a bounded number of times; then it holds. After judges and reviews
 * the task has no slot any more: it queues, others may go first, and `start` requests the run.
 */
export function rework(
  state: Task,
  cause: string,
  findings: Task['findings'],
  from: 'head' | 'base',
  ctx: Context,
): TaskEvent[] {
  const max = state.policy?.maxRounds ?? ctx.policy.policies.rework.max_rounds;
  if (state.rounds >= max) {
    const hold = held(
      state,
      ctx,
      'rework-exhausted',
      `${cause}, and it was already sent back ${state.rounds} time(s)`,
      `read \`aedev task show ${state.id}\`, then \`aedev task retry ${state.id}\` or \`aedev task cancel ${state.id}\``,
    );
    return [withFindings(hold, findings)];
  }
  const sent: TaskEvent = {
    type: 'task.rework-requested',
    data: { cause, findings: findings.slice(0, 50), from },
  };
  const after = evolveTask(state, sent, ctx.now);
  return after?.slot ? [sent, requestRun(after, ctx)] : [sent];
}

/** Times that a task may be brought onto a moved base before somebody looks at it. */
const MAX_REFRESHES = 10;

export const baseMoved = (state: Task, to: string | null, ctx: Context): TaskEvent[] =>
  state.refreshes >= MAX_REFRESHES
    ? [
        held(
          state,
          ctx,
          'move-failed',
          'the base branch moves faster than this task can be checked',
          '',
        ),
      ]
    : [{ type: 'task.base-moved', data: { from: state.base ?? '', to } }];

/** What landed is compared with what was judged, by the log's own record of that. */
export function landed(
  state: Task,
  { commit, tree }: { commit: string; tree: string },
  by: string,
  ctx: Context,
): TaskEvent[] {
  const expected = state.tree ?? '';
  const done: TaskEvent = { type: 'task.merged', data: { commit, tree, by } };
  if (tree === expected && tree !== '') return [done];
  const reason = `the merge landed tree ${tree.slice(0, 12)}, judged was ${expected.slice(0, 12)}; the repo is paused`;
  const remedy = `look at commit ${commit.slice(0, 12)}, then \`aedev hold resume ${state.id}\` and \`aedev hold resume ${state.repo}\``;
  return [
    done,
    { type: 'task.merge-alarm', data: { expected, found: tree } },
    held(state, ctx, 'merge-tree-differs', reason, remedy),
  ];
}

/** What an open pull request leads to. Called whenever it, or an approval of it, changes. */
export function review(state: Task, pull: PullSeen, ctx: Context): TaskEvent[] {
  if (pull.state === 'merged') {
    const { mergeCommit, mergeTree } = pull;
    if (state.inQueue !== null && state.inQueue === pull.head && mergeCommit)
      return landed(
        state,
        { commit: mergeCommit, tree: mergeTree ?? '' },
        'the merge queue, for aedev',
        ctx,
      );
    return [
      {
        type: 'task.merged',
        data: {
          commit: pull.mergeCommit ?? pull.head,
          tree: pull.mergeTree ?? '',
          by: 'somebody else',
        },
      },
    ];
  }
  if (pull.state === 'closed') {
    return [
      {
        type: 'task.abandoned',
        data: { reason: `pull request ${pull.number} was closed by somebody else` },
      },
    ];
  }
  const decision = mergeDecision(state, pull, ctx.now);
  const heldOnce = (code: HoldCode, reason: string, remedy: string): TaskEvent[] =>
    state.hold?.code === code && state.hold.reason === reason
      ? []
      : [held(state, ctx, code, reason, remedy)];
  switch (decision.do) {
    case 'merge':
      // A hold is ended by who may end it, never by what a pull request turns into.
      return state.hold
        ? []
        : [
            {
              type: 'task.merge-started',
              data: { head: pull.head, base: pull.base, why: decision.why },
            },
          ];
    case 'wait':
      return [];
    case 'ask': {
      const request = mergeRequest(state, pull, ctx.now, ctx.sha256);
      if (
        state.mergeRequest?.digest === request.digest &&
        state.hold?.code === 'awaiting-merge-approval'
      )
        return [];
      return [
        { type: 'task.merge-requested', data: request },
        ...heldOnce(
          'awaiting-merge-approval',
          decision.why,
          `read it with \`aedev task show ${state.id}\`, then \`aedev task approve ${state.id}\` or \`aedev task cancel ${state.id}\``,
        ),
      ];
    }
    case 'refuse':
      return heldOnce(
        'high-risk',
        decision.why,
        `merge or close pull request ${pull.number} yourself; aedev notices it`,
      );
    case 'foreign-push':
      return heldOnce(
        'foreign-push',
        decision.why,
        `what was pushed there stays untouched: move ${state.branch} back to ${state.head?.slice(0, 12)} and then \`aedev hold resume ${state.id}\`, or \`aedev task cancel ${state.id}\``,
      );
    case 'base-moved':
      return state.hold?.code === 'move-failed' && state.refreshes >= MAX_REFRESHES
        ? []
        : baseMoved(state, decision.to, ctx);
    case 'rework':
      return rework(state, decision.cause, decision.findings, 'head', ctx);
  }
}

/** The open run of a task that goes no further; its work is looked at when it has ended. */
export function endRun(state: Task, outcome: string, reason: string): TaskEvent[] {
  const run = state.runs.find((one) => one.id === state.run);
  if (!run) return [];
  const started = run.status === 'running';
  const ref = `refs/aedev/salvage/${run.id}`;
  return [
    {
      type: 'task.run-ended',
      data: {
        run: run.id,
        started,
        outcome,
        reason,
        ...UNSEEN,
        ...(started ? { work: { kind: 'open', ref } as const } : {}),
      },
    },
  ];
}
