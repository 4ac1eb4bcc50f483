import { name } from './claude-usage.ts';
import type { Usage } from './coder.ts';
import { type CliEvent, count, isObject, type Keeps, object, text } from './envelope.ts';

/** `--output-format stream-json`: what tells how the run went, and the model's last words. */
export const keepsOfGemini: Keeps = (event) => {
  const type = text(event, 'type') ?? '';
  if (type === 'init' || type === 'result') return 'last';
  if (type === 'message') return text(event, 'role') === 'assistant' ? 'last' : null;
  if (type === 'error') return 'more';
  return type === 'tool_result' && text(event, 'status') === 'error' ? 'more' : null;
};

/**
 * What the run used, by its `stats`. `input_tokens` counts what came from the cache, too; the
 * reasoning stands only in the total, so the output is what of the total is no input. The CLI knows
 * no price, and of turns it counts only tool calls.
 */
export function usageOfGemini(
  events: readonly CliEvent[],
  durationMs: number,
): Omit<Usage, 'lane'> {
  const result = events.findLast((event) => text(event, 'type') === 'result');
  const stats = object(result, 'stats');
  const total = count(stats, 'total_tokens');
  const input = count(stats, 'input_tokens');
  const cached = count(stats, 'cached');
  const known = total !== null && input !== null && cached !== null && total >= input;
  return {
    inputTokens: known ? Math.max(0, input - cached) : null,
    outputTokens: known ? total - input : null,
    cacheReadTokens: known ? cached : null,
    // The Gemini API caches by itself and counts no writing.
    cacheWriteTokens: known ? 0 : null,
    costUsd: null,
    durationMs,
    turns: null,
    model: name(busiest(stats)),
  };
}

function busiest(stats: CliEvent | null): string | null {
  const models = Object.entries(object(stats, 'models') ?? {});
  const byTokens = models
    .map(([model, used]) => ({ model, total: isObject(used) ? count(used, 'total_tokens') : null }))
    .filter(({ total }) => (total ?? 0) > 0)
    .sort((a, b) => (b.total ?? 0) - (a.total ?? 0));
  return byTokens[0]?.model ?? null;
}
