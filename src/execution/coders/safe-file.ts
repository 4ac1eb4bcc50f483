import { constants } from 'node:fs';
import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Reads a file that a coder may have put there. Regular files only, never through a link; not
 * blocked by a FIFO; at most `max` bytes. null for everything else.
 */
export async function readLeft(
  path: string,
  max: number,
): Promise<{ bytes: Buffer; cut: boolean } | null> {
  try {
    const file = await open(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return null;
      const { size } = stat;
      const bytes = Buffer.alloc(Math.min(size, max));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return { bytes: bytes.subarray(0, filled), cut: size > max };
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/**
 * Puts a file of the host's into a folder that a coder could write, once its sandbox is gone:
 * whatever has the name goes (links are removed, not followed) and the file is made anew.
 * @throws Error with `code` when the folder is a link or the disk refuses
 */
export async function putFile(
  folder: string,
  name: string,
  content: string,
  mode = 0o600,
): Promise<void> {
  if (!(await lstat(folder)).isDirectory()) {
    throw Object.assign(new Error('the workspace is not a folder any more'), { code: 'ENOTDIR' });
  }
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), mode);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}
