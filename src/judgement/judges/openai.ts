/** A model behind an OpenAI-compatible `/chat/completions`, hosted or local. */
import type { LanguageModel } from 'ai';
import type { Endpoint } from './endpoint.ts';

export async function openaiModel(
  endpoint: Endpoint,
  model: string,
  fetch: typeof globalThis.fetch,
): Promise<LanguageModel> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({
    name: 'judge',
    baseURL: endpoint.baseUrl,
    supportsStructuredOutputs: true,
    fetch,
    ...(endpoint.key === null ? {} : { apiKey: endpoint.key }),
    ...(wantsCompletionTokens(endpoint.baseUrl) ? { transformRequestBody: renameLimit } : {}),
  });
  return provider(model);
}

/**
 * OpenAI's own reasoning models refuse `max_tokens`; other servers know only that name.
 * Source: OpenAI API reference, chat completions, `max_tokens` (deprecated).
 */
export function wantsCompletionTokens(baseUrl: string): boolean {
  return new URL(baseUrl).hostname === 'api.openai.com';
}

export function renameLimit(body: Record<string, unknown>): Record<string, unknown> {
  const { max_tokens: limit, ...rest } = body;
  return limit === undefined ? rest : { ...rest, max_completion_tokens: limit };
}
