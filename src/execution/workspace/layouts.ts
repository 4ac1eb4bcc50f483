/** What the host remembers of a laid-out workspace, outside of anything a sandbox mounts. */
import { createHash } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readIfThere } from '../../lib/read-ref.ts';

export interface Layout {
  /** Milliseconds since 1970 by the file system's clock, before the coder could write. */
  at: number;
  /** Where the sandbox sees the mirror's objects. */
  objects: string;
}

function fileOf(root: string, dir: string): string {
  return join(root, '.layouts', `${createHash('sha256').update(resolve(dir)).digest('hex')}.json`);
}

/** Call before the coder can write. The time is the file system's own, as later changes are stamped by it. */
export async function remember(root: string, dir: string, objects: string): Promise<void> {
  const file = fileOf(root, dir);
  await mkdir(join(root, '.layouts'), { recursive: true, mode: 0o700 });
  await writeFile(file, '');
  const layout: Layout = { at: (await stat(file)).ctimeMs, objects };
  await writeFile(file, JSON.stringify(layout));
}

export async function forget(root: string, dir: string): Promise<void> {
  await rm(fileOf(root, dir), { force: true });
}

/** Null when nothing (readable) is remembered: then nothing is known and all has to be checked. */
export async function recall(root: string, dir: string): Promise<Layout | null> {
  try {
    const found = JSON.parse((await readIfThere(fileOf(root, dir))) ?? '') as Partial<Layout>;
    if (typeof found.at !== 'number' || typeof found.objects !== 'string') return null;
    return { at: found.at, objects: found.objects };
  } catch {
    return null;
  }
}
