/** yarn.lock of the classic yarn and of those since 2 (berry). */
import { readIndented, type Tree } from './indented.ts';
import { originOf } from './npm-lock.ts';
import { chosen, type Package, packageOf } from './package.ts';

export function readYarn(text: string): Package[] | null {
  return /^__metadata:/m.test(text) ? readBerry(text) : readClassic(text);
}

/** Name and range of `@scope/name@range`. */
function split(spec: string): [name: string, range: string] {
  const at = spec.indexOf('@', 1);
  return at < 0 ? [spec, ''] : [spec.slice(0, at), spec.slice(at + 1)];
}

const LOCAL = /^(?:workspace|link|portal|file|patch|virtual|exec):/;

function readBerry(text: string): Package[] | null {
  const documents = readIndented(text);
  if (documents?.length !== 1) return null;
  const found: Package[] = [];
  for (const [key, entry] of documents[0] as Tree) {
    if (key === '__metadata') continue;
    if (!(entry instanceof Map)) return null;
    const resolution = entry.get('resolution');
    if (typeof resolution !== 'string') return null;
    // Of the classic yarn, which would read this file otherwise.
    if (entry.has('resolved')) return null;
    const [name, reference] = split(resolution);
    for (const spec of key.split(/\s*,\s*/)) {
      const wanted = askedBy(spec);
      if (wanted !== name) found.push(packageOf(wanted, { instead: name }));
    }
    if (reference.startsWith('workspace:')) {
      const wanted = entry.get('dependencies');
      if (wanted instanceof Map)
        for (const [one, range] of wanted)
          if (typeof range === 'string' && !LOCAL.test(range)) found.push(chosen(one, range));
    } else {
      const taken = takenBy(name, reference);
      if (taken === null) return null;
      found.push(...taken);
    }
  }
  return found;
}

/** The package that `name@range` means: `npm:other@range` is the only alias of berry's. */
function askedBy(spec: string): string {
  const [name, range] = split(spec);
  const [alias, version] = range.startsWith('npm:') ? split(range.slice('npm:'.length)) : ['', ''];
  return version === '' ? name : alias;
}

const MAX_PATCHES = 3;

/** What a locator takes from where; null where it is not known. Throws on broken percent signs. */
function takenBy(name: string, locator: string, depth = 0): Package[] | null {
  const bound = locator.indexOf('::');
  const reference = bound < 0 ? locator : locator.slice(0, bound);
  const binding = new URLSearchParams(bound < 0 ? '' : locator.slice(bound + 2));
  const archives = binding.getAll('__archiveUrl');
  if (archives.length > 0) return archives.map((at) => packageOf(name, { from: originOf(at) }));
  if (/^npm:\d[\w.+-]*$/.test(reference)) return [packageOf(name)];
  if (reference.startsWith('patch:')) {
    // What is patched is a locator of its own.
    if (depth >= MAX_PATCHES) return null;
    const source = /^patch:([^#]*)/.exec(reference)?.[1] ?? '';
    const [inner, at] = split(decodeURIComponent(source));
    const taken = takenBy(inner, at, depth + 1);
    if (taken === null || inner === name) return taken;
    return [packageOf(name, { instead: inner }), ...taken];
  }
  if (LOCAL.test(reference)) return [];
  const choice = chosen(name, reference);
  return choice.from === null ? null : [{ ...choice, direct: false }];
}

/** yarn reads escapes in quotes, and writes none. */
const WORD = /"([^"\\]*)"|[^\s",:][^\s",]*/y;

function readClassic(text: string): Package[] | null {
  const found: Package[] = [];
  let choices: Package[] | null = null;
  let inList = false;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const indent = line.search(/\S/);
    if (indent === 0) {
      choices = specsOf(line)?.map((spec) => chosen(...split(spec))) ?? null;
      if (choices === null) return null;
      inList = false;
      // All of an entry are the same package, under whatever names.
      const [first, ...others] = [...new Set(choices.map(({ name, real }) => real ?? name))];
      for (const other of others) found.push(packageOf(other, { instead: first ?? '' }));
      continue;
    }
    // yarn takes what is indented deeper for the same, and writes lists only so.
    if (choices === null || (indent !== 2 && !(indent === 4 && inList))) return null;
    const words = wordsOf(line.slice(indent));
    if (words === null) return null;
    if (indent === 2) inList = words.length === 1;
    if (indent === 2 && words[0] === 'resolved') {
      const byName = choices.find((one) => one.from === null);
      const choice = byName ?? (choices[0] as Package);
      const from = originOf(words[1]);
      const named = from?.named === true && byName !== undefined;
      found.push({ ...choice, direct: false, from: from && { ...from, named } });
    }
  }
  return found;
}

/** `"a@^1", b@^2:` */
function specsOf(line: string): string[] | null {
  if (!line.endsWith(':')) return null;
  const found: string[] = [];
  for (let rest = line.slice(0, -1); ; ) {
    const word = /^"([^"\\]*)"|^[^\s",][^\s",]*/.exec(rest);
    if (word === null) return null;
    found.push(word[1] ?? word[0]);
    rest = rest.slice(word[0].length);
    if (rest === '') return found;
    if (!rest.startsWith(', ')) return null;
    rest = rest.slice(2);
  }
}

/** One word and a value, or a word with a colon that begins a list. */
function wordsOf(text: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    WORD.lastIndex = at;
    const word = WORD.exec(text);
    if (word === null) return text.slice(at) === ':' && words.length === 1 ? words : null;
    words.push(word[1] ?? word[0]);
    at = WORD.lastIndex;
    if (text[at] === ' ') at += 1;
    else if (at < text.length && text.slice(at) !== ':') return null;
  }
  if (words.length === 1) return words[0]?.endsWith(':') ? words : null;
  // yarn also reads `key: value`, which it does not write.
  return words.length === 2 && !words[0]?.endsWith(':') ? words : null;
}
