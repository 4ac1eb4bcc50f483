/** Lays a commit out as plain files, with or without a throw-away `.git`, all or nothing. */
import { lstatSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { printable } from '../../lib/escape.ts';
import { git, isObjectId } from '../../lib/git.ts';
import type { LaidOut } from './ahead.ts';
import { workspaceError } from './errors.ts';
import { borrowObjects, makeGitDir } from './git-dir.ts';
import { makeWay } from './given.ts';
import { withScratch } from './mirror.ts';
import { removeTree } from './remove.ts';
import { type Furnishing, WorkspaceError } from './workspace.ts';

const BRANCH = 'refs/heads/work';

/** Belongs to the coder: its own commits need a name, and no background repacking. */
const CODER_CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
[user]
\tname = coder
\temail = coder@localhost
[gc]
\tauto = 0
`;

/**
 * Builds under `<dir>.new` and renames as the last act, so that `dir` is either absent or whole.
 * Leftovers of a killed attempt are removed first.
 */
async function build<T>(dir: string, fill: (fresh: string) => Promise<T>): Promise<T> {
  if (lstatSync(dir, { throwIfNoEntry: false }) !== undefined) {
    throw new WorkspaceError('git', `${printable(dir, 300)} exists already: discard it first.`);
  }
  const fresh = `${dir}.new`;
  try {
    await removeTree(fresh);
    await mkdir(fresh, { recursive: true });
    const made = await fill(fresh);
    await rename(fresh, dir);
    return made;
  } catch (error) {
    const failure = await workspaceError(error, dirname(fresh), 'Could not lay out the workspace');
    await removeTree(fresh);
    throw failure;
  }
}

function checkCommit(commit: string): void {
  if (!isObjectId(commit)) {
    throw new WorkspaceError('git', `"${printable(commit, 60)}" is not a full commit id.`);
  }
}

async function readTree(
  commit: string,
  place: { gitDir: string; workTree: string; index?: string },
): Promise<void> {
  // One process reads the tree, writes the files and the index. `-m` on an empty index lays all out.
  await git(['read-tree', '-m', '-u', '--no-recurse-submodules', `${commit}^{tree}`], place);
}

/** See `Workspaces.layOut`. */
export async function layOut(
  mirrorDir: string,
  commit: string,
  dir: string,
  objectsInside: string,
  furnishing?: Furnishing,
): Promise<LaidOut> {
  checkCommit(commit);
  if (objectsInside.includes('\n')) {
    throw new WorkspaceError('git', 'The object path inside the sandbox holds a line break.');
  }
  return build(dir, async (fresh) => {
    const workTree = join(fresh, 'repo');
    const gitDir = join(workTree, '.git');
    await mkdir(workTree);
    makeGitDir(gitDir, {
      alternates: join(mirrorDir, 'objects'),
      config: CODER_CONFIG,
      head: `ref: ${BRANCH}\n`,
    });
    await writeFile(join(gitDir, BRANCH), `${commit}\n`);
    // So that the coder's own git does not take for new what it was given.
    const given = furnishing?.paths.map((path) => `/${path}\n`) ?? [];
    if (given.length > 0) await writeFile(join(gitDir, 'info', 'exclude'), given.join(''));
    // The only host git call that ever reads this directory: no coder has seen it yet.
    await readTree(commit, { gitDir, workTree });
    borrowObjects(gitDir, objectsInside);
    // Written last, and by the clock of the same file system.
    const since = lstatSync(join(gitDir, 'objects', 'info', 'alternates')).ctimeMs;
    const index = await readFile(join(gitDir, 'index'));
    await furnish(workTree, furnishing);
    return { commit, index, since };
  });
}

/** See `Workspaces.checkout`. */
export async function checkout(
  mirrorDir: string,
  commit: string,
  dir: string,
  furnishing?: Furnishing,
): Promise<void> {
  checkCommit(commit);
  await build(dir, async (fresh) => {
    await withScratch(mirrorDir, (scratch) =>
      readTree(commit, {
        gitDir: scratch,
        workTree: fresh,
        index: join(scratch, 'checkout-index'),
      }),
    );
    await furnish(fresh, furnishing);
  });
}

/** After git: it shall not look through thousands of files that are none of its own. */
async function furnish(tree: string, furnishing: Furnishing | undefined): Promise<void> {
  if (furnishing === undefined) return;
  makeWay(tree, furnishing.paths);
  await furnishing.fill(tree);
}
