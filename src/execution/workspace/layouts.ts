/** What the host remembers of a laid-out workspace, outside of anything a sandbox mounts. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readIfThere } from '../../lib/read-ref.ts';

export interface Layout {
  /** Milliseconds since 1970 by the file system's clock, before the coder could write. */
  at: number;
  /** Where the sandbox sees the mirror's objects. */
  objects: string;
  /** What was laid out; null where an older aedev did it. */
  commit: string | null;
  /** Folders of the work tree that the host put there and takes out again. */
  given: string[];
}

const FOLDER = '.layouts';
/** A file this young may belong to a workspace that is about to appear. */
const FRESH_MS = 24 * 3600 * 1000;

function fileOf(root: string, dir: string): string {
  return join(root, FOLDER, nameOf(dir));
}

function nameOf(dir: string): string {
  return `${createHash('sha256').update(resolve(dir)).digest('hex')}.json`;
}

/** Call before the coder can write. The time is the file system's own, as later changes are stamped by it. */
export async function remember(
  root: string,
  dir: string,
  objects: string,
  commit: string,
  given: readonly string[] = [],
): Promise<void> {
  const file = fileOf(root, dir);
  await mkdir(join(root, FOLDER), { recursive: true, mode: 0o700 });
  await writeFile(file, '');
  const layout: Layout = { at: (await stat(file)).ctimeMs, objects, commit, given: [...given] };
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
    const { at, objects, commit, given } = found;
    return {
      ...{ at, objects, commit: typeof commit === 'string' ? commit : null },
      given: Array.isArray(given) ? given.filter((path) => typeof path === 'string') : [],
    };
  } catch {
    return null;
  }
}

/** Files of workspaces that are not among `dirs` any more. */
export async function forgotten(
  root: string,
  dirs: readonly string[],
  now: number,
): Promise<string[]> {
  const known = new Set(dirs.map(nameOf));
  const names = await readdir(join(root, FOLDER)).catch(() => []);
  const left: string[] = [];
  for (const name of names) {
    const path = join(root, FOLDER, name);
    if (known.has(name)) continue;
    const info = await stat(path).catch(() => null);
    if (info !== null && now - info.mtimeMs > FRESH_MS) left.push(path);
  }
  return left;
}
