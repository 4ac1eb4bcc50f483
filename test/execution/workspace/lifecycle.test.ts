import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from '../../../src/execution/workspace/remove.ts';
import { createWorkspaces } from '../../../src/execution/workspace/workspaces.ts';
import {
  LIMITS,
  laidOut,
  layOutFrom,
  plainGit,
  sourceRepo,
  TIME,
  tempDir,
  write,
} from './helpers.ts';

const names = (run: Awaited<ReturnType<typeof laidOut>>, commit: string | null) =>
  run.show('ls-tree', '-r', '--name-only', commit as string).split('\n');
const salvage = (run: Awaited<ReturnType<typeof laidOut>>, id = 'run1') =>
  run.workspaces.salvage(run.mirror, run.dir, run.base, id, TIME);

/** Folders nested beyond what a path can name, as only a process that walks down can make them. */
function digDeep(dir: string, levels: number): void {
  const script = `const n='x'.repeat(200);for(let i=0;i<${levels};i++){require('fs').mkdirSync(n);process.chdir(n)}require('fs').writeFileSync('f','x')`;
  execFileSync(process.execPath, ['-e', script], { cwd: dir });
}

test('salvage keeps what can be kept and says what not', async () => {
  const run = await laidOut({ 'a.txt': 'a\n' });
  expect(await salvage(run)).toBeNull();
  write(run.repo, { 'b.txt': 'half done', huge: 'x' });
  truncateSync(join(run.repo, 'huge'), 300e9);
  digDeep(run.repo, 40);
  const kept = await salvage(run);
  expect(kept?.ref).toBe('refs/aedev/salvage/run1');
  expect(run.show('rev-parse', 'refs/aedev/salvage/run1')).toBe(kept?.commit);
  expect(names(run, kept?.commit ?? null)).toEqual(['a.txt', 'b.txt']);
  expect(kept?.notes.join()).toMatch(/left out: is nested too deep: xxx/);
  expect(kept?.notes.join()).toMatch(/left out: too large or too many: huge/);
  expect(await salvage(run)).toMatchObject({
    ref: 'refs/aedev/salvage/run1',
    commit: kept?.commit,
  });
  // Different content under the same id never replaces the first.
  write(run.repo, { 'c.txt': 'more' });
  expect((await salvage(run))?.ref).toBe('refs/aedev/salvage/run1.2');
  expect(run.show('rev-parse', 'refs/aedev/salvage/run1')).toBe(kept?.commit);
  // A tree that is gone is not one that nobody changed.
  await removeTree(run.repo);
  await expect(salvage(run)).rejects.toMatchObject({ tag: 'no-tree' });
});

test('discard takes what no path can name, and follows nothing', async () => {
  const run = await laidOut();
  digDeep(run.repo, 60);
  symlinkSync(run.source, join(run.repo, 'out'));
  write(run.repo, { 'locked/f': 'x' });
  chmodSync(join(run.repo, 'locked'), 0o000);
  await run.workspaces.discard(run.dir);
  expect(lstatSync(run.dir, { throwIfNoEntry: false })).toBeUndefined();
  expect(existsSync(join(run.source, 'a.txt'))).toBe(true);
  await run.workspaces.discard(run.dir);
});

test('keep moves refs by compare-and-swap and refuses names that are none', async () => {
  const run = await laidOut();
  write(run.repo, { 'b.txt': 'b' });
  const { commit } = await run.collect();
  await run.workspaces.keep(run.mirror, 'task/t1', run.base);
  await run.workspaces.keep(run.mirror, 'task/t1', commit as string);
  await run.workspaces.keep(run.mirror, 'task/t1', commit as string);
  expect(run.show('rev-parse', 'refs/aedev/task/t1')).toBe(commit);
  for (const name of ['../x', '-x', 'source/main', 'a b', '']) {
    await expect(run.workspaces.keep(run.mirror, name, run.base)).rejects.toMatchObject({
      tag: 'git',
    });
  }
  const missing = '1'.repeat(40);
  await expect(run.workspaces.keep(run.mirror, 'x', missing)).rejects.toMatchObject({ tag: 'git' });
});

test('a killed layout leaves nothing that counts, and the next attempt succeeds', async () => {
  const run = await laidOut();
  const dir = join(run.home, 'runs', 'r2');
  write(`${dir}.new`, { 'repo/half': 'x' });
  await run.workspaces.layOut(run.mirror, run.base, dir, run.objects);
  expect(existsSync(join(dir, 'repo', 'half'))).toBe(false);
  await expect(run.workspaces.layOut(run.mirror, run.base, dir, run.objects)).rejects.toThrow(
    /exists already/,
  );
  const other = join(run.home, 'runs', 'r3');
  await expect(
    run.workspaces.layOut(run.mirror, '1'.repeat(40), other, run.objects),
  ).rejects.toMatchObject({ tag: 'git' });
  expect(existsSync(other) || existsSync(`${other}.new`)).toBe(false);
});

test('start to commit on an unchanged source takes at most eight git calls', async () => {
  const source = sourceRepo();
  const shim = tempDir();
  const log = join(shim, 'log');
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  writeFileSync(join(shim, 'git'), `#!/bin/sh\necho "$1" >> '${log}'\nexec '${real}' "$@"\n`, {
    mode: 0o755,
  });
  const run = await layOutFrom(source);
  const path = process.env['PATH'];
  process.env['PATH'] = `${shim}:${path}`;
  try {
    await run.workspaces.sync('one', source, 'main');
    const dir = join(run.home, 'runs', 'r2');
    await run.workspaces.layOut(run.mirror, run.base, dir, run.objects);
    write(join(dir, 'repo'), { 'b.txt': 'b' });
    await run.workspaces.collect(run.mirror, dir, run.base, { message: 'm', time: TIME }, LIMITS);
  } finally {
    process.env['PATH'] = path;
  }
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  expect(calls).toEqual(expect.arrayContaining(['read-tree', 'add', 'write-tree', 'fsck']));
  expect(calls).not.toContain('rev-parse');
  expect(calls.length).toBeLessThanOrEqual(8);
});

test('a full disk is called a full disk, and leaves no half workspace', async (context) => {
  const run = await laidOut({ 'big.bin': randomBytes(3_000_000) });
  const small = join(tempDir(), 'small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    context.skip('cannot mount a small file system here');
  }
  try {
    const dir = join(small, 'r');
    await expect(
      run.workspaces.layOut(run.mirror, run.base, dir, run.objects),
    ).rejects.toMatchObject({ tag: 'disk-full' });
    expect(existsSync(dir) || existsSync(`${dir}.new`)).toBe(false);
    const tight = createWorkspaces({ root: join(small, 'repos') });
    const little = sourceRepo();
    const { mirror, base } = await tight.sync('two', little, 'main');
    const work = join(run.home, 'runs', 'work');
    await tight.layOut(mirror, base, work, join(mirror.gitDir, 'objects'));
    write(join(work, 'repo'), { 'b.bin': randomBytes(2_000_000) });
    await expect(
      tight.collect(mirror, work, base, { message: 'm', time: TIME }, LIMITS),
    ).rejects.toMatchObject({ tag: 'disk-full' });
    plainGit(mirror.gitDir, `--git-dir=${mirror.gitDir}`, 'fsck', '--full', '--strict');
    await expect(tight.sync('one', run.source, 'main')).rejects.toMatchObject({
      tag: 'disk-full',
    });
  } finally {
    execFileSync('umount', [small]);
  }
});
