/** A tree that would keep git busy for longer than anybody lives: it ends in a refusal, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorkspaces } from '../../src/execution/workspace/workspaces.ts';
import { LIMITS, sourceRepo, TIME, tempDir, write } from '../execution/workspace/helpers.ts';

test('pathological-patterns: ignore patterns without end are given up on, and the work is kept', async () => {
  const home = tempDir();
  const workspaces = createWorkspaces({ root: join(home, 'repos'), patienceMs: 1500 });
  const { mirror, base } = await workspaces.sync('one', sourceRepo(), 'main');
  const dir = join(home, 'runs', 'r1');
  await workspaces.layOut(mirror, base, dir, join(mirror.gitDir, 'objects'));
  const repo = join(dir, 'repo');
  const pattern = `${'*a'.repeat(30)}b\n**/${'*a*/'.repeat(20)}b\n`;
  write(repo, { '.gitignore': pattern.repeat(100), 'work.txt': 'work\n' });
  mkdirSync(join(repo, 'p'));
  for (let at = 0; at < 50; at += 1) writeFileSync(join(repo, 'p', 'a'.repeat(120) + at), 'x');

  const collecting = workspaces.collect(mirror, dir, base, { message: 'm', time: TIME }, LIMITS);
  await expect(collecting).rejects.toMatchObject({
    tag: 'refused-tree',
    message: expect.stringContaining('.gitignore or .gitattributes can be made to take for ever'),
  });
  const kept = await workspaces.salvage(mirror, dir, base, 'r1', TIME);
  expect(kept?.notes).toEqual(['kept under another name: .gitignore']);
  const show = (path: string) =>
    execFileSync('git', ['--git-dir', mirror.gitDir, 'show', `${kept?.commit}:${path}`], {
      encoding: 'utf8',
    });
  expect(show('work.txt')).toBe('work\n');
  expect(show('salvaged-gitignore.txt')).toBe(pattern.repeat(100));
});
