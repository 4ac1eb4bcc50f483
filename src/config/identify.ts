/**
 * What a folder is, before it is registered as a repo. Reads git's own data only: nothing of the
 * work tree is opened, and no program that the repository's config names is run.
 */

import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { printable } from '../lib/escape.ts';
import { GitError, git, text } from '../lib/git.ts';
import { codeOf } from '../lib/small-file.ts';
import { ConfigError, fileError } from './errors.ts';
import { suggestVerify, type VerifySuggestion } from './suggest-verify.ts';

export interface SourceDescription {
  /** What to write as `source`: the real path of the top level, or of the bare repository. */
  source: string;
  /** The asked path lay below the top level. */
  below: boolean;
  bare: boolean;
  linkedWorktree: boolean;
  submodule: boolean;
  shallow: boolean;
  /** No commit yet: there is nothing to work on. */
  empty: boolean;
  /** Current branch; null when detached. */
  branch: string | null;
  /** Local branches, the latest first, at most 200. */
  branches: string[];
  /** Commit of `branch`, or of a detached HEAD; null when empty. */
  head: string | null;
  /** Changed and untracked files that aedev will not see; null for bare or when it took too long. */
  uncommitted: number | null;
  suggested: {
    /** Free among the `taken` ids. */
    id: string;
    branch: string;
    /** Best first; from the commit, never from the work tree. */
    verify: VerifySuggestion[];
  };
}

interface Found {
  top: string;
  gitDir: string;
  bare: boolean;
  linkedWorktree: boolean;
  submodule: boolean;
}

const QUICK = { timeoutMs: 20_000, maxBytes: 4 * 1024 * 1024 };

const notASource = (sentence: string, remedy: string) =>
  new ConfigError('not-a-source', sentence, remedy);

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const looksBare = (path: string) =>
  isFolder(join(path, 'objects')) &&
  isFolder(join(path, 'refs')) &&
  lstatSync(join(path, 'HEAD'), { throwIfNoEntry: false }) !== undefined;

/** Where a `.git` file points, as git writes it; null when it is something else. */
function gitFileTarget(path: string): string | null {
  if (statSync(path).size > 8192) return null;
  const target = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(path, 'utf8'))?.[1];
  return target === undefined ? null : resolve(dirname(path), target);
}

/** Looks for the repository by hand: git's own discovery would believe whatever it meets. */
function find(start: string): Found | null {
  const plain = { linkedWorktree: false, submodule: false };
  for (let top = start; ; top = dirname(top)) {
    const dot = join(top, '.git');
    const stats = statSync(dot, { throwIfNoEntry: false });
    if (stats?.isDirectory() && looksBare(dot)) return { top, gitDir: dot, bare: false, ...plain };
    if (stats?.isFile()) {
      const gitDir = gitFileTarget(dot);
      if (gitDir === null || !isFolder(gitDir)) return null;
      const linkedWorktree = statSync(join(gitDir, 'commondir'), { throwIfNoEntry: false });
      const submodule = !linkedWorktree && /[\\/]\.git[\\/]modules[\\/]/.test(gitDir);
      return { top, gitDir, bare: false, linkedWorktree: linkedWorktree !== undefined, submodule };
    }
    if (looksBare(top)) {
      if (basename(top) === '.git')
        return { top: dirname(top), gitDir: top, bare: false, ...plain };
      return { top, gitDir: top, bare: true, ...plain };
    }
    if (dirname(top) === top) return null;
  }
}

/** The git directory of the repository that a folder lies in; null when there is none. */
export const gitDirOf = (folder: string): string | null =>
  isFolder(folder) ? (find(realpathSync(folder))?.gitDir ?? null) : null;

/**
 * Describes the repository at or above `path`. `taken` are the ids in use. Throws ConfigError
 * `not-a-source` when there is none or git cannot read it.
 */
export async function describeSource(
  path: string,
  taken: readonly string[] = [],
): Promise<SourceDescription> {
  const shown = printable(path, 300);
  let real: string;
  let found: Found | null;
  try {
    real = realpathSync(path);
    if (!isFolder(real))
      throw notASource(`${shown} is not a folder.`, 'Name the folder of a git repository.');
    found = find(real);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw notASource(`${shown} does not exist.`, 'Check the path.');
    throw fileError(error, 'look at', path);
  }
  if (found === null)
    throw notASource(
      `${shown} is not in a git repository.`,
      'Name one, or make it one: git init, git add, git commit.',
    );
  try {
    return await describe(real, found, taken);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new ConfigError(
      'not-a-source',
      `git cannot read the repository at ${shown}: ${printable(error.message, 300)}.`,
      'Look at it with git status and git fsck.',
      { cause: error },
    );
  }
}

