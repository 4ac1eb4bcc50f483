import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  commitTree,
  expectedMergeTree,
  messageOf,
  rebaseOnto,
  treeOf,
} from '../../src/delivery/merge.ts';
import { createRepo, type Files, type Repo } from './repo.ts';

const START: Files = { 'a.txt': '1\n2\n3\n4\n5\n', 'b.txt': 'b\n', 'dir/c.txt': 'c\n' };
let repo: Repo;
let base: string;
const commit = (files: Files, parents = [base]) => repo.commit({ ...START, ...files }, parents);
const tree = (files: Files) => repo.tree({ ...START, ...files });

beforeAll(async () => {
  repo = await createRepo();
  base = await repo.commit(START);
});
afterAll(() => repo.remove());

describe('the tree of a merge', () => {
  it('joins changes of different places, and is the same from either commit style', async () => {
    const ours = await commit({ 'a.txt': 'ONE\n2\n3\n4\n5\n' });
    const theirs = await commit({ 'a.txt': '1\n2\n3\n4\nFIVE\n', 'new.txt': 'n\n' });
    expect(await expectedMergeTree(repo.gitDir, ours, theirs)).toEqual({
      tree: await tree({ 'a.txt': 'ONE\n2\n3\n4\nFIVE\n', 'new.txt': 'n\n' }),
    });
  });

  it('names the files in conflict, sorted, and nothing else', async () => {
    const ours = await commit({ 'b.txt': 'ours\n', 'a.txt': 'x\n' });
    const theirs = await commit({ 'b.txt': 'theirs\n', 'a.txt': 'y\n', 'fine.txt': 'f\n' });
    expect(await expectedMergeTree(repo.gitDir, ours, theirs)).toEqual({
      conflict: ['a.txt', 'b.txt'],
    });
  });

  it('is a conflict without files for histories that share nothing', async () => {
    expect(await expectedMergeTree(repo.gitDir, base, await repo.commit({ x: 'x\n' }))).toEqual({
      conflict: [],
    });
  });

  it('leaves no object behind in scratch, and no folder', async () => {
    const ours = await commit({ 'a.txt': 'scratch\n2\n3\n4\n5\n' });
    const theirs = await commit({ 'a.txt': '1\n2\n3\n4\nscratch\n' });
    const before = await repo.git('count-objects');
    const result = await expectedMergeTree(repo.gitDir, ours, theirs, { scratch: true });
    expect(await repo.git('count-objects')).toBe(before);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('aedev-merge-'))).toEqual([]);
    expect(result).toEqual(await expectedMergeTree(repo.gitDir, ours, theirs));
  });

  it('does not follow merge settings or attributes of the repository', async () => {
    const odd = await createRepo();
    try {
      const first = await odd.commit(START);
      const ours = await odd.commit(
        { ...START, '.gitattributes': '* merge=union\n', 'b.txt': 'ours\n' },
        [first],
      );
      const theirs = await odd.commit(
        { ...START, '.gitattributes': '* merge=union\n', 'b.txt': 'theirs\n' },
        [first],
      );
      await odd.git('config', 'merge.default', 'union');
      await odd.git('config', 'merge.union.driver', 'touch pwned');
      expect(await expectedMergeTree(odd.gitDir, ours, theirs)).toMatchObject({
        conflict: ['b.txt'],
      });
      expect(readdirSync(join(odd.gitDir))).not.toContain('pwned');
    } finally {
      odd.remove();
    }
  });

  it('takes full ids only, and fails for what is not there', async () => {
    for (const id of ['main', '--help', 'HEAD~1', '0'.repeat(40), base.slice(0, 12)]) {
      await expect(expectedMergeTree(repo.gitDir, id, base), id).rejects.toThrow(TypeError);
    }
    await expect(expectedMergeTree(repo.gitDir, 'a'.repeat(40), base)).rejects.toMatchObject({
      name: 'GitError',
    });
    expect(join(repo.gitDir, 'objects').length).toBeGreaterThan(0);
  });
});

describe('a change carried onto a new base', () => {
  it('takes only what the change did, over several commits', async () => {
    const first = await commit({ 'a.txt': '1\n2\n3\n4\nFIVE\n' });
    const head = await commit({ 'a.txt': '1\n2\n3\n4\nFIVE\n', 'new.txt': 'n\n' }, [first]);
    const newBase = await repo.commit({ 'a.txt': 'ONE\n2\n3\n4\n5\n', 'dir/c.txt': 'c\n' }, [base]);
    expect(await rebaseOnto(repo.gitDir, base, newBase, head)).toEqual({
      tree: await repo.tree({
        'a.txt': 'ONE\n2\n3\n4\nFIVE\n',
        'dir/c.txt': 'c\n',
        'new.txt': 'n\n',
      }),
    });
  });

  it('does so even where the histories would say otherwise', async () => {
    // The new base was squashed: it shares no commit with the head, only the base's tree.
    const head = await commit({ 'new.txt': 'n\n' });
    const unrelated = await repo.commit({ ...START, 'b.txt': 'moved on\n' });
    expect(await rebaseOnto(repo.gitDir, base, unrelated, head)).toEqual({
      tree: await tree({ 'b.txt': 'moved on\n', 'new.txt': 'n\n' }),
    });
  });

  it('names conflicts', async () => {
    const head = await commit({ 'b.txt': 'mine\n' });
    const newBase = await commit({ 'b.txt': 'other\n' });
    expect(await rebaseOnto(repo.gitDir, base, newBase, head)).toEqual({ conflict: ['b.txt'] });
  });

  it('is the head’s own tree when the base did not move, and a no-op change gives the base', async () => {
    const head = await commit({ 'new.txt': 'n\n' });
    expect(await rebaseOnto(repo.gitDir, base, base, head)).toEqual({
      tree: await treeOf(repo.gitDir, head),
    });
    expect(await rebaseOnto(repo.gitDir, head, base, head)).toEqual({
      tree: await treeOf(repo.gitDir, base),
    });
  });
});

describe('commits', () => {
  it('are the same for the same arguments', async () => {
    const first = await commitTree(
      repo.gitDir,
      await tree({}),
      [base],
      'words\n\nmore\n',
      1700000000,
    );
    expect(
      await commitTree(repo.gitDir, await tree({}), [base], 'words\n\nmore\n', 1700000000),
    ).toBe(first);
    expect(
      await commitTree(repo.gitDir, await tree({}), [base], 'words\n\nmore\n', 1700000001),
    ).not.toBe(first);
    expect(await messageOf(repo.gitDir, first)).toBe('words\n\nmore\n');
    expect(await repo.git('cat-file', 'commit', first)).toContain(
      'aedev <aedev@localhost> 1700000000 +0000',
    );
  });
});
