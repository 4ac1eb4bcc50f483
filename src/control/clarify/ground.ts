import { type CompiledIndex, squash, stem, wordsIn } from './compile-index.ts';
import { GENERIC_AREAS } from './names.ts';

/** Where a mention leads: a thing in a repo's index, and how surely. */
export interface Found {
  name: string;
  repo: string;
  how: 'exact' | 'suffix' | 'name';
}

/** `./lib/a.js` → `lib/a.js`, lower case. */
function tidy(path: string): string {
  return path
    .toLowerCase()
    .replace(/^(?:\.{1,2}\/)+/, '')
    .replace(/\/+$/, '');
}

/** A file or folder by its path, by the end of its path, or by its name alone. */
export function findPath(indexes: readonly CompiledIndex[], mention: string): Found | undefined {
  const path = tidy(mention);
  if (path === '') return undefined;
  const star = path.indexOf('*');
  for (const index of indexes) {
    const exact = index.byPath.get(path);
    if (exact !== undefined) return { name: exact, repo: index.repo, how: 'exact' };
    if (index.folders.has(path)) return { name: path, repo: index.repo, how: 'exact' };
    if (star > 0) {
      const folder = path.slice(0, path.lastIndexOf('/', star));
      if (folder !== '' && index.folders.has(folder))
        return { name: folder, repo: index.repo, how: 'suffix' };
    }
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  const parts = path.split('/').slice(0, -1);
  for (const index of indexes) {
    const same = index.byName.get(name) ?? [];
    const suffix = same.find((p) => p.toLowerCase().endsWith(`/${path}`));
    if (suffix !== undefined)
      return { name: suffix, repo: index.repo, how: path === name ? 'name' : 'suffix' };
    // `README` stands for README.md.
    const document =
      path === name && !name.includes('.') ? (index.byName.get(`${name}.md`) ?? [])[0] : undefined;
    if (document !== undefined) return { name: document, repo: index.repo, how: 'suffix' };
    // `proxy/home.ts` for packages/proxy/src/home.ts; a path that begins at the root is meant in full.
    const loose =
      parts.length > 0 && !index.folders.has(parts[0] as string)
        ? same.find((p) => inOrder(parts, p))
        : undefined;
    if (loose !== undefined) return { name: loose, repo: index.repo, how: 'suffix' };
    for (const folder of index.folders) {
      if (path.includes('/') && folder.endsWith(`/${path}`))
        return { name: folder, repo: index.repo, how: 'suffix' };
    }
  }
  return undefined;
}

/** True when the folders named are all on the way to the file, in this order. */
function inOrder(parts: readonly string[], path: string): boolean {
  let at = 0;
  for (const folder of path.toLowerCase().split('/').slice(0, -1)) if (folder === parts[at]) at++;
  return at === parts.length;
}

/** True when the folder that a new file would go into is there (the root always is). */
export function parentExists(indexes: readonly CompiledIndex[], mention: string): boolean {
  const path = tidy(mention);
  const cut = path.lastIndexOf('/');
  return cut < 0 || findPath(indexes, path.slice(0, cut)) !== undefined;
}

/** The names that indexes hold completely: camelCase, PascalCase of two humps, snake_case. */
export function isCompound(name: string): boolean {
  return /[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]/.test(name) && name.length > 4;
}

/**
 * A symbol or identifier. Of `a.b.c` the parts count one by one, the last one first: objects that
 * callers name themselves (`app`, `boss`) are not in any index, their members are.
 */
export function findName(indexes: readonly CompiledIndex[], mention: string): Found | undefined {
  const parts = mention
    .replace(/^\$\.|\(.*$/g, '')
    .split('.')
    .filter((p) => p !== '');
  const type = parts[0] ?? '';
  // A member of a type that is not there is another type's member of the same name.
  if (parts.length > 1 && /^[A-Z]/.test(type) && isCompound(type)) {
    if (findName(indexes, type) === undefined) return undefined;
  }
  parts.reverse();
  for (const part of [mention, ...parts]) {
    for (const index of indexes) {
      if (index.names.has(part)) return { name: part, repo: index.repo, how: 'exact' };
    }
    // A compound member must itself be there: that its type is says nothing.
    if (part !== mention && isCompound(part)) break;
  }
  const last = parts[0] ?? mention;
  for (const index of indexes) {
    const lower =
      index.lowerNames.get(last.toLowerCase()) ??
      index.lowerNames.get(last.toLowerCase().replace(/s$/, ''));
    if (lower !== undefined && last.length > 3)
      return { name: lower, repo: index.repo, how: 'suffix' };
    // A name may also be that of a file without its extension (`HonoRequest`, `job-table`).
    const spelled = wordsIn(last).length > 1 ? index.spelled.get(squash(last)) : undefined;
    if (spelled !== undefined) return { name: spelled, repo: index.repo, how: 'name' };
  }
  return undefined;
}

export function findPackage(indexes: readonly CompiledIndex[], mention: string): Found | undefined {
  const name = mention.toLowerCase();
  for (const index of indexes) {
    for (const candidate of [name, name.split('/').slice(0, 2).join('/')]) {
      if (index.packages.has(candidate)) return { name: candidate, repo: index.repo, how: 'exact' };
    }
  }
  return undefined;
}

/** Things that two to four plain words in a row spell: "content type parser" → content-type-parser.js. */
export function findSpelled(
  indexes: readonly CompiledIndex[],
  words: readonly string[],
): Found | undefined {
  for (let i = 0; i < words.length; i++) {
    let joined = words[i] as string;
    for (let n = 1; n < 4 && i + n < words.length; n++) {
      joined += words[i + n] as string;
      for (const index of indexes) {
        const hit = index.spelled.get(joined);
        if (hit === undefined) continue;
        const said = words.slice(i, i + n + 1);
        const parts = wordsIn(stem(hit));
        // Word by word, or by chance "in it" would spell a name; plain words spell nothing either.
        if (
          said.length === parts.length &&
          said.every((w, k) => w === parts[k]) &&
          said.some((w) => !GENERIC_AREAS.has(w))
        ) {
          return { name: hit, repo: index.repo, how: 'name' };
        }
      }
    }
  }
  return undefined;
}

/** The existing things most like a missing one, by the telling words they share. At most `limit`. */
export function nearest(
  indexes: readonly CompiledIndex[],
  mention: string,
  kind: 'path' | 'name',
  limit = 3,
): string[] {
  const telling = (name: string) =>
    wordsIn(name).filter((w) => kind === 'name' || !GENERIC_AREAS.has(w));
  const wanted = new Set(telling(mention));
  const own = stem(mention).toLowerCase();
  const top = mention.slice(0, mention.indexOf('/') + 1);
  const end = mention.slice(mention.lastIndexOf('.'));
  const scored: { name: string; score: number }[] = [];
  for (const index of indexes) {
    for (const name of kind === 'path' ? index.paths : index.names.keys()) {
      const words = telling(name);
      const shared = words.filter((w) => wanted.has(w)).length;
      const alike = kind === 'path' && stem(name).toLowerCase() === own ? 1 : 0;
      if (shared + alike === 0) continue;
      const place =
        kind === 'path' ? (name.startsWith(top) ? 1 : 0) + (name.endsWith(end) ? 1 : 0) : 0;
      scored.push({ name, score: shared * 3 + alike + place - words.length * 0.2 });
    }
  }
  scored.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map((s) => s.name);
}
