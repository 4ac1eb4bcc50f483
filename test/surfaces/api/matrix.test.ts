import { describe, expect, it } from 'vitest';
import { routes } from '../../../src/surfaces/api/routes.ts';
import { AGENT, BUNDLE_DIGEST, OPERATOR, PORT, submit, world } from './world.ts';

/** Who may reach us, by name: anything else is a rebound name or another machine. */
const HOSTS: Record<string, boolean> = {
  [`127.0.0.1:${PORT}`]: true,
  [`localhost:${PORT}`]: true,
  [`LOCALHOST:${PORT}`]: true,
  [`[::1]:${PORT}`]: true,
  'evil.example': false,
  [`evil.example:${PORT}`]: false,
  '127.0.0.1': false,
  '127.0.0.1:80': false,
  [`127.0.0.1.evil.example:${PORT}`]: false,
  [`127.0.0.1:${PORT}.evil.example`]: false,
  [`0.0.0.0:${PORT}`]: false,
  [`x@127.0.0.1:${PORT}`]: false,
  '': false,
};
/** Against a Host of 127.0.0.1. */
const ORIGINS: Record<string, boolean> = {
  '(absent)': true,
  [`http://127.0.0.1:${PORT}`]: true,
  [`http://localhost:${PORT}`]: false,
  [`https://127.0.0.1:${PORT}`]: false,
  'http://127.0.0.1': false,
  [`http://127.0.0.1:${PORT}.evil.example`]: false,
  'https://evil.example': false,
  null: false,
  '': false,
};
const TYPES: Record<string, boolean> = {
  'application/json': true,
  'Application/JSON; charset=utf-8': true,
  '(absent)': false,
  'text/plain': false,
  'text/plain;charset=UTF-8': false,
  'application/x-www-form-urlencoded': false,
  'multipart/form-data; boundary=x': false,
  'application/json; charset=utf-16': false,
  'text/plain; application/json': false,
};
const TOKENS: Record<string, boolean> = {
  [OPERATOR]: true,
  [AGENT]: true,
  '(absent)': false,
  wrong: false,
  [`${OPERATOR}x`]: false,
};
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

const FILLED: Record<string, string> = {
  '/v1/missions/{id}': '/v1/missions/m-aaaa0001',
  '/v1/tasks/{id}': '/v1/tasks/t-aaaa0001',
  '/v1/tasks/{id}/history': '/v1/tasks/t-aaaa0001/history',
  '/v1/evidence/{digest}': `/v1/evidence/${BUNDLE_DIGEST}`,
  '/v1/runs/{run}/logs': '/v1/runs/r-00000001/logs',
};
const bodyFor = (path: string) =>
  path === '/v1/commands'
    ? JSON.stringify({ id: 'matrix-command', command: submit('m-aaaa0002') })
    : path === '/v1/stop'
      ? '{"reason":"test"}'
      : '{}';
const ROUTES = [
  ...Object.values(routes).map(({ path, method }) => ({
    path: FILLED[path] ?? path,
    method: method.toUpperCase(),
  })),
  { path: '/openapi.json', method: 'GET' },
].filter(({ path }) => path !== '/v1/stream');

const optional = (value: string) => (value === '(absent)' ? null : value);
const sentence = expect.stringMatching(/^[A-Z].*[.…]$/);

