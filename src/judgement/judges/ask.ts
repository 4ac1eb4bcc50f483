/** Puts one question to a model, without tools, and tells what came back in plain terms. */
import type { FinishReason, LanguageModel } from 'ai';
import { ANSWER_JSON_SCHEMA, type InconclusiveReason, type Reading, readAnswer } from './answer.ts';
import { INSTRUCTIONS } from './prompt.ts';

export interface Said {
  text: string;
  finish: FinishReason;
  /** The provider's own word, e.g. `stop` beside a refusal. */
  rawFinish: string | undefined;
  calledTool: boolean;
  inputTokens: number | null;
  outputTokens: number | null;
}

/** Throws whatever the library throws when there is no answer at all. */
export async function ask(input: {
  model: LanguageModel;
  prompt: string;
  maxOutputTokens: number;
  signal: AbortSignal;
}): Promise<Said> {
  const { generateText, jsonSchema, NoObjectGeneratedError, Output } = await import('ai');
  // The library would print its warnings into the program's own output.
  (globalThis as { AI_SDK_LOG_WARNINGS?: false }).AI_SDK_LOG_WARNINGS = false;
  try {
    const result = await generateText({
      model: input.model,
      system: INSTRUCTIONS,
      prompt: input.prompt,
      maxOutputTokens: input.maxOutputTokens,
      maxRetries: 0,
      abortSignal: input.signal,
      // Only the wire form is the library's affair; readAnswer does the strict reading.
      output: Output.object({ schema: jsonSchema(ANSWER_JSON_SCHEMA as object), name: 'verdict' }),
    });
    return {
      text: result.text,
      finish: result.finishReason,
      rawFinish: result.rawFinishReason,
      calledTool: result.toolCalls.length > 0,
      inputTokens: result.usage.inputTokens ?? null,
      outputTokens: result.usage.outputTokens ?? null,
    };
  } catch (error) {
    if (!NoObjectGeneratedError.isInstance(error)) throw error;
    return {
      text: error.text ?? '',
      finish: error.finishReason ?? 'other',
      rawFinish: undefined,
      calledTool: false,
      inputTokens: error.usage?.inputTokens ?? null,
      outputTokens: error.usage?.outputTokens ?? null,
    };
  }
}

/** Only an answer that ended by itself is read; how any other ended is its reason. */
export function readingOf(said: Said): Reading {
  const odd = (reason: InconclusiveReason): Reading => ({ readable: false, reason, findings: [] });
  if (said.calledTool || said.finish === 'tool-calls') return odd('tool-call');
  switch (said.finish) {
    case 'stop':
      return readAnswer(said.text);
    case 'length':
      return odd('cut');
    case 'content-filter':
      // Beside a refusal the OpenAI wire says that it stopped by itself.
      return odd(said.rawFinish === 'stop' ? 'refusal' : 'blocked');
    default:
      return odd(said.text === '' ? 'empty' : 'unexpected-finish');
  }
}
