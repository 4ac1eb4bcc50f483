import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** One recorded run of a real CLI against a loopback stand-in of its provider's API. */
export interface CoderSample {
  name: string;
  cli: string;
  exit_code: number | null;
  signal: string | null;
  stderr: string;
  stdout: unknown[];
  /** Of codex: what matters of its session's record. */
  rollout?: unknown[];
}

const FOLDER = resolve(import.meta.dirname, '..', 'fixtures', 'coders');

export function coderSamples(family: 'codex' | 'gemini'): CoderSample[] {
  return readdirSync(join(FOLDER, family))
    .sort()
    .map((file) => {
      const sample = JSON.parse(readFileSync(join(FOLDER, family, file), 'utf8')) as CoderSample;
      return { ...sample, name: file.replace('.json', '') };
    });
}

export const jsonLines = (events: readonly unknown[]): string =>
  events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`).join('');

const THREAD = '00000000-0000-4000-8000-000000000001';

/** Lays the record of a session where codex writes it. */
export function layRollout(workspace: string, events: readonly unknown[], thread = THREAD): string {
  const folder = join(workspace, 'private/codex/sessions/2026/11/22');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `rollout-2026-11-22T15-00-00-${thread}.jsonl`);
  writeFileSync(path, jsonLines(events));
  return path;
}

/** What every recorded run means: the kind of outcome, then its code. */
export const EXPECTED_CODER: Record<'codex' | 'gemini', Record<string, string>> = {
  codex: {
    'api-400': 'failure api-error',
    'api-401': 'hold coder-auth',
    'api-401-mid-run': 'hold coder-auth',
    'api-402': 'hold coder-credit',
    'api-403-model': 'hold coder-model',
    'api-403-region': 'hold coder-auth',
    'api-404-model': 'hold coder-model',
    'api-429-limit': 'hold coder-quota',
    'api-429-quota': 'hold coder-credit',
    'api-429-rate': 'retryable rate-limited',
    'api-500': 'retryable provider',
    'api-503': 'retryable provider',
    'api-503-overloaded': 'retryable overloaded',
    'command-failed': 'success',
    'connection-refused': 'retryable connection',
    'connection-reset': 'retryable connection',
    'content-filter': 'failure refusal',
    'context-too-long': 'failure prompt-too-long',
    'empty-prompt': 'failure cli-refused',
    'invalid-flag': 'failure cli-refused',
    'killed-sigint': 'failure cli-refused',
    'killed-sigkill': 'failure killed',
    'killed-sigterm': 'failure killed',
    'max-output-tokens': 'failure max-tokens',
    'no-change': 'success',
    'no-key': 'hold coder-auth',
    refusal: 'failure refusal',
    'stream-cut': 'retryable connection',
    'stream-rate-limit': 'retryable rate-limited',
    success: 'success',
    'success-default-model': 'success',
    'unknown-feature': 'failure cli-refused',
  },
  gemini: {
    'api-400': 'failure bad-request',
    'api-400-key': 'hold coder-auth',
    'api-401': 'hold coder-auth',
    'api-401-mid-run': 'hold coder-auth',
    'api-402': 'hold coder-credit',
    'api-403': 'hold coder-auth',
    'api-404-model': 'hold coder-model',
    'api-429': 'retryable rate-limited',
    'api-429-day': 'hold coder-quota',
    'api-429-minute': 'retryable rate-limited',
    'api-500': 'retryable provider',
    'api-503': 'retryable overloaded',
    'command-failed': 'success',
    'connection-refused': 'retryable connection',
    'connection-reset': 'retryable connection',
    'denied-tool': 'success',
    'empty-prompt': 'failure cli-refused',
    'invalid-flag': 'failure cli-refused',
    'killed-sigint': 'failure no-result',
    'killed-sigkill': 'failure killed',
    'killed-sigterm': 'failure no-result',
    // The CLI takes the half answer for a whole one; that nothing was changed is seen later.
    'max-output-tokens': 'success',
    'max-turns': 'failure max-turns',
    'no-change': 'success',
    'no-key': 'hold coder-auth',
    'prompt-blocked': 'failure no-answer',
    safety: 'failure no-answer',
    'stream-cut': 'retryable connection',
    success: 'success',
  },
};
