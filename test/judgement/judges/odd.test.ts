import { expect, it } from 'vitest';
import { oddAnswer } from '../../../src/judgement/judges/odd.ts';

const exchange = (body: unknown, status = 200) => ({
  status,
  headers: new Headers(),
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const choice = { message: { content: '{}' } };

it.each([
  ['one choice', 'openai', { choices: [choice], usage: { prompt_tokens: 1 } }, 200, null],
  ['two choices', 'openai', { choices: [choice, choice] }, 200, 'malformed'],
  ['a partial answer', 'openai', { choices: [choice] }, 206, 'unexpected-finish'],
  ['a created answer', 'openai', { choices: [choice] }, 201, 'unexpected-finish'],
  [
    'negative counts',
    'openai',
    { choices: [choice], usage: { prompt_tokens: -1 } },
    200,
    'malformed',
  ],
  ['no JSON', 'openai', 'PASS', 200, 'malformed'],
  ['null', 'openai', 'null', 200, null],
  ['one candidate', 'gemini', { candidates: [{}] }, 200, null],
  ['two candidates', 'gemini', { candidates: [{}, {}] }, 200, 'malformed'],
  [
    'a block beside a candidate',
    'gemini',
    { candidates: [{}], promptFeedback: { blockReason: 'SAFETY' } },
    200,
    'blocked',
  ],
  [
    'feedback without a block',
    'gemini',
    { candidates: [{}], promptFeedback: { blockReason: null } },
    200,
    null,
  ],
  [
    'negative counts',
    'gemini',
    { candidates: [{}], usageMetadata: { totalTokenCount: -5 } },
    200,
    'malformed',
  ],
] as const)('%s of %s', (_name, protocol, body, status, reason) => {
  expect(oddAnswer(protocol, exchange(body, status))).toBe(reason);
});
