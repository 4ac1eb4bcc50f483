/** GitHub as it is reached in other ways, and lists that change while they are read. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressOf } from '../../../src/delivery/forges/github/address.ts';
import type { Api } from '../../../src/delivery/forges/github/api.ts';
import type { GitHubForge } from '../../../src/delivery/forges/github/github.ts';
import { readAll } from '../../../src/delivery/forges/github/pages.ts';
import { git } from '../../../src/lib/git.ts';
import { opening } from '../../support/forges.ts';
import { type GitHubBed, githubBed } from '../../support/github-bed.ts';

const FILES = { 'a.txt': 'one\n' };
let bed: GitHubBed;
let dir: string;
beforeEach(async () => {
  bed = await githubBed(FILES);
  dir = mkdtempSync(join(tmpdir(), 'aedev-gh-'));
});
afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await bed.remove();
});

async function opened(forge: GitHubForge, name = 't-1'): Promise<number> {
  const head = await bed.host.commit({ ...FILES, [`${name}.txt`]: 'b\n' }, [bed.base]);
  await forge.push(bed.host, head, `aedev/${name}`, null);
  const { number } = await forge.openPull(opening(name));
  return number;
}

describe('addresses', () => {
  test.each([
    [
      'https://github.com/a/b.git',
      null,
      'https://api.github.com',
      'https://api.github.com/graphql',
    ],
    [
      'https://git.corp.example/a/b.git',
      null,
      'https://git.corp.example/api/v3',
      'https://git.corp.example/api/graphql',
    ],
    [
      'https://corp.ghe.com/a/b.git',
      null,
      'https://api.corp.ghe.com',
      'https://api.corp.ghe.com/graphql',
    ],
    [
      'https://git.example/a/b.git',
      'https://git.example/x/api/v3/',
      'https://git.example/x/api/v3',
      'https://git.example/x/api/graphql',
    ],
  ])('of %s', (source, api, apiUrl, graphqlUrl) => {
    expect(addressOf('a/b', source, api)).toMatchObject({
      owner: 'a',
      name: 'b',
      apiUrl,
      graphqlUrl,
    });
  });

  test('as an Enterprise server has them work', async () => {
    const forge = bed.make({ apiUrl: bed.double.enterprise.api });
    const number = await opened(forge);
    await forge.markReady(number);
    const pull = await forge.pull(number);
    const expected = { head: pull.head, base: pull.base };
    expect(await forge.merge(number, expected, 'merge', 'T', '')).toMatchObject({
      commit: bed.there.tip('main'),
    });
  });
});

describe('a GitHub App', () => {
  test('does all of it with tokens of its installation, and renews them', async () => {
    const app = bed.double.app({ repos: [bed.there] });
    const keyFile = join(dir, 'app.pem');
    writeFileSync(keyFile, app.privateKey);
    chmodSync(keyFile, 0o600);
    const forge = bed.make({
      env: {},
      app: { id: app.id, installation: app.installation, keyFile },
    });
    const number = await opened(forge);
    await forge.comment(number, 'm', 'first');
    bed.double.advance(55 * 60_000);
    await forge.comment(number, 'm', 'second');
    expect(bed.there.state.comments.map(({ body }) => body.split('\n')[0])).toEqual(['second']);
    const auth = bed.double.journal.entries.filter(({ kind }) => kind === 'auth');
    expect(auth.map(({ status }) => status)).toEqual([201, 201]);
  });
});

describe('lists that change while they are read', () => {
  /** A list of ids, newest first, in pages of two; `between` runs before each page is given. */
  function pages(ids: number[], between: (asked: number) => void) {
    let asked = 0;
    const given = new Map<number, string>();
    const rest = async (_what: string, _route: string, parameters: { page?: number } = {}) => {
      const { page = 1 } = parameters;
      asked += 1;
      between(asked);
      const data = ids.slice((page - 1) * 2, page * 2).map((id) => ({ id }));
      const unchanged = given.get(page) === JSON.stringify(data);
      given.set(page, JSON.stringify(data));
      const link = page * 2 < ids.length ? '<x>; rel="next"' : '';
      return { data, unchanged, link, headers: {} };
    };
    const api = { rest } as unknown as Api;
    return { read: () => readAll<{ id: number }>(api, 'list', 'GET /x', {}), asked: () => asked };
  }
  const idsOf = (items: { id: number }[]) => items.map(({ id }) => id).sort((a, b) => a - b);

  test('at rest are read once more, for free; one page is enough by itself', async () => {
    const still = pages([5, 4, 3, 2, 1], () => {});
    expect(idsOf(await still.read())).toEqual([1, 2, 3, 4, 5]);
    expect(still.asked()).toBe(6);
    const short = pages([2, 1], () => {});
    expect([idsOf(await short.read()), short.asked()]).toEqual([[1, 2], 1]);
  });

  test('double nothing when something comes', async () => {
    const ids = [5, 4, 3, 2, 1];
    const list = pages(ids, (asked) => {
      if (asked === 2) ids.unshift(6);
    });
    expect(idsOf(await list.read())).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('lose nothing when something goes', async () => {
    const ids = [5, 4, 3, 2, 1];
    const list = pages(ids, (asked) => {
      // Without a second reading, 3 would slip onto the page that was read already.
      if (asked === 2) ids.splice(0, 1);
    });
    expect(idsOf(await list.read())).toEqual([1, 2, 3, 4]);
  });

  test('that never rest are a failure, not half an answer', async () => {
    const ids = [5, 4, 3, 2, 1];
    const list = pages(ids, (asked) => {
      ids[0] = 100 + asked;
    });
    await expect(list.read()).rejects.toMatchObject({ tag: 'unavailable', retryable: true });
  });
});

describe('what stays where it is', () => {
  test('the log of a failed job comes from another host, without the credential', async () => {
    const number = await opened(bed.forge);
    const { head } = await bed.forge.pull(number);
    const log = [
      '2026-01-01T00:00:00.0000000Z start',
      '2026-01-01T00:00:01.0000000Z \u001b[31mError: 6 is not 7',
    ];
    await bed.there.check({
      ...{ sha: head, name: 'ci', status: 'completed', conclusion: 'failure' },
      log: log.join('\n'),
    });
    const [check] = (await bed.forge.pull(number)).checks;
    expect(check?.summary).toContain('start | \\x1b[31mError: 6 is not 7');
    expect(bed.double.leaks).toEqual([]);
  });

  test('git gets the credential in its environment only, and follows no redirect with it', async () => {
    const settings = await bed.forge.gitAccess();
    expect(Object.fromEntries(settings)).toMatchObject({ 'http.followRedirects': 'false' });
    const [, header] = settings;
    expect(header?.[0]).toBe(`http.${bed.double.url}/.extraHeader`);
    const url = bed.double.gitUrl(bed.there);
    const ask = (config: [string, string][]) =>
      git(['ls-remote', '--', url], { protocols: ['http'], config, okCodes: [0, 128] });
    expect((await ask(settings)).code).toBe(0);
    expect((await ask([])).code).toBe(128);
    await bed.there.rename('store');
    expect((await ask(settings)).code).toBe(128);
  });
});
