/** Writing a loose object as git does, without a process for it. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, deflate } from 'node:zlib';

const pack = promisify(deflate);

/**
 * Puts an object into a private git directory and gives its id. Not flushed: whoever moves it to
 * where it counts does that.
 */
export async function writeLoose(
  gitDir: string,
  type: 'commit',
  content: Uint8Array,
): Promise<string> {
  const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash('sha1').update(bytes).digest('hex');
  const folder = join(gitDir, 'objects', id.slice(0, 2));
  await mkdir(folder, { recursive: true });
  const packed = await pack(bytes, { level: constants.Z_BEST_SPEED });
  // Its content is its name, so whatever is there already is the same.
  await writeFile(join(folder, id.slice(2)), packed, { mode: 0o444, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  return id;
}
