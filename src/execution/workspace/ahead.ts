/**
 * The cold index of a workspace, read while its files are laid out instead of after the coder. Kept
 * in memory, where no coder can reach it; after a restart it is simply read when it is needed.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { git } from '../../lib/git.ts';
import { withScratch } from './mirror.ts';

/** Of a larger one reading is little beside what else a collection has to do. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Workspaces at a time; beyond them the oldest is forgotten. */
const MOST = 16;

export interface Aheads {
  /** Never rejects: what cannot be read now is read later, and says then what is wrong. */
  read(mirrorDir: string, dir: string, commit: string): Promise<void>;
  /** What was read for this folder, when it is of this commit; then it is forgotten. */
  take(dir: string, commit: string): Buffer | null;
}

export function createAheads(): Aheads {
  const known = new Map<string, { commit: string; index: Buffer }>();
  return {
    async read(mirrorDir, dir, commit) {
      const index = await withScratch(mirrorDir, async (gitDir) => {
        const file = join(gitDir, 'ahead-index');
        await git(['read-tree', `${commit}^{tree}`], { gitDir, index: file });
        return readFile(file);
      }).catch(() => null);
      if (index === null || index.length > MOST_BYTES) return;
      const [oldest] = known.keys();
      if (known.size >= MOST && oldest !== undefined) known.delete(oldest);
      known.set(resolve(dir), { commit, index });
    },
    take(dir, commit) {
      const found = known.get(resolve(dir));
      known.delete(resolve(dir));
      return found?.commit === commit ? found.index : null;
    },
  };
}
