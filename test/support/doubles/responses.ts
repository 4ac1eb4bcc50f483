/**
 * DOUBLE of OpenAI's Responses API as the codex CLI 0.169.0 was seen to call it (`POST /v1/responses`,
 * answered as events): plays a script, so that the real CLI edits files without a model or a login.
 */
import {
  type ScriptTurn,
  sendEvents,
  startToolDouble,
  type ToolDouble,
  type ToolDoubleOptions,
  usageOf,
} from './tool-script.ts';

interface WireRequest {
  model?: unknown;
  input?: { type?: unknown }[];
}

export const startResponsesDouble = (options: ToolDoubleOptions): Promise<ToolDouble> =>
  startToolDouble(
    {
      isAuthorized: ({ headers }, key) => headers.authorization === `Bearer ${key}`,
      read(method, path, body) {
        if (path !== '/v1/responses' || method !== 'POST') return null;
        const { model, input = [] } = JSON.parse(body) as WireRequest;
        const isCall = ({ type }: { type?: unknown }) =>
          type === 'function_call' || type === 'custom_tool_call';
        return { model: String(model), made: () => input.filter(isCall).length };
      },
      notFound: errorBody('Not found', 'invalid_request_error', null),
      refused: {
        status: 401,
        body: errorBody('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'),
      },
      answer: (response, turn, serial) => sendEvents(response, eventsOf(turn, serial)),
    },
    options,
  );

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
