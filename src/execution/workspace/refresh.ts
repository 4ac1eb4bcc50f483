/**
 * Compares every file of a large tree with the index by content, on all cores: git itself hashes
 * one after the other, and that is most of what a collection costs. The index is cut into pieces
 * that git refreshes side by side, each for its own stretch of names, and joined again. No time
 * stamp is trusted: a cold index has none, so each file is read.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { git } from '../../lib/git.ts';
import { afterEntries, ENTRIES_AT, isIndex, nextEntry } from './index-file.ts';

const MOST_PIECES = 8;
/** A process more must have enough to do. */
const LEAST_ENTRIES = 2000;

export interface RefreshPlace {
  gitDir: string;
  workTree: string;
  index: string;
}

interface Stretch {
  count: number;
  bytes: Buffer;
}

const refreshOne = (place: RefreshPlace): Promise<unknown> =>
  git(['update-index', '-q', '--really-refresh'], { ...place, okCodes: [0, 1] });

function write(stretches: readonly Stretch[], rest: Buffer): Buffer {
  const header = Buffer.alloc(ENTRIES_AT);
  header.write('DIRC', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(
    stretches.reduce((sum, { count }) => sum + count, 0),
    8,
  );
  const body = Buffer.concat([header, ...stretches.map(({ bytes }) => bytes), rest]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** The entries in about equal stretches, in order. */
function cut(index: Buffer, pieces: number): Stretch[] {
  const total = index.readUInt32BE(8);
  const stretches: Stretch[] = [];
  let [from, at, count] = [ENTRIES_AT, ENTRIES_AT, 0];
  for (let left = total; left > 0; left -= 1) {
    at = nextEntry(index, at);
    count += 1;
    if (left === 1 || count >= Math.ceil(total / pieces)) {
      stretches.push({ count, bytes: index.subarray(from, at) });
      [from, count] = [at, 0];
    }
  }
  return stretches;
}

/** Refreshes the index at `place`, whose entries nobody else writes meanwhile. */
export async function refreshAll(
  place: RefreshPlace,
  cores = availableParallelism(),
): Promise<void> {
  const index = await readFile(place.index);
  const entries = isIndex(index) ? index.readUInt32BE(8) : 0;
  // Twice as many as cores: stretches of equal length are not equal work.
  const pieces = Math.min(2 * cores, MOST_PIECES, Math.floor(entries / LEAST_ENTRIES));
  if (pieces < 2) return void (await refreshOne(place));
  const stretches = cut(index, pieces);
  const fresh = await Promise.allSettled(
    stretches.map(async (stretch, number): Promise<Stretch> => {
      const piece = `${place.index}.${number}`;
      await writeFile(piece, write([stretch], Buffer.alloc(0)));
      await refreshOne({ ...place, index: piece });
      const seen = await readFile(piece);
      const bytes = seen.subarray(ENTRIES_AT, afterEntries(seen));
      // Refreshing fills in what the file system says and touches neither names nor ids.
      if (!isIndex(seen) || seen.readUInt32BE(8) !== stretch.count) {
        throw new Error('git changed the entries of an index that it should only refresh');
      }
      return { count: stretch.count, bytes };
    }),
  );
  // Settled, not raced: the scratch folder must not be removed under a git that still runs.
  const joined = fresh.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  // What git knows of whole trees still holds, as no id has changed.
  const rest = index.subarray(afterEntries(index), index.length - 20);
  await writeFile(place.index, write(joined, rest));
}
