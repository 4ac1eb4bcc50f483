import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * What the machine says about its processes. Linux: /proc. Elsewhere: `ps`, with start times of
 * one second's resolution and environments only where the system shows them.
 */
export interface ProcessInfo {
  pid: number;
  ppid: number;
  pgid: number;
  /** 0 where unknown. */
  session: number;
  /** Opaque; equal only for the same process of the same boot. */
  start: string;
  /** Ended, only waiting to be collected by its parent. */
  zombie: boolean;
}

export interface ProcessTable {
  list(): Promise<ProcessInfo[]>;
  /** null when there is no such process (any more). */
  find(pid: number): Promise<ProcessInfo | null>;
  /** By process, the values of those names that stand in its first environment, where readable. */
  marks(names: readonly string[]): Promise<Map<number, Record<string, string>>>;
  bootId(): Promise<string>;
}

/** Fields of /proc/<pid>/stat, see proc(5). The name in parentheses may hold spaces and `)`. */
function parseStat(pid: number, text: string): ProcessInfo | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, ppid, pgid, session] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined) return null;
  return {
    pid,
    ppid: Number(ppid),
    pgid: Number(pgid),
    session: Number(session),
    start,
    zombie: state === 'Z' || state === 'X',
  };
}

/** Linux. Reads are synchronous: /proc answers from memory, and one pass is a snapshot in a few ms. */
export const procTable: ProcessTable = {
  async list() {
    return pids().flatMap((pid) => readProc(pid) ?? []);
  },
  find: async (pid) => readProc(pid),
  async marks(names) {
    const marks = new Map<number, Record<string, string>>();
    for (const pid of pids()) {
      try {
        const text = readFileSync(`/proc/${pid}/environ`, 'latin1');
        if (text.includes(`${names[0]}=`)) marks.set(pid, pick(text.split('\0'), names));
      } catch {
        // Ended meanwhile, or somebody else's.
      }
    }
    return marks;
  },
  bootId: async () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
};

const pids = () => readdirSync('/proc').map(Number).filter(Number.isInteger);

function readProc(pid: number): ProcessInfo | null {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return null;
  }
}

function pick(pairs: readonly string[], names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const pair = pairs.find((each) => each.startsWith(`${name}=`));
    if (pair !== undefined) found[name] = pair.slice(name.length + 1);
  }
  return found;
}

const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/;

function parsePs(line: string): ProcessInfo | null {
  const [, pid, ppid, pgid, state, start] = PS_LINE.exec(line) ?? [];
  if (pid === undefined || start === undefined) return null;
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    pgid: Number(pgid),
    session: 0,
    start,
    zombie: state?.startsWith('Z') ?? false,
  };
}

const COLUMNS = ['-o', 'pid=,ppid=,pgid=,stat=,lstart='];

/** macOS and other systems with a POSIX `ps`. */
export const psTable: ProcessTable = {
  async list() {
    const text = await ps(['-ax', ...COLUMNS]);
    return text.split('\n').flatMap((line) => parsePs(line) ?? []);
  },
  async find(pid) {
    const text = await ps(['-p', String(pid), ...COLUMNS]);
    return parsePs(text.split('\n')[0] ?? '');
  },
  async marks(names) {
    // With `E` (macOS) or `e` (Linux) the environment follows the command, parted by spaces.
    const show = process.platform === 'darwin' ? '-axwwE' : 'axeww';
    const marks = new Map<number, Record<string, string>>();
    for (const line of (await ps([show, '-o', 'pid=,command='])).split('\n')) {
      const [pid, ...words] = line.trim().split(' ');
      if (line.includes(`${names[0]}=`)) marks.set(Number(pid), pick(words, names));
    }
    return marks;
  },
  async bootId() {
    const [program, args] =
      process.platform === 'darwin'
        ? ['sysctl', ['-n', 'kern.boottime']]
        : ['ps', ['-p', '1', '-o', 'lstart=']];
    return (await run(program as string, args as string[])).trim();
  },
};

const ps = (args: string[]) => run('ps', args);

function run(program: string, args: string[]): Promise<string> {
  const options = { timeout: 10_000, maxBuffer: 64 << 20, env: { PATH: PATHS, LC_ALL: 'C' } };
  // ps exits 1 for "no such process": then its empty output is the answer.
  return new Promise((resolve) => {
    execFile(program, args, options, (_error, stdout) => resolve(stdout));
  });
}
const PATHS = '/usr/bin:/bin:/usr/sbin:/sbin';

export const hostTable: ProcessTable = process.platform === 'linux' ? procTable : psTable;