async function describe(
  real: string,
  found: Found,
  taken: readonly string[],
): Promise<SourceDescription> {
  const place = { gitDir: found.gitDir, ...QUICK };
  const symbolic = await git(['symbolic-ref', '-q', 'HEAD'], { ...place, okCodes: [0, 1] });
  const full = symbolic.stdout.toString('utf8').trim();
  const branch = full.startsWith('refs/heads/') ? full.slice('refs/heads/'.length) : null;
  const listed = await text(
    [
      'for-each-ref',
      '--sort=-committerdate',
      '--count=200',
      '--format=%(refname:lstrip=2)',
      'refs/heads/',
    ],
    place,
  );
  const branches = listed === '' ? [] : listed.split('\n');
  const headCommit = await commitOf('HEAD', place);
  const chosen = suggestedBranch(branch, branches);
  const commit = await commitOf(`refs/heads/${chosen}`, place);
  const shallow = (await text(['rev-parse', '--is-shallow-repository'], place)) === 'true';
  return {
    source: found.top,
    below: real !== found.top && real !== found.gitDir,
    bare: found.bare,
    linkedWorktree: found.linkedWorktree,
    submodule: found.submodule,
    shallow,
    empty: headCommit === null && branches.length === 0,
    branch,
    branches,
    head: headCommit,
    uncommitted: found.bare ? null : await uncommitted(found),
    suggested: {
      id: suggestedId(found, taken),
      branch: chosen,
      verify: commit === null ? [] : await suggestVerify(commit, place),
    },
  };
}

async function commitOf(ref: string, place: { gitDir: string }): Promise<string | null> {
  const args = ['rev-parse', '-q', '--verify', '--end-of-options', `${ref}^{commit}`];
  const { stdout, code } = await git(args, { ...place, ...QUICK, okCodes: [0, 1, 128] });
  const commit = stdout.toString('utf8').trim();
  return code === 0 && /^[0-9a-f]{40,64}$/.test(commit) ? commit : null;
}

/** The branch a change would be meant for: a usual name first, since HEAD may be on a side branch. */
function suggestedBranch(current: string | null, branches: readonly string[]): string {
  const usual = ['main', 'master', 'trunk', 'develop'].find((name) => branches.includes(name));
  return usual ?? current ?? branches[0] ?? 'main';
}

function suggestedId(found: Found, taken: readonly string[]): string {
  const base = basename(found.top)
    .replace(/\.git$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .slice(0, 56)
    .replace(/^[._-]+|[._-]+$/g, '');
  const id = base === '' ? 'repo' : base;
  for (let number = 2; ; number += 1) {
    const next = number === 2 ? id : `${id}-${number - 1}`;
    if (!taken.includes(next)) return next;
  }
}

/** Filters that the config names would run on changed files: each is switched off for this call. */
async function withoutFilters(gitDir: string): Promise<[string, string][]> {
  const args = ['config', '-z', '--name-only', '--get-regexp', '^filter\\.'];
  const { stdout } = await git(args, { gitDir, ...QUICK, okCodes: [0, 1] });
  const drivers = new Set(
    stdout
      .toString('utf8')
      .split('\0')
      .map((key) => /^filter\.(.+)\.[^.]+$/s.exec(key)?.[1])
      .filter((driver) => driver !== undefined),
  );
  return [...drivers].flatMap((driver): [string, string][] => [
    [`filter.${driver}.clean`, ''],
    [`filter.${driver}.smudge`, ''],
    [`filter.${driver}.process`, ''],
    [`filter.${driver}.required`, 'false'],
  ]);
}

async function uncommitted(found: Found): Promise<number | null> {
  try {
    const { stdout } = await git(
      [
        'status',
        '--porcelain',
        '-z',
        '--no-renames',
        '--ignore-submodules=all',
        '--untracked-files=normal',
      ],
      {
        gitDir: found.gitDir,
        workTree: found.top,
        config: await withoutFilters(found.gitDir),
        ...QUICK,
      },
    );
    return stdout.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  } catch (error) {
    // A huge or slow work tree: how much of it is uncommitted is only a courtesy.
    if (error instanceof GitError && ['timeout', 'too-much-output'].includes(error.tag))
      return null;
    throw error;
  }
}
