/** A mirror is made smaller without losing an object, and without pulling any from under a run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTurns } from '../../../src/execution/workspace/turns.ts';
import { mirrorUse, wantsUpkeep } from '../../../src/execution/workspace/upkeep.ts';
import { commitAll, LIMITS, laidOut, plainGit, TIME, write } from './helpers.ts';

type Run = Awaited<ReturnType<typeof laidOut>>;
const objects = (run: Run) =>
  run
    .show('cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)')
    .split('\n');

/** Many packs and loose objects, with salvage, kept work and work that no ref names yet. */
async function worn() {
  const run = await laidOut({ 'a.txt': 'a\n' });
  for (let at = 0; at < 4; at += 1) {
    write(run.source, { [`f${at}.txt`]: `${at}\n`.repeat(50) });
    commitAll(run.source, `change ${at}`);
    await run.workspaces.sync('one', run.source, 'main');
    run.show('repack', '-d', '-q');
  }
  write(run.repo, { 'saved.txt': 'saved' });
  const saved = await run.workspaces.salvage(run.mirror, run.dir, run.base, 'r1', TIME);
  write(run.repo, { 'kept.txt': 'kept' });
  const message = { message: 'Work', time: TIME };
  const { mirror, dir, base } = run;
  const kept = await run.workspaces.collect(mirror, dir, base, message, LIMITS);
  await run.workspaces.keep(mirror, 'runs/r1', kept.commit as string);
  write(run.repo, { 'orphan.txt': 'collected, and the daemon died before it had a ref' });
  const orphan = await run.workspaces.collect(mirror, dir, base, message, LIMITS);
  return { run, saved, kept, orphan };
}

test('repacking keeps every object, salvaged, kept and unnamed ones', async () => {
  const { run, saved, kept, orphan } = await worn();
  const before = objects(run);
  const use = await mirrorUse(run.mirror.gitDir);
  expect(use.loose).toBeGreaterThan(5);
  expect(await run.workspaces.upkeep(run.mirror)).toEqual(expect.any(Number));
  const after = await mirrorUse(run.mirror.gitDir);
  expect(after.loose).toBe(0);
  expect(after.packs).toBeLessThan(use.packs + 1);
  expect(objects(run)).toEqual(before);
  expect(run.show('show', `${saved?.commit}:saved.txt`)).toBe('saved');
  expect(run.show('show', `${kept.commit}:kept.txt`)).toBe('kept');
  expect(run.show('show', `${orphan.commit}:orphan.txt`)).toMatch(/^collected/);
  expect(run.show('fsck', '--strict', '--no-dangling')).toBe('');
  // Twice changes nothing more.
  await run.workspaces.upkeep(run.mirror);
  expect(objects(run)).toEqual(before);
});

test('a run that reads the objects meanwhile goes on reading them', async () => {
  const { run } = await worn();
  const before = objects(run).map((line) => line.split(' ')[0] as string);
  // The coder's own git, over its throw-away directory, with files open before and after.
  await run.workspaces.discard(run.dir);
  await run.workspaces.layOut(run.mirror, run.base, run.dir, run.objects);
  const reader = spawn('git', ['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    cwd: run.repo,
    env: { PATH: process.env['PATH'], HOME: run.home, GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  reader.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const answers = async (count: number): Promise<void> => {
    while (said.split('\n').length - 1 < count) await once(reader.stdout, 'data');
  };
  const half = Math.floor(before.length / 2);
  reader.stdin.write(`${before.slice(0, half).join('\n')}\n`);
  await answers(half);
  const packs = readdirSync(join(run.objects, 'pack'));
  await run.workspaces.upkeep(run.mirror);
  // The packs that the reader has open are really gone by now.
  expect(packs.some((name) => !existsSync(join(run.objects, 'pack', name)))).toBe(true);
  reader.stdin.end(`${[...before.slice(half), ...before.slice(0, half)].join('\n')}\n`);
  await once(reader, 'close');
  expect(said).not.toContain('missing');
  expect(said.trim().split('\n')).toHaveLength(before.length + half);
  expect(plainGit(run.repo, 'status', '--porcelain')).toBe('');
  expect(plainGit(run.repo, 'log', '--format=%H')).toBe(run.base);
});

test('a mirror in use is left alone, and whoever comes meanwhile waits', async () => {
  const turns = createTurns();
  const order: string[] = [];
  let release = (): void => {};
  const hold = new Promise<void>((done) => {
    release = done;
  });
  const user = turns.together('m', async () => {
    await hold;
    order.push('user');
  });
  expect(await turns.alone('m', async () => 1)).toBeNull();
  expect(await turns.alone('other', async () => 1)).toBe(1);
  release();
  await user;
  let finish = (): void => {};
  const long = new Promise<void>((done) => {
    finish = done;
  });
  const sole = turns.alone('m', async () => {
    await long;
    order.push('alone');
  });
  expect(await turns.alone('m', async () => 1)).toBeNull();
  const later = turns.together('m', async () => void order.push('later'));
  finish();
  await Promise.all([sole, later]);
  expect(order).toEqual(['user', 'alone', 'later']);
  await expect(
    turns.alone('m', async () => {
      throw new Error('full');
    }),
  ).rejects.toThrow('full');
  expect(await turns.together('m', async () => 2)).toBe(2);
});

test('a mirror wants it when it has many loose objects or packs', () => {
  expect(wantsUpkeep({ loose: 10, packs: 3, bytes: 1 })).toBe(false);
  expect(wantsUpkeep({ loose: 5000, packs: 3, bytes: 1 })).toBe(true);
  expect(wantsUpkeep({ loose: 0, packs: 40, bytes: 1 })).toBe(true);
});
