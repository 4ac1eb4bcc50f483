import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { swapRef } from '../../../src/execution/workspace/refs.ts';
import { readRef } from '../../../src/lib/read-ref.ts';
import { commitFiles, makeRepo, plainGit } from '../../support/installation.ts';

const REF = 'refs/aedev/runs/r-1';
let dir = '';
let gitDir = '';
let first = '';
let second = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-refs-'));
  const repo = makeRepo(join(dir, 'repo'), { a: '1\n' });
  gitDir = join(repo, '.git');
  first = plainGit(repo, 'rev-parse', 'HEAD');
  second = commitFiles(repo, { a: '2\n' }, 'second');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const asGitSees = () => plainGit(gitDir, 'rev-parse', '--verify', REF);

test('a new ref is one that git reads, and leaves no lock', async () => {
  expect(await swapRef(gitDir, REF, first, null)).toBe(true);
  expect(asGitSees()).toBe(first);
  expect(existsSync(join(gitDir, `${REF}.lock`))).toBe(false);
});

test('what exists already is not replaced, whether loose or packed', async () => {
  await swapRef(gitDir, REF, first, null);
  expect(await swapRef(gitDir, REF, second, null)).toBe(false);
  plainGit(gitDir, 'pack-refs', '--all');
  expect(await swapRef(gitDir, REF, second, null)).toBe(false);
  expect(asGitSees()).toBe(first);
  expect(await swapRef(gitDir, REF, second, first)).toBe(true);
  expect(asGitSees()).toBe(second);
});

test('of several at once exactly one makes it', async () => {
  const made = await Promise.allSettled(
    [first, second, first, second].map((commit) => swapRef(gitDir, REF, commit, null)),
  );
  const won = made.filter((one) => one.status === 'fulfilled' && one.value);
  expect(won).toHaveLength(1);
  expect([first, second]).toContain(await readRef(gitDir, REF));
});

test('a commit that is not there is refused', async () => {
  await expect(swapRef(gitDir, REF, 'a'.repeat(40), null)).rejects.toMatchObject({ tag: 'exit' });
  expect(await readRef(gitDir, REF)).toBeNull();
});

test("another's fresh lock is respected and stays", async () => {
  const lock = join(gitDir, `${REF}.lock`);
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, '');
  await expect(swapRef(gitDir, REF, first, null)).rejects.toMatchObject({ tag: 'exit' });
  expect(existsSync(lock)).toBe(true);
  expect(await readRef(gitDir, REF)).toBeNull();
});

test('what a branch of the source names is known to be there without asking git', async () => {
  plainGit(gitDir, 'gc', '-q');
  plainGit(gitDir, 'update-ref', 'refs/aedev/source/main', first);
  const path = process.env['PATH'];
  process.env['PATH'] = join(dir, 'nothing');
  try {
    expect(await swapRef(gitDir, REF, first, null)).toBe(true);
    const other = swapRef(gitDir, 'refs/aedev/runs/r-2', second, null);
    await expect(other).rejects.toMatchObject({ tag: 'missing' });
  } finally {
    process.env['PATH'] = path;
  }
  expect(asGitSees()).toBe(first);
});

test('what is packed in objects is left to git', async () => {
  plainGit(gitDir, 'gc', '-q');
  expect(await swapRef(gitDir, REF, first, null)).toBe(true);
  expect(asGitSees()).toBe(first);
});
