import { printable } from '../../lib/escape.ts';
import { proseCase } from './claude-prose.ts';
import type { CoderOutcome, WindowReport } from './coder.ts';
import { endedByHost, endOf, failure, type RunEnd, retryable, withoutEnd } from './ending.ts';
import { type CliEvent, count, type Envelope, object, text } from './envelope.ts';

/**
 * What became of a run of the `claude` CLI, by fields alone (the exceptions: claude-prose.ts).
 * `subtype` is "success" on API errors, too, and exit code 0 comes with an empty SIGINT end, so
 * success needs a result event, `is_error: false` and a clean end.
 * Seen with 2.1.197 and 2.1.330.
 */
export function classify(
  envelope: Envelope,
  windows: readonly WindowReport[],
  end: RunEnd,
  stderr: string,
): CoderOutcome {
  const { result } = envelope;
  if (end.ended === 'aborted') return failure('aborted', 'The run was ended on request.');
  if (result === null) return withoutResult(envelope, windows, end, stderr);
  const isError = result['is_error'];
  if (typeof isError !== 'boolean') {
    return failure('bad-envelope', 'The result of the CLI does not say whether it is an error.');
  }
  if (isError) return fromError(envelope, result, windows);
  // A CLI that hangs after its result was done with the work: the host's limit takes nothing away.
  const hung = end.ended !== 'exited';
  if (end.code === 0 || hung) {
    return {
      kind: 'success',
      summary: printable(text(result, 'result') ?? '', 4000, { lines: true }),
    };
  }
  return failure('exit-code', `The CLI reported success but ended with ${endOf(end)}.`);
}

function fromError(
  envelope: Envelope,
  result: CliEvent,
  windows: readonly WindowReport[],
): CoderOutcome {
  const said = reasonOf(result);
  const subtype = text(result, 'subtype');
  const bySubtype = subtype === null ? undefined : SUBTYPES[subtype];
  if (bySubtype !== undefined) return failure(bySubtype, said);
  if (text(result, 'stop_reason') === 'refusal') return failure('refusal', said);
  if (text(result, 'terminal_reason') === 'prompt_too_long')
    return failure('prompt-too-long', said);

  const status = count(result, 'api_error_status');
  const apiError = text(result, 'api_error');
  const error = envelope.error;
  const prose = proseCase(envelope, status);
  if (error === 'billing_error' || status === 402 || prose === 'credit') return credit(said);
  if (AUTH_ERRORS.has(error ?? '') || status === 401 || status === 403 || prose === 'auth') {
    return auth(said);
  }
  if (error === 'model_not_found' || status === 404) return model(said);
  if (status === 429 || error === 'rate_limit') {
    const used = apiError === 'usage_limit_reached' || prose === 'window' || rejected(windows);
    return used ? window(said, windows) : retryable('rate-limited', said);
  }
  if (error === 'max_output_tokens' || apiError === 'max_output_tokens' || prose === 'max-tokens') {
    return failure('max-tokens', said);
  }
  if (status === 529 || error === 'overloaded') return retryable('overloaded', said);
  if (status !== null && (status >= 500 || status === 408)) return retryable('provider', said);
  // Without a status no answer came at all: refused, cut or timed out.
  const lineTrouble =
    apiError === 'connection_failed' || error === 'server_error' || prose === 'connection';
  if (status === null && lineTrouble) return retryable('connection', said);
  return failure(status === null ? 'api-error' : 'bad-request', said);
}

/** Schema of the CLI's results, in both versions. */
const SUBTYPES: Readonly<Record<string, string>> = {
  error_max_turns: 'max-turns',
  error_max_budget_usd: 'max-budget',
  error_max_structured_output_retries: 'structured-output',
  error_during_execution: 'execution',
};
/** `SDKAssistantMessageError` of the Agent SDK's types, those that a login or its owner mends. */
const AUTH_ERRORS: ReadonlySet<string> = new Set([
  'authentication_failed',
  'oauth_org_not_allowed',
  'account_on_hold',
  'verification_required',
  'cloud_credential_error',
]);

function withoutResult(
  envelope: Envelope,
  windows: readonly WindowReport[],
  end: RunEnd,
  stderr: string,
): CoderOutcome {
  if (rejected(windows) && envelope.error === 'rate_limit' && !endedByHost(end)) {
    return window('The subscription window is used up.', windows);
  }
  return withoutEnd(end, stderr, { said: envelope.kept.length > 0, program: 'claude' });
}

const rejected = (windows: readonly WindowReport[]): boolean =>
  windows.some((each) => each.status === 'rejected');

function window(reason: string, windows: readonly WindowReport[]): CoderOutcome {
  // With several used up, only the last to open lets work go on.
  const times = windows.flatMap((each) =>
    each.status === 'rejected' ? (each.resetsAt ?? []) : [],
  );
  return {
    kind: 'hold',
    code: 'claude-window',
    reason,
    remedy: 'Nothing to do: the work goes on when the subscription window opens again.',
    resumesAt: times.sort().at(-1) ?? null,
  };
}

const auth = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'claude-auth',
  reason,
  remedy:
    'Run `claude setup-token`, put the new token into AEDEV_CLAUDE_OAUTH_TOKEN, then resume the hold.',
  resumesAt: null,
});

const credit = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'claude-credit',
  reason,
  remedy: 'Look at the billing of the account that the token belongs to, then resume the hold.',
  resumesAt: null,
});

const model = (reason: string): CoderOutcome => ({
  kind: 'hold',
  code: 'claude-model',
  reason,
  remedy: 'Configure a model that the subscription may use, then resume the hold.',
  resumesAt: null,
});

/** The CLI's own sentence for people; nothing is decided by it. */
function reasonOf(result: CliEvent): string {
  const errors = result['errors'];
  const first = Array.isArray(errors) && typeof errors[0] === 'string' ? errors[0] : null;
  const said = text(result, 'result') || first || text(result, 'subtype') || 'no reason given';
  return printable(said, 500);
}

/** Names of the tools that the CLI denied, each once. */
export function deniedTools(result: CliEvent | null): string[] {
  const denials = result?.['permission_denials'];
  if (!Array.isArray(denials)) return [];
  const names = denials
    .slice(0, 1000)
    .flatMap((each) => text(object({ each }, 'each'), 'tool_name') ?? [])
    .filter((name) => /^[\w.:-]{1,100}$/.test(name));
  return [...new Set(names)].sort();
}
