/**
 * Keeps a mirror small without ever dropping an object: loose ones and small packs are joined into
 * larger packs, whether anything reaches them or not. What a ref, an open pull request, evidence or
 * salvaged work may need is therefore there whatever the refs say, and so is what was collected and
 * has no ref yet. A run that reads the objects meanwhile finds them: git writes the new pack before
 * it removes what went into it, and looks again when a file is gone.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../lib/git.ts';
import { sweepMirror } from './sweep.ts';

/** Beyond these, reading the mirror gets slower: git's own defaults are 6700 and 50. */
const MANY_LOOSE = 2000;
const MANY_PACKS = 20;
const REPACK_MS = 3600 * 1000;

export interface MirrorUse {
  loose: number;
  packs: number;
  bytes: number;
}

export async function mirrorUse(gitDir: string): Promise<MirrorUse> {
  const use: MirrorUse = { loose: 0, packs: 0, bytes: 0 };
  const objects = join(gitDir, 'objects');
  for (const fan of await readdir(objects).catch(() => [])) {
    const names = await readdir(join(objects, fan)).catch(() => []);
    for (const name of names) {
      if (/^[0-9a-f]{2}$/.test(fan)) use.loose += 1;
      else if (name.endsWith('.pack')) use.packs += 1;
      const info = await lstat(join(objects, fan, name)).catch(() => null);
      use.bytes += info?.size ?? 0;
    }
  }
  return use;
}

export const wantsUpkeep = ({ loose, packs }: MirrorUse): boolean =>
  loose > MANY_LOOSE || packs > MANY_PACKS;

/** Joins packs and loose objects; nothing else may write to the mirror meanwhile. */
export async function repack(gitDir: string): Promise<void> {
  await sweepMirror(gitDir);
  await git(['repack', '-d', '--geometric=2', '--quiet', '--no-write-bitmap-index'], {
    gitDir,
    timeoutMs: REPACK_MS,
    // Coders come first: one core, and no more memory than a small machine has.
    config: [
      ['pack.threads', '1'],
      ['pack.windowMemory', '256m'],
      // A pack that git reported as written replaces objects that were on the disk already.
      ['core.fsync', 'committed'],
    ],
  });
}
