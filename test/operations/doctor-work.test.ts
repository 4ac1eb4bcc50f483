/** The doctor on what a run needs: sandbox, coders, judges, repos. */
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NO_SRT } from '../support/sandboxes.ts';
import {
  about,
  copyOf,
  ENV,
  edit,
  examined,
  type History,
  harm,
  makeHistory,
  removeFolders,
  tempFolder,
  toolbox,
  withPath,
} from './homes.ts';

let history: History;
beforeAll(async () => {
  history = await makeHistory();
}, 120_000);
afterEach(removeFolders);
afterAll(() => history?.end());

describe('sandbox and coders', () => {
  const docker = (inspect: string) =>
    `case "$1" in version) echo 27.5.1 amd64,Engine;; image) ${inspect};; *) exit 0;; esac`;
  const digest = `sha256:${'a'.repeat(64)}`;

  test('without isolation are called so', async () => {
    const lines = await examined(copyOf(history.rested));
    expect(about(lines, 'sandbox')).toMatchObject([
      { state: 'warning', sentence: expect.stringMatching(/^NO ISOLATION: coders run as plain/) },
    ]);
    expect(about(lines, 'coder scripted')).toMatchObject([{ state: 'ok' }]);
    expect(JSON.stringify(lines)).not.toContain('the one that is driven');
  });

  test('are looked at for open tasks, too, which keep the coder they were created with', async () => {
    const paths = copyOf(history.rested);
    edit(paths.policiesFile, (policies) => {
      const { coders } = policies as unknown as { coders: object };
      Object.assign(policies, { coders: { ...coders, default: 'claude' } });
    });
    expect(about(await examined(paths), 'coder scripted')).toEqual([]);
    harm(
      paths.database,
      'drop',
      "UPDATE views SET body = json_set(body, '$.status', 'coding') WHERE kind = 'task'",
    );
    expect(about(await examined(paths), 'coder scripted')).toMatchObject([
      { state: 'ok', sentence: expect.stringContaining(`Used by task ${history.task.id}: `) },
    ]);
  });

  test.each<[string, string, string | null, string]>([
    ['an image that is here', `echo ${digest}`, digest, 'ok'],
    ['an image that is not', 'exit 1', digest, 'missing'],
    ['an image that is not pinned', 'exit 1', null, 'missing'],
  ])('are told of %s', async (_name, inspect, pin, state) => {
    const paths = copyOf(history.rested);
    edit(paths.policiesFile, (policies) => {
      Object.assign(policies, { sandbox: { image: { name: 'runner', digest: pin } } });
    });
    const path = toolbox({ git: null, docker: docker(inspect) });
    const lines = await withPath(path, () => examined(paths));
    expect(about(lines, 'sandbox engine')).toMatchObject([
      { state: 'ok', sentence: 'docker 27.5.1 answers.' },
    ]);
    expect(about(lines, 'sandbox image')).toMatchObject([{ state }]);
    expect(about(lines, 'processes')).toEqual([]);
  });

  test('are told of an engine that cannot be given the filter of system calls', async () => {
    const paths = copyOf(history.rested);
    edit(paths.policiesFile, (policies) => {
      Object.assign(policies, { sandbox: { image: { name: 'runner', digest } } });
    });
    const podman = 'case "$1" in version) echo 4.3.1 amd64,Podman Engine,Engine;; esac';
    const path = toolbox({ git: null, docker: podman });
    const lines = await withPath(path, () => examined(paths));
    expect(about(lines, 'sandbox engine')).toMatchObject([
      { state: 'ok' },
      { state: 'warning', sentence: expect.stringContaining('filter of system calls') },
    ]);
  });

  test.each([
    ['holds no coder', 'exit 1', 'the claude CLI does not run'],
    ['holds another one', 'echo 1.2.3', 'holds claude 1.2.3, but this aedev was tried with'],
  ])('are told of an image that %s', async (_name, run, sentence) => {
    const other = `sha256:${_name.length.toString(16).repeat(64).slice(0, 64)}`;
    const paths = copyOf(history.rested);
    edit(paths.policiesFile, (policies) => {
      Object.assign(policies, { sandbox: { image: { name: 'runner', digest: other } } });
      Object.assign(policies, { coders: { default: 'claude' } });
    });
    const asked = `case "$1" in version) echo 27.5.1 amd64,Engine;; image) echo ${other};; run) ${run};; esac`;
    const path = toolbox({ git: null, docker: asked });
    const lines = await withPath(path, () => examined(paths));
    expect(about(lines, 'sandbox image')).toMatchObject([
      {
        state: 'broken',
        sentence: expect.stringContaining(sentence),
        remedy: expect.stringContaining('aedev image build'),
      },
    ]);
  });

  test('are in the srt tier where no engine answers, and docker is looked at where one is named', async () => {
    const paths = copyOf(history.rested);
    const tier = (name: string) =>
      edit(paths.policiesFile, (policies) => {
        Object.assign(policies, { sandbox: { tier: name } });
      });
    const path = toolbox({ git: null });
    const seen = () => withPath(path, () => examined(paths));
    const reason = { auto: 'no container engine answers', srt: 'sandbox.tier is srt' };
    for (const name of ['auto', 'srt'] as const) {
      tier(name);
      const lines = await seen();
      expect(about(lines, 'sandbox')).toMatchObject([
        { state: NO_SRT === null ? 'ok' : 'missing' },
      ]);
      expect(about(lines, 'sandbox')[0]?.sentence).toContain(reason[name]);
      expect(about(lines, 'sandbox engine')).toEqual([]);
    }
    tier('docker');
    expect(about(await seen(), 'sandbox engine')).toMatchObject([{ state: 'missing' }]);
  });

  test('of the claude family are found, asked their version, and their token is looked at', async () => {
    const paths = copyOf(history.rested);
    edit(paths.policiesFile, (policies) => {
      Object.assign(policies, {
        coders: { default: 'claude', scripted: { argv: ['no-such-program'] } },
      });
    });
    edit(paths.reposFile, (file) => {
      Object.assign((file as unknown as { repos: object[] }).repos[0] ?? {}, { coder: 'scripted' });
    });
    const says = (answer: string) =>
      `(echo trace > "$HOME/trace") 2>&1; [ "$1" = auth ] && { printf '%s' '${answer}'; exit 0; }; echo "2.1.197 (Claude Code)"`;
    const login = '{"loggedIn":true,"authMethod":"oauth_token","apiProvider":"firstParty"}';
    const path = toolbox({ git: null, claude: says(login) });
    const token = 'sk-ant-oat01-dummy-0123456789';
    const env = { ...ENV, PATH: path, AEDEV_CLAUDE_OAUTH_TOKEN: token };
    const good = await examined(paths, { env });
    expect(about(good, 'coder claude')).toMatchObject([
      {
        state: 'ok',
        sentence: `Used by the default: ${path}/claude 2.1.197; lane subscription; AEDEV_CLAUDE_OAUTH_TOKEN from the environment of this command; the daemon needs it too; it would log in by it.`,
      },
    ]);
    expect(about(good, 'coder scripted')).toMatchObject([{ state: 'missing', kind: 'machine' }]);
    const bare = await examined(paths, { env: { PATH: toolbox({ claude: 'exit 1' }) } });
    expect(about(bare, 'coder claude')).toMatchObject([
      {
        state: 'missing',
        kind: 'config',
        sentence: 'AEDEV_CLAUDE_OAUTH_TOKEN is not set, and the keychain holds none.',
        remedy: expect.stringMatching(
          /claude setup-token.*into the keychain.*: `.*AEDEV_CLAUDE_OAUTH_TOKEN/,
        ),
      },
      {
        state: 'broken',
        kind: 'machine',
        sentence: expect.stringContaining('does not tell its version'),
      },
    ]);
    // Another login where it runs is found before any run is.
    const other = toolbox({ git: null, claude: says(login.replace('oauth_token', 'api_key')) });
    const wrong = await examined(paths, { env: { ...env, PATH: other } });
    expect(about(wrong, 'coder claude')).toMatchObject([
      { state: 'broken', sentence: expect.stringContaining('would log in by api_key') },
    ]);
  });

  test.each([
    ['codex', '@openai/codex', '0.169.0'],
    ['gemini', '@google/gemini-cli', '0.61.0'],
  ])(
    'of the %s family are asked their version, and only one is driven',
    async (name, npm, version) => {
      const paths = copyOf(history.rested);
      edit(paths.policiesFile, (policies) => {
        const judges = { families: [] };
        Object.assign(policies, { judges });
        Object.assign(policies, { coders: { default: name, [name]: { api_usd_per_day: 20 } } });
      });
      const variable = `AEDEV_${name.toUpperCase()}_API_KEY`;
      const at = (program: string | null) =>
        toolbox({ git: null, ...(program === null ? {} : { [name]: program }) });
      const seen = async (program: string | null, env = { [variable]: 'dummy-key-0123456789' }) =>
        about(
          await examined(paths, { env: { ...ENV, ...env, PATH: at(program) } }),
          `coder ${name}`,
        );
      expect(await seen(`echo x ${version}`)).toMatchObject([
        { state: 'ok', sentence: expect.stringMatching(/lane api; .*its version is the one/) },
      ]);
      expect(await seen('echo x 9.9.9')).toMatchObject([
        { state: 'broken', remedy: expect.stringContaining(`${npm} ${version}`) },
      ]);
      expect(await seen(null)).toMatchObject([
        { state: 'missing', remedy: expect.stringContaining(`${npm}@${version}`) },
      ]);
      expect(await seen(`echo x ${version}`, {})).toMatchObject([
        { state: 'missing', kind: 'config', remedy: expect.stringContaining(variable) },
      ]);
    },
  );

  test('have their token from the keychain too, of which nothing is printed', async () => {
    const paths = copyOf(history.rested);
    edit(paths.policiesFile, (policies) => {
      Object.assign(policies, { coders: { default: 'claude' } });
    });
    const token = 'a-form-nobody-knows-0123456789';
    const tool = process.platform === 'darwin' ? 'security' : 'secret-tool';
    const claude =
      'if [ "$1" = auth ]; then printf \'{"loggedIn":true,"authMethod":"oauth_token","apiProvider":"firstParty"}\'; else echo "2.1.197 (Claude Code)"; fi';
    const path = toolbox({ git: null, claude, [tool]: `echo '${token}'` });
    const lines = await examined(paths, { env: { PATH: path } });
    expect(about(lines, 'coder claude')).toMatchObject([
      {
        state: 'ok',
        sentence: expect.stringContaining('AEDEV_CLAUDE_OAUTH_TOKEN from the keychain'),
      },
      { state: 'warning', sentence: expect.stringContaining('does not begin as the tokens') },
    ]);
    const locked = toolbox({ git: null, claude, [tool]: `echo '${token}' >&2; exit 36` });
    const shut = await examined(paths, { env: { PATH: locked } });
    expect(about(shut, 'coder claude').map(({ state }) => state)).toEqual(['missing', 'warning']);
    expect(JSON.stringify([lines, shut])).not.toContain(token);
  });
});

describe('judges', () => {
  test('without keys are told by the names of their variables', async () => {
    const paths = copyOf(history.rested);
    const lines = await examined(paths, { env: { ...ENV, TEST_GEMINI_KEY: '' } });
    expect(about(lines, 'judge openai')).toMatchObject([{ state: 'ok' }]);
    expect(about(lines, 'judge gemini')).toMatchObject([
      { state: 'missing', kind: 'config', sentence: 'Judge gemini: TEST_GEMINI_KEY is not set.' },
    ]);
  });

  test('that are too few are told', async () => {
    const paths = copyOf(history.rested);
    edit(paths.policiesFile, (policies) => {
      (policies as unknown as { judges: { families: object[] } }).judges.families.pop();
    });
    expect(about(await examined(paths), 'judges')).toMatchObject([
      { state: 'warning', sentence: expect.stringContaining('Only one judge') },
    ]);
  });
});

describe('repos', () => {
  const change = (file: string, settings: object) =>
    edit(file, (value) => {
      Object.assign((value as unknown as { repos: object[] }).repos[0] ?? {}, settings);
    });

  test.each<[string, (home: string) => object, RegExp]>([
    [
      'whose source is gone',
      (home) => ({ source: join(home, '..', 'gone') }),
      /There is nothing at/,
    ],
    ['without that branch', () => ({ branch: 'nope' }), /There is no branch "nope"/],
    ['with a source that is no repo', () => ({ source: tempFolder() }), /is not the top folder/],
    [
      'whose forge does not exist',
      (home) => ({ forge: { path: join(home, '..', 'forge.git') } }),
      /Its forge .* does not exist/,
    ],
  ])('%s are told', async (_name, settings, sentence) => {
    const paths = copyOf(history.rested);
    change(paths.reposFile, settings(paths.home));
    const lines = about(await examined(paths), 'repo shop');
    expect(lines[0]).toMatchObject({ kind: 'config' });
    expect(lines[0]?.sentence).toMatch(sentence);
  });

  test('in order are told with their tip; one without checks gets a warning', async () => {
    const paths = copyOf(history.rested);
    const [good] = about(await examined(paths), 'repo shop');
    expect(good).toMatchObject({ state: 'ok' });
    expect(good?.sentence).toMatch(
      /^main is at [0-9a-f]{12}; 1 verify command; low-risk changes merge/,
    );
    change(paths.reposFile, { verify: [], auto_merge: false });
    expect(about(await examined(paths), 'repo shop')).toMatchObject([
      { state: 'ok', sentence: expect.stringContaining('nothing merges by itself') },
      { state: 'warning', sentence: expect.stringContaining('no verify commands') },
    ]);
  });

  test('whose forge lost objects are told; without git that is said', async () => {
    const paths = copyOf(history.rested);
    const forge = join(paths.forge, 'shop.git');
    const lines = await withPath(toolbox({}), () => examined(paths));
    expect(about(lines, 'repo shop').map(({ sentence }) => sentence)).toContain(
      'Its forge was not looked at: git is missing.',
    );
    renameSync(join(forge, 'objects'), join(forge, 'elsewhere'));
    mkdirSync(join(forge, 'objects'));
    const [line] = about(await examined(paths), 'repo shop');
    expect(line).toMatchObject({ state: 'broken', kind: 'integrity' });
    expect(line?.sentence).toContain('Its forge');
  });

  test('of the operator’s own forge wait while remote writes are off', async () => {
    const paths = copyOf(history.rested);
    const forge = join(tempFolder(), 'forge.git');
    cpSync(join(paths.forge, 'shop.git'), forge, { recursive: true });
    change(paths.reposFile, { forge: { path: forge } });
    expect(about(await examined(paths), 'remote writes')).toMatchObject([
      { state: 'warning', sentence: expect.stringContaining('work on shop stops before') },
    ]);
    edit(paths.policiesFile, (policies) => {
      Object.assign((policies as unknown as { system: object }).system, {
        allow_remote_writes: true,
      });
    });
    expect(about(await examined(paths), 'remote writes')).toMatchObject([
      { state: 'warning', sentence: expect.stringMatching(/^On:/) },
    ]);
  });
});
