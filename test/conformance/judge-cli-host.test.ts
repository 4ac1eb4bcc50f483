/** What runs the CLIs of judges: nothing of an earlier life stays, and one runs at a time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cliHost } from '../../src/compose/judge-cli.ts';
import type { CliRun } from '../../src/judgement/judges/cli.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-host-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const { signal } = new AbortController();
const host = (alone: boolean) => {
  const env = { PATH: process.env['PATH'] };
  return cliHost({ env, homedir: dir, scratch: join(dir, 'scratch'), install: 'i-judges', alone });
};
const run = (...argv: [string, ...string[]]): CliRun => ({
  argv,
  env: {},
  cwd: '.',
  dirs: [],
  files: [],
  links: [],
  stdin: 'the question',
  wallMs: 20_000,
  records: null,
});

it('removes old folders, and ends programs of an earlier life of the daemon', async () => {
  const old = join(dir, 'scratch', 'judge-old');
  const young = join(dir, 'scratch', 'judge-young');
  for (const folder of [old, young]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(old, 'login'), 'dummy');
  utimesSync(old, 1, 1);
  const env = { PATH: process.env['PATH'], AEDEV_RUN: 'judge-1', AEDEV_INSTALL: 'i-judges' };
  const left = spawn('sleep', ['600'], { env, detached: true, stdio: 'ignore' });
  const gone = once(left, 'exit');
  await once(left, 'spawn');
  const end = await host(true).run(() => run('cat'), signal);
  expect(Buffer.from(end.stdout).toString()).toBe('the question');
  expect(await gone).toEqual([null, 'SIGKILL']);
  expect(readdirSync(join(dir, 'scratch')).sort()).toEqual(['judge-young', 'records']);
});

it('gives a program no variable of the operator but PATH, and a home of its own', async () => {
  const end = await host(false).run(() => run('env'), signal);
  const said = Buffer.from(end.stdout).toString();
  const names = said.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
  expect(names.sort()).toEqual(['AEDEV_INSTALL', 'AEDEV_RUN', 'HOME', 'PATH', 'TMPDIR']);
  expect(said).toContain(`HOME=${join(dir, 'scratch', 'judge-')}`);
});

it('runs one at a time, and goes on after one that could not start', async () => {
  const one = host(false);
  const open: string[] = [];
  const folders: number[] = [];
  const begin = (name: string) => () => {
    open.push(name);
    folders.push(
      readdirSync(join(dir, 'scratch')).filter((each) => each.startsWith('judge-')).length,
    );
    return run(name === 'bad' ? 'no-such-program' : 'true');
  };
  const all = ['a', 'bad', 'b'].map((name) => one.run(begin(name), signal));
  const ended = await Promise.allSettled(all);
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect([open, folders]).toEqual([
    ['a', 'bad', 'b'],
    [1, 1, 1],
  ]);
});
