/**
 * What a merge would make, computed from objects without a work tree. Used to land pull requests,
 * to check that what landed is what was judged, and to carry a change onto a base that moved.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitError, type GitOptions, git, isObjectId, text } from '../lib/git.ts';

/** `conflict` lists the files; it is empty when the histories have nothing in common. */
export type MergeResult = { tree: string } | { conflict: string[] };

/** Pinned, so that a repository's own settings cannot change what a merge gives. */
const MERGE_SETTINGS: [string, string][] = [
  ['merge.default', 'text'],
  ['merge.renames', 'true'],
  ['merge.directoryRenames', 'conflict'],
  ['merge.renameLimit', '7000'],
  ['merge.conflictStyle', 'merge'],
  ['diff.renameLimit', '7000'],
];

/**
 * The tree that merging `head` into `base` gives. Its objects are written to `gitDir`, so that
 * they can be committed; with `scratch` they go to a folder that is removed again.
 * Throws GitError, and TypeError for what is no full commit id.
 */
export async function expectedMergeTree(
  gitDir: string,
  base: string,
  head: string,
  options: { scratch?: boolean } = {},
): Promise<MergeResult> {
  requireIds(base, head);
  if (!options.scratch) return mergeTree({ gitDir }, base, head);
  const scratch = await mkdtemp(join(tmpdir(), 'aedev-merge-'));
  try {
    const env = {
      GIT_OBJECT_DIRECTORY: scratch,
      // Quoted, because a colon would separate two folders.
      GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(join(gitDir, 'objects')),
    };
    return await mergeTree({ gitDir, env }, base, head);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * The tree of the change `base..head`, taken as one, on top of `newBase`. The objects are written
 * to `gitDir`. Throws like {@link expectedMergeTree}.
 */
export async function rebaseOnto(
  gitDir: string,
  base: string,
  newBase: string,
  head: string,
): Promise<MergeResult> {
  requireIds(base, newBase, head);
  // git 2.39 cannot be told the merge base, so three commits are made that have the wanted one.
  const root = await commitTree(gitDir, `${base}^{tree}`, [], 'base\n', 0);
  const ours = await commitTree(gitDir, `${newBase}^{tree}`, [root], 'new base\n', 0);
  const theirs = await commitTree(gitDir, `${head}^{tree}`, [root], 'change\n', 0);
  return mergeTree({ gitDir }, ours, theirs);
}

/** The tree of a commit. Throws GitError. */
export function treeOf(gitDir: string, commit: string): Promise<string> {
  return text(['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{tree}`], {
    gitDir,
  });
}

/**
 * Makes a commit with a fixed identity: the same arguments give the same commit.
 * `seconds` since 1970, UTC.
 */
export function commitTree(
  gitDir: string,
  tree: string,
  parents: string[],
  message: string,
  seconds: number,
): Promise<string> {
  const { args, options } = commitTreeCall(tree, parents, message, seconds);
  return text(args, { gitDir, ...options });
}

/** The message of a commit that aedev made. Throws GitError. */
export function messageOf(gitDir: string, commit: string): Promise<string> {
  requireIds(commit);
  return text(['log', '-1', '--format=%B', '--no-show-signature', commit], { gitDir });
}

/** The git call behind {@link commitTree}, for callers that guard each call. */
export function commitTreeCall(
  tree: string,
  parents: string[],
  message: string,
  seconds: number,
): { args: string[]; options: GitOptions } {
  // The @ says that it is a number of seconds; without it git takes small ones for something else.
  const date = `@${seconds} +0000`;
  return {
    args: ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])],
    options: {
      input: message,
      env: {
        GIT_AUTHOR_NAME: 'aedev',
        GIT_AUTHOR_EMAIL: 'aedev@localhost',
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: 'aedev',
        GIT_COMMITTER_EMAIL: 'aedev@localhost',
        GIT_COMMITTER_DATE: date,
      },
    },
  };
}

async function mergeTree(place: GitOptions, ours: string, theirs: string): Promise<MergeResult> {
  try {
    const { stdout, code } = await git(
      ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs],
      { ...place, config: MERGE_SETTINGS, okCodes: [0, 1] },
    );
    const [tree = '', ...files] = stdout.toString('utf8').split('\0');
    // Also its answer when one of the commits is missing, with the code of a conflict.
    if (!isObjectId(tree)) throw new GitError('exit', 'merge-tree', code, 'it gave no tree');
    if (code === 0) return { tree };
    return { conflict: [...new Set(files.filter((file) => file !== ''))].sort() };
  } catch (error) {
    // Unrelated histories end with the same code as damage; the missing merge base tells them apart.
    if (!(error instanceof GitError) || error.tag !== 'exit') throw error;
    const { code } = await git(['merge-base', ours, theirs], { ...place, okCodes: [0, 1] });
    if (code === 1) return { conflict: [] };
    throw error;
  }
}

function requireIds(...ids: string[]): void {
  if (!ids.every(isObjectId)) throw new TypeError('Only full object ids can be merged.');
}
