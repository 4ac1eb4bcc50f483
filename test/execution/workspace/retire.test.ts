/** The end of a workspace: work is saved and proven before anything goes. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgotten } from '../../../src/execution/workspace/layouts.ts';
import { createWorkspaces } from '../../../src/execution/workspace/workspaces.ts';
import { laidOut, plainGit, sourceRepo, TIME, tempDir, write } from './helpers.ts';

type Run = Awaited<ReturnType<typeof laidOut>>;
const retire = (run: Run, parent: string | null = null, id = 'r1') =>
  run.workspaces.retire(run.mirror, run.dir, id, parent, TIME);
const refs = (run: Run) => run.show('for-each-ref', '--format=%(refname)', 'refs/aedev/salvage');

test('unfinished work is salvaged before the folder goes', async () => {
  const run = await laidOut({ 'a.txt': 'a\n' });
  write(run.repo, { 'a.txt': 'half', 'new/b.txt': 'done' });
  const kept = await retire(run);
  expect(kept?.ref).toBe('refs/aedev/salvage/r1');
  expect(run.show('show', `${kept?.commit}:new/b.txt`)).toBe('done');
  expect(run.show('rev-parse', `${kept?.commit}^`)).toBe(run.base);
  expect(existsSync(run.dir)).toBe(false);
  expect(await retire(run)).toBeNull();
});

test('what was collected, or nothing, leaves no salvage behind', async () => {
  const run = await laidOut({ 'a.txt': 'a\n', '.gitignore': 'out\n' });
  write(run.repo, { 'b.txt': 'b', 'out/big': 'x' });
  const { commit } = await run.collect();
  await run.workspaces.keep(run.mirror, 'runs/r1', commit as string);
  expect(await retire(run)).toBeNull();
  expect(existsSync(run.dir)).toBe(false);
  await run.workspaces.layOut(run.mirror, run.base, run.dir, run.objects);
  expect(await retire(run, null, 'r2')).toBeNull();
  expect(existsSync(run.dir)).toBe(false);
  expect(refs(run)).toBe('');
});

test('work that cannot be salvaged stays where it is', async () => {
  const run = await laidOut({ 'a.txt': 'a\n' });
  write(run.repo, { 'b.txt': 'precious' });
  // The mirror is away: nothing can be kept.
  renameSync(run.mirror.gitDir, `${run.mirror.gitDir}.away`);
  await expect(retire(run)).rejects.toMatchObject({ tag: expect.any(String) });
  expect(existsSync(join(run.repo, 'b.txt'))).toBe(true);
  renameSync(`${run.mirror.gitDir}.away`, run.mirror.gitDir);
  // Nothing says what it was laid out from.
  rmSync(join(run.home, 'repos', '.layouts'), { recursive: true });
  await expect(retire(run)).rejects.toThrow(/Nobody knows/);
  expect(existsSync(join(run.repo, 'b.txt'))).toBe(true);
  expect((await retire(run, run.base))?.ref).toBe('refs/aedev/salvage/r1');
});

test('a tree that is gone or something else keeps its folder, and says which', async () => {
  const run = await laidOut({ 'a.txt': 'a\n' });
  write(run.repo, { 'b.txt': 'precious' });
  renameSync(run.repo, join(run.dir, 'elsewhere'));
  const told = { tag: 'no-tree', message: expect.stringContaining(run.dir) };
  await expect(retire(run)).rejects.toMatchObject(told);
  symlinkSync('elsewhere', run.repo);
  await expect(retire(run)).rejects.toMatchObject(told);
  expect(existsSync(join(run.dir, 'elsewhere', 'b.txt'))).toBe(true);
  expect(refs(run)).toBe('');
});

test('a salvage that is not whole counts as none', async () => {
  const run = await laidOut({ 'a.txt': 'a\n' });
  write(run.repo, { 'b.txt': 'precious' });
  const kept = await run.workspaces.salvage(run.mirror, run.dir, run.base, 'r1', TIME);
  const blob = run.show('rev-parse', `${kept?.commit}:b.txt`);
  const object = join(run.mirror.gitDir, 'objects', blob.slice(0, 2), blob.slice(2));
  // Saving again finds the same commit; the object that went missing is written anew by it.
  rmSync(object);
  expect((await retire(run))?.commit).toBe(kept?.commit);
  expect(existsSync(object)).toBe(true);
  expect(existsSync(run.dir)).toBe(false);
});

test('salvage that leads elsewhere than it should removes nothing', async () => {
  const run = await laidOut({ 'a.txt': 'a\n' });
  write(run.repo, { 'b.txt': 'precious' });
  // A name of the ref's own that cannot be written: nothing is kept, so nothing goes.
  mkdirSync(join(run.mirror.gitDir, 'refs', 'aedev', 'salvage', 'r1', 'x.lock'), {
    recursive: true,
  });
  write(join(run.mirror.gitDir, 'refs', 'aedev', 'salvage', 'r1'), { x: `${run.base}\n` });
  await expect(retire(run)).rejects.toMatchObject({ name: 'WorkspaceError' });
  expect(existsSync(join(run.repo, 'b.txt'))).toBe(true);
});

test('a removal that was cut off goes on and saves nothing twice', async () => {
  const run = await laidOut({ 'a.txt': 'a\n', 'dir/b.txt': 'b\n' });
  write(run.repo, { 'c.txt': 'c' });
  const kept = await run.workspaces.salvage(run.mirror, run.dir, run.base, 'r1', TIME);
  // Killed after the rename, in the middle of removing.
  renameSync(run.dir, `${run.dir}.gone`);
  rmSync(join(`${run.dir}.gone`, 'repo', 'dir'), { recursive: true });
  symlinkSync(run.source, join(`${run.dir}.gone`, 'out'));
  expect(await retire(run)).toBeNull();
  expect(existsSync(`${run.dir}.gone`)).toBe(false);
  expect(existsSync(join(run.source, 'a.txt'))).toBe(true);
  expect(refs(run)).toBe('refs/aedev/salvage/r1');
  expect(run.show('rev-parse', 'refs/aedev/salvage/r1')).toBe(kept?.commit);
});

test('two mirrors are kept apart', async () => {
  const home = tempDir();
  const workspaces = createWorkspaces({ root: join(home, 'repos') });
  const laid = async (repo: string) => {
    const source = sourceRepo({ 'a.txt': `${repo}\n` });
    const { mirror, base } = await workspaces.sync(repo, source, 'main');
    const dir = join(home, 'runs', `${repo}-run`, 'workspace');
    await workspaces.layOut(mirror, base, dir, '/objects');
    write(join(dir, 'repo'), { 'own.txt': repo });
    return { mirror, dir };
  };
  const [one, two] = [await laid('one'), await laid('two')];
  const kept = await workspaces.retire(one.mirror, one.dir, 'one-run', null, TIME);
  expect(existsSync(join(two.dir, 'repo', 'own.txt'))).toBe(true);
  const read = (gitDir: string, object: string) =>
    plainGit(home, `--git-dir=${gitDir}`, 'cat-file', '-p', object);
  expect(read(one.mirror.gitDir, `${kept?.commit}:own.txt`)).toBe('one');
  expect(() => read(two.mirror.gitDir, kept?.commit ?? '')).toThrow();
  // Against the wrong mirror nothing is known of what was laid out there.
  await expect(workspaces.retire(one.mirror, two.dir, 'two-run', null, TIME)).rejects.toMatchObject(
    { name: 'WorkspaceError' },
  );
  expect(existsSync(join(two.dir, 'repo', 'own.txt'))).toBe(true);
});

test('only what is remembered of workspaces that are gone, and long, is forgotten', async () => {
  const run = await laidOut();
  const root = join(run.home, 'repos');
  const later = Date.now() + 2 * 24 * 3600 * 1000;
  expect(await forgotten(root, [run.dir], later)).toEqual([]);
  expect(await forgotten(root, [], Date.now())).toEqual([]);
  expect(await forgotten(root, [], later)).toHaveLength(1);
  expect(await forgotten(join(root, 'none'), [], later)).toEqual([]);
});
