/** What each kind of answer of GitHub is taken for. By status, header and type, never by its words. */
import { describe, expect, test } from 'vitest';
import { ForgeError } from '../../../src/delivery/forges/forge.ts';
import { asForgeError } from '../../../src/delivery/forges/github/classify.ts';

const NOW = Date.parse('2026-03-02T10:00:00Z');
const reset = String(NOW / 1000 + 600);
const rest = (status: number, headers: Record<string, string> = {}, data: unknown = {}) => ({
  status,
  response: { status, headers, data },
});
const graph = (type?: string, headers: Record<string, string> = {}) => ({
  errors: [{ ...(type ? { type } : {}), message: 'words' }],
  headers,
});
const docs = 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api';

describe('failures of GitHub', () => {
  test.each([
    ['auth', false, rest(401)],
    ['not-found', false, rest(404)],
    ['not-found', false, rest(410)],
    ['not-found', false, graph('NOT_FOUND')],
    ['forbidden', false, rest(403)],
    ['forbidden', false, rest(403, { 'x-ratelimit-remaining': '4000' })],
    ['forbidden', false, graph('FORBIDDEN')],
    ['forbidden', false, graph('INSUFFICIENT_SCOPES')],
    ['refused', false, rest(422)],
    ['refused', false, rest(422, {}, { errors: [{ code: 'invalid' }] })],
    ['refused', false, rest(409)],
    ['refused', false, rest(405)],
    ['refused', false, rest(301)],
    ['unavailable', true, rest(500)],
    ['unavailable', true, rest(502)],
    ['unavailable', true, rest(504)],
    ['unavailable', true, graph()],
    ['unavailable', true, graph('SERVICE_UNAVAILABLE')],
    ['unavailable', true, new SyntaxError('no JSON')],
    ['unavailable', true, new TypeError('fetch failed')],
    ['unavailable', true, undefined],
    ['limited', true, rest(429)],
    ['limited', true, rest(403, { 'retry-after': '30' })],
    ['limited', true, rest(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })],
    ['limited', true, rest(403, {}, { documentation_url: `${docs}#about-secondary-rate-limits` })],
    ['limited', true, graph('RATE_LIMITED')],
    ['limited', true, { response: rest(200, {}, { errors: [{ type: 'RATE_LIMITED' }] }).response }],
  ])('%s (retryable %s): %j', (tag, retryable, error) => {
    expect(asForgeError(error, 'look', NOW)).toMatchObject({ tag, retryable });
  });

  test('a message that speaks of limits makes none, nor one that speaks of something else hides it', () => {
    const lies = { message: 'API rate limit exceeded, secondary rate limit, Bad credentials' };
    expect(asForgeError(rest(403, {}, lies), 'look', NOW).tag).toBe('forbidden');
    expect(asForgeError(rest(422, {}, lies), 'look', NOW).tag).toBe('refused');
    expect(asForgeError(rest(429, {}, { message: 'Not Found' }), 'look', NOW).tag).toBe('limited');
  });

  test.each([
    ['a time named in seconds', rest(429, { 'retry-after': '30' }), 30],
    [
      'the reset of the window, and a second',
      rest(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }),
      601,
    ],
    ['none: a minute', rest(429), 60],
    [
      'one that has passed: soon',
      rest(429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }),
      1,
    ],
    ['a year: at most two hours', rest(429, { 'retry-after': '31536000' }), 7200],
    ['nonsense: a minute', rest(429, { 'retry-after': 'soon' }), 60],
  ])('a limit ends at %s', (_, error, seconds) => {
    const { retryAt } = asForgeError(error, 'look', NOW);
    expect(Date.parse(retryAt ?? '') - NOW).toBe(seconds * 1000);
  });

  test('its own words are quoted escaped, short, and without credentials', () => {
    const data = {
      message: `\u001b[2J secret-token ${'x'.repeat(5000)}`,
      errors: [{ message: 'b' }],
    };
    const clean = (text: string) => text.replaceAll('secret-token', '[credential]');
    const { message } = asForgeError(rest(422, {}, data), 'open it', NOW, clean);
    expect(message).toMatch(
      /^GitHub did not open it: it answered 422\. It says: "\\x1b\[2J \[credential\]/,
    );
    expect(message.length).toBeLessThan(400);
  });

  test('what is ours already stays as it is, however octokit wrapped it', () => {
    const ours = new ForgeError('remote-writes-off', 'off');
    const wrapped = Object.assign(new Error('x'), { status: 500, cause: ours });
    expect(asForgeError(wrapped, 'look', NOW)).toBe(ours);
  });
});
