/** What only one of the judge protocols says. */

import { afterEach, describe, expect, it } from 'vitest';
import { startGeminiDouble } from '../../../src/demo/doubles/gemini.ts';
import { startOpenAiDouble } from '../../../src/demo/doubles/openai.ts';
import { createJudge } from '../../../src/judgement/judges/create.ts';
import { renameLimit, wantsCompletionTokens } from '../../../src/judgement/judges/openai.ts';
import { BUNDLE, closeDoubles, errorOf, never, PASS, setUpFor } from '../../support/judges.ts';

afterEach(closeDoubles);

describe('what only one protocol says', () => {
  const gemini = setUpFor('gemini', startGeminiDouble);
  const openai = setUpFor('openai', startOpenAiDouble);

  it('Gemini: the pause is in the body', async () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'RATE_LIMIT_EXCEEDED' },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' },
    ];
    const { judge } = await gemini({ kind: 'status', status: 429, error: { details } });
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({
      tag: 'rate-limit',
      retryAt: '2031-05-06T07:08:43.500Z',
    });
  });

  it('Gemini: a bad key is a status 400 with a code', async () => {
    const details = [{ reason: 'API_KEY_INVALID' }];
    const { judge } = await gemini({ kind: 'status', status: 400, error: { details } });
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'auth' });
  });

  it('Gemini: the path without beta works', async () => {
    const { double, judge } = await gemini({ kind: 'answer', text: PASS });
    const baseUrl = double.baseUrl.replace('v1beta', 'v1/');
    const other = (await gemini([], { config: { baseUrl } })).judge;
    expect(await other.judge(BUNDLE, never())).toMatchObject({ verdict: 'pass' });
    expect(await judge.judge(BUNDLE, never())).toMatchObject({ verdict: 'pass' });
    expect(double.requests.map((request) => request.path)).toEqual([
      '/v1/models/model-1:generateContent',
      '/v1beta/models/model-1:generateContent',
    ]);
  });

  it('Gemini: an answer that wants to go on is cut, and is not asked for more', async () => {
    const candidate = {
      finishReason: 'CONTINUATION',
      continuationToken: 't',
      content: { parts: [{ text: PASS }] },
    };
    const body = JSON.stringify({ candidates: [candidate] });
    const { judge, double } = await gemini({ kind: 'raw', body });
    expect(await judge.judge(BUNDLE, never())).toMatchObject({
      verdict: 'inconclusive',
      reason: 'cut',
    });
    expect(double.requests).toHaveLength(1);
  });

  it('OpenAI: no credit is not a rate limit', async () => {
    const error = { code: 'insufficient_quota' };
    const { judge } = await openai({ kind: 'status', status: 429, error });
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'auth' });
  });

  it('OpenAI: evidence beyond the context is inconclusive', async () => {
    const error = { code: 'context_length_exceeded' };
    const { judge } = await openai({ kind: 'status', status: 400, error });
    expect(await judge.judge(BUNDLE, never())).toMatchObject({
      verdict: 'inconclusive',
      reason: 'too-long',
    });
  });

  it('OpenAI: its own server gets the limit under its newer name', () => {
    expect(wantsCompletionTokens('https://api.openai.com/v1')).toBe(true);
    expect(wantsCompletionTokens('http://127.0.0.1:11434/v1')).toBe(false);
    expect(renameLimit({ model: 'm', max_tokens: 5 })).toEqual({
      model: 'm',
      max_completion_tokens: 5,
    });
  });

  it.each(['openai', 'gemini'] as const)('%s: the default server wants a key', (protocol) => {
    const judge = createJudge(
      { family: 'f', protocol, model: 'm', timeoutMs: 1, maxOutputTokens: 1 },
      { env: () => undefined, material: () => ({ texts: [''], truncated: false }) },
    );
    expect(judge.check()).toMatchObject([{ code: 'judge-config' }]);
  });
});
