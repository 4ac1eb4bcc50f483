/** A Gemini model behind `models/<model>:generateContent`. */
import type { LanguageModel } from 'ai';
import type { Endpoint } from './endpoint.ts';

export async function geminiModel(
  endpoint: Endpoint,
  model: string,
  fetch: typeof globalThis.fetch,
): Promise<LanguageModel> {
  const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
  const provider = createGoogleGenerativeAI({
    baseURL: endpoint.baseUrl,
    // Never absent: the library would then look for a key in the environment by itself.
    apiKey: endpoint.key ?? '',
    fetch,
  });
  return provider(model);
}
