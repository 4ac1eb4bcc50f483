/** DOUBLE: the script that the stand-ins of the codex and gemini CLIs' providers play, as data. */

export interface ScriptCall {
  name: string;
  /** An object for a tool with arguments, text for a tool that takes free text. */
  input: Record<string, unknown> | string;
}

export interface TokenCounts {
  /** All of the prompt, what came from the cache included. */
  inputTokens: number;
  cachedTokens: number;
  /** Without the reasoning. */
  outputTokens: number;
  reasoningTokens: number;
}

export interface ScriptTurn {
  text?: string;
  calls?: readonly ScriptCall[];
  usage?: Partial<TokenCounts>;
}

/** What goes wrong instead of a turn. */
export type Fault =
  | { kind: 'status'; status: number; body: unknown; headers?: Record<string, string> }
  /** Events of a stream that begins well, as the provider writes them. */
  | { kind: 'events'; events: readonly unknown[] }
  /** The stream breaks off after the first bytes. */
  | { kind: 'cut' }
  /** The connection is reset before any answer. */
  | { kind: 'reset' }
  /** No answer at all; the connection stays open until the double is closed. */
  | { kind: 'hang' };

export interface ToolDoubleOptions {
  script: readonly ScriptTurn[];
  /** The only credential accepted. */
  key: string;
  /** `request` counts the calls of the model from 0. */
  fault?: (at: { request: number; turn: number }) => Fault | null;
}

export interface ToolRequest {
  method: string;
  path: string;
  /** Whether it carried the expected key; the key itself is never kept. */
  authorized: boolean;
  model: string | null;
  /** Index into the script; null for what is no call of the model. */
  turn: number | null;
  /** The whole request, for what must or must not stand in a prompt. */
  body: string;
}

export interface ToolDouble {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly requests: readonly ToolRequest[];
  /** Tokens of the turns that were served whole. */
  readonly served: Readonly<TokenCounts & { turns: number }>;
  close(): Promise<void>;
}

const DEFAULT_USAGE: TokenCounts = {
  inputTokens: 1200,
  cachedTokens: 800,
  outputTokens: 60,
  reasoningTokens: 7,
};

export const usageOf = (turn: ScriptTurn): TokenCounts => ({ ...DEFAULT_USAGE, ...turn.usage });

export const nothingServed = () => ({
  turns: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
});

export function addServed(total: ReturnType<typeof nothingServed>, turn: ScriptTurn): void {
  const usage = usageOf(turn);
  total.turns += 1;
  for (const key of Object.keys(usage) as (keyof TokenCounts)[]) total[key] += usage[key];
}

/**
 * The turn that follows so many tool calls: what was asked decides, not how often, so that a retry
 * gets the same answer.
 */
export function turnAfter(script: readonly ScriptTurn[], calls: number): number {
  let seen = 0;
  for (const [index, turn] of script.entries()) {
    if (seen >= calls) return index;
    seen += turn.calls?.length ?? 0;
  }
  return script.length - 1;
}
