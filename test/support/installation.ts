/** A whole aedev in a temp folder: real store, git, sandbox, forge; judges are loopback doubles. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type Aedev, openAedev } from '../../src/compose.ts';
import { homePaths } from '../../src/config/home.ts';
import { initHome } from '../../src/config/init.ts';
import type { Command } from '../../src/control/commands.ts';
import { brainReply } from '../../src/demo/doubles/brain.ts';
import { startGeminiDouble } from '../../src/demo/doubles/gemini.ts';
import type { JudgeReply, JudgeRequest } from '../../src/demo/doubles/judge-double.ts';
import { startOpenAiDouble } from '../../src/demo/doubles/openai.ts';
import type { Clock } from '../../src/engine/clock.ts';
import type { CrashPoint } from '../../src/engine/runner.ts';
import { newId } from '../../src/lib/new-id.ts';

export const OPERATOR = 'operator:tester';

/** Ordinary git for building fixtures; the product itself never runs it like this. */
export function plainGit(cwd: string, ...args: string[]): string {
  const env: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'op',
    GIT_AUTHOR_EMAIL: 'op@localhost',
    GIT_COMMITTER_NAME: 'op',
    GIT_COMMITTER_EMAIL: 'op@localhost',
  };
  return execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim();
}

export function makeRepo(dir: string, files: Record<string, string>): string {
  mkdirSync(dir, { recursive: true });
  plainGit(dir, 'init', '-q', '-b', 'main');
  commitFiles(dir, files, 'first');
  return dir;
}

export function commitFiles(dir: string, files: Record<string, string>, message: string): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  plainGit(dir, 'add', '-A');
  plainGit(dir, 'commit', '-q', '-m', message);
  return plainGit(dir, 'rev-parse', 'HEAD');
}

/** A repo with a bug, and a test that shows it. */
export const BUGGY = {
  'package.json': JSON.stringify({
    name: 'shop',
    type: 'module',
    scripts: { test: 'node --test' },
  }),
  'src/price.js': 'export const total = (prices) => prices.reduce((a, b) => a - b, 0);\n',
  'test/price.test.js':
    "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { total } from '../src/price.js';\n\ntest('adds prices', () => assert.equal(total([1, 2, 3]), 6));\n",
};

export const FIX = { replace: { path: 'src/price.js', find: 'a - b', with: 'a + b' } };

export const CLEAR_REQUEST =
  'The shop adds prices wrongly: total() in src/price.js subtracts each price, so customers see negative sums. Make total([1, 2, 3]) return 6; the case in test/price.test.js shows it.';

export interface Installation {
  home: string;
  dir: string;
  repo: string;
  aedev: Aedev;
  /** Of aedev; a change counts from the next look on. */
  env: Record<string, string | undefined>;
  /** Writes other sections into policies.yaml; the daemon's next look takes them up. */
  setPolicies(sections: Record<string, unknown>): Promise<void>;
  send(command: Command, actor?: string, id?: string): ReturnType<Aedev['dispatcher']['dispatch']>;
  /** Closes and opens again, as a new life. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export interface InstallationOptions {
  files?: Record<string, string>;
  /** Entries of the scripted coder. */
  script?: unknown[];
  argv?: string[];
  policies?: Record<string, unknown>;
  repo?: Record<string, unknown>;
  /** Added to the environment of aedev. */
  env?: Record<string, string>;
  reply?: (request: JudgeRequest, index: number) => JudgeReply;
  point?: CrashPoint;
  clock?: Clock;
}

export async function install(options: InstallationOptions = {}): Promise<Installation> {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-loop-'));
  const home = join(dir, 'home');
  const paths = homePaths({ AEDEV_HOME: home }, dir);
  initHome(paths, { operator: 'tester' });
  const repo = makeRepo(join(dir, 'shop'), options.files ?? BUGGY);
  const reply = options.reply ?? brainReply;
  const openai = await startOpenAiDouble({ key: 'dummy-openai', reply });
  const gemini = await startGeminiDouble({ key: 'dummy-gemini', reply });
  const script = join(dir, 'script.json');
  writeFileSync(script, JSON.stringify({ entries: options.script ?? [{ steps: [FIX] }] }));
  const policies = {
    system: { operator: 'tester' },
    sandbox: { tier: 'process', allow_process: true },
    coders: { default: 'scripted', scripted: options.argv ? { argv: options.argv } : { script } },
    rework: { backoff_seconds: 0 },
    judges: {
      families: [
        {
          family: 'openai',
          protocol: 'openai',
          base_url: openai.baseUrl,
          model: 'double',
          key_env: 'TEST_OPENAI_KEY',
        },
        {
          family: 'gemini',
          protocol: 'gemini',
          base_url: gemini.baseUrl,
          model: 'double',
          key_env: 'TEST_GEMINI_KEY',
        },
      ],
    },
    ...options.policies,
  };
  writeFileSync(paths.policiesFile, stringify(policies), { mode: 0o600 });
  const entry = {
    id: 'shop',
    source: repo,
    branch: 'main',
    auto_merge: true,
    verify: [{ argv: ['npm', 'test'] }],
    ...options.repo,
  };
  writeFileSync(paths.reposFile, stringify({ repos: [entry] }), { mode: 0o600 });
  const env = {
    PATH: process.env['PATH'],
    // A token of whoever runs the tests must not get into one.
    AEDEV_KEYCHAIN: 'off',
    TEST_OPENAI_KEY: 'dummy-openai',
    TEST_GEMINI_KEY: 'dummy-gemini',
    ...options.env,
  };
  const open = () =>
    openAedev({
      paths,
      env,
      version: '0.0.0-test',
      log: (level, message, data) => {
        if (process.env['AEDEV_TEST_LOG']) console.error(level, message, data);
      },
      ...(options.point ? { point: options.point } : {}),
      ...(options.clock ? { clock: options.clock } : {}),
    });
  let aedev = await open();
  await aedev.life.start();
  return {
    home,
    dir,
    repo,
    env,
    async setPolicies(sections) {
      Object.assign(policies, sections);
      writeFileSync(paths.policiesFile, stringify(policies), { mode: 0o600 });
      await aedev.life.refresh();
    },
    get aedev() {
      return aedev;
    },
    send: (command, actor = OPERATOR, id = newId('c')) =>
      aedev.dispatcher.dispatch({ id, actor, command }),
    async restart() {
      await aedev.close('restart');
      aedev = await open();
      await aedev.life.start();
    },
    async end() {
      await aedev.close('end of test');
      await openai.close();
      await gemini.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
