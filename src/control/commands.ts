/** Commands that only the engine sends: results of moves, timers, and what one aggregate tells another. */
import type { Amounts, Condition, HoldCode, Outcome, SurfaceCommand } from './contract.ts';
import type { Lane } from './lane.ts';
import type { MissionTask } from './mission.ts';
import type { RepoEntry } from './policy-repo.ts';
import { streamOf } from './streams.ts';
import type { PullSeen } from './task.ts';
import type { Block, Refused } from './windows.ts';

export type InternalCommand =
  | { type: 'mission.settle'; mission: string; key: string; kind: string; outcome: Outcome }
  | { type: 'mission.wake'; mission: string }
  | { type: 'mission.note-task'; mission: string; task: string; status: string }
  | {
      type: 'task.create';
      task: string;
      mission: string;
      plan: Omit<MissionTask, 'status'>;
      acceptance: string[];
      allowedPaths: string[];
      coder: string | null;
      specDigest: string;
      spec: string;
    }
  | { type: 'task.ready'; task: string }
  | { type: 'task.start'; task: string }
  | { type: 'task.start-run'; task: string; run: string }
  | {
      type: 'task.deny-run';
      task: string;
      run: string;
      code: Extract<HoldCode, 'budget-exhausted'> | Block['code'];
      reason: string;
      resumesAt: string | null;
    }
  | {
      type: 'task.settle';
      task: string;
      key: string;
      kind: string;
      which: string | null;
      outcome: Outcome;
    }
  | { type: 'task.note-pull'; task: string; seen: PullSeen }
  | { type: 'task.end-dependent'; task: string; reason: string }
  /** `met`: a condition that a hold waits for has come about. Without it: a time has. */
  | { type: 'task.wake'; task: string; met?: Condition }
  | { type: 'repo.register'; repo: string; entry: RepoEntry }
  | { type: 'repo.remove'; repo: string }
  | { type: 'repo.request-slot'; repo: string; task: string }
  | { type: 'repo.release-slot'; repo: string; task: string }
  | { type: 'repo.pause'; repo: string; reason: string }
  | ({ type: 'budget.reserve' } & WantedRun)
  /** What is left out is not known and counts as reserved. */
  | { type: 'budget.settle'; run: string; actual: Partial<Amounts> }
  /** May this run start, by the windows of its coder's account? `wish`: the operator asked for it. */
  | ({ type: 'account.admit'; account: string; wish: boolean } & WantedRun)
  /** A run is over; what its CLI reported of the windows. `answered`: the provider did. */
  | {
      type: 'account.note';
      account: string;
      run: string;
      windows: unknown[];
      answered: boolean;
      refused: Refused | null;
    }
  /** What the provider tells of the windows while a run is at work. */
  | { type: 'account.hear'; account: string; run: string; windows: unknown[] }
  | { type: 'account.leave'; account: string; task: string }
  | { type: 'system.adopt-policy'; hash: string; text: string; by: string }
  | { type: 'system.note-policy'; problems: string[] }
  | { type: 'system.start'; boot: string; version: string; pid: number }
  | { type: 'system.stop'; boot: string; reason: string }
  | { type: 'system.repair'; what: string; detail: string };

/** A run that has to be let in by its account and its budget before it starts. */
export interface WantedRun {
  run: string;
  task: string;
  repo: string;
  coder: string;
  lane: Lane;
  /** The operator approved this one run in a paid lane: that lane's own budget does not bound it. */
  approved: boolean;
  amounts: Amounts;
}

export type Command = SurfaceCommand | InternalCommand;

/** The stream whose state decides a command. */
export function targetOf(command: Command): string {
  const [aggregate] = command.type.split('.');
  switch (aggregate) {
    case 'mission':
      return streamOf.mission((command as { mission: string }).mission);
    case 'task':
      return streamOf.task((command as { task: string }).task);
    case 'repo':
      return streamOf.repo((command as { repo: string }).repo);
    case 'budget':
      return streamOf.budget;
    case 'account':
      return streamOf.account((command as { account: string }).account);
    default:
      return streamOf.system;
  }
}
