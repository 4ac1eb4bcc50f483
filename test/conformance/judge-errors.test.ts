/** Conformance of both judge families: what the operator or time can mend is an error without secrets. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  allOf,
  answer,
  BUNDLE,
  closeDoubles,
  errorOf,
  FAMILIES,
  KEY,
  never,
  PASS,
  setUpFor,
} from '../support/judges.ts';

afterEach(closeDoubles);

describe.each(FAMILIES)('the %s judge', (protocol, start) => {
  const setUp = setUpFor(protocol, start);

  it.each([401, 403])('status %d is an auth error, and nothing shows the key', async (status) => {
    const { judge } = await setUp({ kind: 'status', status, error: { message: `bad ${KEY}` } });
    const error = await errorOf(judge.judge(BUNDLE, never()));
    expect(error.tag).toBe('auth');
    expect(allOf(error)).not.toContain(KEY);
  });

  it('a wrong key is an auth error, and nothing shows it', async () => {
    const { judge, double } = await setUp(answer(PASS), { deps: { env: () => 'other-dummy-key' } });
    const error = await errorOf(judge.judge(BUNDLE, never()));
    expect(error.tag).toBe('auth');
    expect(allOf(error)).not.toContain('other-dummy-key');
    expect(JSON.stringify(double.requests)).not.toContain('other-dummy-key');
  });

  it.each([
    [{ 'retry-after': '90' }, '2031-05-06T07:09:39.000Z'],
    [{ 'retry-after': 'Tue, 06 May 2031 08:00:00 GMT' }, '2031-05-06T08:00:00.000Z'],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '99999999999' }, null],
    [{}, null],
  ])('429 with %j is a rate limit until %s, not tried again', async (headers, retryAt) => {
    const { judge, double } = await setUp({ kind: 'status', status: 429, headers: { ...headers } });
    const error = await errorOf(judge.judge(BUNDLE, never()));
    expect(error).toMatchObject({ tag: 'rate-limit', retryAt });
    expect(double.requests).toHaveLength(1);
  });

  it.each([500, 503, 529])('status %d is unavailable after two tries', async (status) => {
    const { judge, double } = await setUp({ kind: 'status', status });
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'unavailable' });
    expect(double.requests).toHaveLength(2);
  });

  it('a server that recovers is asked again and answers', async () => {
    const { judge, double } = await setUp([{ kind: 'status', status: 500 }, answer(PASS)]);
    expect(await judge.judge(BUNDLE, never())).toMatchObject({ verdict: 'pass' });
    expect(double.requests.map((request) => request.text)).toEqual(
      Array(2).fill(double.requests[0]!.text),
    );
  });

  it('a reset connection is unavailable after two tries', async () => {
    const { judge, double } = await setUp({ kind: 'reset' });
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'unavailable' });
    expect(double.requests).toHaveLength(2);
  });

  it('a closed port is unavailable', async () => {
    const { judge, double } = await setUp(answer(PASS));
    await double.close();
    const error = await errorOf(judge.judge(BUNDLE, never()));
    expect(error.tag).toBe('unavailable');
    expect(allOf(error)).not.toContain(KEY);
  });

  it('never follows a redirect with the key', async () => {
    const { double: other } = await setUp(answer(PASS));
    const { judge } = await setUp({
      kind: 'status',
      status: 307,
      headers: { location: `${other.baseUrl}/chat/completions` },
    });
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'config' });
    expect(other.requests).toEqual([]);
  });

  it.each([400, 404, 422])('status %d is a config error', async (status) => {
    const { judge, double } = await setUp({ kind: 'status', status });
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'config' });
    expect(double.requests).toHaveLength(1);
  });

  it.each([undefined, '', '  '])('says that the key is missing when it is %j', async (value) => {
    const { judge, double } = await setUp(answer(PASS), { deps: { env: () => value } });
    expect(judge.check()).toEqual([
      {
        code: 'judge-auth',
        sentence: `Judge family-${protocol}: JUDGE_KEY is not set.`,
        remedy: 'Set JUDGE_KEY where the daemon is started.',
      },
    ]);
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'auth' });
    expect(double.requests).toEqual([]);
  });

  it('does not show a key that no header can carry', async () => {
    const { judge } = await setUp(answer(PASS), { deps: { env: () => `${KEY}\n${KEY}` } });
    const error = await errorOf(judge.judge(BUNDLE, never()));
    expect(error.tag).toBe('auth');
    expect(allOf(error) + JSON.stringify(judge.check())).not.toContain(KEY);
  });

  it.each(['sk-dummy', 'AIzaDummy', ''])('does not show a key given as keyEnv', async (keyEnv) => {
    const { judge } = await setUp(answer(PASS), { config: { keyEnv } });
    expect(judge.check()).toMatchObject([{ code: 'judge-config' }]);
    const error = await errorOf(judge.judge(BUNDLE, never()));
    expect(error.tag).toBe('config');
    if (keyEnv !== '') expect(allOf(error) + JSON.stringify(judge.check())).not.toContain(keyEnv);
  });

  it('needs no key where none is named', async () => {
    const { judge } = await setUp(answer(PASS), { key: null, config: { keyEnv: undefined } });
    expect(judge.check()).toEqual([]);
    expect(await judge.judge(BUNDLE, never())).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    ['ftp://127.0.0.1/v1', 'not a plain http'],
    ['nonsense', 'not a plain http'],
    ['https://name:word@example.invalid/v1', 'not a plain http'],
    ['http://example.invalid/v1', 'unencrypted'],
  ])('refuses the base URL %s', async (baseUrl, words) => {
    const { judge } = await setUp(answer(PASS), { config: { baseUrl } });
    expect(judge.check()).toMatchObject([{ code: 'judge-config' }]);
    expect(judge.check()[0]!.sentence).toContain(words);
    expect(await errorOf(judge.judge(BUNDLE, never()))).toMatchObject({ tag: 'config' });
  });

  it.each(['', '../x', 'a b', 'm?key=1'])('refuses the model name %j', async (model) => {
    const { judge } = await setUp(answer(PASS), { config: { model } });
    expect(judge.check()).toMatchObject([{ code: 'judge-config' }]);
  });
});
