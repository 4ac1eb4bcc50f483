/**
 * From a scrubbed tree to a commit in the mirror. Everything is made in a scratch git directory:
 * only objects that passed the check move into the mirror, so the check costs what is new and never
 * grows with history, and a refused tree leaves nothing behind.
 *
 * No time stamp that a coder could forge hides a change: either the index is cold (read from the
 * parent's tree, without any stat data) and every file is hashed, or it is the host's own of before
 * the coder, without what was touched since (./ahead.ts).
 */
import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../../lib/escape.ts';
import { GitError, git, text } from '../../lib/git.ts';
import { type LaidOut, without } from './ahead.ts';
import { workspaceError } from './errors.ts';
import { factsOf, type Gitlink, type IndexFacts, readIndex } from './index-file.ts';
import { writeLoose } from './loose.ts';
import type { Notes } from './notes.ts';
import { bytes, child, rawPath, readable } from './paths.ts';
import { refreshAll } from './refresh.ts';
import { WorkspaceError, type WorkspaceLimits } from './workspace.ts';

const MANY_ENTRIES = 1000;
const PATIENCE_MS = 180_000;
const FLUSH_AT_ONCE = 64;
/** New objects are flushed by {@link flushAll}, all at once. */
const NO_FLUSH: [string, string] = ['core.fsync', 'none'];
const IDENTITY = { name: 'aedev', email: 'aedev@localhost' };

export interface CommitInput {
  mirrorDir: string;
  scratch: string;
  workTree: string;
  parent: string;
  message: string;
  /** ISO 8601. */
  time: string;
  /** How long git may match the names of the tree, ms; the default fits millions of files. */
  patienceMs?: number | undefined;
}

interface Place {
  gitDir: string;
  workTree: string;
  index: string;
}

/** A separate name: an index in git's own place would make the object check walk it. */
export function placeOf(input: CommitInput): Place {
  return {
    gitDir: input.scratch,
    workTree: input.workTree,
    index: join(input.scratch, 'collect-index'),
  };
}

/** Seconds since 1970, from ISO 8601. */
function seconds(time: string): number {
  const ms = Date.parse(time);
  if (!Number.isFinite(ms)) throw new WorkspaceError('git', `"${printable(time, 40)}" is no time.`);
  return Math.max(0, Math.floor(ms / 1000));
}

/** What the index says of the parent. */
export interface Parent extends IndexFacts {
  tree: string;
  /** Entries of which nothing is known but their content. */
  cold: number;
}

/** Puts the parent's entries into the cold index. */
export async function readParent(input: CommitInput): Promise<Parent> {
  // No work tree here: this runs beside the scrub, and no git may stand in a tree not yet scrubbed.
  const { gitDir, index } = placeOf(input);
  const tree = `${input.parent}^{tree}`;
  await git(['read-tree', tree], { gitDir, index });
  const facts = await readIndex(index);
  return { ...facts, cold: facts.entries, tree: facts.tree ?? (await treeOf(input)) };
}

/** Puts what was known when the parent was laid out into the index, but for what was touched since. */
export async function recallParent(
  input: CommitInput,
  { index }: LaidOut,
  touched: ReadonlySet<string>,
): Promise<Parent> {
  const left = without(index, touched);
  await writeFile(placeOf(input).index, left);
  const facts = factsOf(left);
  return { ...facts, cold: touched.size, tree: facts.tree ?? (await treeOf(input)) };
}

const treeOf = ({ scratch, parent }: CommitInput): Promise<string> =>
  text(['rev-parse', '--verify', `${parent}^{tree}`], { gitDir: scratch });

/**
 * Files that would be committed, beyond the limits of number and size. Only called when the tree as
 * a whole is beyond them: ignored build output may be as large as it likes.
 */
export async function overLimit(input: CommitInput, limits: WorkspaceLimits): Promise<Buffer[]> {
  const timeoutMs = input.patienceMs ?? PATIENCE_MS;
  const { stdout } = await git(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    ...placeOf(input),
    maxBytes: 1024 * 1024 * 1024,
    timeoutMs,
  }).catch((error: unknown) => {
    throw endless(error, timeoutMs);
  });
  const top = rawPath(input.workTree);
  const over: Buffer[] = [];
  let files = 0;
  let size = 0;
  for (const name of new Set(stdout.toString('latin1').split('\0'))) {
    const stat = lstatSync(bytes(child(top, name)), { throwIfNoEntry: false });
    if (name === '' || stat === undefined || stat.isDirectory()) continue;
    const fits =
      files + 1 <= limits.maxFiles &&
      stat.size <= limits.maxFileBytes &&
      size + stat.size <= limits.maxBytes;
    if (fits) {
      files += 1;
      size += stat.size;
    } else {
      over.push(Buffer.from(name, 'latin1'));
    }
  }
  return over;
}

/** A few lines of patterns can keep git busy for longer than anybody lives. */
function endless(error: unknown, ms: number): unknown {
  if (!(error instanceof GitError && error.tag === 'timeout')) return error;
  const sentence = `git was not done with the tree after ${Math.round(ms / 1000)} s: patterns in its .gitignore or .gitattributes can be made to take for ever.`;
  return new WorkspaceError('refused-tree', sentence, { cause: error });
}

