import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  commitAll,
  laidOut,
  layOutFrom,
  plainGit,
  snapshot,
  sourceRepo,
  write,
} from './helpers.ts';

test('a tree nobody touched gives no commit', async () => {
  const run = await laidOut({ 'a.txt': 'a\n', 'dir/b.txt': 'b\n' });
  expect(await run.collect()).toMatchObject({ commit: null, notes: [] });
});

test('keeps bytes, modes, links and names exactly, whatever .gitattributes says', async () => {
  const source = sourceRepo({
    'crlf.txt': 'one\r\ntwo\r\n',
    'lf.bat': 'x\ny\n',
    'ident.c': '/* $Id$ */\n',
    'utf16.txt': 'plain\n',
    empty: '',
    'ünï/日本.txt': 'u\n',
    'with space\tand tab': 's\n',
    'new\nline': 'n\n',
    'bin.dat': Buffer.from([0, 255, 13, 10, 1]),
    'run.sh': '#!/bin/sh\n',
  });
  chmodSync(join(source, 'run.sh'), 0o755);
  symlinkSync('../outside', join(source, 'ünï', 'link'));
  symlinkSync('a', join(source, 'dangling'));
  commitAll(source);
  write(source, {
    '.gitattributes':
      '*.txt text eol=crlf\n*.bat text eol=crlf\n*.c ident\nutf16.txt working-tree-encoding=UTF-16\n*.dat filter=evil\n',
  });
  plainGit(source, 'add', '.gitattributes');
  plainGit(source, 'commit', '-qm', 'attributes');

  const run = await layOutFrom(source);
  const blob = (name: string) => `${run.show('cat-file', 'blob', `${run.base}:${name}`)}`;
  expect(readFileSync(join(run.repo, 'crlf.txt'), 'latin1')).toBe('one\r\ntwo\r\n');
  expect(readFileSync(join(run.repo, 'lf.bat'), 'latin1')).toBe('x\ny\n');
  expect(readFileSync(join(run.repo, 'ident.c'), 'latin1')).toBe('/* $Id$ */\n');
  expect(blob('ident.c')).toBe('/* $Id$ */');
  const before = snapshot(run.repo);
  expect(before['ünï/link']).toBe('link:../outside');
  expect(before['run.sh']).toMatch(/^exec:/);
  expect((await run.collect()).commit).toBeNull();

  write(run.repo, {
    'crlf.txt': 'one\r\nTWO\n',
    'utf16.txt': 'still plain\n',
    'new.c': '$Id$\r\n',
  });
  rmSync(join(run.repo, 'empty'));
  renameSync(join(run.repo, 'bin.dat'), join(run.repo, 'moved.dat'));
  chmodSync(join(run.repo, 'run.sh'), 0o644);
  symlinkSync('/etc/hostname', join(run.repo, 'out'));
  mkdirSync(join(run.repo, 'nothing-in-it'));
  const wanted = snapshot(run.repo);
  const { commit, notes } = await run.collect();
  expect(notes.join('\n')).toContain('symbolic link out of the tree: out -> /etc/hostname');
  await run.workspaces.checkout(run.mirror, commit as string, join(run.home, 'out'));
  expect(snapshot(join(run.home, 'out'))).toEqual(wanted);
  expect(run.show('cat-file', '-p', `${commit}:out`)).toBe('/etc/hostname');
});

