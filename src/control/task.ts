/**
 * A task: one change in one repo, one branch, one pull request. This file holds its states and its
 * events; `task-evolve.ts` what each event changes, `task-decide.ts` what commands may do,
 * `task-settle.ts` what the result of each move leads to, `task-steps.ts` which moves a state wants.
 */
import type { Finding, Hold, Usage } from './contract.ts';
import type { JudgingSpent } from './judging-spent.ts';
import type { Lane } from './lane.ts';
import type { Machine } from './machine.ts';
import type { TaskPolicy } from './policy.ts';
import type { Risk } from './risk.ts';
import type { Work } from './run-work.ts';
import type { Attempts } from './steps.ts';
import type {
  EvidenceSummary,
  MergeRequest,
  PullSeen,
  Run,
  RunEnd,
  VerdictSeen,
} from './task-parts.ts';

export type {
  EvidenceSummary,
  MergeRequest,
  PullSeen,
  Run,
  ScanFinding,
  TestCounts,
  VerdictSeen,
} from './task-parts.ts';

const STATES = [
  'waiting',
  'ready',
  'preparing',
  'coding',
  'verifying',
  'judging',
  'deciding',
  'publishing',
  'in-review',
  'merging',
  'merged',
  'remembered',
  'failed',
  'cancelled',
  'abandoned',
] as const;
export type TaskStatus = (typeof STATES)[number];

const REWORKABLE: TaskStatus[] = [
  'coding',
  'verifying',
  'judging',
  'deciding',
  'publishing',
  'in-review',
  'merging',
];

export const TASK: Machine<TaskStatus> = {
  name: 'task',
  states: STATES,
  terminal: ['remembered', 'failed', 'cancelled', 'abandoned'],
  transitions: [
    { from: '(new)', on: 'task.created', to: 'waiting' },
    { from: 'waiting', on: 'task.readied', to: 'ready' },
    { from: 'ready', on: 'task.started', to: 'preparing' },
    { from: 'preparing', on: 'task.prepared', to: 'coding' },
    { from: 'preparing', on: 'task.refreshed', to: 'verifying' },
    { from: 'coding', on: 'task.work-collected', to: 'verifying' },
    { from: 'verifying', on: 'task.evidence-sealed', to: 'judging' },
    { from: 'judging', on: 'task.risk-scored', to: 'deciding' },
    { from: 'judging', on: 'task.evidence-voided', to: 'verifying' },
    { from: 'deciding', on: 'task.cleared', to: 'publishing' },
    { from: 'publishing', on: 'task.pull-opened', to: 'in-review' },
    { from: 'in-review', on: 'task.merge-started', to: 'merging' },
    { from: 'merging', on: 'task.merged', to: 'merged' },
    { from: 'merging', on: 'task.merge-stopped', to: 'in-review' },
    { from: 'merging', on: 'task.merge-waits', to: 'in-review' },
    { from: 'in-review', on: 'task.merged', to: 'merged' },
    { from: 'merged', on: 'task.remembered', to: 'remembered' },
    ...REWORKABLE.map((from) => ({ from, on: 'task.rework-requested', to: 'coding' as const })),
    { from: 'in-review', on: 'task.base-moved', to: 'preparing' },
    { from: 'merging', on: 'task.base-moved', to: 'preparing' },
    { from: '*', on: 'task.failed', to: 'failed' },
    { from: '*', on: 'task.cancelled', to: 'cancelled' },
    { from: '*', on: 'task.abandoned', to: 'abandoned' },
  ],
};

/** States in which a task holds one of its repo's slots or waits for one; in `ready` it always waits. */
export const SLOTTED: readonly TaskStatus[] = [
  'ready',
  'preparing',
  'coding',
  'verifying',
  'judging',
];

