/** Reads what a push would send, from git objects alone: commits, changed entries, contents. */
import { GitError, git, isObjectId } from '../../lib/git.ts';

export interface Change {
  path: string;
  /** Modes in the parents; `000000` where the path did not exist. */
  oldModes: string[];
  /** `000000`: removed. */
  mode: string;
  oid: string;
}

export interface ObjectRead {
  oid: string;
  /** null: too large to be read, or missing. */
  bytes: Buffer | null;
  size: number;
}

const ABSENT = '000000';
/** Objects that one process is asked for. */
const BATCH = 2000;

export function isRemoval(change: Change): boolean {
  return change.mode === ABSENT;
}

/** Commits of `base..head`, oldest first; at most `max + 1`. Throws on ids that are no ids. */
export async function commitsBetween(
  gitDir: string,
  base: string,
  head: string,
  max: number,
): Promise<string[]> {
  for (const id of [base, head]) {
    if (!isObjectId(id)) throw new TypeError('The push gate takes full commit ids only.');
  }
  // rev-list limits before it reverses, so reversing here keeps the newest rather than none.
  const { stdout } = await git(
    ['rev-list', '--topo-order', `--max-count=${max + 1}`, head, `^${base}`, '--'],
    { gitDir },
  );
  return stdout.toString('latin1').split('\n').filter(isObjectId).reverse();
}

/**
 * For each commit the entries that differ from all of its parents. What equals one parent is new
 * nowhere: it was looked at in the commit that brought it, or is in the base already.
 */
export async function changesOf(gitDir: string, commits: string[]): Promise<Map<string, Change[]>> {
  // An empty list on standard input would be echoed as an empty line.
  if (commits.length === 0) return new Map();
  const { stdout } = await git(
    [
      'diff-tree',
      '--stdin',
      '-r',
      '-z',
      '--raw',
      '-c',
      '--root',
      '--no-renames',
      '--no-abbrev',
      '--no-ext-diff',
      '--no-textconv',
      '--ignore-submodules=none',
    ],
    { gitDir, input: `${commits.join('\n')}\n`, maxBytes: 256 * 1024 * 1024 },
  );
  const byCommit = new Map<string, Change[]>(commits.map((commit) => [commit, []]));
  let changes: Change[] = [];
  let at = 0;
  const field = (): Buffer => {
    const end = stdout.indexOf(0, at);
    if (end === -1) throw new Error('git diff-tree ended in the middle of an entry');
    const bytes = stdout.subarray(at, end);
    at = end + 1;
    return bytes;
  };
  while (at < stdout.length) {
    const meta = field().toString('latin1');
    if (isObjectId(meta)) {
      const known = byCommit.get(meta);
      if (!known) throw new Error('git diff-tree answered for a commit that was not asked for');
      changes = known;
      continue;
    }
    const colons = /^:+/.exec(meta)?.[0].length ?? 0;
    const words = meta.slice(colons).split(' ');
    const oldModes = words.slice(0, colons);
    const mode = words[colons];
    const oid = words[2 * colons + 1];
    if (colons === 0 || !mode || !oid) throw new Error('git diff-tree gave an unreadable entry');
    // Bytes that are no UTF-8 become U+FFFD, which no path may contain.
    changes.push({ path: field().toString('utf8'), oldModes, mode, oid });
  }
  return byCommit;
}

/** Id of the plain file at a path of a commit; null when there is none, or the path is no text. */
export async function blobAt(gitDir: string, commit: string, path: string): Promise<string | null> {
  if (path.includes('\ufffd') || path.includes('\0')) return null;
  const args = ['ls-tree', '-z', '--full-tree', '--end-of-options', commit, '--', path];
  const { stdout } = await git(args, { gitDir, env: { GIT_LITERAL_PATHSPECS: '1' } });
  const match = /^100(?:644|755) blob ([0-9a-f]{40})\t/.exec(stdout.toString('latin1'));
  return match?.[1] ?? null;
}

