/** Whether a process written down earlier still lives, safe against its number having been reused. */
import { readFileSync } from 'node:fs';

/** What {@link startTimeOf} says where the system tells no start times. */
const UNKNOWN = 'unknown';

/**
 * An opaque mark of when a process began, equal only for the same process; null when there is no
 * such process or it has ended. Linux: machine boot and clock ticks, see proc(5). Elsewhere: `ps`,
 * with a resolution of one second. Windows: `unknown` for any living process.
 */
export function startTimeOf(pid: number): string | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  if (process.platform === 'linux') return fromProc(pid);
  return process.platform === 'win32' ? fromSignal(pid) : fromPs(pid);
}

/** True when the process that began at `startTime` is still there. */
export function isAlive(pid: number, startTime: string): boolean {
  const now = startTimeOf(pid);
  return now !== null && (now === startTime || now === UNKNOWN || startTime === UNKNOWN);
}

function fromProc(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold spaces and `)`.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const ticks = fields[19];
    if (ticks === undefined || state === 'Z' || state === 'X') return null;
    // Ticks count from the machine's boot: without it a file from before a reboot could match.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${boot}:${ticks}`;
  } catch {
    return null;
  }
}

function fromPs(pid: number): string | null {
  try {
    // Asked for here alone: loading what starts processes takes longer than a status line may.
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    const text = execFileSync('ps', ['-p', String(pid), '-o', 'stat=,lstart='], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
    }).trim();
    const [, state, start] = /^(\S+)\s+(.+)$/.exec(text) ?? [];
    return start === undefined || state?.startsWith('Z') ? null : start;
  } catch {
    // ps exits 1 for "no such process".
    return null;
  }
}

function fromSignal(pid: number): string | null {
  try {
    process.kill(pid, 0);
    return UNKNOWN;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? UNKNOWN : null;
  }
}
