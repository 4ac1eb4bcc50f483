/**
 * What the host knows of the files it laid out itself: the index as it was before any coder saw it,
 * kept in memory, where no coder can reach it. After a restart it is gone, and everything is hashed.
 *
 * A file whose ctime is older than the end of the laying out was not written, chmod-ed, linked or
 * renamed since: ctime is set by the system alone. What was is hashed again, whatever times it shows.
 * One that the system's clock was turned back for still has another mtime, size or inode, which git
 * compares. So no honest change is missed; one that hides would be missing from the commit and thus
 * from all that is judged, run and merged.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { ENTRIES_AT, MODE_AT, NAME_AT, nextEntry, STAT_END } from './index-file.ts';

export interface LaidOut {
  commit: string;
  index: Buffer;
  /** ctime of the last thing that was laid out, milliseconds since 1970. */
  since: number;
}

const MOST_BYTES = 64 * 1024 * 1024;
/** Workspaces at a time; beyond them the oldest is forgotten. */
const MOST = 16;

export interface Aheads {
  keep(dir: string, laid: LaidOut): void;
  /** What is known of this folder, when it is of this commit; then it is forgotten. */
  take(dir: string, commit: string): LaidOut | null;
}

export function createAheads(): Aheads {
  const known = new Map<string, LaidOut>();
  return {
    keep(dir, laid) {
      if (laid.index.length > MOST_BYTES) return;
      const [oldest] = known.keys();
      if (known.size >= MOST && oldest !== undefined) known.delete(oldest);
      known.set(resolve(dir), laid);
    },
    take(dir, commit) {
      const found = known.get(resolve(dir));
      known.delete(resolve(dir));
      return found?.commit === commit ? found : null;
    },
  };
}

/** The index in which nothing is known of the paths in `touched` (as bytes, latin1) but what they were. */
export function without(index: Buffer, touched: ReadonlySet<string>): Buffer {
  const fresh = Buffer.from(index);
  let at = ENTRIES_AT;
  for (let left = fresh.readUInt32BE(8); left > 0; left -= 1) {
    const next = nextEntry(fresh, at);
    const name = at + NAME_AT;
    if (touched.has(fresh.toString('latin1', name, fresh.indexOf(0, name)))) {
      fresh.fill(0, at, at + MODE_AT);
      fresh.fill(0, at + MODE_AT + 4, at + STAT_END);
    }
    at = next;
  }
  const end = fresh.length - 20;
  createHash('sha1').update(fresh.subarray(0, end)).digest().copy(fresh, end);
  return fresh;
}
