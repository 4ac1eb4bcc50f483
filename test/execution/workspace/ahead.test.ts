/** What is prepared before, or made without git, is what git itself would have made. */
import {
  chmodSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAheads, without } from '../../../src/execution/workspace/ahead.ts';
import { factsOf } from '../../../src/execution/workspace/index-file.ts';
import { writeLoose } from '../../../src/execution/workspace/loose.ts';
import { withScratch } from '../../../src/execution/workspace/mirror.ts';
import { createWorkspaces } from '../../../src/execution/workspace/workspaces.ts';
import { git, text } from '../../../src/lib/git.ts';
import {
  commitAll,
  LIMITS,
  laidOut,
  layOutFrom,
  plainGit,
  sourceRepo,
  TIME,
  write,
} from './helpers.ts';

const DATE = `${Math.floor(Date.parse(TIME) / 1000)} +0000`;

test('a commit is byte for byte what git would write', async () => {
  const run = await laidOut();
  write(run.repo, { 'b.txt': 'b' });
  for (const message of ['Work', 'Zwei\n\nZeilen — ü\n\n\n', 'nul\0inside', '']) {
    const { commit, tree } = await run.workspaces.collect(
      run.mirror,
      run.dir,
      run.base,
      { message, time: TIME },
      LIMITS,
    );
    const own = await text(['commit-tree', tree, '-p', run.base, '-F', '-'], {
      gitDir: run.mirror.gitDir,
      input: `${message.replaceAll('\0', '\ufffd').replace(/\n*$/, '')}\n`,
      env: {
        GIT_AUTHOR_NAME: 'aedev',
        GIT_AUTHOR_EMAIL: 'aedev@localhost',
        GIT_AUTHOR_DATE: DATE,
        GIT_COMMITTER_NAME: 'aedev',
        GIT_COMMITTER_EMAIL: 'aedev@localhost',
        GIT_COMMITTER_DATE: DATE,
      },
    });
    expect(commit).toBe(own);
    expect(run.show('cat-file', '-t', own)).toBe('commit');
  }
});

test('writing the same object twice is no error, and git reads it', async () => {
  const { mirror } = await laidOut();
  await withScratch(mirror.gitDir, async (gitDir) => {
    const content = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nx\n');
    const id = await writeLoose(gitDir, 'commit', content);
    expect(await writeLoose(gitDir, 'commit', content)).toBe(id);
    expect(plainGit(gitDir, '--git-dir=.', 'cat-file', 'commit', id)).toContain('tree 4b825d');
  });
});

test('what is known of a folder counts for its own commit, once', () => {
  const aheads = createAheads();
  const laid = (commit: string) => ({ commit, index: Buffer.from(commit), since: 1 });
  aheads.keep('/x/r1', laid('a'));
  expect(aheads.take('/x/r1', 'b')).toBeNull();
  expect(aheads.take('/x/r1', 'a')).toBeNull();
  aheads.keep('/x/r1', laid('a'));
  expect(aheads.take('/x/y/../r1', 'a')).toEqual(laid('a'));
  expect(aheads.take('/x/r1', 'a')).toBeNull();
  for (let at = 0; at < 20; at += 1) aheads.keep(`/x/${at}`, laid('a'));
  expect(aheads.take('/x/0', 'a')).toBeNull();
  expect(aheads.take('/x/19', 'a')).not.toBeNull();
  aheads.keep('/x/huge', { ...laid('a'), index: Buffer.alloc(65 << 20) });
  expect(aheads.take('/x/huge', 'a')).toBeNull();
});

/** Everything that a coder may do to a file without its size or its times telling. */
const HIDDEN: Record<string, (repo: string) => void> = {
  'other content, old times': (repo) => rewrite(join(repo, 'a.txt'), 'b\n'),
  'another file in its place': (repo) => {
    const { atime, mtime } = statSync(join(repo, 'a.txt'));
    writeFileSync(join(repo, 'new'), 'c\n');
    utimesSync(join(repo, 'new'), atime, mtime);
    renameSync(join(repo, 'new'), join(repo, 'a.txt'));
  },
  'folders that changed places': (repo) => {
    renameSync(join(repo, 'one'), join(repo, 'tmp'));
    renameSync(join(repo, 'two'), join(repo, 'one'));
    renameSync(join(repo, 'tmp'), join(repo, 'two'));
  },
  'through a second name': (repo) => {
    linkSync(join(repo, 'a.txt'), join(repo, '..', 'other'));
    rewrite(join(repo, '..', 'other'), 'd\n');
  },
  'an executable bit': (repo) => chmodSync(join(repo, 'a.txt'), 0o755),
  'a link with another target': (repo) => {
    rmSync(join(repo, 'link'));
    symlinkSync('b.txt', join(repo, 'link'));
  },
  'in the future': (repo) => {
    const later = new Date(Date.now() + 1e10);
    writeFileSync(join(repo, 'a.txt'), 'e\n');
    utimesSync(join(repo, 'a.txt'), later, later);
  },
};
function rewrite(path: string, content: string): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, content);
  utimesSync(path, atime, mtime);
}

test.each(Object.keys(HIDDEN))('a change that hides is found: %s', async (what) => {
  const source = sourceRepo({ 'a.txt': 'a\n', 'one/x': '1\n', 'two/x': '2\n' });
  symlinkSync('a.txt', join(source, 'link'));
  commitAll(source);
  const [known, unknown] = [await layOutFrom(source), await layOutFrom(source)];
  for (const { repo } of [known, unknown]) HIDDEN[what]?.(repo);
  const message = { message: 'Work', time: TIME };
  const collect = (run: typeof known, by = run.workspaces) =>
    by.collect(run.mirror, run.dir, run.base, message, LIMITS);
  const fresh = createWorkspaces({ root: join(unknown.home, 'repos') });
  const found = await collect(known);
  expect(found.commit).not.toBeNull();
  // Another life knows nothing and hashes everything.
  expect(found.tree).toBe((await collect(unknown, fresh)).tree);
});

test('what was not touched is not hashed again', async () => {
  const run = await laidOut({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
  const laid = { commit: run.base, index: readFileSync(join(run.repo, '.git', 'index')) };
  const kept = without(laid.index, new Set());
  expect(kept.equals(laid.index)).toBe(true);
  const left = without(laid.index, new Set(['a.txt', 'none']));
  expect(factsOf(left)).toEqual(factsOf(laid.index));
  const file = join(run.home, 'index');
  writeFileSync(file, left);
  const env = { GIT_INDEX_FILE: file };
  const { stdout } = await git(['diff-files', '--name-only'], {
    ...{ gitDir: join(run.repo, '.git'), workTree: run.repo, env },
  });
  expect(stdout.toString()).toBe('a.txt\n');
});

test('a workspace of an earlier life, or of another base, is collected all the same', async () => {
  const run = await laidOut({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
  write(run.source, { 'c.txt': 'c' });
  plainGit(run.source, 'add', '-A');
  plainGit(run.source, 'commit', '-q', '-m', 'newer');
  const { base: newer } = await run.workspaces.sync('one', run.source, 'main');
  rmSync(`${run.repo}/b.txt`);
  const { tree } = await run.workspaces.collect(
    run.mirror,
    run.dir,
    newer,
    { message: 'Work', time: TIME },
    LIMITS,
  );
  expect(run.show('ls-tree', '--name-only', tree)).toBe('a.txt');
});
