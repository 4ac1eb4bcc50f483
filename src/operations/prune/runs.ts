/** Run folders and workspaces of tasks that ended, and what else lies in the folder of runs. */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TASK } from '../../control/task.ts';
import type { RunRow, TaskRow } from '../../control/views.ts';
import type { Finder, Prunable } from './prune.ts';
import { weigh } from './weigh.ts';

const DAY_MS = 24 * 3600 * 1000;
/** No verify command or set-up may take as long: what is older is left over. */
const SCRATCH_MS = DAY_MS;

export interface RunsPorts {
  /** Folder that holds one folder per run. */
  runs: string;
  now(): number;
  keepDays: number;
  tasks(): Promise<ReadonlyMap<string, TaskRow>>;
  runRows(): Promise<ReadonlyMap<string, RunRow>>;
  /** A move of this task executes now. */
  busy(task: string): boolean;
  /** Names beside `workspace` that hold something of one. */
  traces(workspace: string): readonly string[];
  /** Ends what may still live of the run, saves its work, removes its workspace; says where to. */
  retire(run: RunRow): Promise<string | null>;
  /** Removes a tree that a coder wrote. */
  removeTree(path: string): Promise<void>;
}

const ageOf = async (path: string, now: number): Promise<number> => {
  const info = await lstat(path).catch(() => null);
  return info === null ? 0 : now - info.mtimeMs;
};

const exists = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => null)) !== null;

export function runsFinder(ports: RunsPorts): Finder {
  const { runs, keepDays } = ports;
  return async (limit) => {
    const names = (await readdir(runs).catch(() => [])).filter((name) => !name.startsWith('.'));
    const [tasks, rows] = await Promise.all([ports.tasks(), ports.runRows()]);
    const found: Prunable[] = [];
    for (const name of names.sort()) {
      if (found.length >= limit) break;
      const row = rows.get(name);
      const task = row && tasks.get(row.task);
      const item = row && task ? await ended(name, row, task) : await unknown(name);
      if (item) found.push(item);
    }
    return found;
  };

  async function ended(name: string, row: RunRow, task: TaskRow): Promise<Prunable | null> {
    if (!(TASK.terminal as string[]).includes(task.status) || ports.busy(task.id)) return null;
    const folder = join(runs, name);
    const past = task.endedAt === null ? 0 : ports.now() - Date.parse(task.endedAt);
    const spaces = ports.traces(join(folder, 'workspace'));
    const left: string[] = [];
    for (const path of spaces) if (await exists(path)) left.push(path);
    if (past > keepDays * DAY_MS) {
      return {
        kind: 'run',
        what: name,
        why: `its task ${task.id} ended (${task.status}) more than ${keepDays} days ago`,
        bytes: await weigh(folder),
        async remove() {
          const saved = left.length > 0 ? await ports.retire(row) : null;
          await ports.removeTree(folder);
          return saved === null ? {} : { saved };
        },
      };
    }
    if (left.length === 0) return null;
    let bytes = 0;
    for (const path of left) bytes += await weigh(path);
    return {
      kind: 'workspace',
      what: name,
      why: `its task ${task.id} ended (${task.status})`,
      bytes,
      async remove() {
        const saved = await ports.retire(row);
        return saved === null ? {} : { saved };
      },
    };
  }

  /** The log does not know it: whose work lies in it cannot be told, so that stays. */
  async function unknown(name: string): Promise<Prunable | null> {
    const folder = join(runs, name);
    const spaces = ports.traces(join(folder, 'workspace'));
    for (const path of spaces) if (await exists(path)) return null;
    if ((await ageOf(folder, ports.now())) <= keepDays * DAY_MS) return null;
    return {
      kind: 'run',
      what: name,
      why: 'the log knows no such run',
      bytes: await weigh(folder),
      async remove() {
        await ports.removeTree(folder);
        return {};
      },
    };
  }
}

export interface LeftoverPorts {
  now(): number;
  /** Entries by these names are scratch: left over once they are a day old. */
  scratch: readonly { folder: string; pattern: RegExp }[];
  logs: string;
  /** Days that logs are kept; the one that is being written is spared. */
  keepDays: number;
  /** Host records of workspaces that are gone. */
  forgotten(): Promise<string[]>;
  removeTree(path: string): Promise<void>;
}

/** What killed processes left behind, and old logs. */
export function leftoversFinder(ports: LeftoverPorts): Finder {
  return async (limit) => {
    const found: Prunable[] = [];
    const take = async (kind: 'scratch' | 'log', path: string, what: string, why: string) => {
      if (found.length >= limit) return;
      const remove = async () => {
        await (kind === 'log' ? rm(path, { force: true }) : ports.removeTree(path));
        return {};
      };
      found.push({ kind, what, why, bytes: await weigh(path), remove });
    };
    for (const { folder, pattern } of ports.scratch) {
      for (const name of (await readdir(folder).catch(() => [])).sort()) {
        const path = join(folder, name);
        if (!pattern.test(name) || (await ageOf(path, ports.now())) <= SCRATCH_MS) continue;
        await take('scratch', path, name, 'nothing has used it for a day');
      }
    }
    for (const name of (await readdir(ports.logs).catch(() => [])).sort()) {
      // Only logs, and not the one that is being written.
      if (name === 'daemon.log' || !/\.log(?:[.-]|$)/.test(name)) continue;
      const path = join(ports.logs, name);
      if ((await ageOf(path, ports.now())) <= ports.keepDays * DAY_MS) continue;
      await take('log', path, name, `it is older than ${ports.keepDays} days`);
    }
    for (const path of await ports.forgotten())
      await take('scratch', path, 'a note on a workspace', 'that workspace is gone');
    return found;
  };
}
