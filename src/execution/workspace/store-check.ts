/**
 * Detects what a coder without a container (same account as the host) did to the mirror's objects.
 * git reads a loose object or a pack index without checking it against its hash, so a forged one
 * would be served as the real thing to judges and verify commands. ctime cannot be set back without
 * changing the clock: everything changed since the workspace was laid out is hashed again. It cannot
 * hold such a coder (nothing can), only notice; docker runs mount the objects read-only and skip this.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { git } from '../../lib/git.ts';
import { WorkspaceError } from './workspace.ts';

function forged(what: string): WorkspaceError {
  return new WorkspaceError(
    'object-check',
    `The object store was changed behind aedev's back (${what}). Remove the repo's mirror so that it is fetched again, and do not trust runs made meanwhile.`,
  );
}

async function checkLoose(path: string, id: string): Promise<void> {
  const hash = createHash('sha1');
  try {
    await pipeline(createReadStream(path), createInflate(), hash);
  } catch {
    throw forged(`object ${id} cannot be read`);
  }
  if (hash.digest('hex') !== id) throw forged(`object ${id} does not have its hash`);
}

/** Throws `object-check` when an object file changed at or after `sinceMs` does not match its name. */
export async function checkStore(mirrorDir: string, sinceMs: number): Promise<void> {
  const objects = join(mirrorDir, 'objects');
  if (existsSync(join(objects, 'info', 'alternates'))) throw forged('it borrows foreign objects');
  const changed = async (path: string) => (await lstat(path)).ctimeMs >= sinceMs;
  for (const fan of await readdir(objects)) {
    if (!/^[0-9a-f]{2}$/.test(fan)) continue;
    for (const name of await readdir(join(objects, fan))) {
      const path = join(objects, fan, name);
      if (/^[0-9a-f]{38}$/.test(name) && (await changed(path))) await checkLoose(path, fan + name);
    }
  }
  const packs = await readdir(join(objects, 'pack'));
  for (const name of packs.filter((file) => file.endsWith('.idx'))) {
    const idx = join(objects, 'pack', name);
    const pack = idx.replace(/\.idx$/, '.pack');
    if (!((await changed(idx)) || (existsSync(pack) && (await changed(pack))))) continue;
    await git(['verify-pack', '--', idx], { gitDir: mirrorDir }).catch((error) => {
      throw error?.tag === 'exit' ? forged(`pack ${name}`) : error;
    });
  }
}
