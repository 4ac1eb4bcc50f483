/** Reads the TOML that cargo and uv write. What they do not write (dates, text over lines) is not read. */
export type TomlValue = string | TomlValue[] | TomlTable | null;
export type TomlTable = Map<string, TomlValue>;

export interface TomlSection {
  /** `package`, `package.metadata`; empty before the first. */
  name: string;
  /** One of a list (`[[package]]`). */
  item: boolean;
  values: TomlTable;
}

const MAX_DEPTH = 8;
const SPACE = /[ \t]*/y;
const END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
const HEAD = /\[(\[)?([A-Za-z0-9_.-]{1,300})\](\])?/y;
const KEY = /[A-Za-z0-9_-]{1,300}/y;
const TEXT = /"((?:[^"\\\n]|\\.)*)"/y;
const LITERAL = /'([^'\n]*)'/y;
/** Numbers and flags: nobody asks what they are. */
const OTHER = /(?:[+-]?[0-9][0-9_.eE+-]*|true|false)/y;

class Unread extends Error {}

/** The sections in their order; null where the text is written otherwise. */
export function readToml(text: string): TomlSection[] | null {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  /** By hand: a pattern that repeats an alternative needs stack for each blank. */
  const skip = (): void => {
    for (; at < text.length; at += 1)
      if (text[at] === '#') {
        const end = text.indexOf('\n', at);
        at = end < 0 ? text.length : end;
      } else if (!' \t\r\n'.includes(text[at] as string)) return;
  };
  const must = (pattern: RegExp): RegExpExecArray => {
    const found = take(pattern);
    if (found === null) throw new Unread();
    return found;
  };
  const text1 = (): string | null => {
    // Three quotes begin a text over lines.
    if (text.startsWith('"""', at) || text.startsWith("'''", at)) throw new Unread();
    const literal = take(LITERAL);
    if (literal !== null) return literal[1] ?? '';
    const found = take(TEXT);
    if (found === null) return null;
    return JSON.parse(`"${found[1]}"`) as string;
  };
  const pair = (into: TomlTable, depth: number): void => {
    const key = text1() ?? must(KEY)[0];
    must(/[ \t]*=[ \t]*/y);
    if (into.has(key)) throw new Unread();
    into.set(key, value(depth));
  };
  const value = (depth: number): TomlValue => {
    if (depth > MAX_DEPTH) throw new Unread();
    const plain = text1();
    if (plain !== null) return plain;
    if (take(/\[/y) !== null) {
      const items: TomlValue[] = [];
      for (;;) {
        skip();
        if (take(/\]/y) !== null) return items;
        items.push(value(depth + 1));
        skip();
        if (take(/,/y) === null) {
          must(/\]/y);
          return items;
        }
      }
    }
    if (take(/\{/y) !== null) {
      const table: TomlTable = new Map();
      skip();
      while (take(/\}/y) === null) {
        pair(table, depth + 1);
        skip();
        if (take(/,/y) === null) {
          must(/\}/y);
          break;
        }
        skip();
      }
      return table;
    }
    must(OTHER);
    return null;
  };
  const sections: TomlSection[] = [{ name: '', item: false, values: new Map() }];
  try {
    for (skip(); at < text.length; skip()) {
      take(SPACE);
      if (text[at] === '[') {
        const head = must(HEAD);
        if ((head[1] === undefined) !== (head[3] === undefined)) return null;
        sections.push({ name: head[2] ?? '', item: head[1] !== undefined, values: new Map() });
      } else pair((sections.at(-1) as TomlSection).values, 0);
      must(END);
    }
  } catch (error) {
    if (error instanceof Unread || error instanceof SyntaxError) return null;
    throw error;
  }
  return sections;
}
