import { name } from './claude-usage.ts';
import type { Usage } from './coder.ts';
import { type CodexTokens, type Rollout, tokensOf } from './codex-rollout.ts';
import { type CliEvent, type Keeps, object, text } from './envelope.ts';

/** `codex exec --json`: what tells how the turn went, without the conversation but its last word. */
export const keepsOfCodex: Keeps = (event) => {
  const type = text(event, 'type') ?? '';
  if (['thread.started', 'turn.completed', 'turn.failed'].includes(type)) return 'last';
  if (type === 'error') return 'more';
  const item = text(object(event, 'item'), 'type');
  if (type !== 'item.completed') return null;
  return item === 'agent_message' ? 'last' : item === 'error' ? 'more' : null;
};

/** The last of its kind, as a CLI prints it at its end. */
export const lastOf = (events: readonly CliEvent[], type: string): CliEvent | null =>
  events.findLast((event) => text(event, 'type') === type) ?? null;

/**
 * What the run used. `input_tokens` counts what came from the cache, too, and `output_tokens` the
 * reasoning; here the parts are apart, as for every coder. A failed turn prints no usage at all, so
 * the session's record is asked as well; the greater of the two, so that nothing is understated.
 * The CLI knows no price.
 */
export function usageOfCodex(
  events: readonly CliEvent[],
  rollout: Rollout,
  durationMs: number,
): Omit<Usage, 'lane'> {
  const printed = tokensOf(object(lastOf(events, 'turn.completed'), 'usage'));
  const tokens = greater(printed, rollout.tokens);
  return {
    inputTokens: tokens ? Math.max(0, tokens.input - tokens.cached - tokens.cacheWrite) : null,
    outputTokens: tokens?.output ?? null,
    cacheReadTokens: tokens?.cached ?? null,
    cacheWriteTokens: tokens?.cacheWrite ?? null,
    costUsd: null,
    durationMs,
    turns: rollout.answers > 0 ? rollout.answers : null,
    model: name(rollout.model),
  };
}

function greater(one: CodexTokens | null, other: CodexTokens | null): CodexTokens | null {
  if (one === null || other === null) return one ?? other;
  return one.input + one.output > other.input + other.output ? one : other;
}
