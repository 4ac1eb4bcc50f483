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
    if (typeof document.get('lockfileVersion') !== 'string') return null;
    for (const importer of [document, ...treeOf(document.get('importers')).values()])
      found.push(...choicesOf(treeOf(importer)));
    for (const [name, spec] of treeOf(document.get('overrides')))
      found.push(chosen(overridden(name), textOf(spec)));
    for (const [key, entry] of treeOf(document.get('packages'))) {
      if (!(entry instanceof Map)) return null;
      found.push(ofEntry(key, entry));
    }
  }
  return found;
}

/** `parent@1>name@^2`: the name. */
function overridden(key: string): string {
  const last = key.slice(key.lastIndexOf('>') + 1);
  const at = last.indexOf('@', 1);
  return at < 0 ? last : last.slice(0, at);
}

/** What a project of the workspace asks for. */
function choicesOf(importer: Tree): Package[] {
  const specifiers = treeOf(importer.get('specifiers'));
  return SECTIONS.flatMap((section) =>
    [...treeOf(importer.get(section))].map(([name, entry]) => {
      const spec = entry instanceof Map ? entry.get('specifier') : specifiers.get(name);
      return chosen(name, textOf(spec));
    }),
  );
}

function ofEntry(key: string, entry: Tree): Package {
  const resolution = entry.get('resolution');
  const said = textOf(entry.get('name'));
  return packageOf(said === '' ? nameOf(key) : said, { from: fromOf(key, treeOf(resolution)) });
}

/** `/name/1.0.0`, `/name@1.0.0(peer@2)`, `@scope/name@https://…`. */
function nameOf(key: string): string {
  const bare = key.startsWith('/') ? key.slice(1) : key;
  const at = bare.indexOf('@', 1);
  const slash = bare.lastIndexOf('/');
  return at > 0 ? bare.slice(0, at) : slash > 0 ? bare.slice(0, slash) : bare;
}

function fromOf(key: string, resolution: Tree): Origin | null {
  const [repo, tarball, url] = ['repo', 'tarball', 'url'].map((name) =>
    textOf(resolution.get(name)),
  ) as [string, string, string];
  if (repo !== '') return { kind: 'git', at: repo, named: false };
  const archive = tarball === '' ? url : tarball;
  if (archive !== '') {
    // Of a package that was asked for by its address, that one is the name.
    const asked = key.includes('://');
    const from = originOf(archive);
    return from && { ...from, named: from.named && !asked };
  }
  const git = key.search(/@(?:git|ssh)[+:@]/);
  return git < 0 ? null : { kind: 'git', at: key.slice(git + 1), named: false };
}
