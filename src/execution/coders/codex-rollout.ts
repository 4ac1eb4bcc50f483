/**
 * The record that codex keeps of its own session, below `CODEX_HOME/sessions`. Its `--json` output
 * tells errors by prose alone and says nothing of tokens when a turn fails; the record has a code
 * for each error, the time when a limit ends, and the tokens of every answer. Seen with 0.169.0.
 * The coder's own commands can write there, too: it decides only whether to wait or to try again.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliEvent, count, eachEvent, object, text } from './envelope.ts';
import { readLeft } from './safe-file.ts';

export interface CodexTokens {
  input: number;
  cached: number;
  cacheWrite: number;
  output: number;
}

export interface Rollout {
  /** `codex_error_info`: a word, or the name of a kind with its HTTP status. */
  error: { kind: string; status: number | null } | null;
  /** When the limit that was met ends, epoch seconds. */
  resetsAt: number | null;
  /** Summed over all threads, those of sub-agents included; null when there is no record of any. */
  tokens: CodexTokens | null;
  /** Answers of the model. */
  answers: number;
  model: string | null;
  cliVersion: string | null;
}

/** Of one thread: far more than a day's work. */
const MAX_FILE = 128 << 20;
const MAX_FILES = 64;

/** Total: whatever is missing, odd or too much is left out. */
export async function readRollouts(folder: string, thread: string | null): Promise<Rollout> {
  const found: Rollout = {
    error: null,
    resetsAt: null,
    tokens: null,
    answers: 0,
    model: null,
    cliVersion: null,
  };
  for (const path of await filesOf(folder, 4)) {
    const left = await readLeft(path, MAX_FILE);
    if (left === null) continue;
    const own = thread !== null && path.endsWith(`-${thread}.jsonl`);
    eachEvent(left.bytes, (event) => take(found, event, own));
  }
  return found;
}

/** `sessions/2026/11/22/rollout-….jsonl`: real folders only, and no more than a few. */
async function filesOf(folder: string, depth: number): Promise<string[]> {
  const is = await lstat(folder).catch(() => null);
  if (is?.isFile() && /\/rollout-[\w-]+\.jsonl$/.test(folder)) return [folder];
  if (!is?.isDirectory() || depth === 0) return [];
  const names = (await readdir(folder).catch(() => [])).sort().slice(0, MAX_FILES);
  const files: string[] = [];
  for (const name of names) {
    if (files.length >= MAX_FILES) break;
    files.push(...(await filesOf(join(folder, name), depth - 1)));
  }
  return files.slice(0, MAX_FILES);
}

function take(found: Rollout, event: CliEvent, own: boolean): void {
  const payload = object(event, 'payload');
  const type = text(event, 'type');
  if (type === 'token_usage_record') {
    const used = tokensOf(object(payload, 'usage'));
    if (used === null) return;
    found.answers += 1;
    const sum = found.tokens ?? { input: 0, cached: 0, cacheWrite: 0, output: 0 };
    found.tokens = {
      input: sum.input + used.input,
      cached: sum.cached + used.cached,
      cacheWrite: sum.cacheWrite + used.cacheWrite,
      output: sum.output + used.output,
    };
  }
  if (!own) return;
  if (type === 'session_meta') found.cliVersion = text(payload, 'cli_version') ?? found.cliVersion;
  if (type === 'turn_context') found.model = text(payload, 'model') ?? found.model;
  if (type !== 'event_msg') return;
  const kind = text(payload, 'type');
  if (kind === 'task_complete') found.error = errorOf(object(payload, 'error'));
  if (kind === 'token_count') found.resetsAt = resetOf(object(payload, 'rate_limits'));
}

/** From `usage` of an answer; also the shape of `turn.completed`. null when it does not say. */
export function tokensOf(usage: CliEvent | null): CodexTokens | null {
  const input = count(usage, 'input_tokens');
  const output = count(usage, 'output_tokens');
  if (input === null || output === null) return null;
  return {
    input,
    cached: count(usage, 'cached_input_tokens') ?? 0,
    cacheWrite: count(usage, 'cache_write_input_tokens') ?? 0,
    output,
  };
}

function errorOf(error: CliEvent | null): Rollout['error'] {
  if (error === null) return null;
  const word = text(error, 'codex_error_info');
  if (word !== null) return { kind: word, status: null };
  const info = object(error, 'codex_error_info');
  const [kind] = Object.keys(info ?? {});
  if (kind === undefined) return { kind: 'other', status: null };
  return { kind, status: count(object(info, kind), 'http_status_code') };
}

/** Of the window that is full; with several, only the last to open lets work go on. */
function resetOf(limits: CliEvent | null): number | null {
  const times = ['primary', 'secondary'].flatMap((key) => {
    const one = object(limits, key);
    const full = (count(one, 'used_percent') ?? 0) >= 100;
    return full ? (count(one, 'resets_at') ?? []) : [];
  });
  return times.length === 0 ? null : Math.max(...times);
}
