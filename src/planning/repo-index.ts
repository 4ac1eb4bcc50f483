import type { RepoIndex } from '../control/clarify/types.ts';
import { declaredPackages, type Manifest, manifestKind } from './manifests.ts';
import { identifiersOf, languageOf, symbolsOf } from './symbols.ts';

/** Runs git on a bare git directory and gives its standard output; rejects when git fails. */
export type GitRunner = (
  args: string[],
  opts: { gitDir: string; input?: Uint8Array },
) => Promise<Uint8Array>;

/** Bounds of one index. What is beyond them is left out, never half read. */
export const LIMITS = {
  /** Tracked paths kept. */
  paths: 50_000,
  /** Files read for symbols, source before tests, shallow before deep. */
  files: 4_000,
  /** One file, in bytes; larger ones are generated or data. */
  fileBytes: 512 * 1024,
  /** All files together, in bytes. */
  totalBytes: 48 * 1024 * 1024,
  symbols: 40_000,
  idents: 60_000,
  packages: 5_000,
} as const;

interface Entry {
  path: string;
  oid: string;
  size: number;
}

const decoder = new TextDecoder('utf-8', { fatal: false });

function entriesOf(listing: string): Entry[] {
  const entries: Entry[] = [];
  for (const record of listing.split('\0')) {
    // "<mode> <type> <oid> <size>\t<path>"; submodules have size "-".
    const tab = record.indexOf('\t');
    if (tab < 0) continue;
    const [mode, type, oid, size] = record.slice(0, tab).split(/ +/);
    const path = record.slice(tab + 1);
    if (mode === undefined || type === undefined || oid === undefined) continue;
    // Symbolic links are blobs too, but their content is a path, not code.
    const readable = type === 'blob' && mode !== '120000';
    entries.push({ path, oid, size: readable ? Number(size) : -1 });
  }
  return entries;
}

const GENERATED =
  /(?:^|\/)(?:node_modules|dist|build\/out|vendor|third_party|\.yarn|coverage)\/|\.min\.\w+$|(?:^|\/)(?:package-lock\.json|pnpm-lock\.yaml|yarn\.lock|Cargo\.lock|go\.sum|poetry\.lock)$/;
const TESTS =
  /(?:^|[/._-])(?:tests?|spec|__tests__|fixtures?|mocks?|examples?|bench(?:marks?)?)(?:[/._-]|$)/i;

/** What is read first when not everything can be: source, then tests; near the root first; then by name. */
function rank(entry: Entry): number {
  return (TESTS.test(entry.path) ? 1000 : 0) + entry.path.split('/').length;
}

function chosen(entries: readonly Entry[]): Entry[] {
  const wanted = entries.filter(
    (e) =>
      e.size > 0 &&
      e.size <= LIMITS.fileBytes &&
      !GENERATED.test(e.path) &&
      (languageOf(e.path) !== undefined || manifestKind(e.path) !== undefined),
  );
  // Manifests go first: they are few, small, and hold what no source file tells.
  const order = (e: Entry) => (manifestKind(e.path) !== undefined ? -1 : rank(e));
  wanted.sort((a, b) => order(a) - order(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const out: Entry[] = [];
  let bytes = 0;
  for (const entry of wanted) {
    if (out.length >= LIMITS.files) break;
    if (bytes + entry.size > LIMITS.totalBytes) continue;
    bytes += entry.size;
    out.push(entry);
  }
  return out;
}

/** Objects by id from one `cat-file --batch`; an object that is missing is left out. */
async function contents(
  git: GitRunner,
  gitDir: string,
  oids: readonly string[],
): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  if (oids.length === 0) return out;
  const input = new TextEncoder().encode(`${oids.join('\n')}\n`);
  const bytes = await git(['cat-file', '--batch'], { gitDir, input });
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const [oid, type, size] = decoder.decode(bytes.subarray(at, end)).split(' ');
    at = end + 1;
    // "<oid> missing" has no content behind it.
    if (size === undefined || oid === undefined) continue;
    const length = Number(size);
    if (!Number.isSafeInteger(length) || length < 0) break;
    const body = bytes.subarray(at, at + length);
    at += length + 1;
    // A NUL byte means binary, whatever the name says.
    if (type === 'blob' && !body.includes(0)) out.set(oid, decoder.decode(body));
  }
  return out;
}

const BATCH_BYTES = 8 * 1024 * 1024;

/**
 * The index of one commit, from git objects alone: no work tree is looked at, nothing of the repo is
 * executed. Bounded by `LIMITS`: beyond them paths, files, symbols and identifiers are left out (the
 * least telling ones: deep paths, tests, generated files), so a name that is absent from the index of
 * a very large repo may still exist. Rejects as `git` rejects, for example for an unknown commit.
 */
export async function buildIndex(
  git: GitRunner,
  gitDir: string,
  commit: string,
  repo: string,
): Promise<RepoIndex> {
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit)) {
    throw { tag: 'bad-commit', commit: commit.slice(0, 80) };
  }
  const listing = await git(['ls-tree', '-r', '-z', '-l', '--full-tree', commit], { gitDir });
  const entries = entriesOf(decoder.decode(listing));
  const paths = entries.map((e) => e.path).sort();
  if (paths.length > LIMITS.paths) {
    paths.sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
    paths.length = LIMITS.paths;
    paths.sort();
  }

  const symbols: RepoIndex['symbols'] = [];
  const seen = new Set<string>();
  const idents = new Set<string>();
  const packages = new Set<string>();
  const files = chosen(entries);
  for (let i = 0; i < files.length; ) {
    const batch: Entry[] = [];
    let bytes = 0;
    while (i < files.length && (batch.length === 0 || bytes < BATCH_BYTES)) {
      const entry = files[i++] as Entry;
      batch.push(entry);
      bytes += entry.size;
    }
    const texts = await contents(git, gitDir, [...new Set(batch.map((e) => e.oid))]);
    for (const { path, oid } of batch) {
      const text = texts.get(oid);
      if (text === undefined) continue;
      const kind: Manifest | undefined = manifestKind(path);
      if (kind !== undefined) {
        const manifest = declaredPackages(kind, text);
        for (const name of manifest.packages)
          if (packages.size < LIMITS.packages) packages.add(name);
        for (const name of manifest.commands) symbols.push({ name, kind: 'command', file: path });
      }
      const language = languageOf(path);
      if (language === undefined) continue;
      for (const symbol of symbolsOf(language, text)) {
        const key = `${symbol.name}\t${path}`;
        if (symbols.length >= LIMITS.symbols || seen.has(key)) continue;
        seen.add(key);
        symbols.push({ ...symbol, file: path });
      }
      for (const ident of identifiersOf(text)) {
        if (idents.size >= LIMITS.idents) break;
        idents.add(ident);
      }
    }
  }
  symbols.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.file < b.file ? -1 : 1));
  return { repo, paths, symbols, idents: [...idents].sort(), packages: [...packages].sort() };
}
