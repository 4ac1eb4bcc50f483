/**
 * Sealing a folder and copying it, by lstat alone: no link is followed, nothing but plain files,
 * folders and links is taken. The seal is a digest over what the file system says of every entry.
 * Whoever changes a file, its mode or its place moves its ctime, which cannot be set back, so a copy
 * of the seal tells whether anything was touched since without reading the files.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  type BigIntStats,
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { breather, bytes, child, LONG_PATH, type RawPath, rawPath } from '../workspace/paths.ts';
import { CacheError } from './error.ts';

/** Copying a file takes longer than looking at one. */
const BREATH = 100;
const MAX_ENTRIES = 2_000_000;
const CLONE = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL;

export interface Seal {
  digest: string;
  entries: number;
  /** Sum of the files' sizes. */
  bytes: number;
}

interface Entry {
  /** Below the root; empty for the root itself. */
  path: string;
  stat: BigIntStats;
}

/** Parents before children, names in the order of their bytes. */
async function* walk(root: RawPath): AsyncGenerator<Entry> {
  const breathe = breather(BREATH);
  const stack: string[] = [''];
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    await breathe();
    const full = path === '' ? root : child(root, path);
    const stat = lstatSync(bytes(full), { bigint: true });
    yield { path, stat };
    // Looked at again: whoever walks may have taken it away.
    if (!stat.isDirectory()) continue;
    const names = readdirSync(bytes(full), { encoding: 'latin1' }).sort().reverse();
    for (const name of names) stack.push(path === '' ? name : `${path}/${name}`);
  }
}

function note(hash: Hash, { path, stat }: Entry, target: string): void {
  const kind = stat.isDirectory() ? 'd' : stat.isSymbolicLink() ? 'l' : 'f';
  // A folder's size and link count differ between file systems; its content is listed anyway.
  const size = kind === 'f' ? stat.size : 0n;
  const facts = [kind, stat.mode & 0o7777n, size, stat.ino, stat.ctimeNs, stat.uid, stat.gid];
  hash.update(`${path.length}:${path} ${facts.join(' ')} ${target.length}:${target}\n`, 'latin1');
}

const targetOf = (path: RawPath, stat: BigIntStats): string =>
  stat.isSymbolicLink() ? readlinkSync(bytes(path), { encoding: 'latin1' }) : '';

function count(seal: Seal, { stat }: Entry): void {
  seal.entries += 1;
  if (stat.isFile()) seal.bytes += Number(stat.size);
  if (seal.entries > MAX_ENTRIES) {
    throw new CacheError('setup', `The cache has more than ${MAX_ENTRIES} files.`);
  }
}

/**
 * Makes what a sandbox left ours and read-only; special files go, so do setuid bits. The sandbox
 * must be gone.
 */
export async function freeze(root: string): Promise<void> {
  const top = rawPath(root);
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  for await (const { path, stat } of walk(top)) {
    const full = path === '' ? top : child(top, path);
    if (full.length > LONG_PATH) throw new CacheError('setup', 'The cache is nested too deep.');
    if (uid !== undefined && gid !== undefined && Number(stat.uid) !== uid) {
      lchownSync(bytes(full), uid, gid);
    }
    if (stat.isSymbolicLink()) continue;
    if (stat.isDirectory()) {
      // Folders stay writable for us, or they could not be emptied one day.
      chmodSync(bytes(full), 0o700);
    } else if (stat.isFile()) {
      chmodSync(bytes(full), (stat.mode & 0o111n) === 0n ? 0o400 : 0o500);
    } else {
      unlinkSync(bytes(full));
    }
  }
}

export async function seal(root: string): Promise<Seal> {
  const top = rawPath(root);
  const hash = createHash('sha256');
  const found: Seal = { digest: '', entries: 0, bytes: 0 };
  for await (const entry of walk(top)) {
    const full = entry.path === '' ? top : child(top, entry.path);
    note(hash, entry, targetOf(full, entry.stat));
    count(found, entry);
  }
  return { ...found, digest: hash.digest('hex') };
}

/**
 * A copy of a sealed folder at `target`, which must not exist; writable, with the files' times. The
 * copy shares no inode with the original (where the file system can, blocks are shared until one
 * side writes).
 * @throws CacheError `broken` when the folder is not what was sealed; the copy is then of no use
 */
export async function copySealed(root: string, target: string, expected: string): Promise<void> {
  const [from, to] = [rawPath(root), rawPath(target)];
  const hash = createHash('sha256');
  for await (const entry of walk(from)) {
    const { path, stat } = entry;
    const [source, place] = path === '' ? [from, to] : [child(from, path), child(to, path)];
    const link = targetOf(source, stat);
    note(hash, entry, link);
    if (stat.isDirectory()) mkdirSync(bytes(place), 0o755);
    else if (stat.isSymbolicLink()) symlinkSync(Buffer.from(link, 'latin1'), bytes(place));
    else if (stat.isFile()) copy(source, place, stat);
    else throw broken();
  }
  if (hash.digest('hex') !== expected) throw broken();
}

function copy(source: RawPath, place: RawPath, stat: BigIntStats): void {
  copyFileSync(bytes(source), bytes(place), CLONE);
  chmodSync(bytes(place), (stat.mode & 0o111n) === 0n ? 0o644 : 0o755);
  // Package managers and compilers compare times to know what is up to date.
  utimesSync(bytes(place), Number(stat.atimeMs) / 1000, Number(stat.mtimeMs) / 1000);
}

const broken = (): CacheError =>
  new CacheError('broken', 'The dependency cache is not what was sealed; it is made anew.');
