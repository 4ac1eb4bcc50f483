/** Reading refs from their files: a git process for each would cost more than what it says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const GONE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** File content, or null when there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException | null)?.code ?? '')) return null;
    throw error;
  }
}

/**
 * The object id that `ref` (`refs/…`, already validated) names in a git directory with file refs,
 * or null. Loose before packed, as git does, so that a ref being packed meanwhile is still found.
 */
export async function readRef(commonDir: string, ref: string): Promise<string | null> {
  for (let name = ref, hops = 0; hops < 5; hops += 1) {
    const loose = (await readIfThere(join(commonDir, name)))?.trim();
    if (loose === undefined) {
      const packed = await readIfThere(join(commonDir, 'packed-refs'));
      const line = packed?.split('\n').find((l) => l.endsWith(` ${name}`));
      return line?.split(' ')[0] ?? null;
    }
    const link = /^ref: (refs\/[^\0]+)$/.exec(loose)?.[1];
    if (link === undefined) return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(loose) ? loose : null;
    if (link.includes('..')) return null;
    name = link;
  }
  return null;
}
