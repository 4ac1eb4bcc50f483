/** Turns what the file system and git report into the one error callers see. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../../lib/git.ts';
import { WorkspaceError } from './workspace.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const PROBE_BYTES = 256 * 1024;
const LITTLE_BYTES = 64 * 1024 * 1024;
const LITTLE_FILES = 200;

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/**
 * git's exit code does not say that the disk was full, and by now it may have removed the file that
 * did not fit. So: is little left, or (under a quota) can nothing be written?
 */
async function isFull(dir: string): Promise<boolean> {
  const probe = join(dir, `.probe-${randomUUID()}`);
  try {
    const { bavail, bsize, files, ffree } = await statfs(dir);
    if (bavail * bsize < LITTLE_BYTES || (files > 0 && ffree < LITTLE_FILES)) return true;
    await writeFile(probe, Buffer.alloc(PROBE_BYTES), { flush: true });
    return false;
  } catch (error) {
    return FULL.has(errorCode(error) ?? '');
  } finally {
    await rm(probe, { force: true });
  }
}

/**
 * `error` as a {@link WorkspaceError}. `dir` is where was being written (probed when git failed:
 * call this before cleaning up). `tag` and `sentence` name the failure when nothing more is known.
 */
export async function workspaceError(
  error: unknown,
  dir: string,
  sentence: string,
  tag: WorkspaceError['tag'] = 'git',
): Promise<WorkspaceError> {
  if (error instanceof WorkspaceError) return error;
  const full =
    FULL.has(errorCode(error) ?? '') || (error instanceof GitError && (await isFull(dir)));
  const why = error instanceof Error ? error.message : String(error);
  if (full) {
    const advice = 'the disk is full or nearly so; free space and retry';
    return new WorkspaceError('disk-full', `${sentence}: ${advice}. ${why}`, { cause: error });
  }
  return new WorkspaceError(tag, `${sentence}: ${why}`, { cause: error });
}

export async function ensureDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
}
