/**
 * Path patterns of the operator's policies (allowed, forbidden, sensitive paths). Own matcher with
 * a small language, because a pattern meets hostile path names: no regular expression is built, so
 * nothing backtracks; the cost is at most length of pattern times length of path.
 *
 * Language: `/` separates; `*` any characters but `/`; `?` one character but `/`; `**` as a whole
 * segment any number of segments, none included; all else is literal and case-sensitive. Patterns
 * are anchored at the repo's root. A pattern whose last segment has no wildcard, or that ends in
 * `/`, also matches everything below the folder it names.
 */
import { z } from 'zod';

const MAX_GLOB = 256;

/** What is wrong with a pattern, in one sentence with what to do; null when nothing is. */
export function globProblem(glob: string): string | null {
  const name = `The path pattern ${JSON.stringify(glob.slice(0, 80))}`;
  if (glob === '') return 'A path pattern is empty; write ** for every path.';
  if (glob.length > MAX_GLOB) return `${name} is longer than ${MAX_GLOB} characters; shorten it.`;
  if (glob.startsWith('/')) return `${name} starts with /; write it relative to the repo's root.`;
  if (glob.startsWith('!')) return `${name} starts with !; patterns cannot be negated, list paths.`;
  if (glob.includes('\\')) return `${name} contains a backslash; separate folders with /.`;
  if (/[[\]{}]/.test(glob))
    return `${name} uses [ ] or { }, which are not supported; write one pattern per case, or ? for one character.`;
  // Control characters in a policy are never meant and would be unreadable in its refusals.
  if (/\p{Cc}|\p{Cf}/u.test(glob))
    return `${name} contains an invisible character; type the pattern again.`;
  const segments = (glob.endsWith('/') ? glob.slice(0, -1) : glob).split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return `${name} has an empty, . or .. segment; write a plain path.`;
  if (segments.some((segment) => segment !== '**' && segment.includes('**')))
    return `${name} uses ** inside a segment; write ** between slashes, or * inside a name.`;
  return null;
}

/** Schema of one pattern, with {@link globProblem} as its refusal. */
export const Glob = z.string().superRefine((glob, context) => {
  const problem = globProblem(glob);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

/** One segment of a pattern, taken apart once: it meets very many names. */
interface Segment {
  text: string;
  /** By code points, so that ? is one character of any script; null when there is no wildcard. */
  want: readonly string[] | null;
  /** What stands before the first wildcard and after the last: most names fail on these. */
  head: string;
  tail: string;
}
export interface CompiledGlob {
  alternatives: readonly (readonly Segment[])[];
  /** A segment without which no path matches: most paths fail on that. Null when there is none. */
  needs: string | null;
}

function segmentOf(text: string): Segment {
  if (!/[*?]/.test(text)) return { text, want: null, head: text, tail: '' };
  const [, head = '', tail = ''] = /^([^*?]*).*?([^*?]*)$/s.exec(text) ?? [];
  return { text, want: Array.from(text), head, tail };
}

/** Greedy match that remembers only the last star: each character is tried once per star at most. */
function segmentMatches({ text: whole, want, head, tail }: Segment, segment: string): boolean {
  if (want === null) return whole === segment;
  if (!segment.startsWith(head) || !segment.endsWith(tail)) return false;
  const text = Array.from(segment);
  let p = 0;
  let t = 0;
  let star = -1;
  let from = 0;
  while (t < text.length) {
    if (want[p] === '*') {
      star = p;
      from = t;
      p += 1;
    } else if (p < want.length && (want[p] === '?' || want[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      from += 1;
      t = from;
      p = star + 1;
    } else return false;
  }
  while (want[p] === '*') p += 1;
  return p === want.length;
}

/** The same greedy walk one level up: `**` is the star, a segment is the character. */
function pathMatches(glob: readonly Segment[], path: readonly string[]): boolean {
  let g = 0;
  let s = 0;
  let star = -1;
  let from = 0;
  while (s < path.length) {
    const want = glob[g];
    if (want?.text === '**') {
      star = g;
      from = s;
      g += 1;
    } else if (want !== undefined && segmentMatches(want, path[s] ?? '')) {
      g += 1;
      s += 1;
    } else if (star >= 0) {
      from += 1;
      s = from;
      g = star + 1;
    } else return false;
  }
  while (glob[g]?.text === '**') g += 1;
  return g === glob.length;
}

/** A pattern as the alternatives it stands for, each a list of segments. */
export function compileGlob(glob: string): CompiledGlob {
  const folder = glob.endsWith('/');
  const segments = (folder ? glob.slice(0, -1) : glob).split('/').map(segmentOf);
  const below = [...segments, segmentOf('*'), segmentOf('**')];
  const needs = segments.find(({ want }) => want === null)?.text ?? null;
  if (folder) return { needs, alternatives: [below] };
  return { needs, alternatives: segments.at(-1)?.want ? [segments] : [segments, below] };
}

/** Does a compiled pattern match a path already split at `/`? */
export function compiledMatches(compiled: CompiledGlob, path: readonly string[]): boolean {
  if (compiled.needs !== null && !path.includes(compiled.needs)) return false;
  return compiled.alternatives.some((segments) => pathMatches(segments, path));
}

/** Does any of the patterns match this repo-relative path (`a/b.ts`)? No patterns match nothing. */
export function matches(globs: readonly string[], path: string): boolean {
  const segments = path.split('/');
  return globs.some((glob) => compiledMatches(compileGlob(glob), segments));
}
