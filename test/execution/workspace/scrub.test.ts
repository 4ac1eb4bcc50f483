import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isDotGitLike, isRefPath } from '../../../src/execution/workspace/names.ts';
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

test('recognises every spelling of .git that some file system would open', () => {
  for (const name of [
    '.git',
    '.GIT',
    '.Git',
    '.git ',
    '.git.',
    '.git. .',
    '.git::$INDEX_ALLOCATION',
    '.git:x',
    'git~1',
    'GIT~1',
    'git~1 ',
    '.g\u200cit',
    '\ufeff.git',
    '.git\\config',
    'a\\.git',
    'x\\git~1\\y',
  ]) {
    expect([name, isDotGitLike(name)]).toEqual([name, true]);
  }
  for (const name of [
    '.gitignore',
    '.github',
    'git',
    'a.git',
    '.git-old',
    '.gitx',
    'git~2',
    '..git',
  ]) {
    expect([name, isDotGitLike(name)]).toEqual([name, false]);
  }
});

test('names of refs cannot be options or leave their folder', () => {
  for (const name of ['a', 'a/b', 'feature/x-1', 'ü']) expect(isRefPath(name)).toBe(true);
  for (const name of [
    '-a',
    'a/-b',
    'a//b',
    '/a',
    'a/',
    '.a',
    'a/.b',
    'a.lock/b',
    'a\\b',
    'a:b',
    '',
  ]) {
    expect([name, isRefPath(name)]).toEqual([name, false]);
  }
});

test('planted repositories become plain files; their .git goes, and it is said', async () => {
  const run = await laidOut();
  mkdirSync(join(run.repo, 'sub/deeper'), { recursive: true });
  plainGit(join(run.repo, 'sub'), 'init', '-q');
  write(run.repo, {
    'sub/f': '1',
    'sub/deeper/.GIT/config': 'x',
    '.Git': 'gitdir: x',
    'sub/git~1/x': 'y',
  });
  symlinkSync('/etc', join(run.repo, 'sub/deeper/.git'));
  const { commit, notes } = await run.collect();
  expect(names(run, commit)).toEqual(['a.txt', 'sub/f']);
  expect(notes.join()).toMatch(/removed a git directory: \.Git, .*sub\/\.git/);
  expect(existsSync('/etc/passwd')).toBe(true);
});

test('pipes, sockets and devices go; a tracked file replaced by one counts as deleted', async () => {
  const run = await laidOut({ 'a.txt': 'a', '.gitignore': 'x\n' });
  for (const name of ['a.txt', '.gitignore', 'pipe']) {
    rmSync(join(run.repo, name), { force: true });
    execFileSync('mkfifo', [join(run.repo, name)]);
  }
  write(run.repo, { 'b.txt': 'b' });
  const { commit, notes } = await run.collect();
  expect(names(run, commit)).toEqual(['b.txt']);
  expect(notes).toEqual(['removed a pipe, socket or device: .gitignore, a.txt, pipe']);
});

test('hard links are kept as content and never chmod-ed through', async () => {
  const run = await laidOut();
  const outside = join(run.home, 'outside');
  writeFileSync(outside, 'secret mode', { mode: 0o200 });
  linkSync(outside, join(run.repo, 'linked'));
  await expect(run.collect()).rejects.toMatchObject({ tag: 'refused-tree' });
  expect(statSync(outside).mode & 0o777).toBe(0o200);
  chmodSync(outside, 0o600);
  const { commit, notes } = await run.collect();
  expect(notes.join()).toContain('hard link, kept as content: linked');
  expect(run.show('cat-file', 'blob', `${commit}:linked`)).toBe('secret mode');
});

test('locked files and folders are opened', async () => {
  const run = await laidOut();
  write(run.repo, { 'priv/deep/s': 's', t: 't' });
  chmodSync(join(run.repo, 't'), 0o000);
  chmodSync(join(run.repo, 'priv/deep'), 0o000);
  chmodSync(join(run.repo, 'priv'), 0o000);
  const { commit, notes } = await run.collect();
  expect(names(run, commit)).toEqual(['a.txt', 'priv/deep/s', 't']);
  expect(notes).toEqual(['made readable: priv, t, priv/deep']);
});

