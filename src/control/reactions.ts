/**
 * What one aggregate tells another, as a table of plain rules: after an event, with the state of
 * its stream before and after, these commands follow in the same transaction.
 */

import { type AccountEvent, wanted } from './account.ts';
import type { BudgetEvent } from './budget.ts';
import type { Command, WantedRun } from './commands.ts';
import type { Amounts } from './contract.ts';
import { type Lane, laneOf } from './lane.ts';
import type { Mission, MissionEvent } from './mission.ts';
import { MISSION } from './mission.ts';
import type { Policy } from './policy.ts';
import type { RepoEvent } from './repo.ts';
import { SLOTTED, TASK, type Task, type TaskEvent } from './task.ts';

export function missionReactions(event: MissionEvent, after: Mission): Command[] {
  switch (event.type) {
    case 'mission.planned':
      return after.tasks.map((plan): Command => {
        const own = after.plan?.find((task) => task.key === plan.key);
        return {
          type: 'task.create',
          task: plan.id,
          mission: after.id,
          plan: {
            id: plan.id,
            key: plan.key,
            repo: plan.repo,
            title: plan.title,
            dependsOn: plan.dependsOn,
          },
          spec: after.spec?.text ?? '',
          acceptance: own?.acceptance.length ? own.acceptance : (after.spec?.acceptance ?? []),
          allowedPaths: own?.allowed_paths ?? [],
          coder: after.coder,
          specDigest: after.spec?.digest ?? '',
        };
      });
    case 'mission.task-changed': {
      const { task, status } = event.data;
      const dependents = after.tasks.filter(
        (one) => one.dependsOn.includes(task) && !TASK.terminal.includes(one.status as never),
      );
      if (status === 'remembered') {
        const done = (id: string) =>
          after.tasks.find((one) => one.id === id)?.status === 'remembered';
        return dependents
          .filter((one) => one.dependsOn.every(done))
          .map((one) => ({ type: 'task.ready', task: one.id }));
      }
      if (!TASK.terminal.includes(status as never)) return [];
      return dependents.map((one) => ({
        type: 'task.end-dependent',
        task: one.id,
        reason: `it depends on ${task}, which is ${status}`,
      }));
    }
    case 'mission.cancelled':
      return after.tasks
        .filter((task) => !TASK.terminal.includes(task.status as never))
        .map((task) => ({
          type: 'task.cancel',
          task: task.id,
          reason: `mission ${after.id}: ${event.data.reason}`,
        }));
    default:
      return [];
  }
}

/** Would this task work now if its repo had room? */
export const wantsSlot = (task: Task | null): boolean =>
  task !== null &&
  !task.slot &&
  !task.hold &&
  task.closing === null &&
  SLOTTED.includes(task.status);

export function taskReactions(
  event: TaskEvent,
  before: Task | null,
  after: Task,
  policy: Policy,
): Command[] {
  const commands: Command[] = [];
  if (before?.slot && !after.slot)
    commands.push({ type: 'repo.release-slot', repo: after.repo, task: after.id });
  if (wantsSlot(after) && !wantsSlot(before))
    commands.push({ type: 'repo.request-slot', repo: after.repo, task: after.id });
  // A task that no longer wants the slot it queued for must leave the queue too.
  if (wantsSlot(before) && !wantsSlot(after) && !after.slot)
    commands.push({ type: 'repo.release-slot', repo: after.repo, task: after.id });
  switch (event.type) {
    case 'task.run-requested': {
      const { tokens, cost_usd, wall_minutes } = policy.policies.budgets.per_run;
      const amounts: Amounts = {
        runs: 1,
        tokens,
        costUsd: cost_usd,
        wallMs: wall_minutes * 60_000,
      };
      const { run, lane = laneOf(policy.policies, after.coder), approvedUsd } = event.data;
      const wants: WantedRun = {
        run,
        task: after.id,
        repo: after.repo,
        coder: after.coder,
        lane,
        approved: Boolean(approvedUsd),
        amounts: approvedUsd ? { ...amounts, costUsd: approvedUsd } : amounts,
      };
      const account = accountOf(after.coder, lane);
      commands.push(
        account === null
          ? { type: 'budget.reserve', ...wants }
          : { type: 'account.admit', account, wish: after.wish, ...wants },
      );
      break;
    }
    case 'task.run-ended': {
      commands.push({
        type: 'budget.settle',
        run: event.data.run,
        actual: spentBy(after, event.data.run, event.data.started),
      });
      commands.push(...noted(after, event.data.run, event.data.windows));
      break;
    }
    case 'task.run-lost':
      commands.push({
        type: 'budget.settle',
        run: event.data.run,
        actual: spentBy(after, event.data.run, true),
      });
      commands.push(...noted(after, event.data.run, []));
      break;
    case 'task.merge-alarm':
      commands.push({
        type: 'repo.pause',
        repo: after.repo,
        reason: `the merge of ${after.id} landed another tree than the judged one`,
      });
      break;
    default:
      break;
  }
  if (TASK.terminal.includes(after.status) && before?.status !== after.status) {
    const account = accountOf(after.coder, 'subscription');
    if (account) commands.push({ type: 'account.leave', account, task: after.id });
  }
  if (before?.status !== after.status) {
    commands.push({
      type: 'mission.note-task',
      mission: after.mission,
      task: after.id,
      status: after.status,
    });
  }
  return commands;
}

