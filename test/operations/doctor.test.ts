/** The doctor on machines, homes, daemons and everything that a run needs. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runDaemon } from '../../src/compose/serve.ts';
import { initHome } from '../../src/config/init.ts';
import { evidenceKeyPath, identityKeyPath } from '../../src/config/keys.ts';
import { loadOrCreateIdentity } from '../../src/lib/identity.ts';
import { type HomeFacts, ofHome, ofMachine } from '../../src/operations/doctor/machine.ts';
import { examine } from '../../src/operations/doctor.ts';
import { loadVerifier } from '../../src/store/signer.ts';
import { startTimeOf, writeDaemonFile } from '../../src/surfaces/daemon-file.ts';
import { compile } from '../support/compile.ts';
import {
  about,
  allOf,
  copyOf,
  daemonOptions,
  ENV,
  edit,
  examined,
  failing,
  type History,
  makeHistory,
  pathsOf,
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

const whats = (lines: { what: string; state: string }[]) =>
  lines.map(({ what, state }) => `${what} ${state}`);

describe('a bare machine', () => {
  test('gets one line for each missing thing, with what to do, and nothing is made', async () => {
    const paths = pathsOf(join(tempFolder(), 'home'));
    const empty = toolbox({});
    const lines = await withPath(empty, () => examined(paths, { env: { PATH: empty } }));
    expect(whats(lines)).toEqual([
      'node ok',
      'git missing',
      'home missing',
      'disk ok',
      'sandbox engine missing',
      'sandbox image missing',
      'coder claude missing',
      'judges warning',
      'repos missing',
      'remote writes ok',
    ]);
    expect(about(lines, 'home')).toMatchObject([{ kind: 'config', remedy: 'Run `aedev init`.' }]);
    expect(about(lines, 'git')[0]).toMatchObject({ kind: 'machine' });
    expect(about(lines, 'coder claude')[0]?.remedy).toContain('claude setup-token');
    expect(about(lines, 'sandbox engine')[0]?.sentence).toContain('not installed');
    expect(existsSync(paths.home)).toBe(false);
  });

  test.each([
    ['echo git version 2.37.9', 'git 2.37.9 is too old: aedev needs 2.38 or newer'],
    ['echo hello', 'git does not answer: it does not tell its version'],
    ['exit 3', 'git does not answer: '],
  ])('with the git `%s` is told', async (script, sentence) => {
    const path = toolbox({ git: script });
    const lines = await withPath(path, () => examined(pathsOf(join(tempFolder(), 'home'))));
    expect(about(lines, 'git')).toMatchObject([{ state: 'broken', kind: 'machine' }]);
    expect(about(lines, 'git')[0]?.sentence).toContain(sentence);
  });
});

describe('a fresh home', () => {
  test('is in order; what a first run still lacks is told', async () => {
    const paths = pathsOf(join(tempFolder(), 'home'));
    initHome(paths, { operator: 'tester' });
    const path = toolbox({ git: null });
    const lines = await withPath(path, () => examined(paths, { env: { PATH: path } }));
    for (const what of ['node', 'git', 'home', 'disk', 'config', 'keys', 'log'])
      expect(about(lines, what)).toMatchObject([{ state: 'ok' }]);
    expect(about(lines, 'keys')[0]?.sentence).toContain('3 keys more will be made');
    expect(about(lines, 'daemon')).toMatchObject([{ state: 'missing', kind: 'advice' }]);
    expect(failing(lines).map(({ what }) => what)).toEqual([
      'sandbox engine',
      'sandbox image',
      'coder claude',
    ]);
  });

  test('that others may enter, or that is not whole, is told', async () => {
    const paths = pathsOf(join(tempFolder(), 'home'));
    initHome(paths, { operator: 'tester' });
    chmodSync(paths.home, 0o755);
    chmodSync(paths.keys, 0o750);
    rmSync(paths.runs, { recursive: true });
    rmSync(paths.reposFile);
    const lines = about(await examined(paths), 'home');
    expect(lines).toMatchObject([
      { state: 'broken', kind: 'machine', remedy: `Run \`chmod 700 ${paths.home}\`.` },
      { state: 'warning', sentence: expect.stringContaining('keys/') },
      {
        state: 'missing',
        kind: 'config',
        sentence: expect.stringContaining('runs/, config/repos.yaml are'),
      },
    ]);
  });

  test('that is a file is told', async () => {
    const paths = pathsOf(join(tempFolder(), 'home'));
    writeFileSync(paths.home, '');
    expect(about(await examined(paths), 'home')).toMatchObject([
      { state: 'broken', kind: 'config' },
    ]);
  });
});

describe('the configuration', () => {
  test('is told problem by problem, and nothing is guessed from it', async () => {
    const paths = copyOf(history.rested);
    writeFileSync(paths.policiesFile, 'system:\n  operater: me\nsandbox:\n  tier: dokcer\n');
    const lines = await examined(paths);
    const config = about(lines, 'config');
    expect(config).toHaveLength(2);
    for (const line of config) {
      expect(line).toMatchObject({ state: 'broken', kind: 'config' });
      expect(line.sentence).toMatch(/^policies\.yaml:\d+:\d+ /);
    }
    expect(about(lines, 'work')).toMatchObject([{ state: 'warning' }]);
    expect(about(lines, 'log')).toMatchObject([{ state: 'ok' }]);
  });

  test('that is no YAML, or cannot be read, is told', async () => {
    const paths = copyOf(history.rested);
    writeFileSync(paths.reposFile, 'repos: [\n');
    expect(failing(about(await examined(paths), 'config'))).toHaveLength(1);
    rmSync(paths.reposFile);
    mkdirSync(paths.reposFile);
    expect(failing(about(await examined(paths), 'config'))).toHaveLength(1);
  });
});

describe('files left by interrupted writes', () => {
  test('are listed once they are old', async () => {
    const paths = copyOf(history.rested);
    const left = [
      join(paths.blobs, 'ab', 'cdef.0123456789ab.tmp'),
      join(paths.keys, 'log-head.key.0123456789ab.tmp'),
      join(paths.config, '.repos.yaml.0123456789ab.tmp'),
      join(paths.runs, '.scratch', 'env-x1'),
    ];
    for (const file of left) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
    }
    expect(about(await examined(paths), 'left files')).toEqual([]);
    for (const file of left) utimesSync(file, 1e9, 1e9);
    const lines = about(await examined(paths), 'left files');
    expect(lines.map(({ remedy }) => remedy).sort()).toEqual(
      left.map((file) => `Run \`rm -rf -- ${file}\`.`).sort(),
    );
  });
});

describe('the daemon', () => {
  const started = (pid: number, port: number) => ({
    pid,
    startTime: startTimeOf(pid) ?? 'gone',
    port,
    boot: 'b-test',
    version: '0.0.0-test',
    startedAt: '2026-01-02T03:04:05.000Z',
  });

  test('that runs proves itself', async () => {
    const paths = copyOf(history.rested);
    const stop = new AbortController();
    let ready = (_port: number): void => {};
    const listening = new Promise<number>((resolve) => {
      ready = resolve;
    });
    const running = runDaemon({ ...daemonOptions(paths, stop.signal), ready });
    try {
      const port = await listening;
      const lines = await examined(paths, { moving: true });
      expect(about(lines, 'daemon')).toMatchObject([{ state: 'ok' }]);
      expect(about(lines, 'daemon')[0]?.sentence).toContain(`port ${port}`);
      expect(about(lines, 'log')).toMatchObject([{ state: 'ok' }]);
      expect(failing(lines)).toEqual([]);
    } finally {
      stop.abort();
      await running;
    }
    expect(about(await examined(paths), 'daemon')).toMatchObject([{ state: 'missing' }]);
  });

  test('that was killed is told by its file, or by the log alone', async () => {
    const paths = copyOf(history.crashed);
    const remedy = 'Run `aedev daemon start`.';
    const dead = { state: 'broken', kind: 'machine', remedy };
    const [byLog] = about(await examined(paths), 'daemon');
    expect(byLog).toMatchObject(dead);
    expect(byLog?.sentence).toMatch(
      /^The log shows a daemon \(process \d+\), started .*Z, that ended without/,
    );
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    const file = started(child.pid ?? 0, 1);
    await new Promise((resolve) => child.once('exit', resolve));
    writeDaemonFile(paths.daemonFile, file);
    const [byFile] = about(await examined(paths), 'daemon');
    expect(byFile).toMatchObject(dead);
    expect(byFile?.sentence).toContain(`The daemon (process ${file.pid}, started 2026-01-02`);
  });

  test('that holds its lock without saying where it listens is not called dead', async () => {
    const paths = copyOf(history.crashed);
    writeFileSync(`${paths.daemonLock}.pid`, `${process.pid}\n`);
    const [line] = about(await examined(paths), 'daemon');
    expect(line).toMatchObject({ state: 'warning' });
    expect(line?.sentence).toContain(`process ${process.pid} holds the daemon's lock`);
  });

  test('whose port somebody else answers is told', async () => {
    const paths = copyOf(history.crashed);
    const server = createServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'),
    );
    const port = await listen(server);
    loadOrCreateIdentity(identityKeyPath(paths));
    writeDaemonFile(paths.daemonFile, started(process.pid, port));
    const [line] = about(await examined(paths), 'daemon');
    server.close();
    expect(line).toMatchObject({ state: 'broken', kind: 'machine' });
    expect(line?.sentence).toContain("is not this installation's daemon");
  });

  test('that hangs is told', async () => {
    const paths = copyOf(history.crashed);
    const server = createServer((socket) => void socket.on('error', () => undefined));
    const port = await listen(server);
    loadOrCreateIdentity(identityKeyPath(paths));
    writeDaemonFile(paths.daemonFile, started(process.pid, port));
    const [line] = about(await examined(paths), 'daemon');
    server.close();
    expect(line).toMatchObject({ state: 'broken', kind: 'machine' });
    expect(line?.sentence).toContain('did not answer within 3 s');
  });

  test('whose file is damaged, and a halt, are told', async () => {
    const paths = copyOf(history.rested);
    writeFileSync(paths.daemonFile, '{}');
    writeFileSync(join(paths.home, 'HALT'), 'too many\u001b[31m surprises\n');
    const lines = await examined(paths);
    expect(about(lines, 'daemon')).toMatchObject([{ state: 'broken' }]);
    const [halt] = about(lines, 'halt');
    expect(halt).toMatchObject({ state: 'warning', remedy: 'Run `aedev halt --end`.' });
    expect(halt?.sentence).toContain('too many\\x1b[31m surprises');
  });

  test('that is dead while something of a run lives is told, and ends nothing', async () => {
    const paths = copyOf(history.crashed);
    const install = loadVerifier(evidenceKeyPath(paths)).keyId.slice(0, 16);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      env: { AEDEV_RUN: 'r-left1', AEDEV_INSTALL: install },
      stdio: 'ignore',
    });
    await new Promise((resolve) => child.once('spawn', resolve));
    try {
      expect(about(await examined(paths), 'processes')).toMatchObject([
        {
          state: 'broken',
          sentence: 'Something of run r-left1 is still alive, and no daemon owns it.',
        },
      ]);
      expect(child.exitCode).toBeNull();
      expect(child.signalCode).toBeNull();
    } finally {
      child.kill('SIGKILL');
    }
  });
});

const listen = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });

describe('sandbox and coders', () => {
  const docker = (inspect: string) =>
    `case "$1" in version) echo 27.5.1;; image) ${inspect};; *) exit 0;; esac`;
  const digest = `sha256:${'a'.repeat(64)}`;

  test('without isolation are called so', async () => {
    const lines = await examined(copyOf(history.rested));
    expect(about(lines, 'sandbox')).toMatchObject([
      { state: 'warning', sentence: expect.stringMatching(/^NO ISOLATION: coders run as plain/) },
    ]);
    expect(about(lines, 'coder scripted')).toMatchObject([{ state: 'ok' }]);
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
    const path = toolbox({
      git: null,
      claude: '(echo trace > "$HOME/trace") 2>&1; echo "2.1.197 (Claude Code)"',
    });
    const env = { ...ENV, PATH: path, AEDEV_CLAUDE_OAUTH_TOKEN: 'dummy-oauth-token-0123456789' };
    const good = await examined(paths, { env });
    expect(about(good, 'coder claude')).toMatchObject([
      {
        state: 'ok',
        sentence: `Used by the default: ${path}/claude 2.1.197; a token is set and looks like one.`,
      },
    ]);
    expect(about(good, 'coder scripted')).toMatchObject([{ state: 'missing', kind: 'machine' }]);
    const bare = await examined(paths, { env: { PATH: toolbox({ claude: 'exit 1' }) } });
    expect(about(bare, 'coder claude')).toMatchObject([
      { state: 'missing', kind: 'config', sentence: 'AEDEV_CLAUDE_OAUTH_TOKEN is not set.' },
      {
        state: 'broken',
        kind: 'machine',
        sentence: expect.stringContaining('does not tell its version'),
      },
    ]);
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

describe('the doctor', () => {
  test('as a process of its own changes no byte of a home whose daemon was killed', async () => {
    const paths = copyOf(history.crashed);
    const folder = tempFolder();
    compile(folder, ['compose/doctor.ts']);
    const migrations = fileURLToPath(new URL('../../src/store/sqlite/migrations', import.meta.url));
    cpSync(migrations, join(folder, 'store', 'sqlite', 'migrations'), { recursive: true });
    const program = `
      const { diagnose } = await import(process.argv[1]);
      const { homePaths } = await import(process.argv[2]);
      const lines = await diagnose(homePaths({ AEDEV_HOME: process.argv[3] }, '/'), process.env);
      console.log(JSON.stringify(lines));`;
    const modules = ['compose/doctor.js', 'config/home.js'].map((file) => join(folder, file));
    const args = ['--input-type=module', '-e', program, ...modules, paths.home];
    expect(existsSync(`${paths.database}-wal`)).toBe(true);
    const before = allOf(paths.home);
    const said = execFileSync(process.execPath, args, { encoding: 'utf8', env: ENV });
    expect(JSON.parse(said)).toContainEqual(expect.objectContaining({ what: 'log', state: 'ok' }));
    expect(allOf(paths.home)).toEqual(before);
  });

  test('says what no test can bring about: a full disk, an old Node, a home one may not write', () => {
    const home: HomeFacts = {
      path: "/home/o'neil",
      state: 'folder',
      mode: 0o700,
      ours: true,
      writable: true,
      freeBytes: 5e8,
      missing: [],
      exposed: [],
    };
    expect(ofHome(home)).toMatchObject([
      { what: 'home', state: 'ok' },
      {
        what: 'disk',
        state: 'broken',
        kind: 'machine',
        sentence: expect.stringContaining('Only 0.5 GiB'),
      },
    ]);
    expect(ofHome({ ...home, writable: false, ours: false, freeBytes: null })).toMatchObject([
      { state: 'broken', sentence: expect.stringContaining('belongs to another account') },
      { state: 'broken', remedy: expect.stringContaining("chmod u+rwx '/home/o'\\''neil'") },
      { what: 'disk', state: 'warning' },
    ]);
    const git = { state: 'found', version: '3.0' } as const;
    expect(ofMachine({ platform: 'linux', node: '20.18.3', git })).toMatchObject([
      { what: 'node', state: 'broken', kind: 'machine' },
      { what: 'git', state: 'ok' },
    ]);
  });

  test('goes on when one of its looks fails', async () => {
    const fails = () => Promise.reject(new Error('a disk\u0007 on fire'));
    const ports = {
      machine: fails,
      home: fails,
      config: fails,
      keys: fails,
      log: fails,
      evidence: fails,
      leftFiles: fails,
      daemon: fails,
      processes: fails,
      work: { sandbox: fails, coders: fails, judges: fails, repos: fails },
    };
    const lines = await examine(ports);
    expect(whats(lines)).toEqual(
      ['machine', 'home', 'sandbox', 'coders', 'judges', 'repos'].map((what) => `${what} broken`),
    );
    for (const line of lines) expect(line.sentence).toContain('a disk\\x07 on fire');
  });
});
