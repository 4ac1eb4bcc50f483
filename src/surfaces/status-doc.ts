/** What aedev does and what it waits for, as one document: `aedev status` and the API show it. */
import { ended } from '../control/reactions.ts';
import type { Repo } from '../control/repo.ts';
import type { System } from '../control/system.ts';
import type { MissionRow, TaskRow } from '../control/views.ts';
import { approvalsDoc, type HeldDoc, holdsDoc } from './documents.ts';
import type { Reader } from './reader.ts';
import { type WindowDoc, windowsDoc } from './windows-doc.ts';

export interface StatusDoc {
  daemon: {
    state: 'running' | 'stopped' | 'dead';
    pid: number | null;
    version: string | null;
    since: string | null;
  };
  halted: { reason: string; by: string; since: string } | null;
  /** What is wrong with the policy files; while anything is, nothing new starts. */
  policyProblems: string[];
  /** Missions that have not ended, newest last. */
  missions: MissionRow[];
  tasks: TaskRow[];
  holds: HeldDoc[];
  approvals: number;
  repos: { id: string; slots: number; queued: number; paused: string | null }[];
  events: number;
  ended: Record<string, number>;
  windows: WindowDoc[];
}

/** `alive`: does the process that the log says is running exist? Found out by the caller. */
export async function statusDoc(
  reader: Reader,
  alive: (pid: number) => boolean,
): Promise<StatusDoc> {
  const system = (await reader.view('system', 'main')) as System | undefined;
  const missions = (await reader.views('mission')).map(({ row }) => row as MissionRow);
  const tasks = (await reader.views('task')).map(({ row }) => row as TaskRow);
  const repos = (await reader.views('repo')).map(({ row }) => row as Repo);
  const endings: Record<string, number> = {};
  for (const mission of missions)
    if (ended(mission.status)) endings[mission.status] = (endings[mission.status] ?? 0) + 1;
  const pid = system?.pid ?? null;
  return {
    daemon: {
      state: pid === null ? 'stopped' : alive(pid) ? 'running' : 'dead',
      pid,
      version: system?.version ?? null,
      since: system?.startedAt ?? null,
    },
    halted: system?.halted ?? null,
    policyProblems: system?.policyProblems ?? [],
    missions: missions.filter((mission) => !ended(mission.status)),
    tasks: tasks.filter((task) => !ended(task.status)),
    holds: await holdsDoc(reader),
    approvals: (await approvalsDoc(reader)).length,
    repos: repos
      .filter((repo) => repo.registered)
      .map((repo) => ({
        id: repo.id,
        slots: repo.slots.length,
        queued: repo.queue.length,
        paused: repo.paused,
      })),
    events: await reader.lastSeq(),
    ended: endings,
    windows: await windowsDoc(reader),
  };
}
