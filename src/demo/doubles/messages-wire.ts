/**
 * DOUBLE: the wire forms of Anthropic's Messages API that the `claude` CLI 2.1.197 was seen to
 * need. The window headers' names come from strings in that CLI, not from a recorded answer.
 */
import type { ServerResponse } from 'node:http';
import { reset, sendJson } from './loopback.ts';
import {
  fillCwd,
  type MessagesFault,
  type ScriptTurn,
  stopReasonOf,
  usageOf,
  type WindowState,
} from './messages-script.ts';

const ABBREVIATIONS = { five_hour: '5h', seven_day: '7d' } as const;

export function windowHeaders(
  window: Omit<WindowState, 'status'> & { status: WindowState['status'] | 'rejected' },
): Record<string, string> {
  const prefix = 'anthropic-ratelimit-unified';
  const short = ABBREVIATIONS[window.claim];
  const resets = String(window.resetsAt);
  return {
    [`${prefix}-status`]: window.status,
    [`${prefix}-reset`]: resets,
    [`${prefix}-representative-claim`]: window.claim,
    [`${prefix}-${short}-status`]: window.status,
    [`${prefix}-${short}-reset`]: resets,
    [`${prefix}-${short}-utilization`]: String(window.utilization),
    ...(window.status === 'allowed_warning'
      ? { [`${prefix}-${short}-surpassed-threshold`]: String(window.utilization) }
      : {}),
  };
}

type ErrorFault = Exclude<MessagesFault, { kind: 'cut' | 'reset' | 'silent' }>;

/** Answers with the error that the fault stands for. `cut` needs a started stream: see sendTurn. */
export function sendFault(
  response: ServerResponse,
  fault: ErrorFault | Extract<MessagesFault, { kind: 'reset' }>,
): void {
  if (fault.kind === 'reset') {
    reset(response);
    return;
  }
  const { status, type, message, headers } = errorOf(fault);
  sendJson(response, status, { type: 'error', error: { type, message } }, headers);
}

interface WireError {
  status: number;
  type: string;
  message: string;
  headers?: Record<string, string>;
}

function errorOf(fault: ErrorFault): WireError {
  switch (fault.kind) {
    case 'unauthorized':
      return { status: 401, type: 'authentication_error', message: 'Invalid bearer token' };
    case 'no-credit': {
      const message = 'Your credit balance is too low to access the Anthropic API.';
      return { status: 400, type: 'invalid_request_error', message };
    }
    case 'no-model':
      return { status: 404, type: 'not_found_error', message: 'model: not found' };
    case 'overloaded':
      return { status: 529, type: 'overloaded_error', message: 'Overloaded' };
    case 'rate-limit': {
      const message = 'Number of request tokens has exceeded your per-minute rate limit';
      const after = fault.retryAfterSeconds;
      const headers: Record<string, string> =
        after === undefined ? {} : { 'retry-after': String(after) };
      return { status: 429, type: 'rate_limit_error', message, headers };
    }
    case 'window': {
      const { claim, resetsAt } = fault;
      const message = 'This request would exceed your rate limit.';
      const headers = windowHeaders({ claim, status: 'rejected', utilization: 1, resetsAt });
      return { status: 429, type: 'rate_limit_error', message, headers };
    }
  }
}

export interface TurnToSend {
  turn: ScriptTurn;
  /** Makes ids of messages and tool calls unique within the double. */
  serial: number;
  model: string;
  cwd: string;
  stream: boolean;
  headers: Record<string, string>;
  /** True: the stream breaks off in the middle, and nothing was served. */
  cut: boolean;
}

export function sendTurn(response: ServerResponse, send: TurnToSend): void {
  const { turn, serial, model } = send;
  const usage = usageOf(turn);
  const blocks = turn.blocks.map((block, index) =>
    block.type === 'text'
      ? block
      : {
          type: 'tool_use' as const,
          id: `toolu_double_${serial}_${index}`,
          name: block.name,
          input: fillCwd(block.input, send.cwd),
        },
  );
  const input = {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
  };
  const message = { id: `msg_double_${serial}`, type: 'message', role: 'assistant', model };
  const stop = { stop_reason: stopReasonOf(turn), stop_sequence: null };
  const requestId = { 'request-id': `req_double_${serial}`, ...send.headers };
  if (!send.stream) {
    if (send.cut) {
      reset(response);
      return;
    }
    const full = { ...input, output_tokens: usage.outputTokens };
    sendJson(response, 200, { ...message, content: blocks, ...stop, usage: full }, requestId);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', ...requestId });
  const emit = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  emit('message_start', {
    message: {
      ...message,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...input, output_tokens: 1 },
    },
  });
  emit('ping', {});
  if (send.cut) {
    // No reset here: it could overtake the first bytes, and the CLI acts differently on each.
    response.write(': cut\n\n', () => response.destroy());
    return;
  }
  blocks.forEach((block, index) => {
    const isText = block.type === 'text';
    emit('content_block_start', {
      index,
      content_block: isText ? { type: 'text', text: '' } : { ...block, input: {} },
    });
    emit('content_block_delta', {
      index,
      delta: isText
        ? { type: 'text_delta', text: block.text }
        : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
    });
    emit('content_block_stop', { index });
  });
  emit('message_delta', { delta: stop, usage: { output_tokens: usage.outputTokens } });
  emit('message_stop', {});
  response.end();
}