/** Hashes the work tree into the scratch directory and gives the tree id. */
export async function writeTree(
  input: CommitInput,
  parent: Parent,
  mode: 'strict' | 'lenient',
  notes: Notes,
): Promise<string> {
  const place = placeOf(input);
  const lenient = mode === 'lenient';
  const timeoutMs = input.patienceMs ?? PATIENCE_MS;
  try {
    if (parent.cold > MANY_ENTRIES) {
      // Compares every file by content, as the index knows no times. Doing it apart from `add` leaves
      // the entries of unchanged files alone, so that their trees need not be built again: that
      // outweighs one more process once there are many.
      await refreshAll(place);
    }
    const { code } = await git(
      ['add', '--all', ...(lenient ? ['--ignore-errors'] : []), '--', '.'],
      {
        ...place,
        okCodes: lenient ? [0, 1] : [0],
        // Streaming a large file would make a pack, which the object check below does not look into.
        config: [['core.bigFileThreshold', '16g'], NO_FLUSH],
        timeoutMs,
      },
    );
    if (code === 1) notes.add('left out', 'what git could not read');
  } catch (error) {
    if (error instanceof GitError && error.tag === 'exit') {
      throw await workspaceError(error, input.scratch, 'git cannot take the tree', 'refused-tree');
    }
    throw endless(error, timeoutMs);
  }
  if (parent.gitlinks.length > 0) await keepGitlinks(place, parent.gitlinks, notes);
  return text(['write-tree'], { ...place, config: [NO_FLUSH] });
}

/** Submodules are not laid out, so what the coder did in their place means nothing: they stay as they are. */
async function keepGitlinks(place: Place, links: Gitlink[], notes: Notes): Promise<void> {
  await git(['update-index', '-z', '--replace', '--index-info'], {
    ...place,
    input: Buffer.concat(
      links.flatMap(({ path, commit }) => [
        Buffer.from(`160000 ${commit}\t`),
        path,
        Buffer.from([0]),
      ]),
    ),
  });
  for (const { path } of links) {
    const raw = child(rawPath(place.workTree), path.toString('latin1'));
    const stat = lstatSync(bytes(raw), { throwIfNoEntry: false });
    const touched =
      stat !== undefined && (!stat.isDirectory() || readdirSync(bytes(raw)).length > 0);
    if (touched) {
      const name = printable(readable(path.toString('latin1')), 200);
      notes.add('submodule kept as it was, files in its place left out', name);
    }
  }
}

/** The commit on `tree`, checked and moved into the mirror. */
export async function commitTree(input: CommitInput, tree: string): Promise<string> {
  const who = `${IDENTITY.name} <${IDENTITY.email}> ${seconds(input.time)} +0000`;
  // NUL would end the message early and fail the object check.
  const message = input.message.replaceAll('\0', '\ufffd').replace(/\n*$/, '');
  const lines = [`tree ${tree}`, `parent ${input.parent}`, `author ${who}`, `committer ${who}`];
  const content = Buffer.from(`${lines.join('\n')}\n\n${message}\n`, 'utf8');
  const commit = await writeLoose(input.scratch, 'commit', content);
  const fresh = await newObjects(input.scratch);
  // Settled, not raced: the scratch folder must not be left to a git that still runs.
  const [checked, flushed] = await Promise.allSettled([
    checkNewObjects(input.scratch),
    flushAll(fresh),
  ]);
  if (checked.status === 'rejected') throw checked.reason;
  if (flushed.status === 'rejected') throw flushed.reason;
  await moveObjects(fresh, input.mirrorDir);
  return commit;
}

/**
 * The gate. The scratch directory has no refs and no index of its own, so this looks at each new
 * object and at nothing older; a finding stops the commit.
 */
async function checkNewObjects(scratch: string): Promise<void> {
  try {
    await git(['fsck', '--strict', '--no-full', '--no-dangling', '--no-progress'], {
      gitDir: scratch,
    });
  } catch (error) {
    if (error instanceof GitError && error.tag === 'exit') {
      throw await workspaceError(error, scratch, 'The object check refused', 'object-check');
    }
    throw error;
  }
}

interface NewObject {
  path: string;
  fan: string;
  name: string;
}

async function newObjects(scratch: string): Promise<NewObject[]> {
  const from = join(scratch, 'objects');
  if ((await readdir(join(from, 'pack'))).length > 0) {
    throw new WorkspaceError('git', 'git wrote a pack that the object check would not see.');
  }
  const found: NewObject[] = [];
  for (const fan of await readdir(from)) {
    if (!/^[0-9a-f]{2}$/.test(fan)) continue;
    for (const name of await readdir(join(from, fan))) {
      if (/^[0-9a-f]{38}$/.test(name)) found.push({ path: join(from, fan, name), fan, name });
    }
  }
  return found;
}

/** git's own flushing is off here: it would wait for the disk once per object and per process. */
async function flushAll(objects: readonly NewObject[]): Promise<void> {
  for (let at = 0; at < objects.length; at += FLUSH_AT_ONCE) {
    await Promise.all(objects.slice(at, at + FLUSH_AT_ONCE).map(({ path }) => flush(path)));
  }
}

/** Into the mirror, which is on the same file system; each is checked and flushed before. */
async function moveObjects(objects: readonly NewObject[], mirrorDir: string): Promise<void> {
  for (const { path, fan, name } of objects) {
    const target = join(mirrorDir, 'objects', fan);
    await mkdir(target, { recursive: true });
    await rename(path, join(target, name));
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
