/** DOUBLE: what the stand-ins of the codex and gemini CLIs' providers share, and the script that they play. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { reset, sendJson, serveLoopback } from '../../../src/demo/doubles/loopback.ts';

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

/** What differs between the providers. */
export interface ToolWire {
  isAuthorized(request: IncomingMessage, key: string): boolean;
  /** Null for what is no call of the model. `made`: tool calls in the conversation so far. */
  read(method: string, path: string, body: string): { model: string; made(): number } | null;
  notFound: unknown;
  refused: { status: number; body: unknown };
  answer(response: ServerResponse, turn: ScriptTurn, serial: number, model: string): void;
}

export async function startToolDouble(
  wire: ToolWire,
  options: ToolDoubleOptions,
): Promise<ToolDouble> {
  const requests: ToolRequest[] = [];
  const none = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  const served = { turns: 0, ...none };
  let calls = 0;
  const server = await serveLoopback((request, body, response) => {
    const path = request.url ?? '/';
    const method = request.method ?? '';
    const authorized = wire.isAuthorized(request, options.key);
    const record: ToolRequest = { method, path, authorized, model: null, turn: null, body };
    requests.push(record);
    const asked = wire.read(method, path, body);
    if (asked === null) return sendJson(response, 404, wire.notFound);
    const serial = calls++;
    if (!authorized) return sendJson(response, wire.refused.status, wire.refused.body);
    record.model = asked.model;
    const turn = turnAfter(options.script, asked.made());
    record.turn = turn;
    const fault = options.fault?.({ request: serial, turn }) ?? null;
    if (fault !== null) return sendFault(response, fault);
    const script = options.script[turn] ?? { text: 'The script has ended.' };
    wire.answer(response, script, serial, asked.model);
    const usage = usageOf(script);
    served.turns += 1;
    for (const key of Object.keys(usage) as (keyof TokenCounts)[]) served[key] += usage[key];
  });
  return { url: server.url, requests, served, close: server.close };
}

/**
 * The turn that follows so many tool calls: what was asked decides, not how often, so that a retry
 * gets the same answer.
 */
function turnAfter(script: readonly ScriptTurn[], calls: number): number {
  let seen = 0;
  for (const [index, turn] of script.entries()) {
    if (seen >= calls) return index;
    seen += turn.calls?.length ?? 0;
  }
  return script.length - 1;
}

export function sendEvents(response: ServerResponse, events: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) {
    // Google's events have no name.
    const { type } = event as { type?: string };
    const name = type === undefined ? '' : `event: ${type}\n`;
    response.write(`${name}data: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
}

/** Answers with what goes wrong; the same for both providers, but for the wire's events. */
function sendFault(response: ServerResponse, fault: Fault): void {
  switch (fault.kind) {
    case 'status':
      sendJson(response, fault.status, fault.body, fault.headers ?? {});
      break;
    case 'events':
      sendEvents(response, fault.events);
      break;
    case 'reset':
      reset(response);
      break;
    case 'cut':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      // No reset: it could overtake the first bytes.
      response.write(': begun\n\n', () => response.destroy());
      break;
    case 'hang':
      break;
  }
}
