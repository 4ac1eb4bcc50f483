/**
 * A mission: what the operator asked for, from the request to its end. This file holds its states,
 * its events, and how each event changes it; `mission-decide.ts` holds what commands may do.
 */
import type { Answer, Assessment } from './clarify/types.ts';
import type { Hold, PlanTask } from './contract.ts';
import { type Machine, next } from './machine.ts';
import { type Attempts, attemptOf, type Move, type Step, stepKey } from './steps.ts';
import { streamOf } from './streams.ts';

const STATES = [
  'submitted',
  'clarifying',
  'awaiting-approval',
  'planning',
  'running',
  'done',
  'failed',
  'cancelled',
] as const;
export type MissionStatus = (typeof STATES)[number];

export const MISSION: Machine<MissionStatus> = {
  name: 'mission',
  states: STATES,
  terminal: ['done', 'failed', 'cancelled'],
  transitions: [
    { from: '(new)', on: 'mission.submitted', to: 'submitted' },
    { from: 'submitted', on: 'mission.assessed', to: 'clarifying' },
    { from: 'clarifying', on: 'mission.spec-sealed', to: 'awaiting-approval' },
    { from: 'awaiting-approval', on: 'mission.answered', to: 'clarifying' },
    { from: 'awaiting-approval', on: 'mission.approved', to: 'planning' },
    { from: 'planning', on: 'mission.planned', to: 'running' },
    { from: 'running', on: 'mission.done', to: 'done' },
    { from: 'running', on: 'mission.failed', to: 'failed' },
    { from: '*', on: 'mission.cancelled', to: 'cancelled' },
  ],
};

export interface MissionTask {
  id: string;
  key: string;
  repo: string;
  title: string;
  dependsOn: string[];
  status: string;
}

export type MissionEvent =
  | {
      type: 'mission.submitted';
      data: {
        id: string;
        text: string;
        repos: string[];
        coder: string | null;
        plan: PlanTask[] | null;
        by: string;
      };
    }
  /** `base` names the commit per repo whose index the assessment was made on. */
  | {
      type: 'mission.assessed';
      data: { assessment: Assessment; round: number; base: Record<string, string> };
    }
  | { type: 'mission.answered'; data: { answers: Answer[]; waive: boolean } }
  | {
      type: 'mission.spec-sealed';
      data: {
        digest: string;
        text: string;
        before: number;
        after: number;
        waived: boolean;
        acceptance: string[];
        expires: string;
      };
    }
  | { type: 'mission.approval-expired'; data: { digest: string } }
  | { type: 'mission.approved'; data: { digest: string; by: string } }
  | { type: 'mission.planned'; data: { tasks: Omit<MissionTask, 'status'>[] } }
  | { type: 'mission.task-changed'; data: { task: string; status: string } }
  | { type: 'mission.done'; data: { merged: number } }
  | { type: 'mission.failed'; data: { reason: string } }
  | { type: 'mission.cancelled'; data: { reason: string; rejected: boolean } }
  | { type: 'mission.held'; data: Hold }
  | { type: 'mission.resumed'; data: { by: string } }
  | {
      type: 'mission.move-failed';
      data: { key: string; code: string; reason: string; retryAt: string };
    }
  | { type: 'mission.spec-written'; data: { digest: string } };

export interface Mission {
  id: string;
  status: MissionStatus;
  text: string;
  repos: string[];
  coder: string | null;
  plan: PlanTask[] | null;
  submittedBy: string;
  submittedAt: string;
  /** The first assessment's score, kept when answers rescore. */
  firstScore: number | null;
  assessment: Assessment | null;
  /** Every question asked so far, by id, so that answers can be checked and quoted. */
  asked: Record<string, { signal: string; text: string }>;
  answers: Answer[];
  waived: boolean;
  round: number;
  /** True while an assessment of what is known now is still due. */
  assessing: boolean;
  spec: {
    digest: string;
    text: string;
    acceptance: string[];
    expires: string;
    written: boolean;
    void: boolean;
  } | null;
  approval: { digest: string; by: string; at: string } | null;
  tasks: MissionTask[];
  hold: Hold | null;
  generation: number;
  attempts: Attempts;
  end: string | null;
  endedAt: string | null;
}

const bump = (attempts: Attempts, key: string, notBefore: string | null): Attempts => {
  const step = key.split('/')[1] ?? '';
  return { ...attempts, [step]: { attempt: (attempts[step]?.attempt ?? 1) + 1, notBefore } };
};

