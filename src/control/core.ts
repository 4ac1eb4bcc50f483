/**
 * The control plane in one picture: by the stream's name to its machine, and back as events, the
 * next state, the commands that follow, the moves wanted, the timer, and the rows to show.
 */
import { type Account, type AccountEvent, decideAccount, evolveAccount } from './account.ts';
import { type Budget, type BudgetEvent, decideBudget, evolveBudget } from './budget.ts';
import type { Command } from './commands.ts';
import type { Context } from './context.ts';
import type { Draft, Refusal } from './contract.ts';
import {
  evolveMission,
  type Mission,
  type MissionEvent,
  missionMove,
  missionSteps,
  missionTimer,
} from './mission.ts';
import { decideMission } from './mission-decide.ts';
import type { Policy } from './policy.ts';
import {
  accountReactions,
  budgetReactions,
  missionReactions,
  repoReactions,
  taskReactions,
} from './reactions.ts';
import { decideRepo, evolveRepo, type Repo, type RepoEvent } from './repo.ts';
import type { Move, Step } from './steps.ts';
import { decideSystem, evolveSystem, type System, type SystemEvent } from './system.ts';
import type { Task, TaskEvent } from './task.ts';
import { decideTask } from './task-decide.ts';
import { evolveTask } from './task-evolve.ts';
import { taskMove, taskSteps, taskTimer } from './task-steps.ts';

/** The state of a stream; null before its first event. What it is follows from the stream's name. */
export type State = Mission | Task | Repo | Budget | Account | System | Refusals | null;
/** Refused commands are only counted; what was refused is in the events. */
export interface Refusals {
  count: number;
}
export type Event = MissionEvent | TaskEvent | RepoEvent | BudgetEvent | AccountEvent | SystemEvent;

const aggregate = (stream: string) => stream.split('/')[0];

export function decide(
  stream: string,
  state: State,
  command: Command,
  ctx: Context,
): Draft[] | Refusal {
  switch (aggregate(stream)) {
    case 'mission':
      return decideMission(
        state as Mission | null,
        command as Parameters<typeof decideMission>[1],
        ctx,
      );
    case 'task':
      return decideTask(state as Task | null, command as Parameters<typeof decideTask>[1], ctx);
    case 'repo':
      return decideRepo(state as Repo | null, command as Parameters<typeof decideRepo>[1], ctx);
    case 'budget':
      return decideBudget(
        state as Budget | null,
        command as Parameters<typeof decideBudget>[1],
        ctx,
      );
    case 'account':
      return decideAccount(
        state as Account | null,
        command as Parameters<typeof decideAccount>[1],
        ctx,
      );
    default:
      return decideSystem(
        state as System | null,
        command as Parameters<typeof decideSystem>[1],
        ctx,
      );
  }
}

/** Total: what is not known changes nothing. `at` is the event's time. */
export function evolve(
  stream: string,
  state: State,
  event: { type: string; data: unknown },
  at: string,
): State {
  switch (aggregate(stream)) {
    case 'mission':
      return evolveMission(state as Mission | null, event as MissionEvent, at);
    case 'task':
      return evolveTask(state as Task | null, event as TaskEvent, at);
    case 'repo':
      return evolveRepo(state as Repo | null, event as RepoEvent);
    case 'budget':
      return evolveBudget(state as Budget | null, event as BudgetEvent);
    case 'account':
      return evolveAccount(state as Account | null, event as AccountEvent, at);
    case 'system':
      return evolveSystem(state as System | null, event as SystemEvent, at);
    case 'refusals':
      return { count: ((state as Refusals | null)?.count ?? 0) + 1 };
    default:
      return null;
  }
}

export function reactionsTo(
  stream: string,
  event: { type: string; data: unknown },
  before: State,
  after: State,
  policy: Policy,
): Command[] {
  switch (aggregate(stream)) {
    case 'mission':
      return missionReactions(event as MissionEvent, after as Mission);
    case 'task':
      return taskReactions(event as TaskEvent, before as Task | null, after as Task, policy);
    case 'repo':
      return repoReactions(event as RepoEvent);
    case 'budget':
      return budgetReactions(event as BudgetEvent);
    case 'account':
      return accountReactions(event as AccountEvent);
    default:
      return [];
  }
}

/** Moves that this state wants; the engine keeps the queue equal to it. */
export function stepsOf(stream: string, state: State): Step[] {
  if (!state) return [];
  if (aggregate(stream) === 'mission') return missionSteps(state as Mission);
  return aggregate(stream) === 'task' ? taskSteps(state as Task) : [];
}

export function moveOf(stream: string, state: State, step: Step, policy: Policy): Move {
  return aggregate(stream) === 'mission'
    ? missionMove(state as Mission, step)
    : taskMove(state as Task, step, policy.policies.budgets.per_run.wall_minutes * 60_000);
}

export function timerOf(stream: string, state: unknown): string | null {
  if (!state) return null;
  if (aggregate(stream) === 'mission') return missionTimer(state as Mission);
  return aggregate(stream) === 'task' ? taskTimer(state as Task) : null;
}
