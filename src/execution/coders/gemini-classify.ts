import { printable } from '../../lib/escape.ts';
import type { CoderOutcome } from './coder.ts';
import { endOf, failure, type RunEnd, retryable, withoutEnd } from './ending.ts';
import { type CliEvent, isObject, object, text } from './envelope.ts';

/**
 * What became of a run of the `gemini` CLI. Its exit code is the HTTP status of the answer that
 * ended it, modulo 256, or one of its own; a refused answer ends with 0 and `status: error`, and
 * SIGTERM with 0 and no result. Seen with 0.61.0.
 */
export function classifyGemini(
  events: readonly CliEvent[],
  end: RunEnd,
  stderr: string,
  now: string,
): CoderOutcome {
  if (end.ended === 'aborted') return failure('aborted', 'The run was ended on request.');
  const result = events.findLast((event) => text(event, 'type') === 'result');
  if (result === undefined) {
    if (end.ended === 'exited' && end.code === EXITS.auth) return auth(lastLine(stderr));
    if (end.ended === 'exited' && OWN_EXITS.includes(end.code ?? 0)) {
      return failure('cli-refused', lastLine(stderr));
    }
    return withoutEnd(end, stderr, { said: events.length > 0, program: 'gemini' });
  }
  const status = text(result, 'status');
  if (status === 'error') return fromError(events, result, end, stderr, now);
  if (status !== 'success') {
    return failure('bad-envelope', 'The result of the CLI does not say whether it is an error.');
  }
  // A CLI that hangs after its result was done with the work: the host's limit takes nothing away.
  if (end.code !== 0 && end.ended === 'exited') {
    return failure('exit-code', `The CLI reported success but ended with ${endOf(end)}.`);
  }
  const message = events.findLast((event) => text(event, 'type') === 'message');
  const words = text(message, 'content') ?? '';
  return { kind: 'success', summary: printable(words, 4000, { lines: true }) };
}

/** Of its `FatalError`s: authentication; input, sandbox, configuration; turns. */
const EXITS = { auth: 41, turns: 53 };
const OWN_EXITS = [42, 44, 52];

function fromError(
  events: readonly CliEvent[],
  result: CliEvent,
  end: RunEnd,
  stderr: string,
  now: string,
): CoderOutcome {
  const error = object(result, 'error');
  const type = text(error, 'type');
  const message = text(error, 'message');
  if (message === null) {
    // No answer that could be used: blocked, or without an end. Which one only its warning says.
    const warning = events.findLast((event) => text(event, 'type') === 'error');
    const words = text(warning, 'message') ?? 'The model gave no answer.';
    return failure('no-answer', printable(words, 500));
  }
  const reason = printable(message, 500);
  if (type === 'FatalTurnLimitedError' || end.code === EXITS.turns) {
    return failure('max-turns', reason);
  }
  if (type === 'FatalAuthenticationError' || end.code === EXITS.auth) return auth(reason);
  const status = statusOf(end, stderr);
  if (status === 401 || status === 403 || reasonsOf(message).includes('API_KEY_INVALID')) {
    return auth(reason);
  }
  if (status === 402) return credit(reason);
  if (status === 404) return model(reason);
  if (status === 429) {
    return message.startsWith(DAILY) ? quota(reason, now) : retryable('rate-limited', reason);
  }
  if (status === 503) return retryable('overloaded', reason);
  if (status === 408 || (status !== null && status >= 500)) return retryable('provider', reason);
  if (status === null && LINE.includes(message)) return retryable('connection', reason);
  return failure(status === null ? 'api-error' : 'bad-request', reason);
}

/**
 * 144 to 255 are 400 to 511; what shells make of signals lies below. Of a model that is not there the
 * status stands only in the error that is printed at the very end, as a field of its own.
 */
function statusOf(end: RunEnd, stderr: string): number | null {
  const { code } = end;
  if (end.ended !== 'exited' || code === null) return null;
  if (code >= 144 && code <= 255) return code + 256;
  const printed = code === 1 ? /\n {2}code: (4\d\d|5\d\d)\n\}\s*$/.exec(stderr)?.[1] : undefined;
  return printed === undefined ? null : Number(printed);
}

/** The CLI's own sentence for a quota per day, which has the status of every other limit. */
const DAILY = '[API Error: You have exhausted your daily quota on this model.]';
/** Its sentences for a line that was refused, reset or cut: exit code 1 and no field tell more. */
const LINE = [
  '[API Error: exception TypeError: fetch failed sending request]',
  '[API Error: terminated]',
];

/** Reasons in Google's `ErrorInfo`, where the message holds the answer's own JSON. */
function reasonsOf(message: string): string[] {
  const json = /^\[API Error: (\{.*\})\]/s.exec(message)?.[1];
  if (json === undefined) return [];
  try {
    const value: unknown = JSON.parse(json);
    const details = isObject(value) ? object(value, 'error')?.['details'] : null;
    const list: unknown[] = Array.isArray(details) ? details : [];
    return list.flatMap((detail) => (isObject(detail) ? (text(detail, 'reason') ?? []) : []));
  } catch {
    return [];
  }
}

const auth = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-auth',
  reason,
  remedy: 'Put a valid key of the Gemini API into AEDEV_GEMINI_API_KEY, then resume the hold.',
  resumesAt: null,
});
const credit = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-credit',
  reason,
  remedy: 'Look at the billing of the project that the key belongs to, then resume the hold.',
  resumesAt: null,
});
const model = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-model',
  reason,
  remedy: 'Set coders.gemini.model to a model that the key may use, then resume the hold.',
  resumesAt: null,
});
const quota = (reason: string, now: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-quota',
  reason,
  remedy: 'Nothing to do: the work goes on when the day of the quota is over.',
  resumesAt: nextPacificDay(now),
});

/** Quotas per day of the Gemini API begin anew at midnight Pacific time, by its documentation. */
export function nextPacificDay(now: string): string {
  const at = Date.parse(now);
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const of = (time: number, part: string) =>
    Number(clock.formatToParts(time).find((each) => each.type === part)?.value ?? 0);
  const passed = of(at, 'hour') * 3600 + of(at, 'minute') * 60 + of(at, 'second');
  // An hour late on the day that clocks go forward, never early on the one that they go back.
  const day = of(at + (86_400 - passed) * 1000, 'hour') === 23 ? 90_000 : 86_400;
  return new Date(Math.floor(at / 1000) * 1000 + (day - passed) * 1000).toISOString();
}

const lastLine = (stderr: string): string =>
  printable(stderr.trim().split('\n').slice(-2).join(' '), 300);

/** Names of the tools that the model called and its settings keep from it, each once. */
export function deniedTools(events: readonly CliEvent[]): string[] {
  const names = events
    .filter((event) => text(object(event, 'error'), 'type') === 'tool_not_registered')
    // `<tool>__<tool>_<time>_<index>`: the result does not name its tool otherwise.
    .map((event) => /^([a-z_]{1,60}?)__/.exec(text(event, 'tool_id') ?? '')?.[1])
    .filter((each) => each !== undefined);
  return [...new Set(names)].sort();
}
