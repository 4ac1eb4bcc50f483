import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoIndex } from '../control/clarify/types.ts';

/** Why an index folder could not be read. */
export interface IndexFilesError {
  tag: 'index-files';
  file: string;
  reason: string;
}

const LIMIT = 64 * 1024 * 1024;

async function lines(dir: string, name: string, required: boolean): Promise<string[]> {
  const file = join(dir, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && !required) return [];
    throw {
      tag: 'index-files',
      file,
      reason: missing ? 'is not there' : 'cannot be read',
    } satisfies IndexFilesError;
  }
  if (text.length > LIMIT)
    throw { tag: 'index-files', file, reason: 'is larger than 64 MB' } satisfies IndexFilesError;
  return text.split(/\r?\n/).filter((l) => l !== '');
}

/**
 * Reads an offline index folder: `index.txt` (tracked paths, one a line; required), `symbols.txt`
 * (name, kind and file, tab-separated), `idents.txt` and `packages.txt` (one a line).
 * Throws `IndexFilesError`; a malformed symbol line names its number.
 */
export async function loadIndexDir(dir: string, repo: string): Promise<RepoIndex> {
  const [paths, symbolLines, idents, packages] = await Promise.all([
    lines(dir, 'index.txt', true),
    lines(dir, 'symbols.txt', false),
    lines(dir, 'idents.txt', false),
    lines(dir, 'packages.txt', false),
  ]);
  const symbols = symbolLines.map((line, i) => {
    const [name, kind, file] = line.split('\t');
    if (!name || kind === undefined || file === undefined) {
      throw {
        tag: 'index-files',
        file: join(dir, 'symbols.txt'),
        reason: `line ${i + 1} is not "name<TAB>kind<TAB>file"`,
      } satisfies IndexFilesError;
    }
    return { name, kind, file };
  });
  return { repo, paths, symbols, idents, packages };
}
