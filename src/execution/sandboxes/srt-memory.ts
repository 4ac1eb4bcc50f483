import { readFileSync } from 'node:fs';
import type { ProcessInfo, ProcessTable } from './process-table.ts';

const CALM_MS = 250;
/** Above half of its limit a run is looked at more often. */
const CLOSE_MS = 50;

export interface MemoryWatch {
  /** Settles when the run uses more than its limit; never when stopped before. */
  readonly exceeded: Promise<'memory'>;
  stop(): void;
}

/**
 * Looks, from outside, at what all processes under `root` use together. Without a control group
 * nothing else can, and a kernel that lacks memory would end anybody. Between two looks a run can go
 * above its limit.
 */
export function watchMemory(table: ProcessTable, root: number, limitMb: number): MemoryWatch {
  const limitKb = limitMb * 1024;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let settle: (ended: 'memory') => void = () => {};
  const exceeded = new Promise<'memory'>((resolve) => {
    settle = resolve;
  });
  const look = async (): Promise<void> => {
    const family = below(await table.list(), root);
    const used = sum(family, residentKb);
    if (stopped) return;
    // The quick sum counts pages that forked processes share once for each of them.
    if (used > limitKb && sum(family, shareKb) > limitKb) return settle('memory');
    timer = setTimeout(look, used > limitKb / 2 ? CLOSE_MS : CALM_MS);
  };
  timer = setTimeout(look, CLOSE_MS);
  return {
    exceeded,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** `root` and its descendants. */
export function below(all: readonly ProcessInfo[], root: number): number[] {
  const children = new Map<number, number[]>();
  for (const { pid, ppid } of all) {
    const siblings = children.get(ppid);
    if (siblings) siblings.push(pid);
    else children.set(ppid, [pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

const sum = (pids: readonly number[], kb: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + kb(pid), 0);

/** Own pages in memory and swap, and shared memory, in KiB; 0 for a process that has ended. */
const residentKb = (pid: number): number =>
  fieldsKb(`/proc/${pid}/status`, ['RssAnon', 'RssShmem', 'VmSwap']) ?? 0;

/** The same with shared pages divided among those who share them; where that is hidden, undivided. */
const shareKb = (pid: number): number =>
  fieldsKb(`/proc/${pid}/smaps_rollup`, ['Pss_Anon', 'Pss_Shmem', 'SwapPss']) ?? residentKb(pid);

/** null when the file cannot be read. Both files are lines of `Name:   123 kB`, see proc(5). */
function fieldsKb(path: string, names: readonly string[]): number | null {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return null;
  }
  return names.reduce((total, name) => {
    const value = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1];
    return total + Number(value ?? 0);
  }, 0);
}