test('refuses by size, number and depth, from lstat alone; ignored files may be any size', async () => {
  const run = await laidOut({ 'a.txt': 'a', '.gitignore': 'out/\n' });
  write(run.repo, { 'out/big': 'x', 'out/1': '', 'out/2': '', 'out/3': '' });
  truncateSync(join(run.repo, 'out/big'), 300e9);
  const limits = { ...LIMITS, maxFiles: 4 };
  write(run.repo, { 'b.txt': 'b' });
  expect((await run.collect(limits)).commit).not.toBeNull();
  write(run.repo, { big: 'x' });
  truncateSync(join(run.repo, 'big'), 300e9);
  await expect(run.collect(limits)).rejects.toMatchObject({ tag: 'too-large', message: /big/ });
  rmSync(join(run.repo, 'big'));
  write(run.repo, { c: '', d: '' });
  await expect(run.collect(limits)).rejects.toMatchObject({ tag: 'too-large' });
  await expect(run.collect({ ...LIMITS, maxBytes: 3 })).rejects.toMatchObject({ tag: 'too-large' });
  write(run.repo, { 'd1/d2/d3/f': 'x' });
  await expect(run.collect({ ...LIMITS, maxDepth: 2 })).rejects.toMatchObject({
    tag: 'refused-tree',
    message: 'd1/d2/d3 is nested too deep.',
  });
  expect((await run.collect({ ...LIMITS, maxDepth: 3 })).commit).not.toBeNull();
});

test('names that are not UTF-8 or hold control characters are kept and reported', async () => {
  const run = await laidOut();
  writeFileSync(Buffer.from(`${run.repo}/bad-\xff\xfe`, 'latin1'), 'x');
  writeFileSync(join(run.repo, 'esc\u001b[2J\nname'), 'y');
  const { commit, notes } = await run.collect();
  expect(names(run, commit)).toContain('"bad-\\377\\376"');
  expect(notes.join()).toContain('esc\\x1b[2J\\nname');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
  expect(notes.join()).not.toMatch(/[\u0000-\u001f]/);
});

test('a workspace folder swapped for a link is refused, not followed', async () => {
  const run = await laidOut();
  const victim = join(run.home, 'victim');
  write(victim, { 'x/.git/config': 'precious' });
  await removeTree(run.repo);
  symlinkSync(victim, run.repo);
  await expect(run.collect()).rejects.toMatchObject({ tag: 'refused-tree' });
  expect(await salvage(run)).toBeNull();
  await run.workspaces.discard(run.dir);
  expect(readFileSync(join(victim, 'x/.git/config'), 'utf8')).toBe('precious');
  expect(existsSync(run.dir)).toBe(false);
});

test('the gate refuses a dangerous .gitmodules; salvage keeps it under another name', async () => {
  const run = await laidOut();
  write(run.repo, {
    '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = -u./payload\n\tupdate = !touch x\n',
    'work.txt': 'hours of work\n',
  });
  const objects = run.show('count-objects');
  await expect(run.collect()).rejects.toMatchObject({ tag: 'object-check' });
  // Refused means refused: nothing of it is in the mirror.
  expect(run.show('count-objects')).toBe(objects);
  const kept = await salvage(run);
  expect(names(run, kept?.commit ?? null)).toEqual([
    'a.txt',
    'salvaged-gitmodules.txt',
    'work.txt',
  ]);
  expect(kept?.notes).toEqual(['kept under another name: .gitmodules']);
  run.show('fsck', '--strict', '--full');
});

test('a link named .gitmodules is refused, and left out of a salvage', async () => {
  const run = await laidOut();
  symlinkSync('/etc/passwd', join(run.repo, '.gitmodules'));
  write(run.repo, { 'w.txt': 'w' });
  await expect(run.collect()).rejects.toMatchObject({ tag: 'refused-tree' });
  expect(names(run, (await salvage(run))?.commit ?? null)).toEqual(['a.txt', 'w.txt']);
});

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
  await removeTree(run.repo);
  expect(await salvage(run)).toBeNull();
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
