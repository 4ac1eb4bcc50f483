/** Finding and ending what a run in the srt tier has left on Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessInfo, ProcessTable } from './process-table.ts';
import type { RunRecord } from './run-records.ts';
import { markOf, SANDBOX_MARK } from './srt-args.ts';
import { below } from './srt-memory.ts';

const PATIENCE_MS = 5000;
const SPIN_MS = 3;

/** What bubblewrap's command lines, which everybody can read, say: process → run of this installation. */
function marked(install: string): Map<number, string> {
  const found = new Map<number, string>();
  const mark = `\0--setenv\0${SANDBOX_MARK}\0${markOf(install)}\0--setenv\0AEDEV_RUN\0`;
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      const at = line.indexOf(mark);
      if (at >= 0) found.set(pid, line.slice(at + mark.length).split('\0')[0] ?? '');
    } catch {
      // Ended meanwhile.
    }
  }
  return found;
}

/** Runs of which bubblewrap lives: it starts first and ends last. */
export function livingRuns(install: string): Set<string> {
  return new Set(marked(install).values());
}

/**
 * The processes at the head of a run: those with its mark, and the recorded one if its number still
 * means the same process in the same boot.
 */
export async function leadersOf(
  table: ProcessTable,
  install: string,
  run: string,
  record: RunRecord | null,
): Promise<ProcessInfo[]> {
  const pids = [...marked(install)].flatMap(([pid, of]) => (of === run ? [pid] : []));
  const leaders: ProcessInfo[] = [];
  for (const pid of pids) leaders.push(...present(await table.find(pid)));
  if (record?.pid && record.boot === (await table.bootId()) && !pids.includes(record.pid)) {
    const now = present(await table.find(record.pid));
    leaders.push(...now.filter(({ start }) => start === record.start));
  }
  return leaders;
}

const present = (info: ProcessInfo | null): ProcessInfo[] =>
  info === null || info.zombie ? [] : [info];

/** Kills what `leaders` head, until nothing of it lives. */
export async function endRun(
  table: ProcessTable,
  leaders: readonly ProcessInfo[],
): Promise<{ seen: number; left: number }> {
  const all = await table.list();
  const pids = new Set(leaders.flatMap(({ pid }) => below(all, pid)));
  const family = all.filter(({ pid, zombie }) => pids.has(pid) && !zombie);
  return { seen: family.length, left: await endExactly(table, family) };
}

/** Kills these processes and waits until none lives. @returns how many still do */
export async function endExactly(
  table: ProcessTable,
  family: readonly ProcessInfo[],
): Promise<number> {
  const started = performance.now();
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    const left = await alive(table, family);
    const waited = performance.now() - started;
    if (left.length === 0 || waited > PATIENCE_MS) return left.length;
    for (const { pid } of left) kill(pid, 'SIGKILL');
    // Mostly it takes less time than the shortest timer.
    if (waited < SPIN_MS) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function alive(table: ProcessTable, family: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
  const left: ProcessInfo[] = [];
  for (const one of family) {
    const now = present(await table.find(one.pid));
    left.push(...now.filter(({ start }) => start === one.start));
  }
  return left;
}

/** A negative number means the group. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended in between, or not ours to end: the caller sees whether it is still there.
  }
}
