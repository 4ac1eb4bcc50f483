/** What commands may do to a task. Results of moves are decided in `task-settle.ts`. */
import type { Command } from './commands.ts';
import { type Context, onlyOperator } from './context.ts';
import { type Condition, type HoldCode, isRefusal, type Refusal, refuse } from './contract.ts';
import { same } from './same.ts';
import { type PullSeen, SLOTTED, TASK, type Task, type TaskEvent } from './task.ts';
import { evolveTask } from './task-evolve.ts';
import { endRun, held, requestRun, review } from './task-next.ts';
import { settleTask } from './task-settle.ts';

type TaskDecision = TaskEvent[] | Refusal;
type TaskCommand = Extract<Command, { type: `task.${string}` }>;

export function decideTask(state: Task | null, command: TaskCommand, ctx: Context): TaskDecision {
  if (command.type === 'task.create') return create(state, command, ctx);
  if (!state)
    return refuse('unknown-task', `There is no task ${command.task}; see \`aedev task list\`.`);
  if (TASK.terminal.includes(state.status)) {
    return refuse(
      'task-ended',
      `Task ${state.id} has ended (${state.status}: ${state.end ?? ''}); submit a new mission.`,
    );
  }
  switch (command.type) {
    case 'task.ready':
      return state.status === 'waiting' ? [{ type: 'task.readied', data: {} }] : [];
    case 'task.start':
      return start(state, ctx);
    case 'task.start-run':
      return state.run === command.run
        ? [{ type: 'task.run-started', data: { run: command.run } }]
        : refuse('stale-run', `Run ${command.run} is no longer wanted.`);
    case 'task.deny-run':
      return denyRun(state, command, ctx);
    case 'task.settle':
      return settleTask(state, command, ctx);
    case 'task.note-pull':
      return notePull(state, command.seen, ctx);
    case 'task.approve':
      return approve(state, command.digest, ctx);
    case 'task.retry':
      return retry(state, ctx);
    case 'task.resume':
      return onlyOperator(ctx, 'resume a task') ?? resume(state, ctx);
    case 'task.approve-paid-run':
      return approvePaidRun(state, command.usd, ctx);
    case 'task.cancel':
      return cancel(state, command.reason, ctx);
    case 'task.end-dependent':
      return [
        ...endRun(state, 'cancelled', command.reason),
        { type: 'task.failed', data: { reason: command.reason } },
      ];
    case 'task.wake':
      return wake(state, command.met ?? null, ctx);
  }
}

function create(
  state: Task | null,
  command: Extract<Command, { type: 'task.create' }>,
  ctx: Context,
): TaskDecision {
  if (state) return refuse('exists', `Task ${command.task} exists already.`);
  const entry = ctx.policy.repos[command.plan.repo];
  const { id, key, repo, title, dependsOn } = command.plan;
  const created: TaskEvent = {
    type: 'task.created',
    data: {
      id,
      key,
      repo,
      title,
      dependsOn,
      mission: command.mission,
      spec: command.spec,
      acceptance: command.acceptance,
      allowedPaths: command.allowedPaths,
      specDigest: command.specDigest,
      coder: command.coder ?? entry?.coder ?? ctx.policy.policies.coders.default,
    },
  };
  return dependsOn.length === 0 ? [created, { type: 'task.readied', data: {} }] : [created];
}

function start(state: Task, ctx: Context): TaskDecision {
  if (state.slot) return [];
  if (state.hold || !SLOTTED.includes(state.status))
    return refuse('no-slot-wanted', `Task ${state.id} needs no slot now.`);
  const taken: TaskEvent = {
    type: state.status === 'ready' ? 'task.started' : 'task.slot-taken',
    data: {},
  };
  return state.status === 'coding' && !state.run ? [taken, requestRun(state, ctx)] : [taken];
}

