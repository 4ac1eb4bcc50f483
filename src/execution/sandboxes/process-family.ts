import type { ProcessInfo, ProcessTable } from './process-table.ts';

/** Environment names that mark every process of a run, wherever it forks to. */
export const RUN_MARK = 'AEDEV_RUN';
export const INSTALL_MARK = 'AEDEV_INSTALL';
const MARKS = [RUN_MARK, INSTALL_MARK] as const;

/** How a run's processes are known: by mark, and by the leader that was started for it. */
export interface Family {
  run: string;
  install: string;
  /** The leader of group and session, when it is known to be the one that was started. */
  leader: { pid: number; start: string } | null;
}

/**
 * The living processes of a run: those that carry its mark, those of the leader's group and
 * session, and the descendants of all these. Best effort by nature: a program that clears its
 * environment, leaves the session and orphans itself is not found (only the docker tier holds it).
 */
export async function familyOf(table: ProcessTable, family: Family): Promise<ProcessInfo[]> {
  const all = (await table.list()).filter(
    (each) => !each.zombie && each.pid > 1 && each.pid !== process.pid,
  );
  const found = new Map<number, ProcessInfo>();
  // A number is not given out again while a group or session bears it, so a dead leader's group is
  // still the run's; unless another process has the number, for then no member was left.
  const reused = all.some(
    (each) => each.pid === family.leader?.pid && each.start !== family.leader.start,
  );
  const leader = reused ? null : family.leader?.pid;
  const marks = await table.marks(MARKS);
  for (const each of all) {
    const mark = marks.get(each.pid);
    const marked = mark?.[RUN_MARK] === family.run && mark[INSTALL_MARK] === family.install;
    const ofLeader = each.pid === leader || each.pgid === leader || each.session === leader;
    if (marked || ofLeader) found.set(each.pid, each);
  }
  let grew = found.size > 0;
  while (grew) {
    grew = false;
    for (const each of all) {
      if (found.has(each.ppid) && !found.has(each.pid)) {
        found.set(each.pid, each);
        grew = true;
      }
    }
  }
  return [...found.values()];
}

/** Run ids of this installation that some living process is marked with. */
export async function markedRuns(table: ProcessTable, install: string): Promise<Set<string>> {
  const runs = new Set<string>();
  for (const [pid, mark] of await table.marks(MARKS)) {
    const run = mark[RUN_MARK];
    if (run === undefined || mark[INSTALL_MARK] !== install || pid === process.pid) continue;
    // Hardly any process is marked, and this is asked for all day long: only those are looked at.
    const found = await table.find(pid);
    if (found !== null && !found.zombie) runs.add(run);
  }
  return runs;
}

/**
 * Kills the family until none is left or the time is over: a child forked between look and kill
 * is met in the next round.
 * @returns how many processes were seen in all, and which still live
 */
export async function killFamily(
  table: ProcessTable,
  family: Family,
  patienceMs: number,
): Promise<{ seen: Set<number>; left: ProcessInfo[] }> {
  const seen = new Set<number>();
  const until = performance.now() + patienceMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    const alive = await familyOf(table, family);
    for (const each of alive) {
      seen.add(each.pid);
      await killExactly(table, each);
    }
    if (alive.length === 0 || performance.now() > until) return { seen, left: alive };
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Kills one process if its number still means the same process. */
async function killExactly(table: ProcessTable, target: ProcessInfo): Promise<void> {
  const now = await table.find(target.pid);
  if (now === null || now.start !== target.start) return;
  try {
    process.kill(target.pid, 'SIGKILL');
  } catch {
    // Gone in between, or not ours to end: the caller sees whether it is still there.
  }
}
