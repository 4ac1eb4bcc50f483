/** The doctor on machines and homes, and what it promises of itself. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { initHome } from '../../src/config/init.ts';
import { type HomeFacts, ofHome, ofMachine } from '../../src/operations/doctor/machine.ts';
import { examine } from '../../src/operations/doctor.ts';
import { compile } from '../support/compile.ts';
import { NO_SRT } from '../support/sandboxes.ts';
import {
  about,
  allOf,
  copyOf,
  ENV,
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
      NO_SRT === null ? 'sandbox ok' : 'sandbox missing',
      'docker missing',
      // Neither a token nor, outside of containers, the program.
      'coder claude missing',
      'coder claude missing',
      'judges warning',
      'repos missing',
      'remote writes ok',
    ]);
    expect(about(lines, 'home')).toMatchObject([{ kind: 'config', remedy: 'Run `aedev init`.' }]);
    expect(about(lines, 'git')[0]).toMatchObject({ kind: 'machine' });
    expect(about(lines, 'coder claude')[0]?.remedy).toContain('claude setup-token');
    expect(about(lines, 'sandbox')[0]?.sentence).toContain('srt tier');
    // What could be better is no fault.
    expect(about(lines, 'docker')).toMatchObject([
      { kind: 'advice', sentence: 'The docker command is not installed.' },
    ]);
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
    expect(about(lines, 'keys')[0]?.sentence).toContain('3 more will be made');
    expect(about(lines, 'daemon')).toMatchObject([{ state: 'missing', kind: 'advice' }]);
    expect(failing(lines).map(({ what }) => what)).toEqual([
      ...(NO_SRT === null ? [] : ['sandbox']),
      'coder claude',
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

  test('says what no test can bring about: an old Node, a home one may not write', () => {
    const home: HomeFacts = {
      path: "/home/o'neil",
      state: 'folder',
      mode: 0o700,
      ours: true,
      writable: true,
      missing: [],
      exposed: [],
    };
    expect(ofHome(home)).toMatchObject([{ what: 'home', state: 'ok' }]);
    expect(ofHome({ ...home, writable: false, ours: false })).toMatchObject([
      { state: 'broken', sentence: expect.stringContaining('belongs to another account') },
      { state: 'broken', remedy: expect.stringContaining("chmod u+rwx '/home/o'\\''neil'") },
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
      disk: fails,
      daemon: fails,
      processes: fails,
      work: { sandbox: fails, coders: fails, judges: fails, repos: fails },
    };
    const lines = await examine(ports);
    expect(whats(lines)).toEqual(
      ['machine', 'home', 'disk', 'sandbox', 'coders', 'judges', 'repos'].map(
        (what) => `${what} broken`,
      ),
    );
    for (const line of lines) expect(line.sentence).toContain('a disk\\x07 on fire');
  });
});
