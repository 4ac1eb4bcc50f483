/** Moving our own refs by compare-and-swap. */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GitError, git } from '../../lib/git.ts';
import { readRef } from '../../lib/read-ref.ts';
import { sweepLocks } from './sweep.ts';

const NULL_ID = '0'.repeat(40);

/** Moves `ref` from exactly `old` (null: it does not exist) to `to`. False when it was not there. */
export async function swapRef(
  gitDir: string,
  ref: string,
  to: string,
  old: string | null,
): Promise<boolean> {
  if (old === null && (await createRef(gitDir, ref, to))) return true;
  const swap = () => git(['update-ref', '--no-deref', '--', ref, to, old ?? NULL_ID], { gitDir });
  try {
    await swap();
    return true;
  } catch (error) {
    if (!(error instanceof GitError) || error.tag !== 'exit') throw error;
    if ((await readRef(gitDir, ref)) !== old) return false;
    // Not a rival: either the request is wrong, or a killed process left its lock behind.
    await sweepLocks(gitDir);
    await swap();
    return true;
  }
}

/**
 * Makes a new ref as git itself does: its lock is taken, written and flushed, the ref looked at, the
 * lock renamed; so whoever else writes refs meanwhile waits or fails. The mirror's refs are files, as
 * it was made here. False when anything stands in the way; then git is asked and tells what.
 */
async function createRef(gitDir: string, ref: string, to: string): Promise<boolean> {
  if (!(await isThere(gitDir, to))) return false;
  const path = join(gitDir, ref);
  const lock = `${path}.lock`;
  let ours = false;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(lock, 'wx', 0o644);
    ours = true;
    try {
      await file.writeFile(`${to}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    if ((await readRef(gitDir, ref)) !== null) return false;
    await rename(lock, path);
    // From here on the name may be another's lock.
    ours = false;
    return true;
  } catch {
    return false;
  } finally {
    if (ours) await rm(lock, { force: true });
  }
}

/**
 * git would refuse a ref to what is not there. A loose object is, and so is what a branch of the
 * source names, as it was fetched; other objects in packs are left to git.
 */
async function isThere(gitDir: string, commit: string): Promise<boolean> {
  if (existsSync(join(gitDir, 'objects', commit.slice(0, 2), commit.slice(2)))) return true;
  for (const from of ['source', 'upstream']) {
    const folder = `refs/aedev/${from}`;
    for (const name of await readdir(join(gitDir, folder)).catch(() => []))
      if ((await readRef(gitDir, `${folder}/${name}`)) === commit) return true;
  }
  return false;
}