describe('every request is guarded', () => {
  const { call, calls } = world();

  it('by Host × Origin × token, on every route', async () => {
    let cases = 0;
    for (const { path, method } of ROUTES) {
      for (const [host, hostOk] of Object.entries(HOSTS)) {
        for (const [token, tokenOk] of Object.entries(TOKENS)) {
          const { status, json } = await call(method, path, {
            host,
            token: optional(token),
            ...(method === 'POST' ? { body: bodyFor(path) } : {}),
          });
          const label = `${method} ${path} host=${host} token=${token}`;
          cases += 1;
          if (!hostOk) expect([label, status, json.code]).toEqual([label, 403, 'foreign-host']);
          else if (path === '/healthz') expect([label, status]).toEqual([label, 200]);
          else if (!tokenOk) expect([label, status, json.code]).toEqual([label, 401, 'no-token']);
          else expect([label, [401, 405, 415].includes(status)]).toEqual([label, false]);
        }
      }
      for (const [origin, originOk] of Object.entries(ORIGINS)) {
        const { status, json, headers } = await call(method, path, {
          ...(origin === '(absent)' ? {} : { origin }),
          ...(method === 'POST' ? { body: bodyFor(path) } : {}),
        });
        const label = `${method} ${path} origin=${origin}`;
        cases += 1;
        if (originOk) expect([label, status === 403]).toEqual([label, false]);
        else expect([label, status, json.code]).toEqual([label, 403, 'foreign-origin']);
        expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    }
    expect(cases).toBeGreaterThan(1000);
  });

  it('by method, on every path: 405 with a token, 401 without', async () => {
    const paths = new Map<string, string[]>();
    for (const { path, method } of ROUTES) paths.set(path, [...(paths.get(path) ?? []), method]);
    for (const [path, known] of paths) {
      for (const method of METHODS.filter((one) => !known.includes(one))) {
        const body = ['GET', 'HEAD'].includes(method) ? {} : { body: '{}' };
        const label = `${method} ${path}`;
        const without = await call(method, path, { token: null, ...body });
        const expected = path === '/healthz' ? 405 : 401;
        expect([label, without.status]).toEqual([label, expected]);
        expect([label, (await call(method, path, body)).status]).toEqual([label, 405]);
      }
    }
  });

  it('by content type, on every POST, before the token holder can do anything', async () => {
    const before = { ...calls, stops: [...calls.stops] };
    for (const { path } of ROUTES.filter(({ method }) => method === 'POST')) {
      for (const [type, ok] of Object.entries(TYPES)) {
        const { status, json } = await call('POST', path, {
          type: optional(type),
          body: new TextEncoder().encode(ok ? bodyFor(path) : '{"reason":"forged"}'),
        });
        const label = `${path} type=${type}`;
        if (ok) expect([label, status]).not.toEqual([label, 415]);
        else
          expect([label, status, json]).toEqual([
            label,
            415,
            expect.objectContaining({ code: 'not-json', sentence }),
          ]);
      }
    }
    expect(calls.stops.slice(before.stops.length)).not.toContain('forged');
  });

  it('by token also where there is no route, so that nobody can feel about', async () => {
    for (const path of [
      '/',
      '/v1',
      '/v2/status',
      '/healthz/',
      '//healthz',
      '/healthz/x',
      '/v1/status/',
    ]) {
      expect([path, (await call('GET', path, { token: null })).status]).toEqual([path, 401]);
      const { status, json } = await call('GET', path);
      expect([path, status, json]).toEqual([
        path,
        404,
        { outcome: 'refused', code: 'unknown-route', sentence, seqs: [], data: null },
      ]);
    }
  });

  it('knows the port that the connection came in on', async () => {
    const other = { port: 8000 };
    expect((await call('GET', '/v1/status', other)).json.code).toBe('foreign-host');
  });

  it('answers with the same safe headers whatever happens', async () => {
    for (const answer of [
      await call('GET', '/v1/status'),
      await call('GET', '/v1/status', { token: null }),
      await call('GET', '/nowhere'),
      await call('GET', `/v1/evidence/${BUNDLE_DIGEST}`),
      await call('GET', '/v1/status', { origin: 'null' }),
    ]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
    }
  });

  it('takes a token from the header alone and only in its form', async () => {
    for (const headers of [
      { authorization: OPERATOR },
      { authorization: `Basic ${btoa(`x:${OPERATOR}`)}` },
      { authorization: `Bearer ${'a'.repeat(300)}` },
      { authorization: `Bearer ${OPERATOR} ${OPERATOR}` },
      { cookie: `token=${OPERATOR}` },
    ] as Record<string, string>[]) {
      const { status } = await call('GET', '/v1/status', { token: null, headers });
      expect([headers, status]).toEqual([headers, 401]);
    }
    const query = await call('GET', `/v1/status?token=${OPERATOR}`, { token: null });
    expect(query.status).toBe(401);
    const lower = await call('GET', '/v1/status', {
      token: null,
      headers: { authorization: `bearer ${OPERATOR}` },
    });
    expect(lower.status).toBe(200);
  });
});
