import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createWorkspaces } from '../../../src/execution/workspace/workspaces.ts';
import { commitAll, plainGit, snapshot, sourceRepo, tempDir, write } from './helpers.ts';

const fresh = () => createWorkspaces({ root: join(tempDir(), 'repos') });

test('follows the branch, from a path or a file: URL, and is idle when nothing changed', async () => {
  const source = sourceRepo();
  const workspaces = fresh();
  const first = await workspaces.sync('r', source, 'main');
  expect(first.base).toBe(plainGit(source, 'rev-parse', 'main'));
  // Proof that an unchanged tip asks git nothing: with no git to be found it still answers.
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  try {
    expect((await workspaces.sync('r', source, 'main')).base).toBe(first.base);
  } finally {
    process.env['PATH'] = path;
  }
  write(source, { 'b.txt': 'b' });
  const next = commitAll(source);
  plainGit(source, 'pack-refs', '--all');
  expect((await workspaces.sync('r', pathToFileURL(source).href, 'main')).base).toBe(next);
  plainGit(source, 'reset', '-q', '--hard', first.base);
  expect((await workspaces.sync('r', source, 'main')).base).toBe(first.base);
});

test('a dirty source is fine, counts by its commits only, and is never written to', async () => {
  const source = sourceRepo();
  write(source, { 'a.txt': 'dirty', untracked: 'x' });
  plainGit(source, 'config', 'core.fsmonitor', `touch ${source}/pwned; false`);
  const tree = snapshot(source);
  const git = snapshot(join(source, '.git'));
  const workspaces = fresh();
  const { mirror, base } = await workspaces.sync('r', source, 'main');
  const out = join(tempDir(), 'out');
  await workspaces.checkout(mirror, base, out);
  expect(snapshot(out)).toEqual({ 'a.txt': 'file:a\n' });
  expect(snapshot(source)).toEqual(tree);
  expect(snapshot(join(source, '.git'))).toEqual(git);
});

test('takes bare repositories, linked worktrees and branches with slashes', async () => {
  const source = sourceRepo();
  plainGit(source, 'branch', 'feature/x');
  const bare = join(tempDir(), 'bare.git');
  plainGit(source, 'clone', '-q', '--bare', source, bare);
  const linked = join(tempDir(), 'linked');
  plainGit(source, 'worktree', 'add', '-q', linked, 'feature/x');
  const workspaces = fresh();
  const tip = plainGit(source, 'rev-parse', 'main');
  expect((await workspaces.sync('bare', bare, 'feature/x')).base).toBe(tip);
  expect((await workspaces.sync('linked', linked, 'feature/x')).base).toBe(tip);
  plainGit(linked, 'checkout', '-q', '--detach');
  plainGit(source, 'branch', '-D', 'feature/x');
  plainGit(source, 'branch', 'feature');
  // A branch named like the folder of a former one.
  expect((await workspaces.sync('bare', source, 'feature')).base).toBe(tip);
});

test('each unusable source gets its own plain refusal', async () => {
  const source = sourceRepo();
  const workspaces = fresh();
  const empty = join(tempDir(), 'empty');
  mkdirSync(empty);
  const said = (address: string, branch = 'main') =>
    workspaces.sync('r', address, branch).then(
      () => 'ok',
      (error: { tag?: string; message: string }) => `${error.tag}: ${error.message}`,
    );
  expect(await said(empty)).toMatch(/^not-a-repo: .*git init/);
  expect(await said(join(source, 'sub'))).toMatch(/^source-gone: /);
  expect(await said(join(source, 'a.txt'))).toMatch(/^not-a-repo: /);
  plainGit(empty, 'init', '-q');
  expect(await said(empty)).toMatch(/^empty-repo: /);
  expect(await said(source, 'nope')).toMatch(/^no-branch: /);
  for (const branch of [
    '--upload-pack=x',
    'a..b',
    '',
    'a b',
    '../x',
    '@',
    'x.lock',
    'a\u0000b',
    '-x',
    'HEAD^',
  ]) {
    expect(await said(source, branch)).toMatch(/^no-branch: /);
  }
  const shallow = join(tempDir(), 'shallow');
  write(source, { 'b.txt': 'b' });
  commitAll(source);
  plainGit(source, 'clone', '-q', '--depth', '1', pathToFileURL(source).href, shallow);
  expect(await said(shallow)).toMatch(/^unsupported: .*unshallow/);
  const sha256 = join(tempDir(), 'sha256');
  mkdirSync(sha256);
  plainGit(sha256, 'init', '-q', '--object-format=sha256', '-b', 'main');
  commitAll(sha256);
  expect(await said(sha256)).toMatch(/^unsupported: .*SHA-256/);
  const gone = join(tempDir(), 'gone');
  renameSync(source, gone);
  expect(await said(source)).toMatch(/^source-gone: /);
  expect(await said(gone)).toBe('ok');
});

test('refuses transports and addresses that could run or leak something', async () => {
  const workspaces = fresh();
  const pwned = join(tempDir(), 'pwned');
  for (const address of [
    `ext::sh -c touch% ${pwned}`,
    'relative/path',
    '--upload-pack=x',
    'git@host:path',
    'git://host/x',
    'http://host/x',
    'fd::3',
    'https://user:hunter2@host/x',
    'https://token@host/x',
    'ssh://-oProxyCommand=x/y',
    'ssh://-l@host/y',
    'file://host/x',
    '/a\nb',
  ]) {
    const error = await workspaces.sync('r', address, 'main').catch((e) => e);
    expect([address, error.tag]).toEqual([address, 'not-a-repo']);
    expect(error.message).not.toMatch(/hunter2|token@/);
  }
  expect(existsSync(pwned)).toBe(false);
  for (const id of ['../x', 'a/b', '', '.x', '-x', 'x.lock']) {
    await expect(workspaces.sync(id, '/tmp', 'main')).rejects.toThrow(/cannot be the id/);
  }
});

