/** Pruning in a whole aedev: real log, git, workspaces and sandbox. About 6 s. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pruneAlone } from '../../../src/compose/prune-alone.ts';
import { pathsUnder } from '../../../src/config/home.ts';
import type { RunRow, TaskRow } from '../../../src/control/views.ts';
import { acquireLock } from '../../../src/store/lock.ts';
import { FIX, type Installation, install, plainGit } from '../../support/installation.ts';
import { begin } from '../../support/mission.ts';
import { until } from '../../support/until.ts';

let one: Installation;
afterEach(() => one.end());

const task = async () => (await one.aedev.store.views('task'))[0]?.row as TaskRow;
const run = async () => (await one.aedev.store.views('run'))[0]?.row as RunRow;
const mirror = () => join(one.home, 'repos', 'shop.git');
const workspace = async () => join(one.home, 'runs', (await run()).id, 'workspace');

/** A task that was given up while its run's work lies on the disk. */
async function abandonedRun(): Promise<{ dir: string; id: string }> {
  one = await install({ script: [{ steps: [FIX, { sleepUntilKilled: {} }] }] });
  await begin(one);
  await until('it', async () => existsSync(join(await workspace().catch(() => '/none'), 'repo')));
  const dir = await workspace();
  await until('it', async () => plainGit(join(dir, 'repo'), 'status', '--porcelain') !== '');
  const { id } = await run();
  await one.send({ type: 'task.cancel', task: (await task()).id, reason: 'given up' });
  await one.aedev.runner.idle();
  return { dir, id };
}

test('the work of a cancelled run is saved, then its workspace goes', async () => {
  const { dir, id } = await abandonedRun();
  expect(existsSync(dir)).toBe(true);
  const dry = await one.aedev.pruner.prune({ dryRun: true });
  expect(dry.removed.map(({ kind, what }) => [kind, what])).toEqual([['workspace', id]]);
  expect(dry.bytes).toBeGreaterThan(0);
  expect(existsSync(dir)).toBe(true);

  // Without the mirror nothing can be saved, so nothing goes; not even when killed half-way before.
  renameSync(mirror(), `${mirror()}.away`);
  const kept = await one.aedev.pruner.prune({ dryRun: false });
  expect(kept.removed).toEqual([]);
  expect(kept.left).toMatchObject([{ kind: 'workspace', what: id }]);
  expect(existsSync(join(dir, 'repo', 'src', 'price.js'))).toBe(true);
  rmSync(mirror(), { recursive: true, force: true });
  renameSync(`${mirror()}.away`, mirror());

  const report = await one.aedev.pruner.prune({ dryRun: false });
  const ref = `refs/aedev/salvage/${id}`;
  expect(report).toMatchObject({ removed: [{ what: id, saved: ref }], left: [] });
  expect(plainGit(one.dir, `--git-dir=${mirror()}`, 'show', `${ref}:src/price.js`)).toContain(
    'a + b',
  );
  expect(existsSync(dir)).toBe(false);
  expect(existsSync(join(one.home, 'runs', id, 'stdout'))).toBe(true);
  expect(await one.aedev.pruner.prune({ dryRun: false })).toMatchObject({ removed: [], left: [] });
});

test('a merged task leaves nothing to prune but its run folder; a removal cut off goes on', async () => {
  one = await install();
  await begin(one);
  await until('it', async () => (await task())?.status === 'remembered');
  await one.aedev.runner.idle();
  const dir = await workspace();
  expect(existsSync(dir)).toBe(false);
  expect((await one.aedev.pruner.prune({ dryRun: true })).removed).toEqual([]);
  mkdirSync(join(`${dir}.gone`, 'repo'), { recursive: true });
  writeFileSync(join(`${dir}.gone`, 'repo', 'half'), 'x');
  const report = await one.aedev.pruner.prune({ dryRun: false });
  expect(report.removed).toMatchObject([{ kind: 'workspace', saved: null }]);
  expect(readdirSync(join(dir, '..')).some((name) => name.startsWith('workspace'))).toBe(false);
  const salvage = plainGit(one.dir, `--git-dir=${mirror()}`, 'for-each-ref', 'refs/aedev/salvage');
  expect(salvage).toBe('');

  // Where no daemon runs, the asking process does it itself, here in a copy of the home.
  const copy = pathsUnder(join(one.dir, 'copy'));
  cpSync(one.home, copy.home, { recursive: true });
  mkdirSync(join(copy.runs, (await run()).id, 'workspace.gone'));
  const signal = new AbortController().signal;
  const world = { paths: copy, env: {}, version: '0.0.0-test', dryRun: false, signal };
  expect(await pruneAlone(world)).toMatchObject({ removed: [{ kind: 'workspace' }], left: [] });
  const lock = acquireLock(copy.daemonLock);
  await expect(pruneAlone(world)).rejects.toMatchObject({ exit: 'daemon' });
  if ('release' in lock) lock.release();
});

test('below the floor of free space no run starts; above it the task goes on by itself', async () => {
  // More than any disk has.
  one = await install({ policies: { retention: { min_free_gb: 1e9 } } });
  await begin(one);
  await until('it', async () => (await task())?.hold);
  const { hold } = await task();
  expect(hold).toMatchObject({ code: 'disk-full', resumes: { when: expect.any(String) } });
  expect(hold?.remedy).toContain('aedev prune');
  expect(await one.aedev.endMetHolds()).toBe(0);
  const file = pathsUnder(one.home).policiesFile;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/min_free_gb: .*/, 'min_free_gb: 0'));
  expect(await one.aedev.life.refresh()).toEqual([]);
  expect(await one.aedev.endMetHolds()).toBe(1);
  await until('it', async () => (await task())?.status === 'remembered');
});
