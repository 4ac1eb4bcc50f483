import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Bed, startBed, write } from './client.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await startBed();
});
afterEach(() => bed.close());

/** Commits files in a clone and gives the commit. */
async function commit(cwd: string, files: Record<string, string>): Promise<string> {
  write(cwd, files);
  await bed.git(['add', '.'], { cwd });
  await bed.git(['commit', '--quiet', '-m', 'work'], { cwd });
  return (await bed.git(['rev-parse', 'HEAD'], { cwd })).out.trim();
}

const push = (cwd: string, ...args: string[]) => bed.git(['push', 'origin', ...args], { cwd });

it('clones, pushes and moves the pull request, also with a large pack', async () => {
  const work = await bed.clone();
  const first = await commit(work, { 'src/b.txt': 'b\n' });
  expect((await push(work, `${first}:refs/heads/aedev/t1`)).code).toBe(0);
  const number = await bed.repo.open({ head: 'aedev/t1' });
  // Beyond git's post buffer: it asks with an empty push first, then sends chunks.
  const noise = Array.from({ length: 60_000 }, (_, at) => `${at * 7919} ${at ** 3}`).join('\n');
  const second = await commit(work, { 'big.txt': noise });
  const pushed = await bed.git(
    ['-c', 'http.postBuffer=65536', 'push', 'origin', `${second}:refs/heads/aedev/t1`],
    { cwd: work },
  );
  expect([pushed.code, bed.repo.pull(number).head]).toEqual([0, second]);
  expect(bed.hub.journal.lines('write')).toEqual([
    'POST /acme/shop.git/git-receive-pack refs/heads/aedev/t1 200',
    'POST /acme/shop.git/git-receive-pack refs/heads/aedev/t1 200',
  ]);
  expect(bed.hub.journal.writes().every(({ who }) => who === 'aedev-bot')).toBe(true);
  const shallow = join(bed.folder(), 'shallow');
  const url = bed.hub.gitUrl(bed.repo);
  const args = ['clone', '--quiet', '--depth=1', '--branch=aedev/t1', url, shallow];
  expect((await bed.git(args)).code).toBe(0);
  // The pull request's own refs can be fetched, those of forks cannot be seen.
  await bed.repo.push('evil', { files: { evil: 'x\n' }, fork: 'mallory' });
  const { out } = await bed.git(['ls-remote', url]);
  expect(out).toContain(`${second}\trefs/pull/${number}/head`);
  expect(out).not.toContain('mallory');
});

it('takes a move of a branch only from where it is', async () => {
  const work = await bed.clone();
  const base = bed.repo.tip('main') as string;
  const ref = 'refs/heads/aedev/t1';
  const mine = await commit(work, { mine: 'x\n' });
  const foreign = await bed.repo.push('aedev/t1', { files: { foreign: 'x\n' } });
  const lease = (old: string) => push(work, `--force-with-lease=${ref}:${old}`, `${mine}:${ref}`);
  expect((await lease(base)).code).toBe(1);
  expect((await push(work, `${mine}:${ref}`)).err).toContain('rejected');
  expect(bed.repo.tip('aedev/t1')).toBe(foreign);
  expect((await lease(foreign)).code).toBe(0);
  expect(bed.repo.tip('aedev/t1')).toBe(mine);
});

it('keeps protected branches, pull request refs and the queue from pushes', async () => {
  const work = await bed.clone();
  const base = bed.repo.tip('main') as string;
  const mine = await commit(work, { mine: 'x\n' });
  await bed.repo.protect('main', { reviews: 1 });
  const direct = await push(work, `${mine}:refs/heads/main`);
  expect(direct.code).toBe(1);
  expect(direct.err).toContain('GH006: Protected branch update failed for refs/heads/main.');
  expect(direct.err).toContain('Changes must be made through a pull request.');
  await bed.repo.unprotect('main');
  await bed.repo.ruleset('main', { requiredChecks: ['ci'] });
  const unchecked = await push(work, `${mine}:refs/heads/main`);
  expect(unchecked.err).toContain('GH013');
  expect(unchecked.err).toContain('Required status check "ci" is expected.');
  await bed.repo.unprotect('main');
  await bed.repo.protect('kept', {});
  await bed.repo.move('kept', mine);
  expect((await push(work, `+${base}:refs/heads/kept`)).err).toContain('Cannot force-push');
  expect((await push(work, ':refs/heads/kept')).err).toContain('Cannot delete this branch');
  const hidden = await push(work, `${mine}:refs/pull/1/head`);
  expect(hidden.err).toContain('deny updating a hidden ref');
  const queue = await push(work, `${mine}:refs/heads/gh-readonly-queue/main/x`);
  expect(queue.err).toContain('Owned by the merge queue.');
  // One refused ref does not stop another.
  const both = await push(work, `${mine}:refs/heads/fine`, ':refs/heads/kept');
  expect([both.code, bed.repo.tip('fine'), bed.repo.tip('kept')]).toEqual([1, mine, mine]);
  expect(bed.repo.tip('main')).toBe(base);
});

it('lets nobody in without the right token', async () => {
  const { hub } = bed;
  const url = hub.gitUrl(bed.repo);
  const list = (token: string | null) => bed.git(['ls-remote', url], { token });
  expect((await list(null)).err).toContain('could not read Username');
  expect((await list('invented')).err).toContain('could not read Username');
  expect((await list(hub.token({ login: 'stranger' }))).err).toContain('not found');
  const reader = hub.token({ permissions: { contents: 'read' } });
  expect((await list(reader)).code).toBe(0);
  const work = await bed.clone();
  const mine = await commit(work, { mine: 'x\n' });
  const args = ['push', url, `${mine}:refs/heads/aedev/t1`];
  const denied = await bed.git(args, { cwd: work, token: reader });
  expect(denied.err).toContain('Write access to repository not granted.');
  const bob = await bed.git(args, { cwd: work, token: hub.token({ login: 'bob' }) });
  expect(bob.code).toBe(128);
  expect(bed.repo.tip('aedev/t1')).toBeNull();
  // It was refused before anything was sent.
  expect(hub.journal.writes()).toEqual([]);
});

it('follows a repository to its new name', async () => {
  const old = bed.hub.gitUrl(bed.repo);
  await bed.repo.rename('store');
  expect((await bed.git(['ls-remote', old, 'main'])).out).toContain(bed.repo.tip('main'));
});

it('loses pushes as networks do', async () => {
  const work = await bed.clone();
  const mine = await commit(work, { mine: 'x'.repeat(5000) });
  const ref = 'refs/heads/aedev/t1';
  const match = { surface: 'git', kind: 'write' } as const;
  bed.hub.faults.add(match, { kind: 'cut' });
  expect((await push(work, `${mine}:${ref}`)).code).not.toBe(0);
  expect(bed.repo.tip('aedev/t1')).toBeNull();
  bed.hub.faults.add(match, { kind: 'reset' });
  expect((await push(work, `${mine}:${ref}`)).code).not.toBe(0);
  expect(bed.repo.tip('aedev/t1')).toBeNull();
  // The push arrives, the report of it does not.
  bed.hub.faults.add(match, { kind: 'reset', after: true });
  expect((await push(work, `${mine}:${ref}`)).code).not.toBe(0);
  expect(bed.repo.tip('aedev/t1')).toBe(mine);
  bed.hub.faults.add({ surface: 'git' }, { kind: 'status', status: 503 });
  expect((await push(work, `${mine}:refs/heads/aedev/t2`)).code).not.toBe(0);
  expect((await push(work, `${mine}:refs/heads/aedev/t2`)).code).toBe(0);
});
