/** Git directories written by plain file calls: no git process, no template, no hooks. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Outranks every `.gitattributes` of a tree: no filter, no line-ending or encoding change, no
 * keyword expansion. What is in the blob is what is in the file, and back.
 */
export const INERT_ATTRIBUTES =
  '* -text -crlf -filter -ident -working-tree-encoding -export-ignore -export-subst\n';

export const BARE_CONFIG =
  '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n';

const UNBORN = 'ref: refs/heads/none\n';

/** Creates `path` (which must not exist) as a git directory that borrows objects from `alternates`. */
export async function makeGitDir(
  path: string,
  options: { alternates?: string; config?: string; head?: string } = {},
): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await Promise.all([
    mkdir(join(path, 'objects', 'info'), { recursive: true }),
    mkdir(join(path, 'objects', 'pack'), { recursive: true }),
    mkdir(join(path, 'refs', 'heads'), { recursive: true }),
    mkdir(join(path, 'info'), { recursive: true }),
  ]);
  await Promise.all([
    writeFile(join(path, 'HEAD'), options.head ?? UNBORN),
    writeFile(join(path, 'config'), options.config ?? BARE_CONFIG),
    writeFile(join(path, 'info', 'attributes'), INERT_ATTRIBUTES),
    options.alternates === undefined ? undefined : borrowObjects(path, options.alternates),
  ]);
}

/** Names the object folder that this git directory reads besides its own. */
export async function borrowObjects(path: string, objects: string): Promise<void> {
  await writeFile(join(path, 'objects', 'info', 'alternates'), `${objects}\n`);
}