test('any change to any tree comes back byte for byte', async () => {
  const name = fc.constantFrom('a', 'b', 'd/a', 'd/e/f', 'Z', '-x', '--output=x', 'q"uote', "'");
  const content = fc.uint8Array({ maxLength: 40 });
  const tree = fc.dictionary(name, content, { maxKeys: 6, noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(tree, tree, async (first, second) => {
      const buffers = (t: Record<string, Uint8Array>) =>
        Object.fromEntries(Object.entries(t).map(([k, v]) => [k, Buffer.from(v)]));
      const run = await laidOut({ 'always.txt': 'x', ...buffers(first) });
      for (const key of Object.keys(first)) rmSync(join(run.repo, key));
      write(run.repo, buffers(second));
      const wanted = snapshot(run.repo);
      const { commit } = await run.collect();
      const at = join(run.home, 'again');
      await run.workspaces.checkout(run.mirror, commit ?? run.base, at);
      expect(snapshot(at)).toEqual(wanted);
    }),
    { numRuns: 8 },
  );
}, 60_000);

test('the coder sees a clean repository at the right commit, without remotes or hooks', async () => {
  const run = await laidOut({ 'a.txt': 'a\n', 'd/b.txt': 'b\n' });
  expect(plainGit(run.repo, 'rev-parse', 'HEAD')).toBe(run.base);
  expect(plainGit(run.repo, 'status', '--porcelain')).toBe('');
  expect(plainGit(run.repo, 'log', '--format=%s')).toBe('first');
  expect(plainGit(run.repo, 'remote')).toBe('');
  expect(existsSync(join(run.repo, '.git', 'hooks'))).toBe(false);
  write(run.repo, { 'a.txt': 'changed\n' });
  plainGit(run.repo, 'commit', '-qam', 'inside');
  const { commit } = await run.collect();
  expect(run.show('log', '--format=%an %s', `${run.base}..${commit}`)).toBe('aedev Work');
});

test('ignored files stay out, tracked but ignored ones stay in', async () => {
  const source = sourceRepo({ 'kept.log': 'tracked\n', 'a.txt': 'a\n' });
  write(source, { '.gitignore': '*.log\nnode_modules/\n' });
  commitAll(source);
  const run = await layOutFrom(source);
  write(run.repo, { 'kept.log': 'changed\n', 'other.log': 'x', 'node_modules/x/y.js': 'x' });
  const { commit } = await run.collect();
  expect(run.show('diff-tree', '-r', '--name-only', run.base, commit as string)).toBe('kept.log');
});

test('submodule links survive whatever the coder does in their place', async () => {
  const source = sourceRepo();
  const link = plainGit(source, 'rev-parse', 'HEAD');
  for (const name of ['sub', 'deep/sub', 'gone', 'file']) {
    plainGit(source, 'update-index', '--add', '--cacheinfo', `160000,${link},${name}`);
  }
  plainGit(source, 'commit', '-qm', 'links');
  const run = await layOutFrom(source);
  rmSync(join(run.repo, 'gone'), { recursive: true });
  rmSync(join(run.repo, 'file'), { recursive: true });
  write(run.repo, { 'sub/x.txt': 'x', file: 'now a file', 'a.txt': 'changed\n' });
  plainGit(join(run.repo, 'deep/sub'), 'init', '-q');
  const { commit, notes } = await run.collect();
  expect(run.show('diff-tree', '-r', '--name-only', run.base, commit as string)).toBe('a.txt');
  expect(notes.join('\n')).toMatch(/submodule kept as it was.*file.*sub/);
});

test('the same work gives the same commit, everywhere and at every time', async () => {
  const commits: (string | null)[] = [];
  for (let at = 0; at < 2; at += 1) {
    const run = await laidOut({ 'a.txt': 'a\n' });
    write(run.repo, { 'b.txt': 'b\n' });
    commits.push((await run.collect()).commit);
    const raw = run.show('cat-file', 'commit', commits[at] as string);
    expect(raw).toContain('author aedev <aedev@localhost> 1767323045 +0000');
  }
  expect(commits[0]).toBe(commits[1]);
});

test('hostile messages are data', async () => {
  const run = await laidOut();
  write(run.repo, { 'b.txt': 'b\n' });
  const message = '--amend\n\0\u001b[2J # not a comment\n\n\n';
  const { commit } = await run.workspaces.collect(
    run.mirror,
    run.dir,
    run.base,
    { message, time: '2026-01-01T00:00:00Z' },
    { maxFiles: 10, maxBytes: 1000, maxFileBytes: 1000, maxDepth: 3 },
  );
  const body = run.show('log', '-1', '--format=%B', commit as string);
  expect(body).toContain('--amend');
  expect(body).toContain('# not a comment');
});

test('stat data cannot hide a change: same size, same times', async () => {
  const run = await laidOut({ 'a.txt': 'aaaa\n' });
  const path = join(run.repo, 'a.txt');
  plainGit(run.repo, 'status');
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'bbbb\n');
  utimesSync(path, atime, mtime);
  expect((await run.collect()).commit).not.toBeNull();
});