function denyRun(
  state: Task,
  command: Extract<Command, { type: 'task.deny-run' }>,
  ctx: Context,
): TaskDecision {
  if (state.run !== command.run) return [];
  // The operator may want no task to go on by itself after a limit.
  const alone = command.code === 'budget-exhausted' || ctx.policy.policies.limits.max_resumes > 0;
  const resumesAt = alone ? command.resumesAt : null;
  return [
    ...endRun(state, 'denied', command.reason),
    held(
      state,
      ctx,
      command.code,
      command.reason,
      deniedRemedy(state.id, command.code, resumesAt !== null),
      resumesAt,
    ),
  ];
}

function deniedRemedy(task: string, code: HoldCode, byItself: boolean): string {
  const resume = `\`aedev hold resume ${task}\``;
  if (code === 'budget-exhausted')
    return byItself
      ? 'wait for the new day, or raise the budget in policies.yaml'
      : `raise the daily budget or lower budgets.per_run in policies.yaml; then ${resume}`;
  if (code === 'claude-auth' || code === 'claude-credit')
    return `mend it as the task says that met it; then ${resume}${byItself ? ', or wait: it is tried again by itself' : ''}`;
  return byItself
    ? `nothing to do: it goes on by itself then; ${resume} starts it at once`
    : `${resume} when you want it to go on`;
}

/** For one run, by a person, with its price: nothing else leads from the subscription to the paid lane. */
function approvePaidRun(state: Task, usd: number, ctx: Context): TaskDecision {
  const denied = onlyOperator(ctx, 'approve a paid run');
  if (denied) return denied;
  if (state.coder !== 'claude')
    return refuse('no-paid-lane', `The coder ${state.coder} of ${state.id} has no paid lane.`);
  if (!state.hold || state.status !== 'coding')
    return refuse(
      'not-held',
      `Task ${state.id} is ${state.status}${state.hold ? '' : ' and not held'}: no run of it waits for a lane.`,
    );
  const approved: TaskEvent = { type: 'task.paid-run-approved', data: { usd, by: ctx.actor } };
  const resumed = resume(state, ctx);
  if (isRefusal(resumed)) return resumed;
  // A new round asks for runs of its own: this approval would be for a run that never comes.
  if (resumed.some(({ type }) => type === 'task.rework-requested'))
    return refuse(
      'no-run-waits',
      `No run of ${state.id} waits for a lane: it is held as ${state.hold.code}. Resume it; approve the paid run when that waits.`,
    );
  return [approved, ...resumed];
}

/** The pull request as the forge shows it now; says nothing when nothing changed. */
function notePull(state: Task, seen: PullSeen, ctx: Context): TaskDecision {
  if (!state.pull || state.pull.number !== seen.number)
    return refuse('unknown-pull', `Task ${state.id} has no pull request ${seen.number}.`);
  const waits = state.status === 'in-review' && state.closing === null;
  if (!waits) return [];
  if (same(seen, state.pull)) return [];
  return [
    { type: 'task.pull-observed', data: seen },
    ...review({ ...state, pull: seen }, seen, ctx),
  ];
}

function approve(state: Task, digest: string, ctx: Context): TaskDecision {
  const denied = onlyOperator(ctx, 'approve a merge');
  if (denied) return denied;
  if (state.approval)
    return refuse(
      'already-approved',
      `The merge of ${state.id} was approved by ${state.approval.by} at ${state.approval.at}; an approval is used once.`,
    );
  const request = state.mergeRequest;
  if (!request || state.hold?.code !== 'awaiting-merge-approval' || !state.pull) {
    return refuse(
      'not-awaiting-approval',
      `Task ${state.id} is ${state.status}${state.hold ? `, held (${state.hold.code})` : ''}: there is no merge to approve.`,
    );
  }
  if (request.digest !== digest) {
    return refuse(
      'digest-changed',
      `What would be merged for ${state.id} changed since it was shown; read \`aedev task show ${state.id}\` and approve again.`,
    );
  }
  if (request.expires <= ctx.now) {
    return refuse(
      'approval-expired',
      `The time to approve ${state.id} ran out at ${request.expires}; \`aedev hold resume ${state.id}\` asks anew.`,
    );
  }
  const approved: TaskEvent = { type: 'task.merge-approved', data: { digest, by: ctx.actor } };
  const after = evolveTask(state, approved, ctx.now);
  return after ? [approved, ...review(after, state.pull, ctx)] : [approved];
}

