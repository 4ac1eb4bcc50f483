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

/** What a stream's state is made by. Which state, commands and events it gets follows from the stream's name. */
interface Part<S, C, E> {
  decide(state: S | null, command: C, ctx: Context): Draft[] | Refusal;
  /** `at` is the event's time. */
  evolve(state: S | null, event: E, at: string): S | null;
  reactions?(event: E, before: S | null, after: S, policy: Policy): Command[];
}
type Told = { type: string; data: unknown };

const part = <S, C, E>(of: Part<S, C, E>) => of as unknown as Part<State, Command, Told>;

const SYSTEM = part({ decide: decideSystem, evolve: evolveSystem });
const PARTS = new Map([
  [
    'mission',
    part({
      decide: decideMission,
      evolve: evolveMission,
      reactions: (event, _, after) => missionReactions(event, after),
    }),
  ],
  ['task', part({ decide: decideTask, evolve: evolveTask, reactions: taskReactions })],
  ['repo', part({ decide: decideRepo, evolve: evolveRepo, reactions: repoReactions })],
  ['budget', part({ decide: decideBudget, evolve: evolveBudget, reactions: budgetReactions })],
  ['account', part({ decide: decideAccount, evolve: evolveAccount, reactions: accountReactions })],
  ['system', SYSTEM],
]);
const partOf = (stream: string) => PARTS.get(aggregate(stream) ?? '');

export const decide = (
  stream: string,
  state: State,
  command: Command,
  ctx: Context,
): Draft[] | Refusal => (partOf(stream) ?? SYSTEM).decide(state, command, ctx);

/** Total: what is not known changes nothing. `at` is the event's time. */
export function evolve(stream: string, state: State, event: Told, at: string): State {
  if (aggregate(stream) === 'refusals')
    return { count: ((state as Refusals | null)?.count ?? 0) + 1 };
  return partOf(stream)?.evolve(state, event, at) ?? null;
}

export const reactionsTo = (
  stream: string,
  event: Told,
  before: State,
  after: State,
  policy: Policy,
): Command[] => partOf(stream)?.reactions?.(event, before, after, policy) ?? [];

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
