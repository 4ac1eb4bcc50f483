/** DOUBLE: what the stand-ins of both judge protocols share. They are servers, not models. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { reset, sendJson, serveLoopback } from './loopback.ts';

/** One reply of the double. Token counts null: the reply carries no usage. */
export type JudgeReply =
  | { kind: 'answer'; text: string; inputTokens?: number | null; outputTokens?: number | null }
  /** The model declines in the protocol's own way. */
  | { kind: 'refusal'; text: string }
  /** The provider's filter held the answer back. */
  | { kind: 'blocked' }
  /** Ended at the length limit. */
  | { kind: 'cut'; text: string }
  | { kind: 'empty' }
  | { kind: 'tool-call' }
  /** A finish that the protocol does not define. */
  | { kind: 'odd-finish'; text: string }
  | {
      kind: 'status';
      status: number;
      headers?: Record<string, string>;
      /** Merged into the protocol's error object. */
      error?: Record<string, unknown>;
    }
  /** Status 200 with this body, whatever it is. */
  | { kind: 'raw'; body: string }
  /** Takes the request and never answers, until the double is closed. */
  | { kind: 'hang' }
  | { kind: 'reset' };

export interface JudgeRequest {
  path: string;
  model: string;
  /** The instructions, as received. */
  system: string;
  /** The operator message, as received. */
  text: string;
  /** JSON Schema that the answer should have, as received. */
  schema: unknown;
  maxOutputTokens: unknown;
  hasTools: boolean;
  /** Whether it carried the expected key; the key itself is never kept. */
  authorized: boolean;
}

export interface JudgeDoubleOptions {
  /** The only key accepted; null: any or none. */
  key: string | null;
  /** `index` counts authorized requests from 0. */
  reply: (request: JudgeRequest, index: number) => JudgeReply;
}

export interface JudgeDouble {
  /** For the judge's baseUrl, version part included. */
  readonly baseUrl: string;
  readonly requests: readonly JudgeRequest[];
  close(): Promise<void>;
}

export interface WireAnswer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** What differs between the protocols. */
export interface JudgeWire {
  versionPath: string;
  /** Null when the path is none of the protocol's. */
  read(
    path: string,
    body: Record<string, unknown>,
  ): Omit<JudgeRequest, 'path' | 'authorized'> | null;
  keyOf(headers: IncomingHttpHeaders): string | undefined;
  answer(reply: Exclude<JudgeReply, { kind: 'hang' | 'reset' | 'raw' }>, model: string): WireAnswer;
  error(status: number, message: string): unknown;
}

export async function startJudgeDouble(
  wire: JudgeWire,
  options: JudgeDoubleOptions,
): Promise<JudgeDouble> {
  const requests: JudgeRequest[] = [];
  let answered = 0;
  const server = await serveLoopback((request, body, response) => {
    const path = pathOf(request);
    const asked = request.method === 'POST' ? wire.read(path, parse(body)) : null;
    if (asked === null) {
      sendJson(response, 404, wire.error(404, `no route ${request.method} ${path}`));
      return;
    }
    const key = wire.keyOf(request.headers);
    const authorized = options.key === null || key === options.key;
    const record = { path, ...asked, authorized };
    requests.push(record);
    if (!authorized) {
      // Real servers quote the key here, so that no client may pass their sentence on.
      sendJson(response, 401, wire.error(401, `Incorrect API key provided: ${key}`));
      return;
    }
    const reply = options.reply(record, answered++);
    if (reply.kind === 'hang') return;
    if (reply.kind === 'reset') {
      reset(response);
      return;
    }
    if (reply.kind === 'raw') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(reply.body);
      return;
    }
    const { status, headers, body: answer } = wire.answer(reply, asked.model);
    sendJson(response, status, answer, headers);
  });
  return { baseUrl: `${server.url}${wire.versionPath}`, requests, close: server.close };
}

/** Rough, and only for show: a double counts no real tokens. */
export function tokensOf(reply: JudgeReply): { input: number; output: number } | null {
  if (reply.kind !== 'answer') return { input: 100, output: 10 };
  if (reply.inputTokens === null || reply.outputTokens === null) return null;
  return { input: reply.inputTokens ?? 100, output: reply.outputTokens ?? 10 };
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/';

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
