/**
 * Removes a tree that a coder wrote: links are unlinked and never followed, folders without
 * permissions are opened first, and folders nested deeper than a path can say are moved up.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { breather, bytes, child, LONG_PATH, type RawPath, rawPath } from './paths.ts';

/** Missing is fine. No process may still write to the tree. */
export async function removeTree(path: string): Promise<void> {
  await removeRaw(rawPath(path));
}

export async function removeRaw(root: RawPath): Promise<void> {
  const stat = lstatSync(bytes(root), { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) return unlinkSync(bytes(root));
  const breathe = breather();
  const stack: { path: RawPath; entered: boolean }[] = [{ path: root, entered: false }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    await breathe();
    if (top.entered) {
      rmdirSync(bytes(top.path));
      stack.pop();
      continue;
    }
    top.entered = true;
    const mode = lstatSync(bytes(top.path)).mode;
    if ((mode & 0o700) !== 0o700) chmodSync(bytes(top.path), 0o700);
    for (const name of readdirSync(bytes(top.path), { encoding: 'latin1' })) {
      await breathe();
      let path = child(top.path, name);
      if (!lstatSync(bytes(path)).isDirectory()) {
        unlinkSync(bytes(path));
        continue;
      }
      if (path.length > LONG_PATH) {
        const higher = child(root, randomUUID());
        renameSync(bytes(path), bytes(higher));
        path = higher;
      }
      stack.push({ path, entered: false });
    }
  }
}
