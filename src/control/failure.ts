/** The one shape in which an executor says that a move did not get there. */
import type { Condition, Outcome } from './contract.ts';

export interface Failure {
  /** A hold code where one fits; machines decide by it. */
  code: string;
  /** One sentence, fit to be shown, without secrets. */
  reason: string;
  remedy?: string;
  retryable?: boolean;
  /** UTC ISO: not before. */
  retryAt?: string | null;
  resumesWhen?: Condition | null;
  /** The run is cut off but not over; see {@link Outcome}. */
  unsettled?: boolean;
}

export const failure = (what: Failure): Outcome & { ok: false } => ({
  ok: false,
  code: what.code,
  reason: what.reason.slice(0, 1000),
  remedy: what.remedy ?? '',
  retryable: what.retryable ?? false,
  retryAt: what.retryAt ?? null,
  ...(what.resumesWhen ? { resumesWhen: what.resumesWhen } : {}),
  ...(what.unsettled ? { unsettled: true } : {}),
});

export const success = (result: unknown): Outcome => ({ ok: true, result });
