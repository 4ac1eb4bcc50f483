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
    const [name, reference] = split(resolution);
    const archive = /::(?:[^:]*&)?__archiveUrl=([^&]+)/.exec(reference)?.[1];
    if (reference.startsWith('workspace:')) {
      const wanted = entry.get('dependencies');
      if (wanted instanceof Map)
        for (const [one, range] of wanted)
          if (typeof range === 'string' && !LOCAL.test(range)) found.push(chosen(one, range));
    } else if (archive !== undefined)
      found.push(packageOf(name, { from: originOf(decoded(archive)) }));
    else if (reference.startsWith('npm:')) found.push(packageOf(name));
    else if (!LOCAL.test(reference)) found.push({ ...chosen(name, reference), direct: false });
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** yarn reads escapes in quotes, and writes none. */
const WORD = /"([^"\\]*)"|[^\s",:][^\s",]*/y;

function readClassic(text: string): Package[] | null {
  const found: Package[] = [];
  let specs: string[] | null = null;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const indent = line.search(/\S/);
    if (indent === 0) {
      specs = specsOf(line);
      if (specs === null) return null;
      continue;
    }
    if (specs === null || indent % 2 !== 0) return null;
    const words = wordsOf(line.slice(indent));
    if (words === null) return null;
    if (indent === 2 && words[0] === 'resolved') {
      const [name, range] = split(specs[0] ?? '');
      const choice = chosen(name, range);
      const from = originOf(words[1]);
      const named = from?.named === true && choice.from === null;
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
