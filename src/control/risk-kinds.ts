/**
 * What kind of file a path is, as far as risk cares. Paths are compared lower-cased, because some
 * file systems do not tell `.GitHub` from `.github`.
 */
import { compiledMatches, compileGlob } from './glob.ts';
import { PATTERNS, type PathKind } from './risk-paths.ts';
import { WORDS } from './risk-words.ts';

export type { PathKind } from './risk-paths.ts';

const GLOBS = Object.entries(PATTERNS).map(([kind, globs]) => ({
  kind: kind as PathKind,
  globs: globs.map(compileGlob),
}));

/** Kinds whose files must never leave the list when it is cut. */
const QUIET: ReadonlySet<PathKind> = new Set(['test', 'docs', 'generated', 'vendored']);

function wordsOf(path: string): string[] {
  // Bounded pieces only: a hostile path of 4,000 letters yields one word.
  return path
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
}

/** Every kind that applies to a repo-relative path, in the order of the table. */
export function kindsOf(path: string): PathKind[] {
  const lower = path.toLowerCase();
  const found = new Set<PathKind>();
  const segments = lower.split('/');
  for (const { kind, globs } of GLOBS) {
    if (globs.some((glob) => compiledMatches(glob, segments))) found.add(kind);
  }
  const words = wordsOf(path);
  for (const [kind, set] of Object.entries(WORDS)) {
    if (words.some((word) => set.has(word))) found.add(kind as PathKind);
  }
  // A git hook by name, wherever a repo keeps its hooks folder.
  if (/(^|\/)hooks\/(pre|post|commit|prepare|update|fsmonitor)[a-z-]*$/.test(lower)) {
    found.add('hooks');
  }
  return [...found];
}

/** {@link kindsOf} that works each path out once: for whoever asks again and again about the same. */
export function kindsOnce(): (path: string) => readonly PathKind[] {
  const known = new Map<string, readonly PathKind[]>();
  return (path) => {
    const kinds = known.get(path) ?? kindsOf(path);
    known.set(path, kinds);
    return kinds;
  };
}

/** Of a kind that raises the score by itself: listed first when a list of files must be cut. */
export function isNotable(kinds: readonly PathKind[]): boolean {
  return kinds.some((kind) => !QUIET.has(kind));
}

/**
 * Program text, as opposed to tests, prose and lockfiles. Generated and vendored files count as
 * program text: a folder's name must not make code smaller than it is.
 */
export function isCode(kinds: readonly PathKind[]): boolean {
  return !kinds.some((kind) => kind === 'test' || kind === 'docs' || kind === 'lockfile');
}
