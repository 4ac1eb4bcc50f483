import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prove } from '../../../src/lib/identity.ts';
import { openApiDocument } from '../../../src/surfaces/api/openapi.ts';
import * as schemas from '../../../src/surfaces/api/schemas.ts';
import { BOOT, BUNDLE, BUNDLE_DIGEST, KEY, OPERATOR, PORT, world } from './world.ts';

const FILE = new URL('../../../docs/reference/openapi.json', import.meta.url);

describe('documents', () => {
  it('are what the OpenAPI document says', async () => {
    const one = world({ halted: () => true, policyProblems: () => ['broken'] });
    const digest = await one.awaiting('m-aaaa0001');
    await one.awaiting('m-aaaa0002');
    await one.command({ type: 'mission.approve', mission: 'm-aaaa0001', digest });
    const get = async (path: string) => (await one.call('GET', path)).json;
    const { tasks } = await get('/v1/tasks');
    const [task] = schemas.tasks.parse({ tasks }).tasks as { id: string }[];
    expect(schemas.task.parse(await get(`/v1/tasks/${task?.id}`))).toMatchObject({ repo: 'app' });
    const { missions } = schemas.missions.parse(await get('/v1/missions'));
    expect(missions.map(({ id }) => id)).toEqual(['m-aaaa0001', 'm-aaaa0002']);
    expect(schemas.mission.parse(await get('/v1/missions/m-aaaa0001')).tasks).toHaveLength(1);
    expect(schemas.status.parse(await get('/v1/status'))).toMatchObject({
      switch: true,
      policyProblems: ['broken'],
      approvals: 1,
    });
    expect(schemas.usage.parse(await get('/v1/usage'))).toMatchObject({ runs: [] });
    expect(schemas.repos.parse(await get('/v1/repos')).repos).toMatchObject([
      { id: 'app', missions: ['m-aaaa0001', 'm-aaaa0002'] },
    ]);
    expect(schemas.holds.parse(await get('/v1/holds')).holds).toEqual([]);
    expect(schemas.approvals.parse(await get('/v1/approvals')).approvals).toMatchObject([
      { kind: 'mission', id: 'm-aaaa0002' },
    ]);
    const history = schemas.eventPage.parse(await get(`/v1/tasks/${task?.id}/history`));
    expect(history.events.map(({ stream }) => stream)).toEqual(
      history.events.map(() => `task/${task?.id}`),
    );
    expect(history.events.length).toBeGreaterThan(0);
  });

  it('page through the log', async () => {
    const one = world();
    for (let i = 1; i <= 5; i++) await one.awaiting(`m-aaaa000${i}`);
    const all = await one.events();
    const seen = [];
    for (let from = 1; ; ) {
      const { json } = await one.call('GET', `/v1/events?from=${from}&limit=7`);
      if (json.events.length === 0) break;
      seen.push(...json.events);
      from = json.next;
      expect(json.last).toBe(all.length);
    }
    expect(seen).toEqual(all);
    expect((await one.call('GET', '/v1/events?from=9999')).json).toMatchObject({
      events: [],
      next: 9999,
    });
  });

  it('are not found by wrong, hostile or unknown names', async () => {
    const { call } = world();
    const bad = ['%00', 'm-%00aaaa', '..%2f..%2fetc', 'm-aaaa0001%0a', '%ff', '%E2%80%AE', "'--"];
    for (const id of bad) {
      for (const path of [
        `/v1/missions/${id}`,
        `/v1/tasks/${id}`,
        `/v1/tasks/${id}/history`,
        `/v1/evidence/${id}`,
        `/v1/runs/${id}/logs`,
      ]) {
        const { status, json } = await call('GET', path);
        expect([path, status, json?.code]).toEqual([path, 400, 'invalid']);
      }
    }
    expect((await call('GET', '/v1/missions/m-aaaa0001')).json.code).toBe('unknown-mission');
    expect((await call('GET', '/v1/tasks/t-aaaa0001')).json.code).toBe('unknown-task');
    expect((await call('GET', '/v1/tasks/t-aaaa0001/history')).json.code).toBe('unknown-task');
    expect((await call('GET', `/v1/evidence/${'0'.repeat(64)}`)).json.code).toBe(
      'unknown-evidence',
    );
    expect((await call('GET', '/v1/runs/r-99999999/logs')).json.code).toBe('unknown-run');
    for (const query of [
      'from=-1',
      'from=1.5',
      'from=x',
      'limit=0',
      'limit=501',
      'from=1e3',
      'x=1',
      'from=%00',
    ])
      expect([query, (await call('GET', `/v1/events?${query}`)).status]).toEqual([query, 400]);
  });

  it('give evidence byte for byte and never as a page', async () => {
    const { api } = world();
    const request = new Request(`http://127.0.0.1:${PORT}/v1/evidence/${BUNDLE_DIGEST}`, {
      headers: { host: `127.0.0.1:${PORT}`, authorization: `Bearer ${OPERATOR}` },
    });
    const answer = await api.fetch(request, { port: PORT });
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(BUNDLE);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  it('give the end of a run’s output', async () => {
    const { call } = world();
    expect((await call('GET', '/v1/runs/r-00000001/logs?which=stderr')).json).toEqual({
      run: 'r-00000001',
      which: 'stderr',
      text: '\u001b[31mstderr',
      truncated: true,
    });
    expect((await call('GET', '/v1/runs/r-00000001/logs?which=../x')).status).toBe(400);
  });
});

describe('health', () => {
  it('proves the daemon for a nonce of sane length, without a token', async () => {
    const { call } = world();
    const nonce = 'n'.repeat(32);
    expect((await call('GET', `/healthz?nonce=${nonce}`, { token: null })).json).toEqual({
      ok: true,
      version: '0.0.0-test',
      boot: BOOT,
      proof: prove(KEY, nonce, BOOT, PORT),
    });
    expect((await call('GET', '/healthz', { token: null })).json.proof).toBeNull();
    for (const bad of ['', 'short', 'n'.repeat(129), `${nonce}%0a`, 'n'.repeat(20_000)])
      expect((await call('GET', `/healthz?nonce=${bad}`, { token: null })).status).toBe(400);
  });
});

describe('what waits', () => {
  it('names a paused repo among the holds, since when and how many tasks are behind it', async () => {
    const { call, command, awaiting, dispatch } = world();
    const digest = await awaiting('m-aaaa0001');
    const alarm = { type: 'repo.pause', repo: 'app', reason: 'another tree landed' } as const;
    await dispatch({ id: 'alarm', actor: 'system:reaction', command: alarm });
    await command({ type: 'mission.approve', mission: 'm-aaaa0001', digest });
    const { holds } = (await call('GET', '/v1/holds')).json;
    expect(schemas.holds.parse({ holds }).holds).toEqual([
      {
        id: 'app',
        title: 'repo app: 1 task waits for it',
        hold: {
          code: 'repo-paused',
          reason: 'another tree landed',
          since: expect.stringMatching(/^2026-01-01T00:/),
          resumes: { by: 'operator' },
          remedy: '`aedev hold resume app` when you have looked',
          meaning: 'the repo is paused after an alarm',
        },
      },
    ]);
    expect((await call('GET', '/v1/status')).json.holds).toEqual(holds);
    await command({ type: 'repo.resume', repo: 'app' });
    expect((await call('GET', '/v1/holds')).json.holds).toEqual([]);
  });
});

describe('the OpenAPI document', () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };

  it('is the committed one; `node scripts/make-openapi.mjs` writes it anew', () => {
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(openApiDocument(version))),
    );
  });

  it('is served to those who have a token, and names every route', async () => {
    const { call } = world();
    const { json } = await call('GET', '/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    expect(json.info.version).toBe('0.0.0-test');
    const { '/healthz': health, ...rest } = json.paths;
    expect(health.get.security).toBeUndefined();
    const operations = Object.values(rest).flatMap((path) => Object.values(path as object));
    expect(operations.length).toBeGreaterThan(15);
    for (const operation of operations) expect(operation.security).toEqual([{ token: [] }]);
    expect(JSON.stringify(json)).toContain('mission.approve');
  });
});
