/** Collect and salvage: scrub, hash, compare, commit. The order and the fallbacks; the parts are elsewhere. */
import { lstatSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../../lib/escape.ts';
import { GitError } from '../../lib/git.ts';
import type { LaidOut } from './ahead.ts';
import {
  type CommitInput,
  commitTree,
  overLimit,
  readParent,
  recallParent,
  writeTree,
} from './commit.ts';
import { withScratch } from './mirror.ts';
import { isGitModulesLike } from './names.ts';
import type { Notes } from './notes.ts';
import { breather, bytes, child, type RawPath, rawPath, readable } from './paths.ts';
import { removeRaw } from './remove.ts';
import { scrub } from './scrub.ts';
import { WorkspaceError, type WorkspaceLimits } from './workspace.ts';

export interface GatherInput {
  mirrorDir: string;
  /** The run's folder; the tree is in its `repo`. */
  dir: string;
  parent: string;
  /** What is known of the parent's files since they were laid out here. */
  ahead?: LaidOut | null;
  message: string;
  time: string;
  patienceMs?: number | undefined;
}

/** Salvage keeps what a person could still want; a build's gigabytes are not among it. */
const SALVAGE_LIMITS: WorkspaceLimits = {
  maxFiles: 200_000,
  maxBytes: 2 * 1024 ** 3,
  maxFileBytes: 100 * 1024 ** 2,
  maxDepth: 100,
};

/** The committed tree, or a null commit when it equals the parent's. Throws on what `strict` refuses. */
export function gather(
  from: GatherInput,
  limits: WorkspaceLimits,
  mode: 'strict' | 'lenient',
  notes: Notes,
): Promise<{ commit: string | null; tree: string }> {
  return withScratch(from.mirrorDir, async (scratch) => {
    const { ahead } = from;
    const input: CommitInput = { ...from, scratch, workTree: join(from.dir, 'repo') };
    // Settled, not raced: the scratch folder must not be removed under a git that still runs.
    const [parent, scrubbed] = await Promise.allSettled([
      ahead ? null : readParent(input),
      scrub(input.workTree, limits, mode, notes, ahead?.since),
    ]);
    if (scrubbed.status === 'rejected') throw scrubbed.reason;
    if (parent.status === 'rejected') throw parent.reason;
    const base =
      parent.value ?? (await recallParent(input, ahead as LaidOut, scrubbed.value.touched));
    if (!scrubbed.value.withinLimits) await enforceLimits(input, limits, mode, notes);
    const tree = await writeTree(input, base, mode, notes);
    if (tree === base.tree) return { commit: null, tree };
    return { commit: await commitTree(input, tree), tree };
  });
}

async function enforceLimits(
  input: CommitInput,
  limits: WorkspaceLimits,
  mode: 'strict' | 'lenient',
  notes: Notes,
): Promise<void> {
  const over = await overLimit(input, limits);
  const show = (name: Buffer) => printable(name.toString('utf8'), 200);
  if (mode === 'lenient') {
    for (const name of over) {
      await removeRaw(child(rawPath(input.workTree), name.toString('latin1')));
      notes.add('left out: too large or too many', show(name));
    }
    return;
  }
  const [first] = over;
  if (first !== undefined) {
    throw new WorkspaceError(
      'too-large',
      `The change is too large: ${over.length} file(s) beyond ${limits.maxFiles} files, ${limits.maxFileBytes} bytes each or ${limits.maxBytes} bytes in all, the first being ${show(first)}.`,
    );
  }
}

/**
 * Like {@link gather} in lenient mode. When git refuses even so, the cause is the content of git's
 * own control files (broken .gitmodules, oversized .gitattributes, patterns without end): they are kept
 * under another name.
 */
export async function gatherLeniently(
  from: GatherInput,
  notes: Notes,
): Promise<{ commit: string | null; tree: string }> {
  const workTree = join(from.dir, 'repo');
  try {
    return await gather(from, SALVAGE_LIMITS, 'lenient', notes);
  } catch (error) {
    const content =
      error instanceof WorkspaceError &&
      (error.tag === 'object-check' || error.tag === 'refused-tree');
    if (!content) throw error;
    const endless = error.cause instanceof GitError && error.cause.tag === 'timeout';
    await setAsideControlFiles(rawPath(workTree), endless ? ALL : ATTRIBUTES, notes);
    return gather(from, SALVAGE_LIMITS, 'lenient', notes);
  }
}

const ATTRIBUTES = /^\.gitattributes/i;
/** Those that hold patterns, too. */
const ALL = /^\.git(?:attributes|ignore)/i;

/** Runs on a tree that the scrub has already made walkable. */
async function setAsideControlFiles(top: RawPath, which: RegExp, notes: Notes): Promise<void> {
  const breathe = breather();
  const stack = [top];
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
    for (const name of readdirSync(bytes(dir), { encoding: 'latin1' })) {
      await breathe();
      const path = child(dir, name);
      if (lstatSync(bytes(path)).isDirectory()) {
        stack.push(path);
      } else if (isGitModulesLike(readable(name)) || which.test(name)) {
        renameSync(bytes(path), bytes(child(dir, `salvaged-${name.replace(/^\./, '')}.txt`)));
        notes.add('kept under another name', printable(readable(path.slice(top.length + 1)), 200));
      }
    }
  }
}