test('a history with a planted tree is refused, and the mirror stays clean', async () => {
  const source = sourceRepo();
  const blob = plainGit(source, 'hash-object', '-w', 'a.txt');
  const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
  const raw = join(tempDir(), 'tree');
  write(tempDir(), {});
  write(join(raw, '..'), { tree: entry });
  const tree = plainGit(source, 'hash-object', '-w', '--literally', '-t', 'tree', raw);
  const commit = plainGit(source, 'commit-tree', tree, '-p', 'main', '-m', 'evil');
  plainGit(source, 'update-ref', 'refs/heads/main', commit);
  const workspaces = fresh();
  await expect(workspaces.sync('r', source, 'main')).rejects.toMatchObject({ tag: 'object-check' });
  const { gitDir } = workspaces.mirror('r');
  expect(plainGit(gitDir, `--git-dir=${gitDir}`, 'for-each-ref')).toBe('');
  expect(plainGit(gitDir, `--git-dir=${gitDir}`, 'count-objects')).toMatch(/^0 objects/);
});

test('old blemishes of honest histories pass', async () => {
  const source = sourceRepo();
  const tree = plainGit(source, 'rev-parse', 'main^{tree}');
  const at = tempDir();
  write(at, {
    commit: `tree ${tree}\nauthor A <a@a> 1234567890 +051800\ncommitter A <a@a> 1234567890 +051800\n\nold\n`,
  });
  const commit = plainGit(
    source,
    'hash-object',
    '-w',
    '--literally',
    '-t',
    'commit',
    join(at, 'commit'),
  );
  plainGit(source, 'update-ref', 'refs/heads/main', commit);
  expect((await fresh().sync('r', source, 'main')).base).toBe(commit);
});

test('puts the mirror back in order when someone changed its settings', async () => {
  const source = sourceRepo();
  const workspaces = fresh();
  const { mirror } = await workspaces.sync('r', source, 'main');
  const pwned = join(tempDir(), 'pwned');
  write(mirror.gitDir, {
    'hooks/reference-transaction': `#!/bin/sh\ntouch ${pwned}\n`,
    config: `[core]\n\tfsmonitor = "touch ${pwned}"\n\tbare = true\n`,
    'info/attributes': '* filter=x\n',
  });
  chmodSync(join(mirror.gitDir, 'hooks/reference-transaction'), 0o755);
  write(source, { 'b.txt': 'b' });
  commitAll(source);
  await workspaces.sync('r', source, 'main');
  expect(existsSync(pwned)).toBe(false);
  expect(existsSync(join(mirror.gitDir, 'hooks'))).toBe(false);
  rmSync(source, { recursive: true });
});

test('what a killed process left in the mirror does not stop the next one', async () => {
  const source = sourceRepo();
  const workspaces = fresh();
  const { mirror, base } = await workspaces.sync('r', source, 'main');
  const old = new Date(Date.now() - 2 * 24 * 3600 * 1000);
  const left = [
    'refs/aedev/source/main.lock',
    'packed-refs.lock',
    'refs/aedev/x.lock',
    'scratch/dead/objects/aa/x',
    'objects/pack/tmp_pack_x',
  ];
  write(mirror.gitDir, Object.fromEntries(left.map((name) => [name, ''])));
  for (const name of [...left, 'scratch/dead']) utimesSync(join(mirror.gitDir, name), old, old);
  await workspaces.keep(mirror, 'x', base);
  write(source, { 'b.txt': 'b' });
  const next = commitAll(source);
  expect((await workspaces.sync('r', source, 'main')).base).toBe(next);
  expect(left.filter((name) => existsSync(join(mirror.gitDir, name)))).toEqual([]);
});

test('an address where nobody answers may answer later', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await expect(fresh().sync('r', `https://127.0.0.1:${port}/x.git`, 'main')).rejects.toMatchObject({
    tag: 'unreachable',
  });
});

test('what the network needs is asked for URLs only, and its failure is told', async () => {
  const asked: string[] = [];
  const network = async (repo: string) => {
    asked.push(repo);
    throw new Error('there is no credential');
  };
  const workspaces = createWorkspaces({ root: join(tempDir(), 'repos'), network });
  await workspaces.sync('r', sourceRepo(), 'main');
  expect(asked).toEqual([]);
  const url = 'https://127.0.0.1:1/x.git';
  await expect(workspaces.sync('s', url, 'main')).rejects.toMatchObject({
    tag: 'source-gone',
    message: 'there is no credential',
  });
  expect(asked).toEqual(['s']);
});

test('two syncs of one repo at once both answer', async () => {
  const source = sourceRepo();
  const workspaces = fresh();
  const tip = plainGit(source, 'rev-parse', 'main');
  const bases = await Promise.all([1, 2, 3].map(() => workspaces.sync('r', source, 'main')));
  expect(bases.map((got) => got.base)).toEqual([tip, tip, tip]);
});
