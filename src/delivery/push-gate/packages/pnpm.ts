/** pnpm-lock.yaml, lockfile versions 5 to 9. */
import { readIndented, type Tree } from './indented.ts';
import { originOf } from './npm-lock.ts';
import { chosen, type Origin, type Package, packageOf } from './package.ts';

const SECTIONS = ['dependencies', 'devDependencies', 'optionalDependencies'];

const treeOf = (value: unknown): Tree => (value instanceof Map ? (value as Tree) : new Map());
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function readPnpm(text: string): Package[] | null {
  const documents = readIndented(text);
  if (documents === null) return null;
  const found: Package[] = [];
  for (const document of documents) {
    if (document.size === 0) continue;
    const version = document.get('lockfileVersion');
    if (typeof version !== 'string') return null;
    for (const importer of [document, ...treeOf(document.get('importers')).values()])
      found.push(...choicesOf(treeOf(importer), document, version.startsWith('5')));
    for (const [name, spec] of treeOf(document.get('overrides')))
      found.push(chosen(overridden(name), textOf(spec)));
    for (const [key, entry] of treeOf(document.get('packages'))) {
      if (!(entry instanceof Map) || !isSound(entry.get('resolution'))) return null;
      found.push(ofEntry(key, entry));
    }
    // Since 9 both are put together, and what stands here wins.
    for (const [key, entry] of treeOf(document.get('snapshots'))) {
      if (!(entry instanceof Map)) return null;
      if (entry.has('resolution') && !isSound(entry.get('resolution'))) return null;
      found.push(ofEntry(key, entry));
    }
  }
  return found;
}

/** It says where from, or the hash of what the registry has. */
const isSound = (resolution: unknown): boolean =>
  resolution instanceof Map &&
  ['integrity', 'repo', 'tarball', 'url', 'directory'].some((name) => resolution.has(name)) &&
  [...resolution.values()].every((value) => typeof value === 'string');

/** `parent@1>name@^2`: the name. */
function overridden(key: string): string {
  const last = key.slice(key.lastIndexOf('>') + 1);
  const at = last.indexOf('@', 1);
  return at < 0 ? last : last.slice(0, at);
}

/** What a project of the workspace asks for. */
function choicesOf(importer: Tree, document: Tree, isOld: boolean): Package[] {
  const specifiers = treeOf(importer.get('specifiers'));
  return SECTIONS.flatMap((section) =>
    [...treeOf(importer.get(section))].map(([name, entry]) => {
      const spec = entry instanceof Map ? entry.get('specifier') : specifiers.get(name);
      const choice = chosen(name, rangeOf(name, textOf(spec), document));
      const version = textOf(entry instanceof Map ? entry.get('version') : entry);
      // Before 6 `1.0.0_react@18.0.0` was a version.
      const taken = isOld && !version.startsWith('/') ? null : registered(version);
      const isOther = taken !== null && taken !== (choice.real ?? name) && choice.from === null;
      return { ...choice, instead: isOther ? taken : null };
    }),
  );
}

/** `catalog:` and `catalog:name` stand for a range that the lockfile has, too. */
function rangeOf(name: string, spec: string, document: Tree): string {
  if (!spec.startsWith('catalog:')) return spec;
  const group = treeOf(document.get('catalogs')).get(spec.slice('catalog:'.length) || 'default');
  return textOf(treeOf(treeOf(group).get(name)).get('specifier'));
}

/** The name in `/name/1.0.0`, `/name@1.0.0(peer@2)` or `name@1.0.0`; null: a version or an address. */
function registered(reference: string): string | null {
  const bare = reference.split('(', 1)[0] ?? '';
  return /^\/?((?:@[^/@:]{1,214}\/)?[^/@:]{1,214})[@/]\d[^/:]*$/.exec(bare)?.[1] ?? null;
}

function ofEntry(key: string, entry: Tree): Package {
  const resolution = entry.get('resolution');
  const said = textOf(entry.get('name'));
  const from = fromOf(key, treeOf(resolution));
  const name = registered(key);
  // Of an address only the package itself says the name; of the registry the key does.
  if (name !== null) return packageOf(name, { from, instead: said === name ? null : said || null });
  return packageOf(said === '' ? nameOf(key) : said, { from });
}

/** `@scope/name@https://…` and whatever else is no version of the registry. */
function nameOf(key: string): string {
  const bare = key.startsWith('/') ? key.slice(1) : key;
  const at = bare.indexOf('@', 1);
  const slash = bare.lastIndexOf('/');
  return at > 0 ? bare.slice(0, at) : slash > 0 ? bare.slice(0, slash) : bare;
}

function fromOf(key: string, resolution: Tree): Origin | null {
  const [repo, tarball, url, registry] = ['repo', 'tarball', 'url', 'registry'].map((name) =>
    textOf(resolution.get(name)),
  ) as [string, string, string, string];
  if (repo !== '') return { kind: 'git', at: repo, named: false };
  const archive = tarball === '' ? url : tarball;
  if (archive !== '') {
    // Of a package that was asked for by its address, that one is the name.
    const asked = key.includes('://');
    const from = originOf(archive);
    return from && { ...from, named: from.named && !asked };
  }
  if (registry !== '') return { kind: 'registry', at: registry, named: false };
  const git = key.search(/@(?:git|ssh)[+:@]/);
  return git < 0 ? null : { kind: 'git', at: key.slice(git + 1), named: false };
}
