/** Git directories written by plain file calls: no git process, no template, no hooks. */
import { mkdirSync, writeFileSync } from 'node:fs';
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

/**
 * Creates `path` (which must not exist) as a git directory that borrows objects from `alternates`.
 * Synchronous: a dozen tiny calls, each cheaper than the detour through the thread pool.
 */
export function makeGitDir(
  path: string,
  options: { alternates?: string; config?: string; head?: string } = {},
): void {
  mkdirSync(path, { mode: 0o700 });
  for (const folder of ['objects', 'objects/info', 'objects/pack', 'refs', 'refs/heads', 'info']) {
    mkdirSync(join(path, folder));
  }
  writeFileSync(join(path, 'HEAD'), options.head ?? UNBORN);
  writeFileSync(join(path, 'config'), options.config ?? BARE_CONFIG);
  writeFileSync(join(path, 'info', 'attributes'), INERT_ATTRIBUTES);
  if (options.alternates !== undefined) borrowObjects(path, options.alternates);
}

/** Names the object folder that this git directory reads besides its own. */
export function borrowObjects(path: string, objects: string): void {
  writeFileSync(join(path, 'objects', 'info', 'alternates'), `${objects}\n`);
}
