/** Where the credential comes from, and that it stays where it belongs. */
import { generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jsonWebToken } from '../../../src/delivery/forges/github/app-token.ts';
import {
  type CredentialSettings,
  credentialsFor,
} from '../../../src/delivery/forges/github/credentials.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-gh-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const NOW = Date.parse('2026-03-02T10:00:00Z');
const given = (more: Partial<CredentialSettings> = {}) =>
  credentialsFor({
    host: 'github.com',
    apiUrl: 'https://api.github.com',
    tokenEnv: null,
    app: null,
    env: { PATH: dir },
    now: () => NOW,
    ...more,
  });
const program = (script: string) => {
  writeFileSync(join(dir, 'gh'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'gh'), 0o755);
};

describe('a token', () => {
  const all = {
    AEDEV_GITHUB_TOKEN: 'dummy-aedev',
    GITHUB_TOKEN: 'dummy-github',
    GH_TOKEN: 'dummy-gh',
    GH_ENTERPRISE_TOKEN: 'dummy-enterprise',
    MINE: 'dummy-mine',
  };
  test.each([
    ['dummy-aedev', 'github.com', all, null],
    ['dummy-github', 'github.com', { ...all, AEDEV_GITHUB_TOKEN: ' ' }, null],
    ['dummy-mine', 'github.com', all, 'MINE'],
    ['dummy-aedev', 'git.example', all, null],
    ['dummy-enterprise', 'git.example', { ...all, AEDEV_GITHUB_TOKEN: undefined }, null],
  ])('is %s for %s', async (token, host, env, tokenEnv) => {
    expect(await given({ host, env, tokenEnv }).token()).toBe(token);
  });

  test('meant for github.com goes to no other server, and one variable named is the only one', async () => {
    const env = { GITHUB_TOKEN: 'dummy-github', GH_TOKEN: 'dummy-gh', PATH: dir };
    await expect(given({ host: 'git.example', env }).token()).rejects.toMatchObject({
      tag: 'auth',
    });
    await expect(given({ env, tokenEnv: 'MINE' }).token()).rejects.toMatchObject({
      tag: 'auth',
      message: 'The variable MINE is not set.',
    });
  });

  test('that is none is not sent, and not shown', async () => {
    const rejection = given({ env: { GITHUB_TOKEN: 'two words\nand lines' } }).token();
    await expect(rejection).rejects.toThrow(/^The variable GITHUB_TOKEN holds no token\.$/);
  });

  test('comes from gh when no variable is set: asked for this host, with a closed environment', async () => {
    program(
      '[ "$AEDEV_KEY" = "" ] && [ "$*" = "auth token --hostname git.example" ] && echo dummy-of-gh',
    );
    const env = { PATH: `${dir}:/bin:/usr/bin`, HOME: dir, AEDEV_KEY: 'x' };
    const one = given({ host: 'git.example', env });
    expect([one.from, await one.token()]).toEqual(['the gh CLI', 'dummy-of-gh']);
    program('exit 7');
    expect(await one.token()).toBe('dummy-of-gh');
    one.forget();
    await expect(one.token()).rejects.toMatchObject({
      tag: 'auth',
      remedy: expect.stringContaining('gh auth login --hostname git.example'),
    });
  });

  test('is taken out of whatever is told', async () => {
    const one = given({ env: { GITHUB_TOKEN: 'dummy-github' } });
    await one.token();
    expect(one.clean('a dummy-github b dummy-github')).toBe('a [credential] b [credential]');
  });
});

describe('a GitHub App', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const keyFile = (mode = 0o600, text = pem) => {
    const path = join(dir, 'app.pem');
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    return path;
  };
  const answer = (body: unknown, status = 201) => {
    const asked: { url: string; authorization: string }[] = [];
    const fetch = async (url: unknown, init?: RequestInit) => {
      const { authorization = '' } = (init?.headers ?? {}) as Record<string, string>;
      asked.push({ url: String(url), authorization });
      return new Response(JSON.stringify(body), { status });
    };
    return { asked, fetch: fetch as typeof globalThis.fetch };
  };

  test('signs who it is, for ten minutes at most', () => {
    const [head = '', claims = '', signature = ''] = jsonWebToken(7, pem, NOW).split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT' });
    expect(read(claims)).toEqual({ iat: NOW / 1000 - 60, exp: NOW / 1000 + 540, iss: '7' });
    const signed = Buffer.from(`${head}.${claims}`);
    expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  test('gets a token, keeps it, and gets another before it ends', async () => {
    let now = NOW;
    const expires_at = new Date(NOW + 3_600_000).toISOString();
    const { asked, fetch } = answer({ token: 'dummy-installation', expires_at });
    const app = { id: 7, installation: 9, keyFile: keyFile() };
    const one = given({ app, fetch, now: () => now });
    expect(await Promise.all([one.token(), one.token()])).toEqual([
      'dummy-installation',
      'dummy-installation',
    ]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url).toBe('https://api.github.com/app/installations/9/access_tokens');
    now += 49 * 60_000;
    await one.token();
    expect(asked).toHaveLength(1);
    now += 2 * 60_000;
    await one.token();
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['can be read by other accounts', () => keyFile(0o640)],
    ['cannot be read', () => join(dir, 'none.pem')],
    [
      'cannot be read',
      () => {
        symlinkSync(keyFile(), join(dir, 'link.pem'));
        return join(dir, 'link.pem');
      },
    ],
    ['holds no RSA private key', () => keyFile(0o600, 'dummy-words')],
  ])('with a key file that %s asks nothing', async (why, file) => {
    const { asked, fetch } = answer({});
    const rejection = given({ app: { id: 7, installation: 9, keyFile: file() }, fetch }).token();
    await expect(rejection).rejects.toMatchObject({
      tag: 'auth',
      message: expect.stringContaining(why),
    });
    expect(asked).toEqual([]);
  });

  test.each([
    ['auth', 401, {}],
    ['not-found', 404, {}],
    ['unavailable', 502, {}],
    ['unavailable', 201, { token: 'a\nb', expires_at: '2026-03-02T11:00:00Z' }],
    ['unavailable', 201, { token: 'dummy-token' }],
  ])('is told %s when GitHub answers %s', async (tag, status, body) => {
    const { fetch } = answer(body, status);
    const rejection = given({ app: { id: 7, installation: 9, keyFile: keyFile() }, fetch }).token();
    await expect(rejection).rejects.toMatchObject({ tag });
  });
});
