/** What is prepared before, or made without git, is what git itself would have made. */
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createAheads } from '../../../src/execution/workspace/ahead.ts';
import { writeLoose } from '../../../src/execution/workspace/loose.ts';
import { withScratch } from '../../../src/execution/workspace/mirror.ts';
import { text } from '../../../src/lib/git.ts';
import { LIMITS, laidOut, plainGit, TIME, write } from './helpers.ts';

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

test('an index read ahead counts for its own commit, once', async () => {
  const { mirror, base, dir } = await laidOut();
  const aheads = createAheads();
  await aheads.read(mirror.gitDir, dir, base);
  expect(aheads.take(dir, '0'.repeat(40))).toBeNull();
  expect(aheads.take(dir, base)).toBeNull();
  await aheads.read(mirror.gitDir, dir, base);
  expect(aheads.take(`${dir}/../r1`, base)?.toString('latin1', 0, 4)).toBe('DIRC');
  expect(aheads.take(dir, base)).toBeNull();
  await aheads.read(mirror.gitDir, dir, '1'.repeat(40));
  expect(aheads.take(dir, '1'.repeat(40))).toBeNull();
  for (let at = 0; at < 20; at += 1) await aheads.read(mirror.gitDir, `${dir}${at}`, base);
  expect(aheads.take(`${dir}0`, base)).toBeNull();
  expect(aheads.take(`${dir}19`, base)).not.toBeNull();
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
