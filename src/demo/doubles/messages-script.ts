/** DOUBLE: the script of the stand-in for Anthropic's Messages API, as data. */

export type ScriptBlock =
  | { type: 'text'; text: string }
  /** `{{cwd}}` in any string of `input` becomes the CLI's working directory. */
  | { type: 'tool_use'; name: string; input: Record<string, unknown> };

export interface TokenCounts {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

export interface ScriptTurn {
  blocks: ScriptBlock[];
  usage?: Partial<TokenCounts>;
  /** Without it: `tool_use` when a block is one, else `end_turn`. */
  stopReason?: 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal';
}

/** What goes wrong instead of a turn. Times in epoch seconds, utilization 0–1. */
export type MessagesFault =
  | { kind: 'unauthorized' }
  | { kind: 'no-credit' }
  | { kind: 'no-model' }
  /** The subscription's window is used up. */
  | { kind: 'window'; claim: 'five_hour' | 'seven_day'; resetsAt: number }
  /** 429 without the subscription's headers. */
  | { kind: 'rate-limit'; retryAfterSeconds?: number }
  | { kind: 'overloaded' }
  /** The stream breaks off after the first bytes. */
  | { kind: 'cut' }
  /** The connection is reset before any answer. */
  | { kind: 'reset' }
  /** The connection stays open, and nothing comes. */
  | { kind: 'silent' };

/** Window headers that go with every good answer, so that throttling beforehand can be tried. */
export interface WindowState {
  claim: 'five_hour' | 'seven_day';
  status: 'allowed' | 'allowed_warning';
  utilization: number;
  resetsAt: number;
}

export const DEFAULT_USAGE: TokenCounts = {
  inputTokens: 1200,
  outputTokens: 60,
  cacheReadTokens: 800,
  cacheWriteTokens: 0,
};

/** Side questions without tools (titles and the like) are not turns of the script. */
export const SIDE_TURN: ScriptTurn = {
  blocks: [{ type: 'text', text: 'ok' }],
  usage: { inputTokens: 10, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
};

const LAST_TURN: ScriptTurn = { blocks: [{ type: 'text', text: 'The script has ended.' }] };

/** Beyond the last turn the double says that the script is over and ends the conversation. */
export function turnAt(turns: readonly ScriptTurn[], index: number): ScriptTurn {
  return turns[index] ?? LAST_TURN;
}

export function usageOf(turn: ScriptTurn): TokenCounts {
  return { ...DEFAULT_USAGE, ...turn.usage };
}

export function stopReasonOf(turn: ScriptTurn): string {
  const usesTool = turn.blocks.some((block) => block.type === 'tool_use');
  return turn.stopReason ?? (usesTool ? 'tool_use' : 'end_turn');
}

/** Replaces `{{cwd}}` in every string of a tool's input. */
export function fillCwd(value: unknown, cwd: string): unknown {
  if (typeof value === 'string') return value.replaceAll('{{cwd}}', () => cwd);
  if (Array.isArray(value)) return value.map((item) => fillCwd(item, cwd));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillCwd(item, cwd)]));
}
