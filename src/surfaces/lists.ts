/** The list documents, in the order people read them. Beside `documents.ts` and as stable. */
import { ended } from '../control/reactions.ts';
import type { Repo } from '../control/repo.ts';
import type { MissionRow, TaskRow } from '../control/views.ts';
import type { Reader } from './reader.ts';

export interface MissionsDoc {
  /** Oldest first. */
  missions: MissionRow[];
}

export async function missionsDoc(reader: Reader): Promise<MissionsDoc> {
  const missions = (await reader.views('mission')).map(({ row }) => row as MissionRow);
  return {
    missions: missions.sort(
      (a, b) => a.submittedAt.localeCompare(b.submittedAt) || a.id.localeCompare(b.id),
    ),
  };
}

export interface TasksDoc {
  /** Oldest first. */
  tasks: TaskRow[];
}

export async function tasksDoc(reader: Reader): Promise<TasksDoc> {
  const tasks = (await reader.views('task')).map(({ row }) => row as TaskRow);
  return {
    tasks: tasks.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id)),
  };
}

export interface RepoDoc {
  id: string;
  source: string;
  branch: string;
  /** Ids of tasks at work in it, and of those that wait for a slot. */
  slots: string[];
  queue: string[];
  parallel: number;
  paused: string | null;
  /** Missions that have not ended. */
  missions: string[];
}
export interface ReposDoc {
  repos: RepoDoc[];
}

export async function reposDoc(reader: Reader): Promise<ReposDoc> {
  const { missions } = await missionsDoc(reader);
  const repos = (await reader.views('repo'))
    .map(({ row }) => row as Repo)
    .filter((repo) => repo.registered)
    .map(
      ({ id, entry, slots, queue, paused }): RepoDoc => ({
        id,
        source: entry.source,
        branch: entry.branch,
        slots,
        queue,
        parallel: entry.parallel,
        paused,
        missions: missions
          .filter((mission) => mission.repos.includes(id) && !ended(mission.status))
          .map((mission) => mission.id),
      }),
    );
  return { repos };
}
