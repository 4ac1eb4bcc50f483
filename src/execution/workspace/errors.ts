/** Turns what the file system and git report into the one error callers see. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../../lib/git.ts';
import { WorkspaceError } from './workspace.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const PROBE_BYTES = 256 * 1024;

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** git's exit code does not say that the disk was full; trying to write a little does. */
async function isFull(dir: string): Promise<boolean> {
  const probe = join(dir, `.probe-${randomUUID()}`);
  try {
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
  if (full) {
    return new WorkspaceError('disk-full', `${sentence}: the disk is full. Free space and retry.`, {
      cause: error,
    });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new WorkspaceError(tag, `${sentence}: ${why}`, { cause: error });
}

export async function ensureDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
}
