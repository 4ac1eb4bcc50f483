/**
 * DOUBLE of Anthropic's Messages API: plays a script to the real `claude` CLI on loopback, so that
 * the CLI really edits files and runs tests without a model, a login or the network. It is no
 * model and proves nothing about one.
 */
import { type Handler, sendJson, serveLoopback } from './loopback.ts';
import {
  type MessagesFault,
  type ScriptTurn,
  SIDE_TURN,
  type TokenCounts,
  turnAt,
  usageOf,
  type WindowState,
} from './messages-script.ts';
import { sendFault, sendTurn, windowHeaders } from './messages-wire.ts';

export interface MessagesRequest {
  method: string;
  /** With its query. */
  path: string;
  /** Which header carried the credential; the credential itself is never kept. */
  auth: 'bearer' | 'api-key' | 'none';
  /** Whether it was the expected token. */
  authorized: boolean;
  model: string | null;
  /** Index into the script, null for side questions and probes. */
  turn: number | null;
  /** After a cut stream the CLI was seen to ask again without streaming. */
  stream: boolean;
  /** What was done instead of the turn. */
  fault: MessagesFault['kind'] | null;
}

export interface MessagesDoubleOptions {
  /** Turns for a conversation, chosen by the text of its first operator message. */
  script: (prompt: string) => readonly ScriptTurn[];
  /** The only credentials accepted, as Bearer token or x-api-key. */
  token: string | readonly string[];
  /** `request` counts POSTs to /v1/messages from 0, `turn` indexes the script (-1: side question). */
  fault?: (at: { request: number; turn: number; stream: boolean }) => MessagesFault | null;
  /** Sent with every good answer. */
  window?: () => WindowState | null;
}

export interface MessagesDouble {
  /** For ANTHROPIC_BASE_URL. */
  readonly url: string;
  readonly requests: readonly MessagesRequest[];
  /** Tokens of script turns served whole. Side questions are counted apart. */
  readonly served: Readonly<TokenCounts & { turns: number }>;
  readonly side: Readonly<TokenCounts & { turns: number }>;
  close(): Promise<void>;
}

interface WireMessage {
  role: string;
  content: unknown;
}

export async function startMessagesDouble(options: MessagesDoubleOptions): Promise<MessagesDouble> {
  const requests: MessagesRequest[] = [];
  const served = zero();
  const side = zero();
  const tokens = [options.token].flat();
  let posts = 0;

  const handle: Handler = (request, body, response) => {
    const path = request.url ?? '/';
    const method = request.method ?? '';
    const route = path.split('?')[0];
    const bearer = request.headers.authorization?.replace(/^Bearer /, '');
    const apiKey = request.headers['x-api-key'];
    const record: MessagesRequest = {
      method,
      path,
      auth: bearer !== undefined ? 'bearer' : apiKey !== undefined ? 'api-key' : 'none',
      authorized: tokens.includes(String(bearer ?? apiKey)),
      model: null,
      turn: null,
      stream: false,
      fault: null,
    };
    requests.push(record);
    const isProbe = (route === '/' || route === '/api/hello') && /^(HEAD|GET)$/.test(method);
    if (isProbe) {
      sendJson(response, 200, { message: 'hello' });
      return;
    }
    if (route !== '/v1/messages' || method !== 'POST') {
      const error = { type: 'not_found_error', message: 'Not found' };
      sendJson(response, 404, { type: 'error', error });
      return;
    }
    const number = posts++;
    if (!record.authorized) {
      record.fault = 'unauthorized';
      sendFault(response, { kind: 'unauthorized' });
      return;
    }
    const asked = readRequest(body);
    if (asked === null) {
      const error = { type: 'invalid_request_error', message: 'The body is not a request.' };
      sendJson(response, 400, { type: 'error', error });
      return;
    }
    record.model = asked.model;
    record.turn = asked.turn;
    record.stream = asked.stream;
    const at = { request: number, turn: asked.turn ?? -1, stream: asked.stream };
    const fault = options.fault?.(at) ?? null;
    record.fault = fault?.kind ?? null;
    if (fault?.kind === 'silent') return;
    if (fault !== null && fault.kind !== 'cut') {
      sendFault(response, fault);
      return;
    }
    const turn = asked.turn === null ? SIDE_TURN : turnAt(options.script(asked.prompt), asked.turn);
    const window = options.window?.() ?? null;
    sendTurn(response, {
      turn,
      serial: number,
      model: asked.model,
      cwd: asked.cwd,
      stream: asked.stream,
      headers: window === null ? {} : windowHeaders(window),
      cut: fault !== null,
    });
    if (fault === null) add(asked.turn === null ? side : served, usageOf(turn));
  };
  const server = await serveLoopback(handle);
  return { url: server.url, requests, served, side, close: server.close };
}

const zero = () => ({
  turns: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
});

function add(total: ReturnType<typeof zero>, usage: TokenCounts): void {
  total.turns += 1;
  total.inputTokens += usage.inputTokens;
  total.outputTokens += usage.outputTokens;
  total.cacheReadTokens += usage.cacheReadTokens;
  total.cacheWriteTokens += usage.cacheWriteTokens;
}

function readRequest(body: string) {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const { messages, model, system, tools, stream } = (parsed ?? {}) as Record<string, unknown>;
  if (!Array.isArray(messages) || typeof model !== 'string') return null;
  const list = messages as WireMessage[];
  const systemText = textOf(system);
  const user = list.find((message) => message.role === 'user');
  const where = [systemText, ...list.map((message) => textOf(message.content))]
    .map((text) => /Primary working directory:\s*(.+)/.exec(text)?.[1]?.trim())
    .find((found) => found !== undefined);
  const hasTools = Array.isArray(tools) && tools.length > 0;
  return {
    model,
    prompt: textOf(user?.content),
    cwd: where ?? '',
    stream: stream === true,
    // The count of answers so far picks the turn, so a repeated request gets the same turn.
    turn: hasTools ? list.filter((message) => message.role === 'assistant').length : null,
  };
}

/** The text of a string or of the text blocks in a list. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as { type?: unknown; text?: unknown }[])
    .map((block) => (block?.type === 'text' && typeof block.text === 'string' ? block.text : ''))
    .join('\n');
}
