/** Repositories and workspaces in a temporary folder that goes away with the test. */
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { removeTree } from '../../../src/execution/workspace/remove.ts';
import type { WorkspaceLimits } from '../../../src/execution/workspace/workspace.ts';
import { createWorkspaces } from '../../../src/execution/workspace/workspaces.ts';

export const TIME = '2026-01-02T03:04:05.678Z';
export const LIMITS: WorkspaceLimits = {
  maxFiles: 2000,
  maxBytes: 64 * 1024 * 1024,
  maxFileBytes: 8 * 1024 * 1024,
  maxDepth: 64,
};

const made: string[] = [];
afterEach(async () => {
  for (const dir of made.splice(0)) await removeTree(dir);
});

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-ws-'));
  made.push(dir);
  return dir;
}

/** The operator's (or a coder's) git: discovers, reads the repository's config, runs its hooks. */
export function plainGit(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'op',
      GIT_AUTHOR_EMAIL: 'op@localhost',
      GIT_COMMITTER_NAME: 'op',
      GIT_COMMITTER_EMAIL: 'op@localhost',
      GIT_AUTHOR_DATE: '1700000000 +0000',
      GIT_COMMITTER_DATE: '1700000000 +0000',
    },
  }).trimEnd();
}

export function write(dir: string, files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
}

export function commitAll(dir: string, message = 'change'): string {
  plainGit(dir, 'add', '-A');
  plainGit(dir, 'commit', '-q', '--allow-empty', '-m', message);
  return plainGit(dir, 'rev-parse', 'HEAD');
}

export function sourceRepo(files: Record<string, string | Buffer> = { 'a.txt': 'a\n' }): string {
  const dir = join(tempDir(), 'source');
  mkdirSync(dir);
  plainGit(dir, 'init', '-q', '-b', 'main');
  write(dir, files);
  commitAll(dir, 'first');
  return dir;
}

/** A source, its mirror, and a laid-out run. */
export async function laidOut(files?: Record<string, string | Buffer>) {
  const source = sourceRepo(files);
  return layOutFrom(source);
}

export async function layOutFrom(source: string) {
  const home = tempDir();
  const workspaces = createWorkspaces({ root: join(home, 'repos') });
  const { mirror, base } = await workspaces.sync('one', source, 'main');
  const dir = join(home, 'runs', 'r1');
  const objects = join(mirror.gitDir, 'objects');
  await workspaces.layOut(mirror, base, dir, objects);
  const repo = join(dir, 'repo');
  const collect = (limits = LIMITS) =>
    workspaces.collect(mirror, dir, base, { message: 'Work', time: TIME }, limits);
  const show = (...args: string[]) =>
    plainGit(mirror.gitDir, `--git-dir=${mirror.gitDir}`, ...args);
  return { source, home, workspaces, mirror, base, dir, repo, objects, collect, show };
}

/** Every entry under `dir` but `.git`, with kind, exec bit and content. */
export function snapshot(dir: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (entry === '.git' || entry.startsWith('.git/')) continue;
    const path = join(dir, entry);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) found[entry] = `link:${readlinkSync(path)}`;
    else if (stat.isFile()) {
      const mode = stat.mode & 0o100 ? 'exec' : 'file';
      found[entry] = `${mode}:${readFileSync(path).toString('latin1')}`;
    }
  }
  return found;
}
