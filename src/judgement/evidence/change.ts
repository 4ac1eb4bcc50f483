/**
 * What changed between two commits, read from git objects alone: the list of files with modes and
 * ids, the diff, the base's file count, recent history. No work tree, no attributes of a coder's
 * choosing, no rename guessing, no commit messages of the change.
 */
import { Buffer } from 'node:buffer';
import { GitError, type GitOptions, git, isObjectId, text } from '../../lib/git.ts';

export interface ChangedFile {
  /** Repo-relative; bytes that are not UTF-8 are written as `\xNN`. */
  path: string;
  status: 'A' | 'M' | 'D' | 'T';
  oldMode: string;
  newMode: string;
  oldId: string;
  newId: string;
  added: number;
  deleted: number;
  binary: boolean;
}

export interface Place {
  gitDir: string;
  signal: AbortSignal;
}

/** Evidence that cannot be made: says why; the move holds, nothing passes. */
export class EvidenceError extends Error {
  readonly tag: 'not-a-commit' | 'unreadable' | 'too-large';
  constructor(tag: EvidenceError['tag'], message: string) {
    super(message);
    this.name = 'EvidenceError';
    this.tag = tag;
  }
}

const LIST_BYTES = 64 * 1024 * 1024;
/** Diff bytes that are read for signals, however few of them the bundle keeps. */
export const SCAN_BYTES = 8 * 1024 * 1024;
const MAX_SINGLE_DIFFS = 300;
const MAX_HISTORY = 500;

/**
 * Flags of every diff. `--no-renames`: both sides are shown whole, so no similarity hides a line.
 * The algorithm and prefixes are fixed, so that the same objects give the same bytes.
 */
const DIFF = [
  'diff-tree',
  '-r',
  '--no-commit-id',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--no-relative',
  '--ignore-submodules=none',
  '--diff-algorithm=myers',
  '--no-indent-heuristic',
];
const PATCH = [
  ...DIFF,
  '-p',
  '--text',
  '--binary',
  '--full-index',
  '--unified=3',
  '--inter-hunk-context=0',
  '--submodule=short',
  '--src-prefix=a/',
  '--dst-prefix=b/',
];

/**
 * Newer gits read attributes from HEAD of a bare repo. `diff` attributes could then hide that a
 * file is binary, so they are read from the empty tree; older gits ignore the variable.
 */
