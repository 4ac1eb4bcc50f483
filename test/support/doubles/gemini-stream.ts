/**
 * DOUBLE of the Gemini API as gemini-cli 0.61.0 was seen to call it
 * (`POST /v1beta/models/<model>:streamGenerateContent?alt=sse`): plays a script, so that the real CLI
 * edits files without a model or a login.
 */
import { type Handler, sendJson, serveLoopback } from '../../../src/demo/doubles/loopback.ts';
import { sendFault } from './responses.ts';
import {
  addServed,
  nothingServed,
  type ScriptTurn,
  type ToolDouble,
  type ToolDoubleOptions,
  type ToolRequest,
  turnAfter,
  usageOf,
} from './tool-script.ts';

const CALL = /^\/v1beta\/models\/([\w.-]+):streamGenerateContent\?alt=sse$/;

interface WireRequest {
  contents?: { role?: unknown; parts?: { functionCall?: unknown }[] }[];
}

export async function startGeminiStreamDouble(options: ToolDoubleOptions): Promise<ToolDouble> {
  const requests: ToolRequest[] = [];
  const served = nothingServed();
  let calls = 0;

  const handle: Handler = (request, body, response) => {
    const path = request.url ?? '/';
    const record: ToolRequest = {
      method: request.method ?? '',
      path,
      authorized: request.headers['x-goog-api-key'] === options.key,
      model: CALL.exec(path)?.[1] ?? null,
      turn: null,
      body,
    };
    requests.push(record);
    if (record.model === null || request.method !== 'POST') {
      sendJson(response, 404, googleError(404, 'NOT_FOUND', 'Not found'));
      return;
    }
    const number = calls++;
    if (!record.authorized) {
      const error = googleError(400, 'INVALID_ARGUMENT', 'API key not valid.', 'API_KEY_INVALID');
      sendJson(response, 400, error);
      return;
    }
    const { contents = [] } = JSON.parse(body) as WireRequest;
    const made = contents
      .filter((content) => content.role === 'model')
      .flatMap((content) => content.parts ?? [])
      .filter((part) => part.functionCall !== undefined).length;
    const turn = turnAfter(options.script, made);
    record.turn = turn;
    const fault = options.fault?.({ request: number, turn }) ?? null;
    if (fault !== null) {
      sendFault(response, fault);
      return;
    }
    const script = options.script[turn] ?? { text: 'The script has ended.' };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: ${JSON.stringify(answerOf(script, number, record.model))}\n\n`);
    addServed(served, script);
  };
  const server = await serveLoopback(handle);
  return { url: server.url, requests, served, close: server.close };
}

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
