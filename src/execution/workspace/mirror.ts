/** The mirror: a bare git directory of the host's own per repo, filled only through checked fetches. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { printable } from '../../lib/escape.ts';
import { GitError, git } from '../../lib/git.ts';
import { readIfThere, readRef } from '../../lib/read-ref.ts';
import { ensureDir, errorCode, workspaceError } from './errors.ts';
import { BARE_CONFIG, INERT_ATTRIBUTES, makeGitDir } from './git-dir.ts';
import { isRefPath } from './names.ts';
import { removeTree } from './remove.ts';
import { emptyRepo, localTip, noBranch, parseSource, type Source } from './source.ts';
import { sweepMirror } from './sweep.ts';
import { WorkspaceError } from './workspace.ts';

const SCRATCH = 'scratch';
const FETCH_MS = 3600 * 1000;
/** Longer than what follows a collection takes: a ref, a note and the log. */
const CLEAR_MS = 1000;

/** Where the tip of a source branch is kept. Flat, so that `a` and `a/b` can follow one another. */
export function sourceRef(branch: string, from: 'source' | 'upstream' = 'source'): string {
  return `refs/aedev/${from}/${branch.replaceAll('%', '%25').replaceAll('/', '%2F')}`;
}

/**
 * A private git directory that borrows the mirror's objects. What is made in it stays apart until
 * it has passed the object check. The mirror's own config is never read on this way.
 */
export async function withScratch<T>(
  mirrorDir: string,
  use: (scratchDir: string) => Promise<T>,
): Promise<T> {
  const home = join(mirrorDir, SCRATCH);
  const dir = join(home, randomUUID());
  try {
    await mkdir(home, { recursive: true });
    makeGitDir(dir, { alternates: join(mirrorDir, 'objects') });
    return await use(dir);
  } finally {
    clearLater(dir);
  }
}

/**
 * Nobody waits for it: folders that were just flushed take longer to go than git took to fill them,
 * and whoever flushes something meanwhile waits along. No coder has written here, so nothing in it
 * resists; what the end of the process leaves is swept.
 */
function clearLater(dir: string): void {
  setTimeout(() => rm(dir, { recursive: true, force: true }).catch(() => {}), CLEAR_MS).unref();
}

/** Creates the mirror, or puts its settings back to what we wrote: nobody else may set any. */
async function ensureMirror(gitDir: string): Promise<void> {
  const config = await readIfThere(join(gitDir, 'config'));
  if (config === null) {
    await ensureDir(dirname(gitDir));
    const fresh = `${gitDir}.new-${randomUUID()}`;
    try {
      makeGitDir(fresh);
      // One rename makes it real, so a crash never leaves half a mirror under the real name.
      await rename(fresh, gitDir);
    } catch (error) {
      await removeTree(fresh);
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    }
    return;
  }
  if (config !== BARE_CONFIG) await writeFile(join(gitDir, 'config'), BARE_CONFIG);
  const attributes = join(gitDir, 'info', 'attributes');
  if ((await readIfThere(attributes)) !== INERT_ATTRIBUTES) {
    await writeFile(attributes, INERT_ATTRIBUTES);
  }
  await removeTree(join(gitDir, 'hooks'));
  await removeTree(join(gitDir, 'objects', 'info', 'alternates'));
}

/** Settings and variables of git calls that reach a source over the network, e.g. a credential. */
export interface Network {
  env?: Record<string, string>;
  config?: [string, string][];
}

async function fetchBranch(
  gitDir: string,
  source: Source,
  branch: string,
  ref: string,
  network: Network,
  checked: boolean,
): Promise<void> {
  await git(
    [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
      '--no-show-forced-updates',
      '--refmap=',
      '--',
      source.address,
      `+refs/heads/${branch}:${ref}`,
    ],
    {
      gitDir,
      protocols: [source.protocol],
      env: network.env ?? {},
      timeoutMs: FETCH_MS,
      config: [
        ...(network.config ?? []),
        ...(checked ? [] : [['fetch.fsckObjects', 'false'] as [string, string]]),
      ],
    },
  );
}

/** Why a fetch failed, found out by asking again in parts rather than from what git printed. */
async function explain(
  error: unknown,
  gitDir: string,
  source: Source,
  branch: string,
  network: Network,
): Promise<WorkspaceError> {
  const shown = printable(source.address, 300);
  const general = await workspaceError(error, gitDir, `Could not fetch from ${shown}`);
  if (general.tag !== 'git' || !(error instanceof GitError) || error.tag !== 'exit') return general;
  const ask = async (...patterns: string[]) =>
    git(['ls-remote', '--exit-code', '--heads', '--', source.address, ...patterns], {
      protocols: [source.protocol],
      env: network.env ?? {},
      config: network.config ?? [],
      okCodes: [0, 2],
    });
  try {
    const named = await ask(`refs/heads/${branch}`);
    if (named.code === 2) {
      const any = await ask();
      return any.code === 2 ? emptyRepo(shown) : noBranch(branch, shown);
    }
  } catch (cause) {
    if (source.kind === 'path') return general;
    return new WorkspaceError(
      'unreachable',
      `${shown} does not answer as a git repository: check the address and the access to it.`,
      { cause },
    );
  }
  // It answers and has the branch. If an unchecked fetch into a throw-away works, the check refused.
  const sound = await withScratch(gitDir, (scratch) =>
    fetchBranch(scratch, source, branch, sourceRef(branch), network, false),
  ).then(
    () => false,
    () => true,
  );
  if (sound) return general;
  return new WorkspaceError(
    'object-check',
    `The history of ${shown} holds objects that git's check refuses: run "git fsck --strict" there. ${error.stderr}`,
    { cause: error },
  );
}

/** See `Workspaces.sync`. The branch is kept under `ref`; `network` is asked for URLs only. */
export async function syncMirror(
  gitDir: string,
  address: string,
  branch: string,
  ref: string,
  network: () => Promise<Network>,
): Promise<string> {
  const source = parseSource(address);
  if (!isRefPath(branch)) {
    throw new WorkspaceError(
      'no-branch',
      `"${printable(branch, 100)}" cannot be the name of a branch. Name one that exists.`,
    );
  }
  const tip = source.kind === 'path' ? await localTip(source.address, branch) : null;
  try {
    await ensureMirror(gitDir);
    if (tip !== null && tip === (await readRef(gitDir, ref))) return tip;
    await sweepMirror(gitDir);
  } catch (error) {
    throw await workspaceError(error, dirname(gitDir), 'Could not prepare the mirror');
  }
  let extra: Network = {};
  try {
    if (source.kind === 'url') extra = await network();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WorkspaceError('source-gone', why, { cause: error });
  }
  try {
    await fetchBranch(gitDir, source, branch, ref, extra, true);
  } catch (error) {
    throw await explain(error, gitDir, source, branch, extra);
  }
  const base = await readRef(gitDir, ref);
  if (base === null) {
    const shown = printable(source.address, 300);
    throw new WorkspaceError(
      'unsupported',
      `${shown} gave no complete history for "${printable(branch, 100)}": is it a shallow clone?`,
    );
  }
  return base;
}
