/**
 * Commits that differ from another in a few files, made from objects alone: nothing is written into
 * a checkout, whose links a coder chose. No ref names them; they are gone with the next pruning.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { git, isObjectId, text } from '../../../lib/git.ts';
import type { Place } from '../change.ts';

const TIME = '1700000000 +0000';
const WHO = {
  GIT_AUTHOR_NAME: 'aedev',
  GIT_AUTHOR_EMAIL: 'aedev@localhost',
  GIT_AUTHOR_DATE: TIME,
  GIT_COMMITTER_NAME: 'aedev',
  GIT_COMMITTER_EMAIL: 'aedev@localhost',
  GIT_COMMITTER_DATE: TIME,
};

/** Nothing of this outlives the move: it need not survive a power cut. */
const QUICK: { config: [string, string][] } = { config: [['core.fsync', 'none']] };

export interface TreeEdit {
  path: string;
  /** New content, or the object to put there. */
  content: string | { id: string; mode: string };
}

/** The plain files of a commit that a test may be in: path, mode and id. */
export async function listFiles(
  place: Place,
  commit: string,
): Promise<{ path: string; mode: string; id: string }[]> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', commit];
  const { stdout } = await git(args, { ...place, maxBytes: 64 * 1024 * 1024 });
  const found: { path: string; mode: string; id: string }[] = [];
  for (const entry of stdout.toString('utf8').split('\0')) {
    const match = /^(100(?:644|755)) blob ([0-9a-f]{40})\t([\s\S]+)$/.exec(entry);
    // A name that is no UTF-8 could not be written back as it was.
    if (match && !entry.includes('\ufffd'))
      found.push({ mode: match[1] ?? '', id: match[2] ?? '', path: match[3] ?? '' });
  }
  return found;
}

/** Contents of blobs in the order asked for. */
export async function readBlobs(place: Place, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const options = { ...place, input: `${ids.join('\n')}\n`, maxBytes: 256 * 1024 * 1024 };
  const { stdout } = await git(['cat-file', '--batch'], options);
  const found: string[] = [];
  let at = 0;
  for (const id of ids) {
    const end = stdout.indexOf(10, at);
    const [name, , digits] = stdout.subarray(at, end).toString('latin1').split(' ');
    if (name !== id) throw new Error('git cat-file answered for another object');
    const from = end + 1;
    const to = from + Number(digits);
    found.push(stdout.subarray(from, to).toString('utf8'));
    at = to + 1;
  }
  return found;
}

/** A commit like `commit` but for the edits. `scratch`: host folder for a throw-away index. */
export async function editedCommit(
  place: Place,
  commit: string,
  edits: readonly TreeEdit[],
  scratch: string,
): Promise<string> {
  const dir = await mkdtemp(join(scratch, 'tree-'));
  try {
    const index = join(dir, 'index');
    const lines: string[] = [];
    for (const { path, content } of edits) {
      if (typeof content !== 'string') {
        lines.push(`${content.mode} ${content.id}\t${path}\0`);
        continue;
      }
      const id = await text(['hash-object', '-w', '--stdin'], {
        ...place,
        ...QUICK,
        input: content,
      });
      if (!isObjectId(id)) throw new Error('git hash-object gave no id');
      lines.push(`100644 ${id}\t${path}\0`);
    }
    await git(['read-tree', commit], { ...place, index });
    await git(['update-index', '-z', '--index-info'], { ...place, index, input: lines.join('') });
    const tree = await text(['write-tree'], { ...place, ...QUICK, index });
    return await text(['commit-tree', tree, '-m', 'control'], {
      ...place,
      ...QUICK,
      env: WHO,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
