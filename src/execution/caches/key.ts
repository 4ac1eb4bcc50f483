/**
 * What names a dependency cache. Everything that could make its content another is in the key, and
 * all of it is the operator's or the base's: nothing that a coder wrote is ever read for it.
 */

import { matches } from '../../control/glob.ts';
import type { CacheRule } from '../../control/policy-caches.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { printable } from '../../lib/escape.ts';
import { git } from '../../lib/git.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { CacheError } from './error.ts';

const MAX_LISTING = 512 * 1024 * 1024;
/** Another number whenever caches are made or kept in another way. */
const FORMAT = 1;

export interface KeyedFile {
  path: string;
  /** Mode and id of the blob. */
  blob: string;
}

export interface CacheKey {
  key: string;
  files: KeyedFile[];
}

/** Path, mode and id of what `paths` name in the commit; everything in it when there are none. */
async function list(gitDir: string, commit: string, paths: string[]): Promise<KeyedFile[]> {
  const args = ['ls-tree', '-z', '--full-tree', ...(paths.length === 0 ? ['-r'] : []), commit];
  const { stdout } = await git([...args, '--', ...paths], { gitDir, maxBytes: MAX_LISTING });
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [about = '', path] = line.split('\t');
      const [mode, , id] = about.split(' ');
      return path === undefined ? [] : [{ path, blob: `${mode} ${id}` }];
    });
}

/**
 * The key for a rule at a base commit, or null when the base has none of its key files: then there
 * is nothing to install, or nothing that would tell when to install anew.
 * @throws CacheError `place` when the base itself has something where the cache would go
 */
export async function keyOf(
  gitDir: string,
  commit: string,
  about: { repo: string; environment: string; registries: readonly string[] },
  rule: CacheRule,
): Promise<CacheKey | null> {
  const wild = rule.key.some((glob) => /[*?]/.test(glob) || glob.endsWith('/'));
  const all = await list(gitDir, commit, wild ? [] : [...rule.key]);
  const files = all.filter(({ path }) => matches(rule.key, path));
  if (files.length === 0) return null;
  if ((await list(gitDir, commit, [rule.path])).length > 0) {
    throw new CacheError(
      'place',
      `The cache ${printable(rule.path, 200)} cannot be used: the repo itself has something there.`,
    );
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const { path, setup } = rule;
  const named = { format: FORMAT, ...about, path, setup, files };
  return { key: sha256Hex(canonicalJson(named)), files };
}
