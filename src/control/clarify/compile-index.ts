import type { RepoIndex } from './types.ts';

/** Lookups over one repo's index, built once and then only read. */
export interface CompiledIndex {
  repo: string;
  paths: readonly string[];
  /** Lower-case path → path as tracked. */
  byPath: ReadonlyMap<string, string>;
  /** Lower-case file name → all paths that end in it. */
  byName: ReadonlyMap<string, readonly string[]>;
  /** Lower-case folders, every ancestor included. */
  folders: ReadonlySet<string>;
  /** Symbol or identifier as written → a file that declares it, or '' when only seen in code. */
  names: ReadonlyMap<string, string>;
  /** Lower-case name → name as written. */
  lowerNames: ReadonlyMap<string, string>;
  packages: ReadonlySet<string>;
  /** "defaultimagename" → "defaultImageName": what several plain words together may spell. */
  spelled: ReadonlyMap<string, string>;
  /** One plain word → a path it is part of (folder or file name part). */
  areas: ReadonlyMap<string, string>;
}

/** Letters and digits only, lower case: the form in which spoken and written names meet. */
export function squash(s: string): string {
  return s.toLowerCase().replace(/[^a-z0-9]+/g, '');
}

/** The words inside a name: `keepAliveTimeout`, `keep-alive` and `KEEP_ALIVE` all hold "keep". */
export function wordsIn(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((w) => w.length > 1);
}

/** The file name without its extensions: `a/b.test.ts` → `b`. A leading dot stays. */
export function stem(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.indexOf('.', 1);
  return dot < 0 ? name : name.slice(0, dot);
}

/** Builds the lookups; linear in the size of the index. */
export function compileIndex(index: RepoIndex): CompiledIndex {
  const byPath = new Map<string, string>();
  const byName = new Map<string, string[]>();
  const folders = new Set<string>();
  const names = new Map<string, string>();
  const lowerNames = new Map<string, string>();
  const spelled = new Map<string, string>();
  const areas = new Map<string, string>();
  const spell = (key: string, value: string) => {
    if (key.length > 3 && !spelled.has(key)) spelled.set(key, value);
  };
  const area = (word: string, path: string) => {
    if (word.length > 2 && !areas.has(word)) areas.set(word, path);
  };
  for (const path of index.paths) {
    const lower = path.toLowerCase();
    byPath.set(lower, path);
    const name = lower.slice(lower.lastIndexOf('/') + 1);
    const same = byName.get(name);
    if (same) same.push(path);
    else byName.set(name, [path]);
    spell(squash(stem(path)), path);
    for (const word of wordsIn(stem(path))) area(word, path);
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      const folder = path.slice(0, cut);
      if (folders.has(folder.toLowerCase())) break;
      folders.add(folder.toLowerCase());
      const last = folder.slice(folder.lastIndexOf('/') + 1);
      spell(squash(last), folder);
      for (const word of wordsIn(last)) area(word, folder);
    }
  }
  for (const { name, file } of index.symbols) {
    if (!names.has(name)) names.set(name, file);
  }
  for (const ident of index.idents) if (!names.has(ident)) names.set(ident, '');
  for (const name of names.keys()) {
    const lower = name.toLowerCase();
    if (!lowerNames.has(lower)) lowerNames.set(lower, name);
    if (wordsIn(name).length > 1) spell(squash(name), name);
  }
  return {
    repo: index.repo,
    paths: index.paths,
    byPath,
    byName,
    folders,
    names,
    lowerNames,
    packages: new Set(index.packages.map((p) => p.toLowerCase())),
    spelled,
    areas,
  };
}
