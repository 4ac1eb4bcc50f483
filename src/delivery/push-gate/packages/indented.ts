/**
 * Reads the YAML that pnpm and yarn write, which is a small and regular part of YAML: maps by
 * indentation, plain and quoted words, lists, short maps and lists on one line, blocks of text. A parser of
 * all of YAML takes seconds for the lockfile of a large repo, and reads the same file in more ways
 * than the tool would write it: whatever is not of that part is not read at all.
 */
export type Tree = Map<string, Tree | string | string[]>;

const MAX_DEPTH = 12;
const QUOTED = /'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"/y;
/** A key without quotes. `@` and `*` begin no plain word. */
const PLAIN_KEY = /[^\s'"#&*!|>%@`{}[\],?:-](?:[^\s:#]|:(?=\S)|(?<=\S)#| (?=[^\s:#]))*/y;
const PLAIN = /^[^\s'"#&*!|>%@`{}[\],?:-]/;

/** The documents of the text; null where it is not written like that. */
export function readIndented(text: string): Tree[] | null {
  const documents: Tree[] = [new Map()];
  let stack: { indent: number; tree: Tree }[] = [];
  /** Lines deeper than this belong to a block of text. */
  let block: number | null = null;
  let last: { tree: Tree; key: string; indent: number; items?: number } | null = null;
  let long: { key: string; indent: number } | null = null;
  const reset = () => {
    stack = [{ indent: 0, tree: documents.at(-1) as Tree }];
    last = null;
  };
  reset();
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const indent = line.search(/[^ ]/);
    if (indent < 0) continue;
    if (block !== null && indent > block) continue;
    block = null;
    if (line[indent] === '#' && long === null) continue;
    if (line === '---' && long === null) {
      if (documents.at(-1)?.size !== 0) documents.push(new Map());
      reset();
      continue;
    }
    if (/^ *\t/.test(line)) return null;
    let rest = line.slice(indent);
    if (rest.startsWith('- ')) {
      // An item of the list that the last key began, as deep as the key or deeper.
      if (last === null || indent < last.indent) return null;
      last.items ??= indent;
      // Deeper it would be more of the item before it.
      if (indent !== last.items) return null;
      const value = scalar(rest.slice(2).trim());
      const list = last.tree.get(last.key);
      if (value === null || (list !== undefined && !Array.isArray(list))) return null;
      if (list === undefined) last.tree.set(last.key, [value]);
      else list.push(value);
      continue;
    }
    let key: string | null;
    if (long !== null) {
      if (indent !== long.indent || rest !== ':') return null;
      key = long.key;
      long = null;
      rest = '';
    } else if (rest.startsWith('? ')) {
      key = scalar(rest.slice(2).trim());
      if (key === null) return null;
      long = { key, indent };
      continue;
    } else {
      const found = keyOf(rest);
      if (found === null) return null;
      key = found.key;
      rest = found.rest;
    }
    const tree = parentOf(stack, last, indent);
    // A parser of YAML would put what stands behind `<<` into the map around it.
    if (tree === null || tree.has(key) || key === '<<') return null;
    last = null;
    if (rest === '') last = { tree, key, indent };
    else if (/^[|>][+-]?$/.test(rest)) {
      // Only these are words for people; of anything else the text would be missed.
      if (key !== 'deprecated') return null;
      block = indent;
    } else {
      const value = rest.startsWith('{') || rest.startsWith('[') ? flow(rest) : scalar(rest);
      if (value === null) return null;
      tree.set(key, value);
    }
  }
  return long === null ? documents : null;
}

/** The map that a key of this indentation belongs to. */
function parentOf(
  stack: { indent: number; tree: Tree }[],
  last: { tree: Tree; key: string; indent: number } | null,
  indent: number,
): Tree | null {
  if (last !== null && indent > last.indent) {
    if (last.tree.get(last.key) !== undefined || stack.length >= MAX_DEPTH) return null;
    const tree: Tree = new Map();
    last.tree.set(last.key, tree);
    stack.push({ indent, tree });
    return tree;
  }
  while ((stack.at(-1)?.indent ?? -1) > indent) stack.pop();
  const top = stack.at(-1);
  return top?.indent === indent ? top.tree : null;
}

function keyOf(text: string): { key: string; rest: string } | null {
  const quoted = text[0] === '"' || text[0] === "'";
  const pattern = quoted ? QUOTED : PLAIN_KEY;
  pattern.lastIndex = 0;
  const word = pattern.exec(text)?.[0];
  if (word === undefined || text[word.length] !== ':') return null;
  const after = text.slice(word.length + 1);
  if (after !== '' && after[0] !== ' ') return null;
  const key = quoted ? scalar(word) : word;
  return key === null ? null : { key, rest: after.trim() };
}

function scalar(text: string): string | null {
  if (text.startsWith("'")) {
    QUOTED.lastIndex = 0;
    return QUOTED.exec(text)?.[0] === text ? text.slice(1, -1).replaceAll("''", "'") : null;
  }
  if (text.startsWith('"')) {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === 'string' ? value : null;
    } catch {
      return null;
    }
  }
  // A colon or a mark of a comment in a plain word would be read as something else.
  return (PLAIN.test(text) || /^[-:?][^\s]/.test(text)) && !/: | #|:$/.test(text) ? text : null;
}

/** `{integrity: sha512-…, tarball: https://…}` and `[darwin, linux]`; nothing nested. */
function flow(text: string): Tree | string[] | null {
  const isMap = text.startsWith('{');
  if (!text.endsWith(isMap ? '}' : ']')) return null;
  const tree: Tree = new Map();
  const list: string[] = [];
  let rest = text.slice(1, -1).trim();
  while (rest !== '') {
    let key = '';
    if (isMap) {
      const found = keyOf(rest);
      if (found === null) return null;
      // A plain key ends at a comma here.
      if (!/^['"]/.test(rest) && /[,{}[\]]/.test(found.key)) return null;
      if (found.key === '<<') return null;
      key = found.key;
      rest = found.rest;
    }
    QUOTED.lastIndex = 0;
    const word = QUOTED.exec(rest)?.[0] ?? /^[^,{}[\]]{1,5000}/.exec(rest)?.[0] ?? '';
    const value = scalar(word.trim());
    rest = rest.slice(word.length).trim();
    if (value === null || tree.has(key) || (rest !== '' && rest[0] !== ',')) return null;
    if (isMap) tree.set(key, value);
    else list.push(value);
    rest = rest.slice(1).trim();
  }
  return isMap ? tree : list;
}