/** Total: an unknown event changes nothing. */
export function evolveMission(
  state: Mission | null,
  event: MissionEvent,
  at: string,
): Mission | null {
  if (event.type === 'mission.submitted') {
    if (state) return state;
    const { id, text, repos, coder, plan, by } = event.data;
    return {
      id,
      status: 'submitted',
      text,
      repos,
      coder,
      plan,
      submittedBy: by,
      submittedAt: at,
      firstScore: null,
      assessment: null,
      asked: {},
      answers: [],
      waived: false,
      round: 0,
      assessing: true,
      spec: null,
      approval: null,
      tasks: [],
      hold: null,
      generation: 1,
      attempts: {},
      end: null,
      endedAt: null,
    };
  }
  if (!state || MISSION.terminal.includes(state.status)) return state;
  const moved = { ...state, status: next(MISSION, state.status, event.type) };
  switch (event.type) {
    case 'mission.assessed': {
      const { assessment, round } = event.data;
      const asked = { ...state.asked };
      for (const question of assessment.questions)
        asked[question.id] = { signal: question.signal, text: question.text };
      return {
        ...moved,
        assessment,
        asked,
        round,
        assessing: false,
        hold: null,
        firstScore: state.firstScore ?? assessment.score,
      };
    }
    case 'mission.answered':
      return {
        ...moved,
        answers: mergeAnswers(state.answers, event.data.answers),
        waived: event.data.waive,
        assessing: true,
        spec: state.spec && { ...state.spec, void: true },
        hold: null,
        generation: state.generation + 1,
        attempts: {},
      };
    case 'mission.spec-sealed': {
      const { digest, text, acceptance, expires } = event.data;
      return {
        ...moved,
        spec: { digest, text, acceptance, expires, written: false, void: false },
        hold: null,
      };
    }
    case 'mission.spec-written':
      return { ...moved, spec: state.spec && { ...state.spec, written: true } };
    case 'mission.approval-expired':
      return { ...moved, spec: state.spec && { ...state.spec, void: true } };
    case 'mission.approved':
      return {
        ...moved,
        approval: { ...event.data, at },
        hold: null,
        // What was held is wanted again, under a key of its own.
        ...(state.hold ? { generation: state.generation + 1, attempts: {} } : {}),
      };
    case 'mission.planned':
      return { ...moved, tasks: event.data.tasks.map((task) => ({ ...task, status: 'waiting' })) };
    case 'mission.task-changed':
      return {
        ...moved,
        tasks: state.tasks.map((task) =>
          task.id === event.data.task ? { ...task, status: event.data.status } : task,
        ),
      };
    case 'mission.done':
      return { ...moved, hold: null, end: `${event.data.merged} merged`, endedAt: at };
    case 'mission.failed':
    case 'mission.cancelled':
      return { ...moved, hold: null, end: event.data.reason, endedAt: at };
    case 'mission.held':
      return { ...moved, hold: event.data };
    case 'mission.resumed':
      return { ...moved, hold: null, generation: state.generation + 1, attempts: {} };
    case 'mission.move-failed':
      return { ...moved, attempts: bump(state.attempts, event.data.key, event.data.retryAt) };
    default:
      return state;
  }
}

/** A later answer to the same question replaces the earlier one. */
function mergeAnswers(old: Answer[], fresh: Answer[]): Answer[] {
  const replaced = new Set(fresh.map((answer) => answer.question));
  return [...old.filter((answer) => !replaced.has(answer.question)), ...fresh];
}

/** What this mission waits for from the world outside the log. */
export function missionSteps(state: Mission): Step[] {
  if (state.hold || MISSION.terminal.includes(state.status)) return [];
  const step = (kind: string): Step => {
    const { attempt, notBefore } = attemptOf(state.attempts, kind, null);
    return {
      key: stepKey(state.id, kind, null, state.generation, attempt),
      kind,
      which: null,
      notBefore,
    };
  };
  if (state.assessing) return [step('assess')];
  if (state.spec && !state.spec.written) return [step('write-spec')];
  return [];
}

export function missionMove(state: Mission, step: Step): Move {
  const base = {
    ...step,
    stream: streamOf.mission(state.id),
    partition: state.repos[0] ?? state.id,
    recovery: 'adopt' as const,
    deadlineMs: 10 * 60_000,
  };
  return step.kind === 'assess'
    ? {
        ...base,
        input: {
          mission: state.id,
          text: state.text,
          repos: state.repos,
          answers: state.answers,
          round: state.round + 1,
        },
      }
    : { ...base, input: { mission: state.id, digest: state.spec?.digest, text: state.spec?.text } };
}

/** When this mission must be looked at again though nothing happens. */
export function missionTimer(state: Mission): string | null {
  if (MISSION.terminal.includes(state.status)) return null;
  if (state.hold) return 'at' in state.hold.resumes ? state.hold.resumes.at : null;
  return state.status === 'awaiting-approval' && state.spec && !state.spec.void
    ? state.spec.expires
    : null;
}
