import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunRow, TaskRow } from '../../../src/control/views.ts';
import { type Prunable, prune, summary } from '../../../src/operations/prune/prune.ts';
import { leftoversFinder, type RunsPorts, runsFinder } from '../../../src/operations/prune/runs.ts';
import { weigh } from '../../../src/operations/prune/weigh.ts';

const NOW = Date.UTC(2026, 0, 31);
const DAY = 24 * 3600 * 1000;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-prune-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const thing = (what: string, remove: Prunable['remove'] = async () => ({})): Prunable => ({
  kind: 'run',
  what,
  why: 'old',
  bytes: 10,
  remove,
});
const put = (path: string, age = 0): string => {
  const full = join(dir, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, 'x'.repeat(5000));
  const at = new Date(NOW - age * DAY);
  utimesSync(full, at, at);
  return full;
};

test('one that cannot go keeps no other from going', async () => {
  const full = async () => {
    throw new Error('the disk is full');
  };
  const finders = [async () => [thing('a'), thing('b', full)], async () => [thing('c')]];
  const report = await prune(finders, { dryRun: false, limit: 10 });
  expect(report.removed.map(({ what }) => what)).toEqual(['a', 'c']);
  expect(report.left).toEqual([{ kind: 'run', what: 'b', reason: 'the disk is full' }]);
  expect(report).toMatchObject({ bytes: 20, more: false });
  expect(summary(report)).toEqual({ run: 2, bytes: 20, left: report.left, more: false });
});

test('a dry run removes nothing, a bounded one no more than it may', async () => {
  let removed = 0;
  const some = ['a', 'b', 'c'].map((what) =>
    thing(what, async () => {
      removed += 1;
      return { bytes: 3, saved: `refs/${what}` };
    }),
  );
  const find = async (limit: number) => some.slice(0, limit);
  const dry = await prune([find], { dryRun: true, limit: 10 });
  expect([dry.removed.length, dry.bytes, removed]).toEqual([3, 30, 0]);
  const two = await prune([find], { dryRun: false, limit: 2 });
  expect([two.removed.length, two.bytes, two.more, removed]).toEqual([2, 6, true, 2]);
  expect(summary(two)).toMatchObject({ saved: ['refs/a', 'refs/b'] });
  const three = await prune([find], { dryRun: false, limit: 3 });
  expect([three.removed.length, three.more]).toEqual([3, false]);
  const stopped = AbortSignal.abort();
  expect((await prune([find], { dryRun: false, limit: 3, signal: stopped })).removed).toEqual([]);
});

test('weighs what is on the disk, each file once, following nothing', async () => {
  put('tree/a');
  linkSync(join(dir, 'tree/a'), join(dir, 'tree/same'));
  put('other/big');
  writeFileSync(join(dir, 'other/big'), Buffer.alloc(1 << 20));
  symlinkSync(join(dir, 'other'), join(dir, 'tree/out'));
  put('tree/hole');
  truncateSync(join(dir, 'tree/hole'), 1e12);
  const bytes = await weigh(join(dir, 'tree'));
  expect(bytes).toBeGreaterThanOrEqual(8192);
  expect(bytes).toBeLessThan(100_000);
  expect(await weigh(join(dir, 'none'))).toBe(0);
});

interface Given {
  run: string;
  status?: string;
  /** Days since the task ended. */
  ended?: number;
}
function finder(given: Given[], over: Partial<RunsPorts> = {}) {
  const retired: string[] = [];
  const tasks = new Map<string, TaskRow>();
  const runs = new Map<string, RunRow>();
  for (const { run, status = 'cancelled', ended = 1 } of given) {
    const task = `t-${run}`;
    const endedAt = new Date(NOW - ended * DAY).toISOString();
    tasks.set(task, { id: task, status, endedAt } as TaskRow);
    runs.set(run, { id: run, task, repo: 'shop' } as RunRow);
  }
  const find = runsFinder({
    runs: join(dir, 'runs'),
    now: () => NOW,
    keepDays: 14,
    tasks: async () => tasks,
    runRows: async () => runs,
    busy: () => false,
    traces: (path) => [path, `${path}.new`, `${path}.gone`],
    async retire({ id }) {
      retired.push(id);
      await rm(join(dir, 'runs', id, 'workspace'), { recursive: true, force: true });
      return `refs/aedev/salvage/${id}`;
    },
    removeTree: (path) => rm(path, { recursive: true, force: true }),
    ...over,
  });
  return { find, retired };
}

