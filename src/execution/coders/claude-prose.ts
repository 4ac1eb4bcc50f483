import type { Envelope } from './envelope.ts';
import { text } from './envelope.ts';

/**
 * The few cases that plain `--output-format json` of 2.1.197 tells by prose alone. In stream-json,
 * which aedev asks for, each has a field (`assistant.error`, `rate_limit_info`, `api_error`), so
 * these sentences are looked at only when no field is there. Exact beginnings, so that a repo's
 * text that the model repeats cannot be taken for one: these stand only beside `is_error: true`,
 * and then `result` is the CLI's own sentence.
 */
export type ProseCase = 'credit' | 'auth' | 'connection' | 'max-tokens' | 'window';

const SENTENCES: readonly [status: number | null, pattern: RegExp, is: ProseCase][] = [
  [400, /^Credit balance is too low$/, 'credit'],
  [429, /^You've hit your [a-z0-9 -]{1,30} limit · resets /, 'window'],
  [null, /^Not logged in · /, 'auth'],
  [null, /^API Error: Unable to connect to API \(/, 'connection'],
  [null, /^API Error: Claude's response exceeded the \d+ output token maximum\./, 'max-tokens'],
];

/** null when a field tells the case, or no sentence fits. */
export function proseCase(envelope: Envelope, status: number | null): ProseCase | null {
  const structured =
    envelope.error !== null ||
    envelope.rateLimits.length > 0 ||
    text(envelope.result, 'api_error') !== null;
  const sentence = text(envelope.result, 'result');
  if (structured || sentence === null) return null;
  return SENTENCES.find(([at, pattern]) => at === status && pattern.test(sentence))?.[2] ?? null;
}
