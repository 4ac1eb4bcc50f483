/** Command lines, preflight and pins of the codex and gemini coders; what they read: other-read.test.ts. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { policiesFile } from '../../../src/control/policy.ts';
import { CODEX_VERSION, CodexCoder } from '../../../src/execution/coders/codex.ts';
import { createCoder, modelOf } from '../../../src/execution/coders/create.ts';
import { GEMINI_VERSION, GeminiCoder } from '../../../src/execution/coders/gemini.ts';
import { paidVariablesIn } from '../../../src/execution/paid-variables.ts';
import { pinnedVersion } from '../../support/coder-clis.ts';
import { START } from '../../support/coder-run.ts';

const KEY = 'dummy-key-0123456789';
const families = {
  codex: { coder: new CodexCoder(), variable: 'AEDEV_CODEX_API_KEY', version: CODEX_VERSION },
  gemini: { coder: new GeminiCoder(), variable: 'AEDEV_GEMINI_API_KEY', version: GEMINI_VERSION },
};
const names = ['codex', 'gemini'] as const;

describe.each(names)('the %s coder', (name) => {
  const { coder, variable, version } = families[name];
  const hostEnv = { [variable]: KEY };

  it('is pinned to the one version that it was tried with, by digest and without a registry', () => {
    expect(pinnedVersion(name)).toBe(version);
    const lock = new URL(`../../../docker/${name}/package-lock.json`, import.meta.url);
    const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
      packages: Record<string, object>;
    };
    const all = Object.entries(packages).filter(([path]) => path !== '');
    expect(all.length).toBeGreaterThan(1);
    for (const [, entry] of all) {
      expect(entry).toHaveProperty('integrity', expect.stringMatching(/^sha512-/));
      expect(entry).not.toHaveProperty('resolved');
    }
  });

  it('asks the program for its version, and takes no other', () => {
    const [probe] = coder.probes;
    const asked = probe?.command({ ...START, hostEnv });
    expect(asked?.argv).toEqual([name, '--version']);
    expect(asked?.stdin).toBeNull();
    const said = (stdout: string) => probe?.read(stdout, 'api') ?? null;
    expect(said(`${name === 'codex' ? 'codex-cli ' : ''}${version}\n`)).toBeNull();
    for (const other of ['', 'codex-cli 0.1.0', '9.9.9', `${version}-beta.1`, 'usage: …'])
      expect(said(other)).toMatchObject({ code: 'coder-missing' });
    expect(said('x\u001b[2J 1.2.3')?.sentence).not.toContain('\u001b');
  });

  it('is given its own key alone, or none where the host adds it', () => {
    const own = coder.command({ ...START, hostEnv });
    expect(Object.values(own.env)).toContain(KEY);
    const { env, argv, files } = coder.command({
      ...START,
      hostEnv,
      apiBase: 'http://127.0.0.1:18080',
    });
    expect(JSON.stringify([env, argv, files])).not.toContain(KEY);
    expect(JSON.stringify([env, argv])).toContain('http://127.0.0.1:18080');
    expect(coder.credential()).toBe(variable);
    // Nothing that pays is set but what is meant to be.
    expect(paidVariablesIn(own.env, 'lends' in own ? (own.lends ?? []) : own.secretEnv)).toEqual(
      [],
    );
  });

  it('takes its prompt by standard input, never as an argument', () => {
    expect(coder.command(START).stdin).toBe('prompt');
  });

  it.each(['--yolo', 'a b', '', 'x\n', '-m'])('refuses the model %j', (model) => {
    expect(() => coder.command({ ...START, model })).toThrow('model name');
  });

  it('says before a run what is certainly wrong', async () => {
    expect(await coder.check(hostEnv)).toEqual([]);
    for (const value of [undefined, '', '  ', 'short', 'with space inside it'])
      expect(await coder.check({ [variable]: value })).toEqual([
        expect.objectContaining({ code: 'coder-auth', remedy: expect.stringContaining(variable) }),
      ]);
    for (const baseUrl of ['http://example.com', 'ftp://127.0.0.1', 'nowhere']) {
      const settings = policiesFile.parse({}).coders;
      const odd = createCoder(name, {
        ...settings,
        [name]: { ...settings[name], base_url: baseUrl },
      });
      expect(await odd.check(hostEnv)).toEqual([expect.objectContaining({ code: 'coder-auth' })]);
    }
  });

  it('lets the proxy pass the calls of its model and nothing else', () => {
    const api = coder.api(hostEnv);
    const good =
      name === 'codex'
        ? ['/responses']
        : [
            '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
            '/v1beta/models/gemini-2.5-flash:generateContent',
            '/v1beta/models/gemini-2.5-pro:countTokens',
          ];
    for (const path of good) expect(api.calls?.post.test(path)).toBe(true);
    for (const path of [
      '/files',
      '/v1beta/files',
      '/upload/v1beta/files',
      '/responses/x',
      '/responses?x=1',
      '/batches',
      '/v1beta/models/x:batchGenerateContent',
      '/v1beta/models/../files:generateContent',
      '/v1beta/cachedContents',
      '//evil.test/responses',
    ])
      expect([path, api.calls?.post.test(path)]).toEqual([path, false]);
    for (const header of [
      'authorization',
      'cookie',
      'x-api-key',
      'x-goog-api-key',
      'x-goog-user-project',
      'openai-organization',
      'openai-project',
      'host',
    ])
      expect([header, api.calls?.headers.test(header)]).toEqual([header, false]);
  });
});

describe('policy', () => {
  it('chooses the coder and its model by family', () => {
    const { coders } = policiesFile.parse({
      coders: { codex: { model: 'gpt-a' }, gemini: { executable: '/opt/gemini' } },
    });
    expect(createCoder('codex', coders)).toBeInstanceOf(CodexCoder);
    expect(createCoder('gemini', coders).executable).toBe('/opt/gemini');
    expect(['codex', 'gemini', 'claude'].map((name) => modelOf(name, coders))).toEqual([
      'gpt-a',
      null,
      null,
    ]);
  });

  it('tells codex its turns in no way, and gemini in its settings', () => {
    const [settings] = families.gemini.coder.command({ ...START, maxTurns: 7 }).files;
    expect(JSON.parse(settings?.content ?? '')).toMatchObject({ model: { maxSessionTurns: 7 } });
    expect(
      JSON.stringify(families.codex.coder.command({ ...START, maxTurns: 7 }).argv),
    ).not.toMatch(/turns/);
  });
});
