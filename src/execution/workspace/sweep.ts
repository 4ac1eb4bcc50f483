/** What killed processes left in a mirror: scratch folders, half-written packs, locks nobody holds. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './remove.ts';

/** Longer than any run of git here may take. */
const LEFTOVER_MS = 24 * 3600 * 1000;
/** git holds a ref's lock for the moment of writing forty bytes. */
const LOCK_MS = 60 * 1000;

async function removeOlder(path: string, ms: number): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info !== null && Date.now() - info.mtimeMs > ms) await removeTree(path);
}

/** Locks of processes that are gone would refuse every later update of their ref. */
export async function sweepLocks(mirrorDir: string): Promise<void> {
  for (const name of await readdir(mirrorDir).catch(() => [])) {
    if (name.endsWith('.lock')) await removeOlder(join(mirrorDir, name), LOCK_MS);
  }
  const refs = join(mirrorDir, 'refs');
  for (const name of await readdir(refs, { recursive: true }).catch(() => [])) {
    if (name.endsWith('.lock')) await removeOlder(join(refs, name), LOCK_MS);
  }
}

export async function sweepMirror(mirrorDir: string): Promise<void> {
  await sweepLocks(mirrorDir);
  for (const [folder, pattern] of [
    [join(mirrorDir, 'scratch'), /./],
    [join(mirrorDir, 'objects', 'pack'), /^tmp_/],
  ] as const) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (pattern.test(name)) await removeOlder(join(folder, name), LEFTOVER_MS);
    }
  }
}
