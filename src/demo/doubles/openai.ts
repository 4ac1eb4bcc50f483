/** DOUBLE of an OpenAI-compatible server: `/v1/chat/completions`, not streaming. */
import {
  type JudgeDouble,
  type JudgeDoubleOptions,
  type JudgeWire,
  startJudgeDouble,
  tokensOf,
} from './judge-double.ts';

interface ChatMessage {
  role?: unknown;
  content?: unknown;
}

const WIRE: JudgeWire = {
  versionPath: '/v1',

  read(path, body) {
    if (path !== '/v1/chat/completions') return null;
    const messages = Array.isArray(body['messages']) ? (body['messages'] as ChatMessage[]) : [];
    const said = (role: string) =>
      messages
        .filter((message) => message.role === role)
        .map((message) => textOf(message.content))
        .join('\n');
    const format = body['response_format'] as { json_schema?: { schema?: unknown } } | undefined;
    return {
      model: String(body['model']),
      system: said('system'),
      text: said('user'),
      schema: format?.json_schema?.schema ?? null,
      maxOutputTokens: body['max_tokens'] ?? body['max_completion_tokens'] ?? null,
      hasTools: body['tools'] !== undefined,
    };
  },

  keyOf: (headers) => headers.authorization?.replace(/^Bearer /, ''),

  answer(reply, model) {
    if (reply.kind === 'status') {
      const body = { error: { message: 'scripted', type: 'scripted', ...reply.error } };
      return { status: reply.status, headers: reply.headers ?? {}, body };
    }
    const finish = {
      answer: 'stop',
      refusal: 'stop',
      empty: 'stop',
      cut: 'length',
      blocked: 'content_filter',
      'tool-call': 'tool_calls',
      'odd-finish': 'weird',
    }[reply.kind];
    const text = 'text' in reply && reply.kind !== 'refusal' ? reply.text : null;
    const call = { name: 'read_file', arguments: '{"path":"/etc/passwd"}' };
    const message = {
      role: 'assistant',
      content: reply.kind === 'empty' ? '' : text,
      refusal: reply.kind === 'refusal' ? reply.text : null,
      ...(reply.kind === 'tool-call'
        ? { tool_calls: [{ id: 'call_double', type: 'function', function: call }] }
        : {}),
    };
    const tokens = tokensOf(reply);
    const usage = tokens && {
      prompt_tokens: tokens.input,
      completion_tokens: tokens.output,
      total_tokens: tokens.input + tokens.output,
    };
    const body = {
      id: 'chatcmpl-double',
      object: 'chat.completion',
      created: 0,
      model,
      choices: [{ index: 0, message, finish_reason: finish }],
      ...(usage ? { usage } : {}),
    };
    return { status: 200, body };
  },

  error: (status, message) => ({ error: { message, type: 'double', code: String(status) } }),
};

export function startOpenAiDouble(options: JudgeDoubleOptions): Promise<JudgeDouble> {
  return startJudgeDouble(WIRE, options);
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as { text?: unknown }[]).map((part) => String(part?.text ?? '')).join('');
}
