/** What is the same for every CLI: how a run ended for the host, and what that means without its word. */
import { printable } from '../../lib/escape.ts';
import type { CoderOutcome } from './coder.ts';

/** How the run ended for the host; see SandboxExit. */
export interface RunEnd {
  code: number | null;
  signal: string | null;
  ended: string;
  stdoutTruncated?: boolean;
}

const LIMITS: Readonly<Record<string, [code: string, reason: string]>> = {
  wall: ['wall-limit', 'The run took longer than its wall-clock limit.'],
  idle: ['idle-limit', 'The run was silent for longer than its idle limit.'],
  memory: ['memory-limit', 'The run took more memory than its limit.'],
  disk: ['disk-limit', 'The run was ended because hardly any space was left on the disk.'],
};

/** Whether the host ended it, or lost its end: then what the CLI said last is no reason. */
export const endedByHost = (end: RunEnd): boolean =>
  LIMITS[end.ended] !== undefined || end.stdoutTruncated === true;

/**
 * A run whose program ended without saying how it went.
 * @param about whether it said anything at all, and its name for people
 */
export function withoutEnd(
  end: RunEnd,
  stderr: string,
  about: { said: boolean; program: string },
): CoderOutcome {
  const limit = LIMITS[end.ended];
  if (limit !== undefined) return failure(limit[0], limit[1]);
  if (end.stdoutTruncated === true) {
    return failure('output-cut', 'The output was longer than its cap, and its end is missing.');
  }
  const line = printable(stderr.trim().split('\n')[0] ?? '', 300);
  if (end.signal !== null || [130, 137, 143].includes(end.code ?? 0)) {
    return failure('killed', `The CLI was ended from outside (${endOf(end)}) before its result.`);
  }
  // As a shell, a container's init answers 126 or 127 for a program that cannot be started.
  if ((end.code === 127 || end.code === 126) && !about.said) {
    return {
      kind: 'hold',
      code: 'coder-missing',
      reason: `The coder's program could not be started${line === '' ? '.' : `: ${line}`}`,
      remedy: `Install the pinned ${about.program} CLI where the sandbox finds it, or use an image that holds it.`,
      resumesAt: null,
    };
  }
  if (end.code === 0) return failure('no-result', 'The CLI ended without a result.');
  // A bad flag or an empty prompt: one line of prose, no field. It is shown, not interpreted.
  return failure('cli-refused', line === '' ? `The CLI ended with ${endOf(end)}.` : line);
}

export const retryable = (code: string, reason: string): CoderOutcome => ({
  kind: 'retryable',
  code,
  reason,
});
export const failure = (code: string, reason: string): CoderOutcome => ({
  kind: 'failure',
  code,
  reason,
});

export const endOf = (end: RunEnd): string =>
  end.signal === null
    ? `exit code ${end.code ?? 'unknown'}`
    : `signal ${printable(end.signal, 20)}`;