/**
 * Reads objects in batches of bounded size. Objects above `maxBytes` come without content.
 * Each id is given once, in the order asked for.
 */
export async function* readObjects(
  gitDir: string,
  oids: Iterable<string>,
  maxBytes: number,
): AsyncGenerator<ObjectRead> {
  const wanted = [...new Set(oids)];
  if (wanted.length === 0) return;
  const all = wanted.length <= BATCH ? await readAtOnce(gitDir, wanted, maxBytes) : null;
  if (all !== null) return yield* all;
  const checked = await git(
    ['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'],
    {
      gitDir,
      input: `${wanted.join('\n')}\n`,
      maxBytes: 1024 + wanted.length * 100,
    },
  );
  const lines = checked.stdout.toString('latin1').split('\n');
  let batch: { oid: string; size: number }[] = [];
  let bytes = 0;
  for (const [index, oid] of wanted.entries()) {
    const [name, , digits] = (lines[index] ?? '').split(' ');
    const size = name === oid && /^\d+$/.test(digits ?? '') ? Number(digits) : null;
    if (size === null || size > maxBytes) {
      yield* readBatch(gitDir, batch, bytes);
      batch = [];
      bytes = 0;
      yield { oid, bytes: null, size: size ?? 0 };
      continue;
    }
    if (bytes + size > maxBytes || batch.length >= BATCH) {
      yield* readBatch(gitDir, batch, bytes);
      batch = [];
      bytes = 0;
    }
    batch.push({ oid, size });
    bytes += size;
  }
  yield* readBatch(gitDir, batch, bytes);
}

/**
 * Nearly always everything fits into one answer, and asking for the sizes first would be a process
 * more. Null when it does not fit.
 */
async function readAtOnce(
  gitDir: string,
  oids: readonly string[],
  maxBytes: number,
): Promise<ObjectRead[] | null> {
  let out: Buffer;
  try {
    out = await answerFor(gitDir, oids, maxBytes);
  } catch (error) {
    if (error instanceof GitError && error.tag === 'too-much-output') return null;
    throw error;
  }
  const read: ObjectRead[] = [];
  let at = 0;
  for (const oid of oids) {
    const end = out.indexOf(10, at);
    const line = out.toString('latin1', at, end);
    at = end + 1;
    if (line === `${oid} missing`) {
      read.push({ oid, bytes: null, size: 0 });
      continue;
    }
    const size = sizeIn(line, oid, end);
    read.push({ oid, bytes: size > maxBytes ? null : out.subarray(at, at + size), size });
    at += size + 1;
  }
  return read;
}

/** Output of `cat-file --batch` for objects of at most `bytes` in all. */
async function answerFor(gitDir: string, oids: readonly string[], bytes: number): Promise<Buffer> {
  const { stdout } = await git(['cat-file', '--batch'], {
    gitDir,
    input: `${oids.join('\n')}\n`,
    maxBytes: bytes + oids.length * 100 + 1024,
  });
  return stdout;
}

/** From the line before an object. */
function sizeIn(line: string, oid: string, end: number): number {
  const [name, , digits = ''] = line.split(' ');
  if (end === -1 || name !== oid || !/^\d+$/.test(digits))
    throw new Error('git cat-file answered for another object than was asked for');
  return Number(digits);
}

async function* readBatch(
  gitDir: string,
  batch: { oid: string; size: number }[],
  bytes: number,
): AsyncGenerator<ObjectRead> {
  if (batch.length === 0) return;
  const oids = batch.map(({ oid }) => oid);
  const stdout = await answerFor(gitDir, oids, bytes);
  let at = 0;
  for (const { oid, size } of batch) {
    const end = stdout.indexOf(10, at);
    if (sizeIn(stdout.toString('latin1', at, end), oid, end) !== size)
      throw new Error('git cat-file answered with another size than before');
    yield { oid, bytes: stdout.subarray(end + 1, end + 1 + size), size };
    at = end + 1 + size + 1;
  }
}
