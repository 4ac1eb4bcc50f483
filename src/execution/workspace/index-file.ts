/**
 * Reads an index the host has just written itself (version 2, SHA-1): the tree it was read from and
 * its gitlinks. Reading our own file once saves two git calls per collection. Format:
 * https://git-scm.com/docs/index-format.
 */
import { readFile } from 'node:fs/promises';

/** Where the first entry begins. */
export const ENTRIES_AT = 12;
/** Offsets in an entry: what the file system says, but for the mode, ends where the id begins. */
export const MODE_AT = 24;
export const STAT_END = 40;
const ID_AT = STAT_END;
export const NAME_AT = 62;
const ID_BYTES = 20;
const GITLINK = 0o160000;

export interface Gitlink {
  /** The path's bytes. */
  path: Buffer;
  commit: string;
}

export interface IndexFacts {
  entries: number;
  /** Id of the whole tree, or null when the index does not remember it. */
  tree: string | null;
  gitlinks: Gitlink[];
}

export const isIndex = (data: Buffer): boolean =>
  data.length >= ENTRIES_AT &&
  data.toString('latin1', 0, 4) === 'DIRC' &&
  data.readUInt32BE(4) === 2;

/** Where the entry after the one at `at` begins: padded with 1 to 8 NUL bytes to a multiple of eight. */
export const nextEntry = (data: Buffer, at: number): number =>
  at + ((data.indexOf(0, at + NAME_AT) - at + 8) & ~7);

/** Where the extensions begin. */
export function afterEntries(data: Buffer): number {
  let at = ENTRIES_AT;
  for (let left = data.readUInt32BE(8); left > 0; left -= 1) at = nextEntry(data, at);
  return at;
}

export const readIndex = async (indexFile: string): Promise<IndexFacts> =>
  factsOf(await readFile(indexFile));

export function factsOf(data: Buffer): IndexFacts {
  if (!isIndex(data)) {
    throw new Error('the index is not of version 2');
  }
  const gitlinks: Gitlink[] = [];
  let at = ENTRIES_AT;
  const entries = data.readUInt32BE(8);
  for (let left = entries; left > 0; left -= 1) {
    if (data.readUInt32BE(at + MODE_AT) === GITLINK) {
      gitlinks.push({
        path: data.subarray(at + NAME_AT, data.indexOf(0, at + NAME_AT)),
        commit: data.toString('hex', at + ID_AT, at + ID_AT + ID_BYTES),
      });
    }
    at = nextEntry(data, at);
  }
  return { entries, tree: rootTree(data, at), gitlinks };
}

/** The first entry of the cache-tree extension: an empty path, NUL, two numbers, newline, the id. */
function rootTree(data: Buffer, from: number): string | null {
  for (let at = from; at + 8 < data.length - ID_BYTES; at += 8 + data.readUInt32BE(at + 4)) {
    if (data.toString('latin1', at, at + 4) !== 'TREE') continue;
    const line = /^\0\d+ \d+\n/.exec(data.toString('latin1', at + 8, at + 48))?.[0];
    if (line === undefined) return null;
    const id = at + 8 + line.length;
    return data.toString('hex', id, id + ID_BYTES);
  }
  return null;
}
