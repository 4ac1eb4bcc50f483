/**
 * DOUBLE of the Gemini API as gemini-cli 0.61.0 was seen to call it
 * (`POST /v1beta/models/<model>:streamGenerateContent?alt=sse`): plays a script, so that the real CLI
 * edits files without a model or a login.
 */
import {
  type ScriptTurn,
  sendEvents,
  startToolDouble,
  type ToolDouble,
  type ToolDoubleOptions,
  usageOf,
} from './tool-script.ts';

const CALL = /^\/v1beta\/models\/([\w.-]+):streamGenerateContent\?alt=sse$/;

interface WireRequest {
  contents?: { role?: unknown; parts?: { functionCall?: unknown }[] }[];
}

export const startGeminiStreamDouble = (options: ToolDoubleOptions): Promise<ToolDouble> =>
  startToolDouble(
    {
      isAuthorized: ({ headers }, key) => headers['x-goog-api-key'] === key,
      read(method, path, body) {
        const model = CALL.exec(path)?.[1];
        if (model === undefined || method !== 'POST') return null;
        const made = () =>
          ((JSON.parse(body) as WireRequest).contents ?? [])
            .filter((content) => content.role === 'model')
            .flatMap((content) => content.parts ?? [])
            .filter((part) => part.functionCall !== undefined).length;
        return { model, made };
      },
      notFound: googleError(404, 'NOT_FOUND', 'Not found'),
      refused: {
        status: 400,
        body: googleError(400, 'INVALID_ARGUMENT', 'API key not valid.', 'API_KEY_INVALID'),
      },
      answer: (response, turn, serial, model) =>
        sendEvents(response, [answerOf(turn, serial, model)]),
    },
    options,
  );

/** An error as Google's APIs word it, with the machine-readable reason among its details. */
export const googleError = (code: number, status: string, message: string, reason?: string) => ({
  error: {
    code,
    message,
    status,
    ...(reason === undefined
      ? {}
      : {
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
              reason,
              domain: 'googleapis.com',
            },
          ],
        }),
  },
});

function answerOf(turn: ScriptTurn, serial: number, modelVersion: string): object {
  const usage = usageOf(turn);
  const calls = (turn.calls ?? []).map(({ name, input }) => ({
    functionCall: { name, args: typeof input === 'string' ? {} : input },
  }));
  const parts = [...(turn.text === undefined ? [] : [{ text: turn.text }]), ...calls];
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata: {
      promptTokenCount: usage.inputTokens,
      cachedContentTokenCount: usage.cachedTokens,
      candidatesTokenCount: usage.outputTokens,
      thoughtsTokenCount: usage.reasoningTokens,
      totalTokenCount: usage.inputTokens + usage.outputTokens + usage.reasoningTokens,
    },
    modelVersion,
    responseId: `resp-double-${serial}`,
  };
}
