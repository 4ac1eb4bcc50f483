import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
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
import { LIMITS, laidOut, plainGit, TIME, tempDir, write } from './helpers.ts';

const names = (run: Awaited<ReturnType<typeof laidOut>>, commit: string | null) =>
  run.show('ls-tree', '-r', '--name-only', commit as string).split('\n');
const salvage = (run: Awaited<ReturnType<typeof laidOut>>, id = 'run1') =>
  run.workspaces.salvage(run.mirror, run.dir, run.base, id, TIME);

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
  await expect(run.collect()).rejects.toMatchObject({ tag: 'no-tree' });
  await expect(salvage(run)).rejects.toMatchObject({ tag: 'no-tree' });
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

test('only the calls that follow the scrub stand in the tree', async () => {
  const run = await laidOut();
  const shim = tempDir();
  const log = join(shim, 'log');
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const script = `#!/bin/sh\necho "$1 $(pwd -P)" >> '${log}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(shim, 'git'), script, { mode: 0o755 });
  write(run.repo, { 'b.txt': 'b' });
  const path = process.env['PATH'];
  process.env['PATH'] = `${shim}:${path}`;
  try {
    // The second time nothing is there that was read ahead.
    await run.collect();
    await run.collect();
  } finally {
    process.env['PATH'] = path;
  }
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  const inside = calls.filter((call) => call.endsWith(` ${realpathSync(run.repo)}`));
  expect(calls.some((call) => call.startsWith('read-tree '))).toBe(true);
  expect(inside.map((call) => call.split(' ')[0])).toEqual([
    'add',
    'write-tree',
    'add',
    'write-tree',
  ]);
});
