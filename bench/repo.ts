/** The repository of the benches, and programs run beside it in a plain environment. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IDENTITY = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@localhost',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@localhost',
};

/** Runs a program as a person's shell script would, git's own defaults included. */
export function plain(home: string, cwd: string, program: string, args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home, ...IDENTITY };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args[0] ?? ''} failed: ${stderr}`));
      else resolve(stdout.trim());
    });
  });
}

/** One "test" for each line, so that a line more is a test more, as a change should have. */
const CHECK =
  'n=$(wc -l < NOTES.md)\nprintf "# tests %d\\n# pass %d\\n# fail 0\\n# skipped 0\\n" $n $n\n';

/** A repository of `files` sources in 60 folders, with one commit on main. */
export async function makeRepo(home: string, files: number): Promise<string> {
  const dir = join(home, 'source');
  for (let at = 0; at < files; at += 1) {
    const folder = join(dir, `d${at % 60}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${at}.ts`), `export const value${at} = ${at};\n`.repeat(40));
  }
  writeFileSync(join(dir, 'NOTES.md'), '# Notes\n\n'.concat('One line.\n'.repeat(40)));
  writeFileSync(join(dir, 'check.sh'), CHECK);
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    ['-c', 'gc.auto=0', 'commit', '-q', '-m', 'first'],
  ]) {
    await plain(home, dir, 'git', args);
  }
  return dir;
}