/** Whose windows a run uses; null where no subscription pays. */
const accountOf = (coder: string, lane: Lane): string | null =>
  lane === 'subscription' ? coder : null;

/** Tells the account that a run is over, and what its CLI said of the windows. */
function noted(task: Task, id: string, windows: unknown[]): Command[] {
  const run = task.runs.find((one) => one.id === id);
  const account = run?.lane ? accountOf(task.coder, run.lane) : null;
  if (account === null) return [];
  const answered = (run?.usage?.outputTokens ?? 0) > 0;
  const { outcome } = run ?? {};
  const refused = outcome === 'claude-auth' || outcome === 'claude-credit' ? outcome : null;
  return [{ type: 'account.note', account, run: id, windows, answered, refused }];
}

/**
 * Only what is known; the budget counts the rest as it was reserved. A run in the lane `none` asks no
 * model: what it does not report is nothing, unless it proved another lane.
 */
function spentBy(task: Task, id: string, started: boolean): Partial<Amounts> {
  if (!started) return { runs: 0, tokens: 0, costUsd: 0, wallMs: 0 };
  const { lane, usage = null } = task.runs.find((run) => run.id === id) ?? {};
  const free = lane === 'none' && (usage === null || usage.lane === 'none');
  const unpaid = free ? { tokens: 0, costUsd: 0 } : {};
  if (!usage) return { runs: 1, ...unpaid };
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd, durationMs } =
    usage;
  const known = inputTokens !== null && outputTokens !== null;
  return {
    runs: 1,
    wallMs: durationMs,
    ...unpaid,
    ...(known
      ? { tokens: inputTokens + outputTokens + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0) }
      : {}),
    ...(costUsd === null ? {} : { costUsd }),
  };
}

export function repoReactions(event: RepoEvent): Command[] {
  return event.type === 'repo.slot-granted' ? [{ type: 'task.start', task: event.data.task }] : [];
}

export function accountReactions(event: AccountEvent): Command[] {
  switch (event.type) {
    case 'account.run-admitted':
      return [{ type: 'budget.reserve', ...wanted(event.data) }];
    case 'account.run-turned-away': {
      const { task, run, code, reason, until } = event.data;
      return [{ type: 'task.deny-run', task, run, code, reason, resumesAt: until }];
    }
    default:
      return [];
  }
}

export function budgetReactions(event: BudgetEvent): Command[] {
  switch (event.type) {
    case 'budget.reserved':
      return [{ type: 'task.start-run', task: event.data.task, run: event.data.run }];
    case 'budget.denied':
      return [
        {
          type: 'task.deny-run',
          task: event.data.task,
          run: event.data.run,
          code: 'budget-exhausted',
          reason: event.data.reason,
          resumesAt: event.data.until,
        },
      ];
    default:
      return [];
  }
}

/** States in which a mission or task needs nothing from the engine any more. */
export const ended = (status: string): boolean =>
  (MISSION.terminal as readonly string[]).includes(status) ||
  (TASK.terminal as readonly string[]).includes(status);
