/** A small real repository whose history has reverts of every kind. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { commitFiles, makeRepo, plainGit } from '../../support/installation.ts';

export function historyRepo() {
  const dir = makeRepo(mkdtempSync(join(tmpdir(), 'aedev-history-')), { 'README.md': 'shop\n' });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const find = async (subject: string) =>
    plainGit(dir, 'log', '-1', '--format=%H', `--grep=^${subject}$`);
  const small = (at: number) =>
    commitFiles(dir, { [`src/part${at}.js`]: `export const part = ${at};\n` }, `part ${at}`);
  for (let at = 0; at < 4; at += 1) small(at);
  const drop = commitFiles(
    dir,
    { 'db/migrations/9.sql': 'DROP TABLE users;\n' },
    'drop the users table',
  );
  small(5);
  plainGit(dir, 'revert', '--no-edit', drop);
  commitFiles(
    dir,
    { 'src/net.js': 'export const net = { rejectUnauthorized: false };\n' },
    'turn off certificates',
  );
  small(6);
  // By subject alone, as a forge's squashed revert is.
  writeFileSync(join(dir, 'src/net.js'), 'export const net = {};\n');
  plainGit(dir, 'commit', '-qam', 'Revert "turn off certificates" (#12)');
  const brought = small(7);
  plainGit(dir, 'revert', '--no-edit', brought);
  plainGit(dir, 'revert', '--no-edit', 'HEAD');
  small(8);
  return {
    dir,
    gitDir: join(dir, '.git'),
    find,
    roots: async () => plainGit(dir, 'rev-list', '--max-parents=0', 'HEAD').split('\n'),
  };
}
