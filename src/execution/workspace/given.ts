/**
 * Folders that the host puts into a fresh work tree and takes out again before it is collected, so
 * that nothing of them is ever taken for the coder's work. On the way in the tree is the base's own;
 * on the way out a coder wrote it, so no part of a path is trusted: a link in it ends the way.
 */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { printable } from '../../lib/escape.ts';
import { bytes, child, type RawPath, rawPath } from './paths.ts';
import { removeRaw } from './remove.ts';
import { WorkspaceError } from './workspace.ts';

const parts = (path: string): string[] => Buffer.from(path, 'utf8').toString('latin1').split('/');

/** Makes the folders above each path. @throws WorkspaceError `refused-tree` where the tree has something else */
export function makeWay(tree: string, paths: readonly string[]): void {
  for (const path of paths) {
    const names = parts(path);
    let at = rawPath(tree);
    for (const [index, name] of names.entries()) {
      at = child(at, name);
      const stat = lstatSync(bytes(at), { throwIfNoEntry: false });
      const last = index === names.length - 1;
      if (last ? stat === undefined : stat?.isDirectory()) continue;
      if (stat !== undefined) {
        throw new WorkspaceError(
          'refused-tree',
          `${printable(path, 200)} cannot be given: the repo itself has something there.`,
        );
      }
      mkdirSync(bytes(at));
    }
  }
}

/** Removes what was given, whatever it has become. A link above it is left alone, with what it names. */
export async function takeOut(tree: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = reach(rawPath(tree), parts(path));
    if (found !== null) await removeRaw(found);
  }
}

function reach(tree: RawPath, names: string[]): RawPath | null {
  let at = tree;
  for (const name of names) {
    const stat = lstatSync(bytes(at), { throwIfNoEntry: false });
    if (stat?.isDirectory() !== true) return null;
    // A folder that was closed would hide what is in it; the scrub opens them, too.
    if ((stat.mode & 0o700) !== 0o700) {
      try {
        chmodSync(bytes(at), (stat.mode & 0o7777) | 0o700);
      } catch {
        return null;
      }
    }
    at = child(at, name);
  }
  return at;
}
