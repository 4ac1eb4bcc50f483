/**
 * Moves follow from state alone: a machine says which steps its state is waiting for, and the
 * engine enqueues the ones that are new and withdraws the ones that are gone. So a result counts
 * exactly while its key is still wanted, and the janitor can compare the queue with the state.
 */
import type { Outcome } from './contract.ts';

/** One wanted move. `key` is `<id>/<step>/<generation>/<attempt>`. */
export interface Step {
  key: string;
  kind: string;
  /** Which of several alike, e.g. a judge's family. */
  which: string | null;
  notBefore: string | null;
}

/** A step with what its executor needs. */
export interface Move extends Step {
  stream: string;
  /** The repo whose work this is. */
  partition: string;
  /** `adopt`: look for the effect, else do it again. `lost`: its process cannot be taken up again; one that outlived the daemon is ended. */
  recovery: 'adopt' | 'lost';
  input: unknown;
  deadlineMs: number;
}

export const stepKey = (
  id: string,
  kind: string,
  which: string | null,
  generation: number,
  attempt: number,
) => `${id}/${which ? `${kind}-${which}` : kind}/${generation}/${attempt}`;

/** Tries of one step so far, and when the next may start. */
export interface Attempts {
  [step: string]: { attempt: number; notBefore: string | null };
}

export const attemptOf = (attempts: Attempts, kind: string, which: string | null) =>
  attempts[which ? `${kind}-${which}` : kind] ?? { attempt: 1, notBefore: null };

/** What is out there and does not answer now, but surely will: a night must not end at it. */
const AWAY = ['forge-down', 'source-unavailable'];
const AWAY_MS = 10 * 60_000;

/** When work that was held because somebody does not answer goes on by itself; null: not by itself. */
export const comesBackAt = (outcome: Outcome & { ok: false }, now: string): string | null =>
  outcome.retryable && AWAY.includes(outcome.code)
    ? new Date(Date.parse(now) + AWAY_MS).toISOString()
    : null;

/**
 * Try again later, or hold? Exponential pause from `backoffSeconds`, capped at 15 minutes; an
 * earlier time named by the other side wins only when it is later than that.
 */
export function afterFailure(
  outcome: Outcome & { ok: false },
  attempt: number,
  limits: { max_attempts: number; backoff_seconds: number },
  now: string,
): { retryAt: string } | 'hold' {
  if (!outcome.retryable || attempt >= limits.max_attempts) return 'hold';
  const pause = Math.min(limits.backoff_seconds * 2 ** (attempt - 1), 900) * 1000;
  const at = new Date(Date.parse(now) + pause).toISOString();
  const named = Date.parse(outcome.retryAt ?? '');
  return { retryAt: named > Date.parse(at) ? new Date(named).toISOString() : at };
}
