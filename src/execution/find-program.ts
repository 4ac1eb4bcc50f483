import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Path of the program that a PATH leads to, as an executable file; null when there is none. */
export async function findProgram(program: string, path: string): Promise<string | null> {
  const candidates = isAbsolute(program)
    ? [program]
    : path.split(delimiter).flatMap((folder) => (folder === '' ? [] : join(folder, program)));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
