/**
 * Makes a tree that a coder wrote safe for `git add`, by lstat alone: no link is followed, no file
 * is opened. What git could take for a repository and what could hang it goes; what cannot be read
 * or is nested too deep refuses the tree (`strict`) or is left out and said (`lenient`).
 *
 * Hard links are kept as content (package managers make thousands) but never chmod-ed: the other
 * name may lie outside. The sandbox must be gone: nothing here guards against a concurrent writer.
 */
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  readdirSync,
  readlinkSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { posix } from 'node:path';
import { printable } from '../../lib/escape.ts';
import { isDotGitLike, isGitModulesLike } from './names.ts';
import type { Notes } from './notes.ts';
import { breather, bytes, child, LONG_PATH, type RawPath, rawPath, readable } from './paths.ts';
import { removeRaw } from './remove.ts';
import { WorkspaceError, type WorkspaceLimits } from './workspace.ts';

/** Leaves room to move over-deep folders before they are removed. */
const MAX_PATH = Math.floor(LONG_PATH * 0.7);

/** Names that no file system takes for another and that show as they are: nearly all there are. */
const PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

export interface Scrubbed {
  /** The whole tree, ignored files included, is within the limits of size and number. */
  withinLimits: boolean;
  /** Files and links whose ctime is not older than `since`, as bytes (latin1) below the root. */
  touched: Set<string>;
}

export async function scrub(
  root: string,
  limits: WorkspaceLimits,
  mode: 'strict' | 'lenient',
  notes: Notes,
  since = Number.POSITIVE_INFINITY,
): Promise<Scrubbed> {
  const top = rawPath(root);
  const uid = process.getuid?.();
  const breathe = breather();
  const show = (path: RawPath) => printable(readable(path.slice(top.length + 1) || '.'), 200);
  let files = 0;
  let size = 0;
  let largest = 0;
  const touched = new Set<string>();

  const leaveOut = async (path: RawPath, why: string) => {
    if (mode === 'strict') throw new WorkspaceError('refused-tree', `${show(path)} ${why}.`);
    try {
      await removeRaw(path);
      notes.add(`left out: ${why}`, show(path));
    } catch {
      notes.add(`left out and could not be removed: ${why}`, show(path));
    }
  };

  /** True when the owner (or, for others' files, this process) may do what `bits` say. */
  const permit = (path: RawPath, stat: Stats, bits: number): boolean => {
    if (uid !== undefined && stat.uid !== uid) {
      try {
        accessSync(bytes(path), bits === 0o400 ? constants.R_OK : constants.R_OK | constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }
    if ((stat.mode & bits) === bits) return true;
    if (stat.isFile() && stat.nlink > 1) return false;
    try {
      chmodSync(bytes(path), (stat.mode & 0o7777) | bits);
      notes.add('made readable', show(path));
      return true;
    } catch {
      return false;
    }
  };

  const rootStat = lstatSync(bytes(top), { throwIfNoEntry: false });
  if (rootStat === undefined || !rootStat.isDirectory()) {
    const sentence = 'the folder of the tree is gone or is no longer a folder';
    throw new WorkspaceError('no-tree', sentence);
  }
  if (!permit(top, rootStat, 0o700)) {
    throw new WorkspaceError('refused-tree', 'The workspace folder cannot be read.');
  }

  const stack: { path: RawPath; depth: number }[] = [{ path: top, depth: 0 }];
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
    for (const name of readdirSync(bytes(dir.path), { encoding: 'latin1' }).sort()) {
      await breathe();
      const path = child(dir.path, name);
      const plain = PLAIN.test(name);
      const decoded = plain ? name : readable(name);
      if (!plain && isDotGitLike(decoded)) {
        await removeRaw(path);
        if (dir.depth > 0 || decoded !== '.git') notes.add('removed a git directory', show(path));
        continue;
      }
      const stat = lstatSync(bytes(path));
      if (!plain && /[\p{Cc}\p{Cf}\ufffd]/u.test(decoded)) notes.add('odd file name', show(path));
      files += 1;
      // Not older rather than newer: the clock of a file system ticks in milliseconds.
      if (stat.ctimeMs >= since) touched.add(path.slice(top.length + 1));
      if (stat.isSymbolicLink()) {
        if (isGitModulesLike(decoded)) {
          await leaveOut(path, 'is a symbolic link where git wants a plain file');
          continue;
        }
        noteOutwardLink(path, top, notes);
      } else if (stat.isDirectory()) {
        files -= 1;
        if (dir.depth + 1 > limits.maxDepth || path.length > MAX_PATH) {
          await leaveOut(path, 'is nested too deep');
        } else if (!permit(path, stat, 0o700)) {
          await leaveOut(path, 'cannot be read');
        } else {
          stack.push({ path, depth: dir.depth + 1 });
        }
      } else if (stat.isFile()) {
        if (!permit(path, stat, 0o400)) {
          await leaveOut(path, 'cannot be read');
          continue;
        }
        if (stat.nlink > 1) notes.add('hard link, kept as content', show(path));
        size += stat.size;
        largest = Math.max(largest, stat.size);
      } else {
        unlinkSync(bytes(path));
        notes.add('removed a pipe, socket or device', show(path));
      }
    }
  }
  return {
    touched,
    withinLimits:
      files <= limits.maxFiles && size <= limits.maxBytes && largest <= limits.maxFileBytes,
  };
}

/** Links are stored as links whatever they name; those that lead out of the tree are reported. */
function noteOutwardLink(path: RawPath, top: RawPath, notes: Notes): void {
  const target = readlinkSync(bytes(path), { encoding: 'latin1' });
  const from = posix.dirname(path.slice(top.length + 1));
  const lands = posix.normalize(posix.join(from, target));
  if (posix.isAbsolute(target) || lands === '..' || lands.startsWith('../')) {
    const name = printable(readable(path.slice(top.length + 1)), 200);
    notes.add('symbolic link out of the tree', `${name} -> ${printable(readable(target), 200)}`);
  }
}