const options = (place: Place, maxBytes: number): GitOptions => ({
  gitDir: place.gitDir,
  signal: place.signal,
  maxBytes,
  config: [['diff.suppressBlankEmpty', 'false']],
  env: { GIT_ATTR_SOURCE: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' },
});

/** The tree of a commit. Throws {@link EvidenceError} `not-a-commit`. */
export async function treeOf(place: Place, commit: string): Promise<string> {
  if (isObjectId(commit)) {
    try {
      const args = ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`];
      const tree = await text(args, options(place, 1024));
      if (isObjectId(tree)) return tree;
    } catch (error) {
      if (!(error instanceof GitError && error.tag === 'exit')) throw error;
    }
  }
  throw new EvidenceError('not-a-commit', 'Base or head is not a commit of this repo.');
}

/** The bytes of a path as text that tells different paths apart and survives JSON. */
function pathText(bytes: Buffer): string {
  const utf8 = bytes.toString('utf8');
  if (Buffer.from(utf8, 'utf8').equals(bytes)) return utf8;
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

function fields(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0, from);
    if (end < 0) break;
    found.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return found;
}

/** Every changed file, in git's order. Throws {@link EvidenceError}. */
export async function changedFiles(
  place: Place,
  base: string,
  head: string,
): Promise<ChangedFile[]> {
  const read = async (args: string[]): Promise<Buffer> => {
    try {
      return (await git([...DIFF, ...args, '-z', base, head, '--'], options(place, LIST_BYTES)))
        .stdout;
    } catch (error) {
      if (error instanceof GitError && error.tag === 'too-much-output')
        throw new EvidenceError('too-large', 'The change touches too many files to be listed.');
      throw error;
    }
  };
  // Without --text git says which files it takes for binary; with it, every file has line counts.
  const [list, plain] = await Promise.all([
    read(['--raw', '--no-abbrev', '--numstat', '--text']),
    read(['--numstat']),
  ]);
  // First the files, two fields each (the first begins with a colon), then their counts.
  const both = fields(list);
  let split = 0;
  while (both[split]?.[0] === 0x3a) split += 2;
  const raw = both.slice(0, split);
  const counts = new Map<string, [number, number]>();
  for (const field of both.slice(split)) {
    const match = /^(\d{1,15})\t(\d{1,15})\t/.exec(field.toString('latin1'));
    if (match === null) continue;
    counts.set(field.toString('latin1').slice(match[0].length), [
      Number(match[1]),
      Number(match[2]),
    ]);
  }
  const binaries = new Set<string>();
  for (const field of fields(plain)) {
    const line = field.toString('latin1');
    if (line.startsWith('-\t-\t')) binaries.add(line.slice(4));
  }
  const files: ChangedFile[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const line = raw[at]?.toString('latin1') ?? '';
    const path = raw[at + 1] ?? Buffer.alloc(0);
    const match = /^:(\d{6}) (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) ([AMDT])$/.exec(line);
    if (match === null || path.length === 0)
      throw new EvidenceError('unreadable', 'git’s list of changed files could not be read.');
    const [added, deleted] = counts.get(path.toString('latin1')) ?? [0, 0];
    files.push({
      path: pathText(path),
      status: match[5] as ChangedFile['status'],
      oldMode: match[1] ?? '',
      newMode: match[2] ?? '',
      oldId: match[3] ?? '',
      newId: match[4] ?? '',
      added,
      deleted,
      binary: binaries.has(path.toString('latin1')),
    });
  }
  return files;
}

/** A type change (file to link …) is written as a deletion and a creation. */
export const sectionsOf = (file: ChangedFile): 1 | 2 => (file.status === 'T' ? 2 : 1);

/**
 * The diff, at most about {@link SCAN_BYTES}. A longer one is put together file by file without
 * those that do not fit, and says so with `cut`; `files` are the ones it contains.
 */
export async function readDiff(
  place: Place,
  base: string,
  head: string,
  listed: ChangedFile[] | Promise<ChangedFile[]>,
): Promise<{ bytes: Buffer; files: ChangedFile[]; cut: boolean }> {
  const read = async (maxBytes: number, paths: string[]): Promise<Buffer | null> => {
    try {
      return (await git([...PATCH, base, head, '--', ...paths], options(place, maxBytes))).stdout;
    } catch (error) {
      if (error instanceof GitError && error.tag === 'too-much-output') return null;
      throw error;
    }
  };
  const [whole, all] = await Promise.all([read(SCAN_BYTES, []), listed]);
  if (whole !== null) return { bytes: whole, files: all, cut: false };
  const kept: Buffer[] = [];
  const files: ChangedFile[] = [];
  let size = 0;
  for (const file of all.slice(0, MAX_SINGLE_DIFFS)) {
    const bytes = await read(Math.max(1, SCAN_BYTES - size), [file.path]);
    // Empty when the path is not UTF-8 and could not be named in an argument.
    if (bytes === null || bytes.length === 0) continue;
    kept.push(bytes);
    files.push(file);
    size += bytes.length;
  }
  return { bytes: Buffer.concat(kept), files, cut: true };
}

/** How many files the base has; null when that is too many to list. */
export async function countFiles(place: Place, tree: string): Promise<number | null> {
  try {
    const args = ['ls-tree', '-r', '--name-only', '-z', '--end-of-options', tree];
    const { stdout } = await git(args, options(place, LIST_BYTES));
    let count = 0;
    for (let at = stdout.indexOf(0); at >= 0; at = stdout.indexOf(0, at + 1)) count += 1;
    return count;
  } catch (error) {
    if (error instanceof GitError && error.tag === 'too-much-output') return null;
    throw error;
  }
}

/** Text of a blob; null when it is larger than `maxBytes`. */
export async function blobText(place: Place, id: string, maxBytes: number): Promise<string | null> {
  try {
    return (await git(['cat-file', 'blob', id], options(place, maxBytes))).stdout.toString('utf8');
  } catch (error) {
    if (error instanceof GitError && error.tag === 'too-much-output') return null;
    throw error;
  }
}

/**
 * Of the last commits up to the base: how many touched one of the files, and how many of those are
 * reverts. Subjects here are history that was merged before, not words of this change's coder.
 */
export async function historyOf(
  place: Place,
  base: string,
  paths: ReadonlySet<string>,
): Promise<{ commits: number; touching: number; reverts: number } | null> {
  let out: Buffer;
  const format = '--format=%x01%s';
  const args = ['log', `--max-count=${MAX_HISTORY}`, '--name-only', '--no-renames', '-z', format];
  try {
    out = (await git([...args, '--end-of-options', base, '--'], options(place, LIST_BYTES))).stdout;
  } catch (error) {
    if (error instanceof GitError && error.tag === 'too-much-output') return null;
    throw error;
  }
  const history = { commits: 0, touching: 0, reverts: 0 };
  let isRevert = false;
  let counted = false;
  for (const field of fields(Buffer.concat([out, Buffer.from([0])]))) {
    if (field[0] === 1) {
      history.commits += 1;
      isRevert = /^Revert(?:ed)? /i.test(field.toString('utf8', 1));
      counted = false;
      continue;
    }
    // The first name of a commit follows a line feed.
    const name = pathText(field[0] === 10 ? field.subarray(1) : field);
    if (counted || !paths.has(name)) continue;
    counted = true;
    history.touching += 1;
    if (isRevert) history.reverts += 1;
  }
  return history;
}
