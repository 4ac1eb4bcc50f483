/** Read-model rows: what lists and status need, small, made from one stream's state alone. */

import type { Account } from './account.ts';
import type { Budget } from './budget.ts';
import type { JudgingSpent } from './judging-spent.ts';
import type { Mission } from './mission.ts';
import type { Repo } from './repo.ts';
import type { System } from './system.ts';
import type { Task } from './task.ts';

export interface MissionRow {
  id: string;
  status: string;
  title: string;
  repos: string[];
  submittedAt: string;
  score: number | null;
  questions: number;
  hold: Mission['hold'];
  specDigest: string | null;
  tasks: string[];
  end: string | null;
  endedAt: string | null;
}
export interface TaskRow {
  id: string;
  mission: string;
  repo: string;
  status: string;
  title: string;
  createdAt: string;
  hold: Task['hold'];
  running: string | null;
  rounds: number;
  risk: { score: number; band: string } | null;
  verdicts: { family: string; verdict: string }[];
  pull: { number: number; state: string } | null;
  end: string | null;
  endedAt: string | null;
}
export interface RunRow {
  id: string;
  task: string;
  repo: string;
  run: Task['runs'][number];
}

export interface JudgingRow extends JudgingSpent {
  task: string;
  repo: string;
}

export interface Row {
  kind: 'mission' | 'task' | 'run' | 'judging' | 'repo' | 'budget' | 'account' | 'system';
  key: string;
  row: unknown;
}

export function viewsOf(stream: string, state: unknown): Row[] {
  if (!state) return [];
  switch (stream.split('/')[0]) {
    case 'mission':
      return [missionRow(state as Mission)];
    case 'task':
      return taskRows(state as Task);
    case 'repo':
      return [{ kind: 'repo', key: (state as Repo).id, row: state }];
    case 'budget':
      return [{ kind: 'budget', key: 'all', row: state as Budget }];
    case 'account':
      return [{ kind: 'account', key: (state as Account).id, row: state as Account }];
    case 'system':
      return [{ kind: 'system', key: 'main', row: state as System }];
    default:
      return [];
  }
}

const firstLine = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '') ?? '';

function missionRow(mission: Mission): Row {
  const { id, status, repos, submittedAt, hold, end, endedAt } = mission;
  const row: MissionRow = {
    id,
    status,
    title: firstLine(mission.text).slice(0, 200),
    repos,
    submittedAt,
    score: mission.assessment?.score ?? null,
    questions: mission.status === 'clarifying' ? (mission.assessment?.questions.length ?? 0) : 0,
    hold,
    specDigest: mission.spec?.digest ?? null,
    tasks: mission.tasks.map((task) => task.id),
    end,
    endedAt,
  };
  return { kind: 'mission', key: id, row };
}

function taskRows(task: Task): Row[] {
  const { id, mission, repo, status, title, createdAt, hold, rounds, end, endedAt } = task;
  const row: TaskRow = {
    id,
    mission,
    repo,
    status,
    title,
    createdAt,
    hold,
    running: task.run,
    rounds,
    risk: task.risk && { score: task.risk.score, band: task.risk.band },
    verdicts: task.verdicts.map(({ family, verdict }) => ({ family, verdict })),
    pull: task.pull && {
      number: task.pull.number,
      state: task.merged ? 'merged' : task.pull.state,
    },
    end,
    endedAt,
  };
  return [
    { kind: 'task', key: id, row },
    ...task.runs.map(
      (run): Row => ({
        kind: 'run',
        key: run.id,
        row: { id: run.id, task: id, repo, run } satisfies RunRow,
      }),
    ),
    ...(task.judging ?? []).map(
      (spent): Row => ({
        kind: 'judging',
        key: `${id}/${spent.family}`,
        row: { task: id, repo, ...spent } satisfies JudgingRow,
      }),
    ),
  ];
}
