/** A large tree compared with its index on all cores: as git alone would, and by content. About 3 s. */
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { afterEntries, readIndex } from '../../../src/execution/workspace/index-file.ts';
import { withScratch } from '../../../src/execution/workspace/mirror.ts';
import { refreshAll } from '../../../src/execution/workspace/refresh.ts';
import { git, text } from '../../../src/lib/git.ts';
import { commitAll, LIMITS, laidOut, layOutFrom, plainGit, sourceRepo } from './helpers.ts';

const FILES = 6500;
const name = (at: number) => `d${at % 7}/${'n'.repeat(at % 60)}f${at}`;

function largeRepo(): string {
  const source = sourceRepo({ 'a.txt': 'a\n' });
  for (let at = 0; at < 7; at += 1) mkdirSync(join(source, `d${at}`));
  for (let at = 0; at < FILES; at += 1) writeFileSync(join(source, name(at)), `${at}\n`);
  writeFileSync(join(source, 'new\nline'), 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${source}/d0/`), Buffer.from([0xff, 0xfe])]), 'bytes');
  symlinkSync('a.txt', join(source, 'link'));
  commitAll(source);
  const head = plainGit(source, 'rev-parse', 'HEAD');
  plainGit(source, 'update-index', '--add', '--cacheinfo', `160000,${head},sub`);
  plainGit(source, 'commit', '-q', '-m', 'a submodule');
  return source;
}

test('in pieces it finds what one process finds, forged times included', async () => {
  const { mirror, base, repo, show, collect } = await layOutFrom(largeRepo());
  rmSync(join(repo, '.git'), { recursive: true });
  // Same size, same times: only the content tells.
  const forged = join(repo, name(4242));
  const { atime, mtime } = statSync(forged);
  writeFileSync(forged, '9999\n');
  utimesSync(forged, atime, mtime);
  chmodSync(join(repo, name(17)), 0o755);
  rmSync(join(repo, name(3000)));
  rmSync(join(repo, name(1)));
  mkdirSync(join(repo, name(1)));
  writeFileSync(join(repo, name(1), 'inside'), 'x');
  rmSync(join(repo, 'link'));
  symlinkSync('other', join(repo, 'link'));
  const seen = async (cores: number) =>
    withScratch(mirror.gitDir, async (gitDir) => {
      const place = { gitDir, workTree: repo, index: join(gitDir, 'some-index') };
      await git(['read-tree', base], place);
      await refreshAll(place, cores);
      const index = readFileSync(place.index);
      const facts = await readIndex(place.index);
      const changed = await text(['diff-files', '--name-only', '-z'], place);
      await git(['add', '--all', '--', '.'], place);
      const tree = await text(['write-tree'], place);
      return { entries: index.subarray(0, afterEntries(index)), facts, changed, tree };
    });
  const one = await seen(1);
  const many = await seen(3);
  expect(many.entries.equals(one.entries)).toBe(true);
  expect(many.facts).toEqual(one.facts);
  expect(many.facts.entries).toBe(FILES + 5);
  expect(many.facts.gitlinks).toHaveLength(1);
  expect(many.changed).toBe(one.changed);
  expect(
    many.changed
      .split('\0')
      .filter((path) => path !== '')
      .sort(),
  ).toEqual([name(1), name(17), name(3000), name(4242), 'link'].sort());
  expect(many.tree).toBe(one.tree);
  const { commit } = await collect({ ...LIMITS, maxFiles: 10_000 });
  const files = show('diff', '--name-status', '--no-renames', base, commit ?? '')
    .split('\n')
    .sort();
  expect(files).toEqual(
    [
      `A\t${name(1)}/inside`,
      `D\t${name(1)}`,
      `D\t${name(3000)}`,
      `M\t${name(17)}`,
      `M\t${name(4242)}`,
      'M\tlink',
    ].sort(),
  );
});

test('a small tree, and an empty one, are refreshed by one process', async () => {
  const { mirror, base, repo } = await laidOut();
  rmSync(join(repo, '.git'), { recursive: true });
  await withScratch(mirror.gitDir, async (gitDir) => {
    const place = { gitDir, workTree: repo, index: join(gitDir, 'some-index') };
    await git(['read-tree', base], place);
    await refreshAll(place, 8);
    expect(await text(['diff-files', '--name-only'], place)).toBe('');
    await git(['read-tree', '--empty'], place);
    await refreshAll(place, 8);
    expect((await readIndex(place.index)).entries).toBe(0);
  });
});