export type TaskEvent =
  | {
      type: 'task.created';
      data: {
        id: string;
        mission: string;
        repo: string;
        key: string;
        title: string;
        spec: string;
        acceptance: string[];
        allowedPaths: string[];
        dependsOn: string[];
        coder: string;
        specDigest: string;
      };
    }
  | { type: 'task.readied'; data: Record<string, never> }
  | { type: 'task.started'; data: Record<string, never> }
  | { type: 'task.slot-taken'; data: Record<string, never> }
  | { type: 'task.prepared'; data: { base: string } }
  | { type: 'task.refreshed'; data: { base: string; head: string; tree: string } }
  | {
      type: 'task.run-requested';
      data: {
        run: string;
        role: 'coder' | 'fixer';
        lane?: Lane;
        approvedUsd?: number | null;
      };
    }
  | { type: 'task.paid-run-approved'; data: { usd: number; by: string } }
  | { type: 'task.run-started'; data: { run: string } }
  | {
      type: 'task.run-ended';
      data: { run: string; started: boolean; windows: unknown[]; denied: string[] } & RunEnd;
    }
  | {
      type: 'task.run-lost';
      data: { run: string; reason: string; salvaged: string | null; work?: Work };
    }
  | {
      type: 'model.usage.recorded';
      data: { run: string; role: string; family: string; usage: Usage };
    }
  | {
      type: 'task.work-collected';
      data: { run: string; head: string; tree: string; notes: string[] };
    }
  | {
      type: 'task.evidence-sealed';
      data: { summary: EvidenceSummary; policy: TaskPolicy; families: string[] };
    }
  /** The evidence has to be gathered anew, e.g. under a changed policy. */
  | { type: 'task.evidence-voided'; data: { reason: string } }
  | { type: 'task.verdict-recorded'; data: VerdictSeen }
  | { type: 'task.risk-scored'; data: Risk }
  | { type: 'task.cleared'; data: { why: string } }
  | {
      type: 'task.rework-requested';
      data: { cause: string; findings: Finding[]; from: 'head' | 'base'; fresh?: true };
    }
  | { type: 'task.pushed'; data: { branch: string; commit: string } }
  | { type: 'task.pull-opened'; data: PullSeen }
  | { type: 'task.pull-observed'; data: PullSeen }
  | { type: 'task.merge-requested'; data: MergeRequest }
  | { type: 'task.merge-approved'; data: { digest: string; by: string } }
  | { type: 'task.merge-started'; data: { head: string; base: string; why: string } }
  /** It was held: whether it may be merged is asked again, for time has passed. */
  | { type: 'task.merge-stopped'; data: { by: string } }
  /** The forge queued it, or its rules are not met yet. */
  | { type: 'task.merge-waits'; data: { why: string; queued: boolean } }
  | { type: 'task.merged'; data: { commit: string; tree: string; by: string } }
  | { type: 'task.merge-alarm'; data: { expected: string; found: string } }
  | { type: 'task.base-moved'; data: { from: string; to: string | null } }
  | {
      type: 'task.remembered';
      data: { rounds: number; runs: number; lost: number; score: number | null };
    }
  | { type: 'task.closing'; data: { reason: string } }
  /** `findings`: what the next round has to mend, when there will be one. */
  | { type: 'task.held'; data: Hold & { findings?: Finding[] } }
  | { type: 'task.resumed'; data: { by: string } }
  | {
      type: 'task.move-failed';
      data: { key: string; code: string; reason: string; retryAt: string };
    }
  | { type: 'task.failed'; data: { reason: string } }
  | { type: 'task.cancelled'; data: { reason: string } }
  | { type: 'task.abandoned'; data: { reason: string } };

export interface Task {
  id: string;
  status: TaskStatus;
  mission: string;
  repo: string;
  key: string;
  title: string;
  /** Text of the approved spec. */
  spec: string;
  specDigest: string;
  acceptance: string[];
  /** Empty: the repo's own rule alone. */
  allowedPaths: string[];
  dependsOn: string[];
  coder: string;
  createdAt: string;
  /** Holds one of its repo's slots. */
  slot: boolean;
  generation: number;
  attempts: Attempts;
  /** Rounds of rework so far. */
  rounds: number;
  refreshes: number;
  failedRuns: number;
  lostRuns: number;
  /** Runs in a row that met the subscription's limit. */
  windowRuns: number;
  /** The operator asked for the next run, whatever is known of the windows. */
  wish: boolean;
  /** The operator approved the next run in the paid lane. */
  paid: { usd: number; by: string } | null;
  findings: Finding[];
  base: string | null;
  head: string | null;
  tree: string | null;
  /** Commit whose tree the next run starts from. */
  start: string | null;
  run: string | null;
  runs: Run[];
  evidence: EvidenceSummary | null;
  /** Frozen with the evidence. */
  policy: TaskPolicy | null;
  families: string[];
  verdicts: VerdictSeen[];
  /** Inconclusive answers on this evidence, per family; absent in states of older versions. */
  unclear?: { [family: string]: number };
  /** What judging used, per family; absent before the first verdict. */
  judging?: JudgingSpent[];
  risk: Risk | null;
  branch: string;
  /** Cleared for a pull request once: from then on one may be open, whatever the log has heard. */
  published: boolean;
  pushed: string | null;
  pull: PullSeen | null;
  /** Ids of review comments that were already sent back. */
  handledReviews: string[];
  mergeRequest: MergeRequest | null;
  approval: { digest: string; by: string; at: string } | null;
  /** Head that aedev put into the forge's merge queue. */
  inQueue: string | null;
  merged: { commit: string; tree: string; by: string } | null;
  closing: string | null;
  /** Cancelled while its merge was under way: what comes of that comes first. */
  landing: boolean;
  hold: Hold | null;
  end: string | null;
  endedAt: string | null;
}

export const runOf = (task: Task): Run | null =>
  task.runs.find((run) => run.id === task.run) ?? null;
export const branchOf = (task: string): string => `aedev/${task}`;
