/** Makes the bare repository behind a local forge. */

import { existsSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { git, text } from '../../lib/git.ts';
import { readIfThere, readRef } from '../../lib/read-ref.ts';
import { branchRef, bringing, wrapped } from './bare-repo.ts';
import { ForgeError } from './forge.ts';

/**
 * Creates a bare repository at `path` whose only branch is `branch` of the host mirror
 * `sourceGitDir`. It appears at once and whole. Where there is already a local forge with that
 * branch, nothing happens; anything else at `path` is `refused`.
 */
export async function initLocalForge(
  path: string,
  sourceGitDir: string,
  branch: string,
  /** Where the mirror keeps that branch. */
  sourceRef = branchRef(branch),
): Promise<void> {
  if (existsSync(path)) return requireForge(path, branch);
  const ref = branchRef(branch);
  const source = realpathSync(sourceGitDir);
  const commit = await wrapped(() =>
    text(['rev-parse', '--verify', '--quiet', '--end-of-options', `${sourceRef}^{commit}`], {
      gitDir: source,
      okCodes: [0, 1],
    }),
  );
  if (commit === '') throw new ForgeError('not-found', 'The source has no branch of that name.');
  await mkdir(dirname(path), { recursive: true });
  const folder = await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  const gitDir = join(folder, 'forge.git');
  try {
    await wrapped(async () => {
      await git(['init', '--quiet', '--bare', `--initial-branch=${branch}`, '--', gitDir]);
      await git(bringing(source, commit), { gitDir, protocols: ['file'] });
      await git(['update-ref', ref, commit, '0'.repeat(40)], { gitDir });
      // For pushes that the operator makes with other tools.
      await git(['config', 'receive.fsckObjects', 'true'], { gitDir });
      await git(['config', 'aedev.localForge', 'true'], { gitDir });
    });
    await rename(gitDir, path).catch(async (error: unknown) => {
      // Someone else was faster.
      if (!existsSync(path)) throw error;
      await requireForge(path, branch);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireForge(path: string, branch: string): Promise<void> {
  // What stands there plainly is read; git is asked about everything else.
  const config = await readIfThere(join(path, 'config'));
  const marked = config !== null && /^\[aedev\]\n\tlocalForge = true$/m.test(config);
  if (marked && (await readRef(path, branchRef(branch))) !== null) return;
  const options = { gitDir: path, okCodes: [0, 1, 128] };
  const mark = await wrapped(() =>
    git(['config', '--local', '--get', 'aedev.localForge'], options),
  );
  const tip = await wrapped(() =>
    git(['rev-parse', '--verify', '--quiet', '--end-of-options', branchRef(branch)], options),
  );
  if (mark.code === 0 && mark.stdout.toString().trim() === 'true' && tip.code === 0) return;
  throw new ForgeError('refused', 'There is something else at that path already; choose another.');
}