/** Start over from the base with a fresh count of rounds: only for work that waits for the operator. */
function retry(state: Task, ctx: Context): TaskDecision {
  const denied = onlyOperator(ctx, 'retry a task');
  if (denied) return denied;
  if (!state.hold)
    return refuse(
      'not-held',
      `Task ${state.id} is ${state.status} and not held; there is nothing to retry.`,
    );
  if (state.status === 'coding' || state.status === 'preparing' || state.status === 'ready')
    return resume(state, ctx);
  if (state.status === 'merged')
    return refuse('merged', `Task ${state.id} is merged; it cannot be done again.`);
  return [startOver(state, `retried by ${ctx.actor}`, ctx)];
}

/** Only a person gives the rounds anew; a hold that ends by itself does not. */
const startOver = (state: Task, cause: string, ctx: Context): TaskEvent => ({
  type: 'task.rework-requested',
  data: {
    cause,
    findings: state.findings,
    from: 'base',
    ...(ctx.actor.startsWith('operator:') ? { fresh: true as const } : {}),
  },
});

function resume(state: Task, ctx: Context): TaskDecision {
  if (!state.hold) return refuse('not-held', `Task ${state.id} is not held.`);
  const resumed: TaskEvent = { type: 'task.resumed', data: { by: ctx.actor } };
  switch (state.hold.code) {
    // Never forward with what the gate refused: the coder takes it out, from the base.
    case 'secret-found':
    case 'push-gate':
    case 'rework-exhausted':
      return [startOver(state, `resumed by ${ctx.actor}: ${state.hold.reason}`, ctx)];
    case 'awaiting-merge-approval':
      if (state.mergeRequest && state.mergeRequest.expires > ctx.now) {
        return refuse(
          'awaiting-merge-approval',
          `Task ${state.id} waits for approval: ${state.hold.remedy}.`,
        );
      }
      break;
    case 'high-risk':
      return refuse('high-risk', `aedev does not merge ${state.id}: ${state.hold.remedy}.`);
    case 'merge-tree-differs':
      return [resumed];
    case 'judge-missing':
      // Which families judge is frozen in the evidence: new ones need new evidence.
      return [{ type: 'task.evidence-voided', data: { reason: `resumed by ${ctx.actor}` } }];
    default:
      break;
  }
  const going: TaskEvent =
    state.status === 'merging' ? { type: 'task.merge-stopped', data: { by: ctx.actor } } : resumed;
  const after = evolveTask(state, going, ctx.now);
  return after && state.pull && after.status === 'in-review'
    ? [going, ...review(after, state.pull, ctx)]
    : [going];
}

function cancel(state: Task, reason: string, ctx: Context): TaskDecision {
  if (!ctx.actor.startsWith('system:')) {
    const denied = onlyOperator(ctx, 'cancel a task');
    if (denied) return denied;
  }
  if (state.status === 'merged')
    return refuse('merged', `Task ${state.id} is merged; it can no longer be cancelled.`);
  if (state.closing !== null)
    return refuse('closing', `Task ${state.id} is being cancelled already.`);
  const ended = endRun(state, 'cancelled', reason);
  return state.pull || state.published
    ? [...ended, { type: 'task.closing', data: { reason: reason || 'cancelled' } }]
    : [...ended, { type: 'task.cancelled', data: { reason: reason || 'cancelled' } }];
}

function wake(state: Task, met: Condition | null, ctx: Context): TaskDecision {
  if (!state.hold) return [];
  if ('when' in state.hold.resumes)
    return state.hold.resumes.when === met ? resume(state, ctx) : [];
  if ('at' in state.hold.resumes && state.hold.resumes.at <= ctx.now) return resume(state, ctx);
  const request = state.mergeRequest;
  if (state.hold.code === 'awaiting-merge-approval' && request && request.expires <= ctx.now) {
    return [
      held(
        state,
        ctx,
        'approval-expired',
        `nobody approved before ${request.expires}`,
        `\`aedev hold resume ${state.id}\` asks anew`,
      ),
    ];
  }
  return [];
}
