import { printable } from '../../lib/escape.ts';
import { resetTime } from './claude-usage.ts';
import type { CoderOutcome } from './coder.ts';
import type { Rollout } from './codex-rollout.ts';
import { lastOf } from './codex-usage.ts';
import { endOf, failure, type RunEnd, retryable, withoutEnd } from './ending.ts';
import { type CliEvent, object, text } from './envelope.ts';

/**
 * What became of a run of the `codex` CLI: its events say whether the turn was completed or failed,
 * the session's record says why, by a code. Exit code 0 alone is no success, nor is a completed turn
 * whose program did not end well. Seen with 0.169.0.
 */
export function classifyCodex(
  events: readonly CliEvent[],
  rollout: Rollout,
  end: RunEnd,
  stderr: string,
  now: string,
): CoderOutcome {
  if (end.ended === 'aborted') return failure('aborted', 'The run was ended on request.');
  const last = events.findLast((event) =>
    ['turn.completed', 'turn.failed'].includes(text(event, 'type') ?? ''),
  );
  if (last === undefined) {
    return withoutEnd(end, stderr, { said: events.length > 0, program: 'codex' });
  }
  if (text(last, 'type') === 'turn.failed') {
    const said = text(object(last, 'error'), 'message') ?? 'no reason given';
    return fromError(rollout, said, now);
  }
  // A CLI that hangs after its result was done with the work: the host's limit takes nothing away.
  if (end.code !== 0 && end.ended === 'exited') {
    return failure('exit-code', `The CLI reported success but ended with ${endOf(end)}.`);
  }
  const message = lastOf(events, 'item.completed');
  const words = text(object(message, 'item'), 'text') ?? '';
  return { kind: 'success', summary: printable(words, 4000, { lines: true }) };
}

function fromError(rollout: Rollout, message: string, now: string): CoderOutcome {
  const reason = printable(message, 500);
  const { kind, status } = rollout.error ?? { kind: 'other', status: null };
  if (kind === 'unauthorized' || status === 401 || status === 403) return auth(reason);
  if (kind === 'model_not_found' || status === 404) return model(reason);
  if (status === 402) return credit(reason);
  if (kind === 'usage_limit_exceeded') {
    // A used-up quota has the same code as a limit that opens again; only the latter says when.
    const resumesAt = resetTime(rollout.resetsAt, now);
    return resumesAt === null ? credit(reason) : quota(reason, resumesAt);
  }
  if (kind === 'rate_limit_exceeded' || status === 429) return retryable('rate-limited', reason);
  if (kind === 'server_overloaded') return retryable('overloaded', reason);
  if (kind === 'internal_server_error' || status === 408 || (status !== null && status >= 500)) {
    return retryable('provider', reason);
  }
  if (kind in CONNECTIONS) return retryable('connection', reason);
  if (kind === 'context_window_exceeded') return failure('prompt-too-long', reason);
  if (REFUSALS.includes(kind)) return failure('refusal', reason);
  return otherwise(kind, message, reason);
}

/** Kinds that carry a status when there was an answer; without one the line is the trouble. */
const CONNECTIONS: Readonly<Record<string, true>> = {
  http_connection_failed: true,
  response_stream_connection_failed: true,
  response_stream_disconnected: true,
  response_too_many_failed_attempts: true,
};
const REFUSALS = ['invalid_prompt', 'cyber_policy'];

/**
 * The few cases that the record calls `other`: there the CLI's own sentences are all there is. Exact
 * beginnings, and never where there is a code.
 */
function otherwise(kind: string, message: string, reason: string): CoderOutcome {
  if (kind === 'other') {
    if (message.endsWith('Incomplete response returned, reason: content_filter')) {
      return failure('refusal', reason);
    }
    if (message === 'Incomplete response returned, reason: max_output_tokens') {
      return failure('max-tokens', reason);
    }
    if (message.startsWith('stream disconnected before completion: ')) {
      return retryable('connection', reason);
    }
    if (message.startsWith('Missing environment variable: ')) return auth(reason);
  }
  return failure('api-error', reason);
}

const auth = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-auth',
  reason,
  remedy: 'Put a valid key of the OpenAI API into AEDEV_CODEX_API_KEY, then resume the hold.',
  resumesAt: null,
});
const credit = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-credit',
  reason,
  remedy:
    'Look at the quota and billing of the project that the key belongs to, then resume the hold.',
  resumesAt: null,
});
const model = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-model',
  reason,
  remedy: 'Set coders.codex.model to a model that the key may use, then resume the hold.',
  resumesAt: null,
});
const quota = (reason: string, resumesAt: string): CoderOutcome => ({
  kind: 'hold',
  code: 'coder-quota',
  reason,
  remedy: 'Nothing to do: the work goes on when the limit ends.',
  resumesAt,
});
