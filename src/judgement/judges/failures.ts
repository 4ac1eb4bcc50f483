/** What a failed exchange means: no verdict, an error for the operator, or worth another try. */
import type { InconclusiveReason } from './answer.ts';
import { JudgeError } from './judge.ts';
import type { Exchange, Seen } from './line.ts';

export type Failure =
  | { kind: 'inconclusive'; reason: InconclusiveReason }
  | { kind: 'error'; error: JudgeError; again: boolean };

/** Longest wait that a server is believed. */
const MAX_WAIT_MS = 7 * 24 * 3600_000;

/**
 * Judges by status and machine-readable codes only. The sentences never quote the server: some
 * echo the key. `name` is the family.
 */
export function failureOf(seen: Seen, name: string, now: Date): Failure {
  const inconclusive = (reason: InconclusiveReason): Failure => ({ kind: 'inconclusive', reason });
  const error = (tag: JudgeError['tag'], what: string, again = false): Failure => ({
    kind: 'error',
    error: new JudgeError(tag, `Judge ${name}: ${what}.`, retryAtOf(seen.exchange, now)),
    again,
  });
  switch (seen.failure) {
    case 'unreachable':
      return error('unavailable', 'its server cannot be reached or broke off', true);
    case 'redirect':
      return error(
        'config',
        'its server answers with a redirect; set baseUrl to the final address',
      );
    case 'stalled':
      return inconclusive('late');
    case 'oversized':
      return inconclusive('oversized');
    case 'again':
      return inconclusive('cut');
    case null:
      break;
  }
  if (seen.exchange === null) return error('config', 'the question could not be put to its server');
  const { status } = seen.exchange;
  const codes = codesOf(seen.exchange);
  if (status < 300) return inconclusive('malformed');
  if (status === 401 || status === 403 || codes.includes('API_KEY_INVALID')) {
    return error('auth', `its server refused the key (status ${status})`);
  }
  if (status === 402) return error('auth', 'its account has no credit left (status 402)');
  if (status === 429) {
    return codes.includes('insufficient_quota')
      ? error('auth', 'its account has no credit left (status 429)')
      : error('rate-limit', 'its server limits requests (status 429)');
  }
  if (status === 413 || codes.includes('context_length_exceeded')) return inconclusive('too-long');
  if (status === 408 || status >= 500) {
    return error('unavailable', `its server is in trouble (status ${status})`, true);
  }
  return error(
    'config',
    `its server refused the question (status ${status}): check model and baseUrl`,
  );
}

interface WireError {
  code?: unknown;
  details?: { reason?: unknown; retryDelay?: unknown }[];
}

function wireErrorOf(exchange: Exchange): WireError | null {
  try {
    const body: unknown = JSON.parse(Buffer.from(exchange.body).toString('utf8'));
    const error = (body as { error?: unknown } | null)?.error;
    return typeof error === 'object' ? (error as WireError | null) : null;
  } catch {
    return null;
  }
}

/** `error.code` (OpenAI) and `error.details[].reason` (Google). */
function codesOf(exchange: Exchange): unknown[] {
  const error = wireErrorOf(exchange);
  return [error?.code, ...detailsOf(error).map((detail) => detail?.reason)];
}

function detailsOf(error: WireError | null): NonNullable<WireError['details']> {
  return Array.isArray(error?.details) ? error.details : [];
}

/**
 * UTC ISO of when the server says to come back: `Retry-After` in seconds or as a date, else
 * Google's `RetryInfo.retryDelay` in the body. Null when it says nothing sensible.
 */
function retryAtOf(exchange: Exchange | null, now: Date): string | null {
  if (exchange === null) return null;
  const header = exchange.headers.get('retry-after')?.trim() ?? '';
  const delay = detailsOf(wireErrorOf(exchange))
    .map((detail) => /^(\d+(?:\.\d+)?)s$/.exec(String(detail?.retryDelay))?.[1])
    .find((seconds) => seconds !== undefined);
  const seconds = /^\d+(\.\d+)?$/.test(header) ? header : header === '' ? delay : undefined;
  const at = seconds !== undefined ? now.getTime() + Number(seconds) * 1000 : Date.parse(header);
  const wait = at - now.getTime();
  return wait >= 0 && wait <= MAX_WAIT_MS ? new Date(at).toISOString() : null;
}
