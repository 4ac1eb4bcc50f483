/**
 * The end of a workspace: what is not kept yet is salvaged, what is said to be kept is proven to be
 * there, and only then is anything removed. Whatever fails before leaves the folder untouched.
 */
import { lstatSync, renameSync } from 'node:fs';
import { printable } from '../../lib/escape.ts';
import { GitError, git } from '../../lib/git.ts';
import { readRef } from '../../lib/read-ref.ts';
import { removeTree } from './remove.ts';
import { WorkspaceError } from './workspace.ts';

/** Ends a name for what needs no salvage any more: its removal can be cut off and taken up again. */
const GONE = '.gone';

/** Folders of a run that may hold something of its workspace. */
export const traces = (dir: string): string[] => [dir, `${dir}.new`, `${dir}${GONE}`];

/**
 * Every object of `commit` that `base` has not is in the repository behind `gitDir`, and `ref` names
 * it. @throws WorkspaceError `git`
 */
export async function proveKept(
  gitDir: string,
  ref: string,
  commit: string,
  base: string,
): Promise<void> {
  const named = await readRef(gitDir, ref);
  if (named !== commit) {
    throw new WorkspaceError('git', `${printable(ref, 200)} does not name the work it should.`);
  }
  try {
    await git(['rev-list', '--objects', '--quiet', commit, '--not', base], { gitDir });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const sentence = `The work at ${printable(ref, 200)} is not whole in the mirror`;
    throw new WorkspaceError('git', `${sentence}: ${error.message}`, { cause: error });
  }
}

/** Removes a workspace whose work is proven to be kept. A crash in between leaves `.gone` only. */
export async function removeKept(dir: string): Promise<void> {
  const [, fresh, gone] = traces(dir) as [string, string, string];
  await removeTree(gone);
  if (lstatSync(dir, { throwIfNoEntry: false }) !== undefined) renameSync(dir, gone);
  // No coder ever saw it.
  await removeTree(fresh);
  await removeTree(gone);
}
