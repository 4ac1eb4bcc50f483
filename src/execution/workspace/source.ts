/** Where a repo comes from: a local path or a URL, checked before git sees it. Nothing is written there. */
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printable } from '../../lib/escape.ts';
import type { GitProtocol } from '../../lib/git.ts';
import { readIfThere, readRef } from '../../lib/read-ref.ts';
import { WorkspaceError } from './workspace.ts';

export type Source =
  | { kind: 'path'; address: string; protocol: GitProtocol }
  | { kind: 'url'; address: string; protocol: GitProtocol };

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;
const PROTOCOLS: Record<string, GitProtocol> = { 'ssh:': 'ssh', 'http:': 'http' };

/** Takes an absolute path or a file:, https: or ssh: URL; anything else is refused. */
export function parseSource(source: string): Source {
  const shown = printable(source, 200);
  const refuse = (why: string) =>
    new WorkspaceError(
      'not-a-repo',
      `${why} Give an absolute path, or a file:, https: or ssh: URL.`,
    );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  if (/[\u0000-\u001f\u007f]/.test(source)) {
    return raise(refuse(`The source "${shown}" has control characters.`));
  }
  if (isAbsolute(source)) return { kind: 'path', address: resolve(source), protocol: 'file' };
  let url: URL;
  try {
    url = new URL(source);
  } catch {
    throw refuse(`The source "${shown}" is neither an absolute path nor a URL.`);
  }
  if (url.protocol === 'file:' && url.host === '') {
    return { kind: 'path', address: fileURLToPath(url), protocol: 'file' };
  }
  // Unencrypted only within this machine.
  const plain = url.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && url.protocol !== 'ssh:' && !plain) {
    // Not echoed: an unknown URL form may hold a password.
    throw refuse(`A source of the form "${printable(url.protocol, 20)}" is not taken.`);
  }
  if (url.password !== '' || (url.protocol !== 'ssh:' && url.username !== '')) {
    throw refuse('The source URL holds credentials, which would show in process lists and logs.');
  }
  if (url.hostname === '' || /^-/.test(url.hostname) || /^-/.test(url.username)) {
    throw refuse(`The source "${shown}" names no usable host.`);
  }
  return { kind: 'url', address: url.href, protocol: PROTOCOLS[url.protocol] ?? 'https' };
}

function raise(error: Error): never {
  throw error;
}

/** The shared git directory of the repository at `path`: plain, bare, or a linked worktree's. */
async function commonDirOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  const shown = printable(path, 300);
  if (info === null) {
    throw new WorkspaceError(
      'source-gone',
      `There is nothing at ${shown}: was it moved or removed?`,
    );
  }
  const dotGit = join(path, '.git');
  const inner = await stat(dotGit).catch(() => null);
  if (inner?.isDirectory() && (await readIfThere(join(dotGit, 'HEAD'))) !== null) return dotGit;
  if (inner?.isFile()) {
    const target = /^gitdir: (.+?)\s*$/.exec((await readIfThere(dotGit)) ?? '')?.[1];
    const gitDir = target === undefined ? null : resolve(path, target);
    if (gitDir !== null && (await readIfThere(join(gitDir, 'HEAD'))) !== null) {
      const common = (await readIfThere(join(gitDir, 'commondir')))?.trim();
      return common === undefined ? gitDir : resolve(gitDir, common);
    }
  }
  const isBare =
    (await readIfThere(join(path, 'HEAD'))) !== null &&
    (await stat(join(path, 'objects')).catch(() => null))?.isDirectory() === true;
  if (isBare) return path;
  throw new WorkspaceError(
    'not-a-repo',
    `${shown} is not the top folder of a git repository. Give that folder, or run git init there.`,
  );
}

async function hasAnyBranch(commonDir: string): Promise<boolean> {
  const packed = await readIfThere(join(commonDir, 'packed-refs'));
  if (packed !== null && / refs\/heads\//.test(packed)) return true;
  const loose = await readdir(join(commonDir, 'refs', 'heads'), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return loose.some((entry) => entry.isFile());
}

/**
 * The commit that `branch` names in the repository at `path`, read without a git process; null when
 * its ref storage has to be asked through git. Uncommitted changes there do not matter.
 */
export async function localTip(path: string, branch: string): Promise<string | null> {
  const common = await commonDirOf(path);
  const shown = printable(path, 300);
  const config = (await readIfThere(join(common, 'config'))) ?? '';
  const unsupported = (why: string) => new WorkspaceError('unsupported', `${shown} ${why}`);
  if (/^\s*objectformat\s*=\s*"?sha256/im.test(config)) {
    throw unsupported('uses SHA-256 object names; aedev works with SHA-1 repositories only.');
  }
  if (/^\s*partialclone(filter)?\s*=/im.test(config)) {
    throw unsupported('is a partial clone without all its objects; register a full clone.');
  }
  if (((await readIfThere(join(common, 'shallow'))) ?? '') !== '') {
    throw unsupported('is a shallow clone; run "git fetch --unshallow" there first.');
  }
  if (/^\s*refstorage\s*=\s*"?reftable/im.test(config)) return null;
  const tip = await readRef(common, `refs/heads/${branch}`);
  if (tip !== null) return tip;
  if (await hasAnyBranch(common)) throw noBranch(branch, shown);
  throw emptyRepo(shown);
}

export function noBranch(branch: string, shown: string): WorkspaceError {
  return new WorkspaceError(
    'no-branch',
    `There is no branch "${printable(branch, 100)}" in ${shown}. Name one that exists.`,
  );
}

export function emptyRepo(shown: string): WorkspaceError {
  return new WorkspaceError('empty-repo', `${shown} has no commit yet. Commit something first.`);
}
