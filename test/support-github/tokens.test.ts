import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bed, client, startBed } from './client.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await startBed();
});
afterEach(() => bed.close());

describe('tokens and names', () => {
  const get = (token: string | null, path = '') => client(bed.hub.url, token)('GET', bed.at + path);
  const post = (token: string | null) =>
    client(bed.hub.url, token)('POST', `${bed.at}/issues/1/comments`, { body: 'x' });

  it('see and do only what they may', async () => {
    await bed.repo.push('aedev/t1', { files: { b: 'b\n' } });
    await bed.repo.open({ head: 'aedev/t1' });
    const { hub } = bed;
    expect((await get(null)).status).toBe(404);
    expect((await get('invented')).status).toBe(401);
    expect((await get(hub.token({ login: 'stranger' }))).status).toBe(404);
    expect((await get(hub.token({ kind: 'classic', permissions: {} }))).status).toBe(404);
    expect((await get(hub.token({ repos: [] }))).status).toBe(404);
    const classic = await get(hub.token({ kind: 'classic' }));
    expect([classic.status, classic.headers.get('x-oauth-scopes')]).toEqual([200, 'repo']);
    const poor = await post(hub.token({ permissions: { contents: 'write' } }));
    expect([poor.status, poor.body.message]).toEqual([
      403,
      'Resource not accessible by personal access token',
    ]);
    expect(poor.headers.get('x-accepted-github-permissions')).toBe(
      'issues=write; pull_requests=write',
    );
    expect((await post(hub.token({ permissions: { issues: 'read' } }))).status).toBe(403);
    expect((await post(hub.token({ permissions: { issues: 'write' } }))).status).toBe(201);
    const brief = hub.token({ expiresIn: 1000 });
    expect((await get(brief)).status).toBe(200);
    hub.advance(1001);
    expect((await get(brief)).status).toBe(401);
    expect(hub.journal.lines('write').map((line) => line.split(' ').at(-1))).toEqual([
      '403',
      '403',
      '201',
    ]);
  });

  it('run out, per hour', async () => {
    bed.hub.limits.limit = 3;
    const last = [];
    for (let at = 0; at < 4; at += 1) last.push(await bed.call('GET', bed.at));
    expect(last.map(({ status }) => status)).toEqual([200, 200, 200, 403]);
    expect(last[3]?.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(last[3]?.body.message).toContain('API rate limit exceeded');
    bed.hub.advance(3_600_000);
    expect((await bed.call('GET', bed.at)).status).toBe(200);
  });

  it('lead from an old name to the new one', async () => {
    await bed.repo.rename('store');
    const moved = await bed.call('GET', `${bed.at}/pulls?state=all`);
    const url = `${bed.hub.url}/repositories/${bed.repo.id}/pulls?state=all`;
    expect([moved.status, moved.headers.get('location'), moved.body.url]).toEqual([301, url, url]);
    expect((await bed.call('GET', url)).status).toBe(200);
    const write = await bed.call('POST', `${bed.at}/pulls`, {});
    expect(write.status).toBe(307);
    expect((await bed.call('GET', '/repos/acme/store')).body.full_name).toBe('acme/store');
  });

  it('work under the addresses of GitHub Enterprise Server', async () => {
    const there = client(bed.hub.enterprise.api, bed.token);
    const { body } = await there('GET', '/repos/acme/shop');
    expect(body.url).toBe(`${bed.hub.enterprise.api}/repos/acme/shop`);
    const graph = client(bed.hub.enterprise.graphql, bed.token);
    const answer = await graph('POST', '', { query: '{viewer{login}}' });
    expect(answer.body).toEqual({ data: { viewer: { login: 'aedev-bot' } } });
  });
});
