import { createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppHandle } from '../support/github/double.ts';
import { type Bed, client, startBed } from './client.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await startBed();
});
afterEach(() => bed.close());

const say = (body: string) => bed.call('POST', `${bed.at}/issues/1/comments`, { body });
const said = () => bed.repo.state.comments.map(({ body }) => body);
const failed = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    () => 'lost',
  );

describe('faults', () => {
  const match = { method: 'POST', path: /\/comments$/ };
  beforeEach(async () => {
    await bed.repo.push('aedev/t0', { files: { z: 'z\n' } });
    await bed.repo.open({ head: 'aedev/t0' });
  });

  it('answer with any status before or after the effect, as often as asked', async () => {
    const before = bed.hub.faults.add(
      match,
      { kind: 'status', status: 502 },
      { times: 2, skip: 1 },
    );
    const seen = [];
    for (const name of ['a', 'b', 'c', 'd']) seen.push((await say(name)).status);
    expect([seen, before.count]).toEqual([[201, 502, 502, 201], 2]);
    bed.hub.faults.add(match, { kind: 'status', status: 500, after: true });
    expect((await say('e')).status).toBe(500);
    expect(said()).toEqual(['a', 'd', 'e']);
  });

  it('cut connections before or after the effect', async () => {
    bed.hub.faults.add(match, { kind: 'reset' });
    expect(await failed(say('a'))).toBe('lost');
    expect(said()).toEqual([]);
    bed.hub.faults.add(match, { kind: 'reset', after: true });
    expect(await failed(say('a'))).toBe('lost');
    expect(said()).toEqual(['a']);
    expect(bed.hub.journal.lines('write')).toEqual([
      `POST ${bed.at}/issues/1/comments lost`,
      `POST ${bed.at}/issues/1/comments lost`,
    ]);
  });

  it('hold a request until released, without stopping others', async () => {
    const held = bed.hub.faults.add(match, { kind: 'hold' });
    const slow = say('slow');
    expect((await held.met).path).toBe(`${bed.at}/issues/1/comments`);
    expect((await say('quick')).status).toBe(201);
    expect(said()).toEqual(['quick']);
    held.release();
    expect((await slow).status).toBe(201);
    const late = bed.hub.faults.add(match, { kind: 'hold', after: true });
    const reply = say('late');
    await late.met;
    expect(said()).toContain('late');
    late.release();
    expect((await reply).status).toBe(201);
  });

  it('perform a request twice', async () => {
    bed.hub.faults.add(match, { kind: 'repeat' });
    expect((await say('a')).status).toBe(201);
    expect(said()).toEqual(['a', 'a']);
  });

  it('break bodies', async () => {
    const raw = () =>
      fetch(bed.hub.url + bed.at, { headers: { authorization: `Bearer ${bed.token}` } });
    bed.hub.faults.add({ path: bed.at }, { kind: 'malformed' });
    expect(await failed((await raw()).json())).toBe('lost');
    bed.hub.faults.add({ path: bed.at }, { kind: 'truncated' });
    expect(await failed(raw().then((response) => response.text()))).toBe('lost');
    bed.hub.faults.add({ path: bed.at }, { kind: 'html' });
    const html = await raw();
    expect([html.status, html.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    bed.hub.faults.add({ path: bed.at }, { kind: 'html', status: 502 });
    expect((await raw()).status).toBe(502);
    expect((await raw()).status).toBe(200);
  });

  it('limit the rate, both ways, for REST and GraphQL', async () => {
    bed.hub.faults.add(match, { kind: 'secondary-limit', retryAfter: 7 });
    const second = await say('a');
    expect([second.status, second.headers.get('retry-after')]).toEqual([403, '7']);
    expect(second.body.message).toContain('secondary rate limit');
    bed.hub.faults.add(match, { kind: 'secondary-limit', status: 429 });
    const bare = await say('a');
    expect([bare.status, bare.headers.get('retry-after')]).toEqual([429, null]);
    bed.hub.faults.add(match, { kind: 'primary-limit', resetIn: 5000 });
    const first = await say('a');
    expect([first.status, first.headers.get('x-ratelimit-remaining')]).toEqual([403, '0']);
    expect((await bed.call('GET', bed.at)).status).toBe(403);
    expect(said()).toEqual([]);
    bed.hub.advance(5000);
    expect((await say('a')).status).toBe(201);
    bed.hub.faults.add({ surface: 'graphql' }, { kind: 'primary-limit', resetIn: 5000 });
    const graph = await bed.call('POST', '/graphql', { query: '{viewer{login}}' });
    expect([graph.status, graph.body.errors[0].type]).toEqual([200, 'RATE_LIMITED']);
    expect(graph.headers.get('x-ratelimit-remaining')).toBe('0');
  });

  it('answer reads from the past', async () => {
    const head = await bed.repo.push('aedev/t1', { files: { b: 'b\n' } });
    const number = await bed.repo.open({ head: 'aedev/t1', draft: true });
    await bed.repo.knowMergeability();
    const path = `${bed.at}/pulls/${number}`;
    bed.hub.faults.add({ path, method: 'GET' }, { kind: 'stale' });
    bed.hub.faults.add({ surface: 'graphql', kind: 'read' }, { kind: 'stale' });
    await bed.repo.push('aedev/t1', { files: { c: 'c\n' } });
    await bed.repo.setDraft(number, false);
    const old = await bed.call('GET', path);
    expect([old.body.head.sha, old.body.draft]).toEqual([head, true]);
    const query = `{repository(owner:"acme",name:"shop"){pullRequest(number:${number}){headRefOid isDraft}}}`;
    const past = await bed.query(query);
    expect(past.data.repository.pullRequest).toEqual({ headRefOid: head, isDraft: true });
    const now = await bed.call('GET', path);
    expect([now.body.head.sha, now.body.draft]).toEqual([bed.repo.tip('aedev/t1'), false]);
  });

  it('let something happen between two pages, or between a look and a deed', async () => {
    for (const name of ['b', 'c']) {
      await bed.repo.push(name, { files: { [name]: 'x\n' } });
      await bed.repo.open({ head: name });
    }
    const path = `${bed.at}/pulls`;
    bed.hub.faults.add({ path }, { kind: 'call', after: true, run: () => bed.repo.close(3) });
    const numbers = async (page: number) => {
      const { body } = await bed.call('GET', `${path}?per_page=2&page=${page}`);
      return body.map((pull: { number: number }) => pull.number);
    };
    expect(await numbers(1)).toEqual([3, 2]);
    // What was on the second page has moved to the first: a reader of pages never sees it.
    expect(await numbers(2)).toEqual([]);
    const head = await bed.repo.push('aedev/t1', { files: { b: 'b\n' } });
    const number = await bed.repo.open({ head: 'aedev/t1' });
    const foreign = () => bed.repo.push('aedev/t1', { files: { c: 'c\n' } });
    bed.hub.faults.add(
      { method: 'PUT' },
      { kind: 'call', run: async () => void (await foreign()) },
    );
    const merge = await bed.call('PUT', `${bed.at}/pulls/${number}/merge`, { sha: head });
    expect(merge.status).toBe(409);
  });
});

describe('apps', () => {
  function jwt(app: AppHandle, claims: object = {}, key = app.privateKey): string {
    const now = Math.floor(bed.hub.hub.now() / 1000);
    const whole = { iss: app.clientId, iat: now - 60, exp: now + 300, ...claims };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const data = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(whole)}`;
    return `${data}.${createSign('RSA-SHA256').update(data).sign(key, 'base64url')}`;
  }

  it('get tokens for an hour, no stronger than the installation', async () => {
    const permissions = { contents: 'write', pull_requests: 'write', checks: 'write' } as const;
    const app = bed.hub.app({ repos: [bed.repo], permissions });
    const other = await bed.hub.createRepo('acme/other');
    const as = (token: string) => client(bed.hub.url, token);
    const api = as(jwt(app));
    const path = `/app/installations/${app.installation}/access_tokens`;
    const made = await api('POST', path);
    expect([made.status, made.body.permissions.contents]).toEqual([201, 'write']);
    const bot = as(made.body.token);
    expect((await bot('GET', bed.at)).status).toBe(200);
    expect((await bot('GET', `/repos/${other.fullName}`)).status).toBe(404);
    const sha = bed.repo.tip('main');
    const denied = await bot('POST', `${bed.at}/statuses/${sha}`, { state: 'success' });
    expect([denied.status, denied.body.message]).toEqual([
      403,
      'Resource not accessible by integration',
    ]);
    bed.hub.advance(3_600_000);
    expect((await bot('GET', bed.at)).status).toBe(401);
    expect(bed.hub.journal.lines('auth').length).toBe(1);
  });

  it('are believed by their key and clock only', async () => {
    const app = bed.hub.app({ repos: [bed.repo] });
    const now = Math.floor(bed.hub.hub.now() / 1000);
    const path = `/app/installations/${app.installation}/access_tokens`;
    const status = async (token: string) => (await client(bed.hub.url, token)('POST', path)).status;
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    expect(createPublicKey(privateKey).asymmetricKeyType).toBe('rsa');
    expect(await status(jwt(app))).toBe(201);
    expect(await status(jwt(app, { iss: app.id }))).toBe(201);
    expect(await status(jwt(app, {}, privateKey))).toBe(401);
    expect(await status(jwt(app, { exp: now + 700 }))).toBe(401);
    expect(await status(jwt(app, { exp: now - 1 }))).toBe(401);
    expect(await status(jwt(app, { iat: now + 60 }))).toBe(401);
    expect(await status(jwt(app, { iss: 'somebody' }))).toBe(401);
    expect(await status('a.b.c')).toBe(401);
    expect(await status(bed.token)).toBe(401);
  });
});

it('keeps logs at another origin, where no token belongs', async () => {
  const sha = bed.repo.tip('main') as string;
  const job = await bed.repo.check({ sha, name: 'ci', conclusion: 'failure', log: 'boom\n' });
  const { status, headers } = await bed.call('GET', `${bed.at}/actions/jobs/${job}/logs`);
  const location = headers.get('location') ?? '';
  expect([status, location.startsWith(bed.hub.url)]).toEqual([302, false]);
  expect(await (await fetch(location)).text()).toBe('boom\n');
  expect(bed.hub.leaks).toEqual([]);
  await fetch(location, { headers: { authorization: `Bearer ${bed.token}` } });
  expect(bed.hub.leaks.length).toBe(1);
});

it('ends cleanly while requests wait', async () => {
  const other = await startBed();
  const held = other.hub.faults.add({ method: 'POST' }, { kind: 'hold' });
  const lost = failed(other.call('POST', `${other.at}/pulls`, {}));
  await held.met;
  await other.close();
  expect(await lost).toBe('lost');
});

it('does not pretend to know what it does not', async () => {
  const { status, body } = await bed.call('GET', `${bed.at}/releases`);
  expect([status, body.message]).toEqual([
    501,
    `The double does not cover GET ${bed.at}/releases.`,
  ]);
});