test('workspaces go when their task has ended, run folders some days later', async () => {
  for (const run of ['live', 'fresh', 'old', 'clean', 'busy']) put(`runs/${run}/stdout`);
  for (const run of ['live', 'fresh', 'old', 'busy']) put(`runs/${run}/workspace/repo/a`);
  const { find, retired } = finder(
    [
      { run: 'live', status: 'in-review' },
      { run: 'fresh' },
      { run: 'old', status: 'remembered', ended: 15 },
      { run: 'clean', status: 'failed' },
      { run: 'busy', status: 'abandoned', ended: 99 },
    ],
    { busy: (task) => task === 't-busy' },
  );
  const found = await find(10);
  expect(found.map(({ kind, what }) => [kind, what])).toEqual([
    ['workspace', 'fresh'],
    ['run', 'old'],
  ]);
  for (const { bytes } of found) expect(bytes).toBeGreaterThan(0);
  expect(await find(1)).toHaveLength(1);
  const report = await prune([find], { dryRun: false, limit: 10 });
  expect(retired).toEqual(['fresh', 'old']);
  expect(report.removed.map(({ saved }) => saved)).toEqual([
    'refs/aedev/salvage/fresh',
    'refs/aedev/salvage/old',
  ]);
  expect(readdirSync(join(dir, 'runs')).sort()).toEqual(['busy', 'clean', 'fresh', 'live']);
  expect(await find(10)).toEqual([]);
});

test('a folder whose work cannot be saved stays whole', async () => {
  put('runs/old/workspace/repo/a');
  put('runs/old/stdout');
  const retire = async () => {
    throw new Error('the mirror is away');
  };
  const { find } = finder([{ run: 'old', ended: 99 }], { retire });
  const report = await prune([find], { dryRun: false, limit: 10 });
  expect(report.left).toEqual([{ kind: 'run', what: 'old', reason: 'the mirror is away' }]);
  expect(existsSync(join(dir, 'runs/old/stdout'))).toBe(true);
  expect(existsSync(join(dir, 'runs/old/workspace/repo/a'))).toBe(true);
});

test('what the log does not know goes only without a workspace, and late', async () => {
  for (const name of ['a-new', 'b-old', 'c-work', '.scratch']) put(`runs/${name}/stdout`);
  put('runs/c-work/workspace/repo/a');
  const past = new Date(NOW - 20 * DAY);
  const now = new Date(NOW);
  for (const name of ['b-old', 'c-work', '.scratch'])
    utimesSync(join(dir, 'runs', name), past, past);
  utimesSync(join(dir, 'runs/a-new'), now, now);
  const { find } = finder([]);
  expect((await find(10)).map(({ what }) => what)).toEqual(['b-old']);
});

test('scratch goes after a day, old logs but the one in use, and nothing else', async () => {
  put('scratch/verify-base-1', 2);
  put('scratch/verify-head-2', 0.5);
  put('scratch/mine', 9);
  put('logs/daemon.log', 99);
  put('logs/daemon.log.1', 99);
  put('logs/daemon-2.log', 3);
  put('logs/soak-report.md', 99);
  const note = put('layouts/x.json', 9);
  const find = leftoversFinder({
    now: () => NOW,
    scratch: [
      { folder: join(dir, 'scratch'), pattern: /^verify-/ },
      { folder: join(dir, 'none'), pattern: /./ },
    ],
    logs: join(dir, 'logs'),
    keepDays: 14,
    forgotten: async () => [note],
    removeTree: (path) => rm(path, { recursive: true, force: true }),
  });
  await prune([find], { dryRun: false, limit: 10 });
  expect(readdirSync(join(dir, 'scratch')).sort()).toEqual(['mine', 'verify-head-2']);
  expect(readdirSync(join(dir, 'logs')).sort()).toEqual([
    'daemon-2.log',
    'daemon.log',
    'soak-report.md',
  ]);
  expect(existsSync(note)).toBe(false);
});
