/**
 * What changed between two commits, read from git objects alone: the list of files with modes and
 * ids, and the diff. No work tree, no attributes of a coder's choosing, no rename guessing, no
 * commit messages of the change.
 */
import { Buffer } from 'node:buffer';
import { GitError, type GitOptions, git, isObjectId } from '../../lib/git.ts';

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

/** The longest list that is read. */
export const LIST_BYTES = 64 * 1024 * 1024;
/** Diff bytes that are read for signals, however few of them the bundle keeps. */
export const SCAN_BYTES = 8 * 1024 * 1024;
const MAX_SINGLE_DIFFS = 300;

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
export const options = (place: Place, maxBytes: number): GitOptions => ({
  gitDir: place.gitDir,
  signal: place.signal,
  maxBytes,
  config: [['diff.suppressBlankEmpty', 'false']],
  env: { GIT_ATTR_SOURCE: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' },
});

/** The trees of commits. Throws {@link EvidenceError} `not-a-commit` when one of them is none. */
export async function treesOf(place: Place, commits: readonly string[]): Promise<string[]> {
  const trees = commits.every(isObjectId) ? await resolveTrees(place, commits) : [];
  if (trees.length !== commits.length)
    throw new EvidenceError('not-a-commit', 'Base or head is not a commit of this repo.');
  return trees;
}

async function resolveTrees(place: Place, commits: readonly string[]): Promise<string[]> {
  const input = commits.map((commit) => `${commit}^{tree}\n`).join('');
  try {
    const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)'];
    const { stdout } = await git(args, { ...options(place, 1024 * commits.length), input });
    return stdout
      .toString('latin1')
      .split('\n')
      .flatMap((line) => /^([0-9a-f]{40}) tree$/.exec(line)?.[1] ?? []);
  } catch (error) {
    if (error instanceof GitError && error.tag === 'exit') return [];
    throw error;
  }
}

/** The bytes of a path as text that tells different paths apart and survives JSON. */
export function pathText(bytes: Buffer): string {
  const utf8 = bytes.toString('utf8');
  if (Buffer.from(utf8, 'utf8').equals(bytes)) return utf8;
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

export interface Change {
  /** In git's order. */
  files: ChangedFile[];
  diff: Diff;
}

export interface Diff {
  bytes: Buffer;
  /** Those that it shows. */
  files: ChangedFile[];
  /** It does not show all. */
  cut: boolean;
}

/** Every changed file, and the diff of at most about {@link SCAN_BYTES}. Throws {@link EvidenceError}. */
export async function readChange(place: Place, base: string, head: string): Promise<Change> {
  const both = await listAndDiff(place, base, head);
  if (both !== null) return both;
  const files = await changedFiles(place, base, head);
  return { files, diff: await readDiff(place, base, head, files) };
}

/** One process for both: null when the diff is long, or a file is binary and so not shown by it. */
async function listAndDiff(place: Place, base: string, head: string): Promise<Change | null> {
  const args = [...PATCH, '--raw', '--no-abbrev', '--numstat', '-z', base, head, '--'];
  const out = await unlessLonger(git(args, options(place, SCAN_BYTES)));
  if (out === null) return null;
  const { files, rest } = readList(out);
  if (files.some((file) => file.binary)) return null;
  // A NUL stands between the lists and the diff.
  if (files.length > 0 && rest[0] !== 0) return null;
  return { files, diff: { bytes: rest.subarray(1), files, cut: false } };
}

/** Null when git had more to say than is read. */
export async function unlessLonger(running: Promise<{ stdout: Buffer }>): Promise<Buffer | null> {
  try {
    return (await running).stdout;
  } catch (error) {
    if (error instanceof GitError && error.tag === 'too-much-output') return null;
    throw error;
  }
}

/** The list alone. */
async function changedFiles(place: Place, base: string, head: string): Promise<ChangedFile[]> {
  const args = [...DIFF, '--raw', '--no-abbrev', '--numstat', '-z', base, head, '--'];
  const out = await unlessLonger(git(args, options(place, LIST_BYTES)));
  if (out !== null) return readList(out).files;
  throw new EvidenceError('too-large', 'The change touches too many files to be listed.');
}

/**
 * Reads `--raw --numstat -z`: first the files, two fields each, then what was counted of each. Lines
 * of binary files are not counted, whatever the flags.
 */
function readList(out: Buffer): { files: ChangedFile[]; rest: Buffer } {
  const unreadable = () =>
    new EvidenceError('unreadable', 'git’s list of changed files could not be read.');
  let at = 0;
  const field = (): Buffer => {
    const end = out.indexOf(0, at);
    if (end < 0) throw unreadable();
    const bytes = out.subarray(at, end);
    at = end + 1;
    return bytes;
  };
  const files: ChangedFile[] = [];
  const byName = new Map<string, ChangedFile>();
  while (out[at] === 0x3a) {
    const line = field().toString('latin1');
    const path = field();
    const match = /^:(\d{6}) (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) ([AMDT])$/.exec(line);
    if (match === null || path.length === 0) throw unreadable();
    const file: ChangedFile = {
      path: pathText(path),
      status: match[5] as ChangedFile['status'],
      oldMode: match[1] ?? '',
      newMode: match[2] ?? '',
      oldId: match[3] ?? '',
      newId: match[4] ?? '',
      added: 0,
      deleted: 0,
      binary: false,
    };
    files.push(file);
    byName.set(path.toString('latin1'), file);
  }
  while (at < out.length && out[at] !== 0) {
    const match = /^(\d{1,15}|-)\t(\d{1,15}|-)\t/.exec(field().toString('latin1'));
    const file = match === null ? undefined : byName.get(match.input.slice(match[0].length));
    if (match === null || file === undefined) throw unreadable();
    file.binary = match[1] === '-';
    file.added = file.binary ? 0 : Number(match[1]);
    file.deleted = file.binary ? 0 : Number(match[2]);
  }
  return { files, rest: out.subarray(at) };
}

/** A type change (file to link …) is written as a deletion and a creation. */
export const sectionsOf = (file: ChangedFile): 1 | 2 => (file.status === 'T' ? 2 : 1);

/**
 * The diff with every file as text. One that is too long is put together file by file without those
 * that do not fit.
 */
async function readDiff(
  place: Place,
  base: string,
  head: string,
  all: ChangedFile[],
): Promise<Diff> {
  const read = (maxBytes: number, paths: string[]): Promise<Buffer | null> =>
    unlessLonger(git([...PATCH, '--text', base, head, '--', ...paths], options(place, maxBytes)));
  const whole = await read(SCAN_BYTES, []);
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

/** Text of a blob; null when it is larger than `maxBytes`. */
export async function blobText(place: Place, id: string, maxBytes: number): Promise<string | null> {
  const bytes = await unlessLonger(git(['cat-file', 'blob', id], options(place, maxBytes)));
  return bytes?.toString('utf8') ?? null;
}
