/**
 * DOUBLE of OpenAI's Responses API as the codex CLI 0.169.0 was seen to call it (`POST /v1/responses`,
 * answered as events): plays a script, so that the real CLI edits files without a model or a login.
 */
import type { ServerResponse } from 'node:http';
import {
  type Handler,
  reset,
  sendJson,
  serveLoopback,
} from '../../../src/demo/doubles/loopback.ts';
import {
  addServed,
  type Fault,
  nothingServed,
  type ScriptTurn,
  type ToolDouble,
  type ToolDoubleOptions,
  type ToolRequest,
  turnAfter,
  usageOf,
} from './tool-script.ts';

interface WireRequest {
  model?: unknown;
  input?: { type?: unknown }[];
}

export async function startResponsesDouble(options: ToolDoubleOptions): Promise<ToolDouble> {
  const requests: ToolRequest[] = [];
  const served = nothingServed();
  let calls = 0;

  const handle: Handler = (request, body, response) => {
    const path = request.url ?? '/';
    const record: ToolRequest = {
      method: request.method ?? '',
      path,
      authorized: request.headers.authorization === `Bearer ${options.key}`,
      model: null,
      turn: null,
      body,
    };
    requests.push(record);
    if (path !== '/v1/responses' || request.method !== 'POST') {
      sendJson(response, 404, errorBody('Not found', 'invalid_request_error', null));
      return;
    }
    const number = calls++;
    if (!record.authorized) {
      const message = 'Incorrect API key provided.';
      const error = errorBody(message, 'invalid_request_error', 'invalid_api_key');
      sendJson(response, 401, error);
      return;
    }
    const asked = JSON.parse(body) as WireRequest;
    record.model = String(asked.model);
    const made = (asked.input ?? []).filter(
      (item) => item.type === 'function_call' || item.type === 'custom_tool_call',
    ).length;
    const turn = turnAfter(options.script, made);
    record.turn = turn;
    const fault = options.fault?.({ request: number, turn }) ?? null;
    if (fault !== null) {
      sendFault(response, fault);
      return;
    }
    const script = options.script[turn] ?? { text: 'The script has ended.' };
    sendEvents(response, eventsOf(script, number));
    addServed(served, script);
  };
  const server = await serveLoopback(handle);
  return { url: server.url, requests, served, close: server.close };
}

/** An error as the API words it. */
export const errorBody = (message: string, type: string, code: string | null) => ({
  error: { message, type, param: null, code },
});

function eventsOf(turn: ScriptTurn, serial: number): object[] {
  const response = { id: `resp_double_${serial}`, object: 'response', status: 'in_progress' };
  const message = {
    type: 'message',
    id: `msg_double_${serial}`,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: turn.text ?? '', annotations: [] }],
  };
  const calls = (turn.calls ?? []).map(({ name, input }, index) => {
    const call_id = `call_double_${serial}_${index}`;
    return typeof input === 'string'
      ? { type: 'custom_tool_call', id: `ctc_double_${serial}_${index}`, call_id, name, input }
      : {
          type: 'function_call',
          id: `fc_double_${serial}_${index}`,
          call_id,
          name,
          arguments: JSON.stringify(input),
        };
  });
  const items = [...(turn.text === undefined ? [] : [message]), ...calls];
  const usage = usageOf(turn);
  const output = usage.outputTokens + usage.reasoningTokens;
  const counted = {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + output,
  };
  return [
    { type: 'response.created', response },
    ...items.map((item, output_index) => ({
      type: 'response.output_item.done',
      output_index,
      item,
    })),
    {
      type: 'response.completed',
      response: { ...response, status: 'completed', output: items, usage: counted },
    },
  ];
}

function sendEvents(response: ServerResponse, events: readonly unknown[]): void {
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
export function sendFault(response: ServerResponse, fault: Fault): void {
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
