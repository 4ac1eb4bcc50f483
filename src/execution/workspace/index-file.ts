/**
 * Reads gitlinks out of an index the host has just written itself (version 2, SHA-1). Format:
 * https://git-scm.com/docs/index-format. A file of ours is read in one go instead of asking git to
 * print every entry.
 */
import { readFile } from 'node:fs/promises';

const HEADER = 12;
const MODE_AT = 24;
const ID_AT = 40;
const NAME_AT = 62;
const GITLINK = 0o160000;

export interface Gitlink {
  /** The path's bytes. */
  path: Buffer;
  commit: string;
}

export async function gitlinksOf(indexFile: string): Promise<Gitlink[]> {
  const data = await readFile(indexFile);
  if (data.toString('latin1', 0, 4) !== 'DIRC' || data.readUInt32BE(4) !== 2) {
    throw new Error('the index is not of version 2');
  }
  const links: Gitlink[] = [];
  let at = HEADER;
  for (let left = data.readUInt32BE(8); left > 0; left -= 1) {
    const end = data.indexOf(0, at + NAME_AT);
    if (data.readUInt32BE(at + MODE_AT) === GITLINK) {
      links.push({
        path: data.subarray(at + NAME_AT, end),
        commit: data.toString('hex', at + ID_AT, at + ID_AT + 20),
      });
    }
    // Entries are padded with 1 to 8 NUL bytes to a multiple of eight.
    at += (end - at + 8) & ~7;
  }
  return links;
}