test('two runs of one repo at once do not disturb each other', async () => {
  const run = await laidOut({ 'a.txt': 'a\n' });
  const one = async (name: string) => {
    const dir = join(run.home, 'runs', name);
    await run.workspaces.sync('one', run.source, 'main');
    await run.workspaces.layOut(run.mirror, run.base, dir, run.objects);
    write(join(dir, 'repo'), { [`${name}.txt`]: name, 'shared.txt': 'same content\n' });
    const got = await run.workspaces.collect(
      run.mirror,
      dir,
      run.base,
      { message: name, time: '2026-01-01T00:00:00Z' },
      { maxFiles: 100, maxBytes: 10_000, maxFileBytes: 1000, maxDepth: 8 },
    );
    await run.workspaces.keep(run.mirror, `task/${name}`, got.commit as string);
    await run.workspaces.discard(dir);
    return got.commit as string;
  };
  const names = ['p', 'q', 'r', 's'];
  const commits = await Promise.all(names.map(one));
  names.forEach((name, at) => {
    expect(run.show('rev-parse', `refs/aedev/task/${name}`)).toBe(commits[at]);
    expect(run.show('ls-tree', '--name-only', `refs/aedev/task/${name}`)).toBe(
      ['a.txt', `${name}.txt`, 'shared.txt'].sort().join('\n'),
    );
    expect(existsSync(join(run.home, 'runs', name))).toBe(false);
  });
  run.show('fsck', '--strict', '--full');
});

test('a tree of many files, where unchanged ones are compared apart, comes back as exactly', async () => {
  const files: Record<string, string> = { '.gitignore': '*.log\n', 'kept.log': 'tracked\n' };
  for (let at = 0; at < 1100; at += 1) files[`d${at % 40}/f${at}`] = `${at}\n`;
  const source = sourceRepo();
  write(source, files);
  plainGit(source, 'add', '-f', 'kept.log');
  const link = plainGit(source, 'rev-parse', 'HEAD');
  plainGit(source, 'add', '-A');
  plainGit(source, 'update-index', '--add', '--cacheinfo', `160000,${link},sub`);
  plainGit(source, 'commit', '-qm', 'many');
  const run = await layOutFrom(source);
  expect((await run.collect()).commit).toBeNull();

  const forged = join(run.repo, 'd1/f1');
  const { atime, mtime } = statSync(forged);
  writeFileSync(forged, '7\n');
  utimesSync(forged, atime, mtime);
  rmSync(join(run.repo, 'd2'), { recursive: true });
  renameSync(join(run.repo, 'd3/f3'), join(run.repo, 'd3/moved'));
  chmodSync(join(run.repo, 'd4/f4'), 0o755);
  write(run.repo, { 'new/x': 'x', 'kept.log': 'changed\n', 'other.log': 'ignored' });
  const wanted = snapshot(run.repo);
  delete wanted['other.log'];
  const { commit } = await run.collect();
  await run.workspaces.checkout(run.mirror, commit as string, join(run.home, 'again'));
  expect(snapshot(join(run.home, 'again'))).toEqual(wanted);
  expect(run.show('ls-tree', commit as string, 'sub')).toContain(`160000 commit ${link}`);
});
