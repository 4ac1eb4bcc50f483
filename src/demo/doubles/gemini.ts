/** DOUBLE of the Gemini API: `models/<model>:generateContent` under `/v1beta` and `/v1`. */
import {
  type JudgeDouble,
  type JudgeDoubleOptions,
  type JudgeWire,
  startJudgeDouble,
  tokensOf,
} from './judge-double.ts';

interface Content {
  parts?: { text?: unknown }[];
}

const WIRE: JudgeWire = {
  versionPath: '/v1beta',

  read(path, body) {
    const model = /^\/v1(?:beta)?\/models\/([^/:]+):generateContent$/.exec(path)?.[1];
    if (model === undefined) return null;
    const config = (body['generationConfig'] ?? {}) as Record<string, unknown>;
    const contents = Array.isArray(body['contents']) ? (body['contents'] as Content[]) : [];
    return {
      model,
      system: textOf(body['systemInstruction'] as Content | undefined),
      text: contents.map(textOf).join('\n'),
      schema: config['responseSchema'] ?? config['responseJsonSchema'] ?? null,
      maxOutputTokens: config['maxOutputTokens'] ?? null,
      hasTools: body['tools'] !== undefined,
    };
  },

  keyOf: (headers) => String(headers['x-goog-api-key'] ?? ''),

  answer(reply, model) {
    if (reply.kind === 'status') {
      const error = { code: reply.status, message: 'scripted', status: 'SCRIPTED' };
      const body = { error: { ...error, ...reply.error } };
      return { status: reply.status, headers: reply.headers ?? {}, body };
    }
    const tokens = tokensOf(reply);
    const usage = tokens && {
      promptTokenCount: tokens.input,
      candidatesTokenCount: tokens.output,
      totalTokenCount: tokens.input + tokens.output,
    };
    const rest = { modelVersion: model, ...(usage ? { usageMetadata: usage } : {}) };
    if (reply.kind === 'refusal') {
      // Gemini has no refusal of its own: the prompt is blocked and there is no candidate.
      return { status: 200, body: { promptFeedback: { blockReason: 'SAFETY' }, ...rest } };
    }
    const finish = {
      answer: 'STOP',
      empty: 'STOP',
      'tool-call': 'STOP',
      cut: 'MAX_TOKENS',
      blocked: 'SAFETY',
      'odd-finish': 'WEIRD',
    }[reply.kind];
    const call = { functionCall: { name: 'read_file', args: { path: '/etc/passwd' } } };
    const text = 'text' in reply ? [{ text: reply.text }] : [];
    const parts = reply.kind === 'tool-call' ? [call] : text;
    const content = { role: 'model', parts };
    const candidate = { index: 0, finishReason: finish };
    const body = {
      candidates: [reply.kind === 'blocked' ? candidate : { ...candidate, content }],
      ...rest,
    };
    return { status: 200, body };
  },

  error: (status, message) => ({ error: { code: status, message, status: 'DOUBLE' } }),
};

export function startGeminiDouble(options: JudgeDoubleOptions): Promise<JudgeDouble> {
  return startJudgeDouble(WIRE, options);
}

function textOf(content: Content | undefined): string {
  return (content?.parts ?? []).map((part) => String(part.text ?? '')).join('');
}
