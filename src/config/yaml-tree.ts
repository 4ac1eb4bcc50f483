/**
 * YAML as plain data with the place of every key and value. Only what a configuration needs is
 * taken: one document of maps, lists and scalars. Anchors, aliases, tags and directives are
 * refused, since they hide what a file says, and so is deep nesting, which would end the process.
 */
import { type Document, isMap, isScalar, isSeq, LineCounter, Parser, parseDocument } from 'yaml';
import { printable } from '../lib/escape.ts';
import { type ConfigProblem, pathText } from './problem.ts';
import { syntaxReason } from './yaml-words.ts';

/** Levels of nesting, counted as the YAML parser nests; the deepest setting needs nine. */
const MAX_DEPTH = 40;
/** Problems told of one file; more would only bury the first. */
export const MAX_PROBLEMS = 50;

export type Path = readonly PropertyKey[];
export interface Place {
  line: number;
  column: number;
}
interface Spot {
  key: number | null;
  value: number;
}

export interface YamlTree {
  file: string;
  /** Null-prototype maps, arrays and scalars; undefined when the file says nothing. */
  value: unknown;
  problems: ConfigProblem[];
  /** Where the value at `path` stands, or its key; the nearest enclosing place that exists. */
  placeOf(path: Path, part?: 'key' | 'value'): Place;
  /** True when the file itself says something at `path`. */
  has(path: Path): boolean;
}

const id = (path: Path) => JSON.stringify(path);

/**
 * How deep the text nests. The library's lexer and parser keep their own stack and survive
 * anything; its composer recurses, and a few thousand brackets abort the whole process there.
 */
function depthOf(text: string): number {
  type Token = { key?: unknown; value?: unknown; items?: { key?: unknown; value?: unknown }[] };
  const open: [Token, number][] = [];
  const push = (token: unknown, depth: number) => {
    if (typeof token === 'object' && token !== null) open.push([token, depth]);
  };
  for (const token of new Parser().parse(text)) push(token, 1);
  let deepest = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    deepest = Math.max(deepest, depth);
    push(token.value, depth + 1);
    for (const item of token.items ?? []) {
      push(item.key, depth + 1);
      push(item.value, depth + 1);
    }
  }
  return deepest;
}

/** The library's view of the text, or null when it nests too deeply to be looked at. */
export function parseYaml(text: string, lines?: LineCounter): Document.Parsed | null {
  if (depthOf(text) > MAX_DEPTH) return null;
  return parseDocument(text, {
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    uniqueKeys: false,
    merge: false,
    ...(lines === undefined ? {} : { lineCounter: lines }),
  });
}

export function yamlTree(file: string, text: string): YamlTree {
  const lines = new LineCounter();
  const spots = new Map<string, Spot>();
  const problems: ConfigProblem[] = [];
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const say = (offset: number, path: Path, reason: string, hint: string | null = null) => {
    if (problems.length >= MAX_PROBLEMS) return;
    const place = pathText(path);
    problems.push({ severity: 'error', file, ...at(offset), path: place, reason, nearest: hint });
  };
  const tree = (value: unknown): YamlTree => ({
    file,
    value,
    problems,
    placeOf(path, part = 'value') {
      for (let length = path.length; length > 0; length -= 1) {
        const spot = spots.get(id(path.slice(0, length)));
        if (spot === undefined) continue;
        // Of what is not there only the section counts, and a section is named by its key.
        const value = at(spot.value);
        if (spot.key === null) return value;
        const key = at(spot.key);
        // A block begins on the line after its key, which is not where one looks for it.
        return part === 'key' || length < path.length || key.line !== value.line ? key : value;
      }
      return { line: 1, column: 1 };
    },
    has: (path) => spots.has(id(path)),
  });

  const document = parseYaml(text, lines);
  if (document === null) {
    say(0, [], `the file nests deeper than ${MAX_DEPTH} levels; write it flat`);
    return tree(undefined);
  }
  const directive = /^%/m.exec(text);
  if (directive) say(directive.index, [], 'a % directive is not supported; remove that line');
  // One broken bracket makes everything after it look wrong: only the first is told.
  const [broken] = document.errors;
  if (broken && !directive) say(broken.pos[0], [], syntaxReason(broken.code, text, broken.pos[0]));
  if (problems.length > 0) return tree(undefined);

  const refuseMarks = (node: unknown, path: Path, offset: number) => {
    const marked = node as { anchor?: string; tag?: string };
    if (marked.anchor !== undefined)
      say(offset, path, 'anchors (&name) are not supported; write the value where it is needed');
    if (marked.tag !== undefined)
      say(offset, path, 'tags (!name) are not supported; remove the tag');
  };
  const read = (node: unknown, path: Path, keyAt: number | null): unknown => {
    const offset = (node as { range?: [number, number, number] | null })?.range?.[0] ?? keyAt ?? 0;
    spots.set(id(path), { key: keyAt, value: offset });
    if (isScalar(node)) {
      refuseMarks(node, path, offset);
      // An empty value reads as null, and null may mean "no limit": never by leaving it out.
      if (node.value === null && !(node.source ?? '').trim())
        say(keyAt ?? offset, path, 'has no value; write one, or remove the line');
      return node.value;
    }
    if (isSeq(node)) {
      refuseMarks(node, path, offset);
      return node.items.map((item, index) => read(item, [...path, index], null));
    }
    if (isMap(node)) {
      refuseMarks(node, path, offset);
      const map: Record<string, unknown> = Object.create(null);
      const first = new Map<string, number>();
      for (const { key, value } of node.items) {
        const start = (key as { range?: [number, number, number] | null })?.range?.[0] ?? offset;
        if (!isScalar(key) || typeof key.value !== 'string') {
          say(start, path, 'a key must be a plain word');
          continue;
        }
        refuseMarks(key, path, start);
        const name = key.value;
        const earlier = first.get(name);
        if (earlier !== undefined) {
          const line = at(earlier).line;
          say(start, [...path, name], `is set twice, first on line ${line}; keep one of them`);
          continue;
        }
        first.set(name, start);
        if (name === '__proto__') say(start, path, '__proto__ cannot be a key; remove it');
        else map[name] = read(value, [...path, name], start);
      }
      return map;
    }
    if (node === null || node === undefined) {
      say(keyAt ?? offset, path, 'has no value; write one, or remove the line');
      return null;
    }
    say(offset, path, 'aliases (*name) are not supported; write the value itself');
    return null;
  };
  const { contents } = document;
  const blank = contents === null || (isScalar(contents) && contents.value === null);
  if (blank) return tree(undefined);
  if (!isMap(contents)) {
    const word = isScalar(contents) ? printable(String(contents.value), 40) : '';
    const colon = /^[\w.-]+:\S/.test(word) ? word.replace(':', ': ') : null;
    say(contents.range[0], [], 'the file must be made of `key: value` lines', colon);
    return tree(undefined);
  }
  return tree(read(contents, [], null));
}
