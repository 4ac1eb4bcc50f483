/**
 * One coder run's git work, from sync to commit and removal, against what a plain script would do
 * with a linked worktree on the same repository. Medians of runs in turn, so that a slow moment of
 * the machine hits both.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../src/execution/workspace/remove.ts';
import { createWorkspaces } from '../src/execution/workspace/workspaces.ts';

const ROUNDS = 9;
const SIZES = [200, 5000];
const LIMITS = { maxFiles: 100_000, maxBytes: 1e9, maxFileBytes: 1e8, maxDepth: 64 };
const WORKTREE_SCRIPT = `set -e
git worktree add -q -b "$2" "$1" main
echo change >> "$1/d1/f1.ts"
cd "$1"
git add -A
git commit -q -m change
cd - >/dev/null
git worktree remove --force "$1"
`;

function closedEnv(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'bench',
    GIT_AUTHOR_EMAIL: 'bench@localhost',
    GIT_COMMITTER_NAME: 'bench',
    GIT_COMMITTER_EMAIL: 'bench@localhost',
  };
}

function makeRepo(home: string, files: number): string {
  const dir = join(home, 'source');
  for (let at = 0; at < files; at += 1) {
    const folder = join(dir, `d${at % 60}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${at}.ts`), `export const value${at} = ${at};\n`.repeat(40));
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, env: closedEnv(home) });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  return dir;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function timed(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function compare(files: number): Promise<{ ours: number; worktree: number }> {
  const home = mkdtempSync(join(tmpdir(), 'aedev-bench-'));
  try {
    const source = makeRepo(home, files);
    const workspaces = createWorkspaces({ root: join(home, 'repos') });
    await workspaces.sync('one', source, 'main');
    const ours: number[] = [];
    const worktree: number[] = [];
    const oneRun = async (round: number) => {
      const { mirror, base } = await workspaces.sync('one', source, 'main');
      const dir = join(home, 'runs', `r${round}`);
      await workspaces.layOut(mirror, base, dir, join(mirror.gitDir, 'objects'));
      appendFileSync(join(dir, 'repo', 'd1', 'f1.ts'), `change ${round}\n`);
      const commit = { message: 'change', time: '2026-01-01T00:00:00Z' };
      const got = await workspaces.collect(mirror, dir, base, commit, LIMITS);
      if (got.commit === null) throw new Error('the change was lost');
      await workspaces.discard(dir);
    };
    const oneScript = (round: number) => {
      const args = ['-c', WORKTREE_SCRIPT, 'sh', join(home, `wt${round}`), `branch-${round}`];
      execFileSync('sh', args, { cwd: source, env: closedEnv(home) });
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await timed(() => oneRun(round)));
      worktree.push(await timed(() => oneScript(round)));
    }
    return { ours: median(ours), worktree: median(worktree) };
  } finally {
    await removeTree(home);
  }
}

/** Milliseconds; the goal is the worktree script's time on this machine, measured in the same run. */
export async function run(): Promise<
  { name: string; value: number; goal: number; better: 'lower' }[]
> {
  const results: { name: string; value: number; goal: number; better: 'lower' }[] = [];
  for (const files of SIZES) {
    const { ours, worktree } = await compare(files);
    results.push({
      name: `workspace from sync to commit and removal, ${files} files, ms (goal: git worktree script)`,
      value: Math.round(ours),
      goal: Math.round(worktree),
      better: 'lower',
    });
  }
  return results;
}
