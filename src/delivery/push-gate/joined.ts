/**
 * Puts back together what was cut in pieces: string literals that code joins, and words that go on
 * in the next line. Like every decoding it only adds text to look at; a wrong guess costs a look.
 */

export interface Joined {
  /** Offset in the source where the first piece's line begins to matter. */
  at: number;
  text: string;
}

/** Shorter than any token: not worth a look. */
const MIN_LENGTH = 20;
/** What stands in front of a value and names it, for rules that want to see the name. */
const LEAD = 64;
const MAX_LINES = 40;
const MAX_LINE = 4096;

const TOKEN = /[\w+/=.~:-]/;
// Between two literals: a closing quote, an operator or nothing, a line end, an opening quote.
const BETWEEN =
  /(["'`])[ \t]{0,8}\\?[ \t]{0,8}[+.&|]{0,2}[ \t]{0,8}(?:\r?\n[ \t]{0,80})?[+.&|]{0,2}[ \t]{0,8}[rbuf]?["'`]/g;
/** The same with a comma, where the text joins lists. */
const BETWEEN_LISTED =
  /(["'`])[ \t]{0,8}\\?[ \t]{0,8}[+.&|,]{0,2}[ \t]{0,8}(?:\r?\n[ \t]{0,80})?[+.&|]{0,2}[ \t]{0,8}[rbuf]?["'`]/g;
const JOINS_LISTS = /\b(?:join|concat|implode)\b/;

/** Every place where pieces make a longer word. */
export function joinings(text: string): Joined[] {
  return [...literals(text), ...lines(text)];
}

function literals(text: string): Joined[] {
  const pattern = JOINS_LISTS.test(text) ? BETWEEN_LISTED : BETWEEN;
  const found: Joined[] = [];
  let chain: { start: number; joined: string; from: number } | null = null;
  const flush = (): void => {
    if (chain === null) return;
    const joined = chain.joined + runFrom(text, chain.from);
    if (joined.length >= MIN_LENGTH)
      found.push({
        at: chain.start,
        text: text.slice(Math.max(0, chain.start - LEAD), chain.start) + joined,
      });
    chain = null;
  };
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const joins = TOKEN.test(text.charAt(match.index - 1)) && TOKEN.test(text.charAt(end));
    if (chain !== null && runFrom(text, chain.from).length === match.index - chain.from && joins) {
      chain.joined += text.slice(chain.from, match.index);
      chain.from = end;
      continue;
    }
    flush();
    if (!joins) continue;
    const start = runBefore(text, match.index);
    chain = { start, joined: text.slice(start, match.index), from: end };
  }
  flush();
  return found;
}

/** Where the run of token characters that ends before `end` begins; looks back 1,000 at most. */
function runBefore(text: string, end: number): number {
  let from = end;
  while (from > 0 && end - from < 1000 && TOKEN.test(text.charAt(from - 1))) from -= 1;
  return from;
}

function runFrom(text: string, from: number): string {
  let to = from;
  while (to < text.length && to - from < 1000 && TOKEN.test(text.charAt(to))) to += 1;
  return text.slice(from, to);
}

/** A line that ends in a word, and following lines that are nothing but its rest. */
function lines(text: string): Joined[] {
  const found: Joined[] = [];
  let at = 0;
  let open: { start: number; lead: string; joined: string; count: number } | null = null;
  const flush = (): void => {
    if (open !== null && open.count > 1 && open.joined.length >= MIN_LENGTH)
      found.push({ at: open.start, text: open.lead + open.joined });
    open = null;
  };
  for (const raw of text.split('\n')) {
    const line = raw.length > MAX_LINE ? '' : bare(raw);
    const tail = line.slice(runBefore(line, line.length));
    const whole = tail.length === line.length && tail.length >= 4;
    if (open !== null && whole && open.count < MAX_LINES) {
      open.joined += tail;
      open.count += 1;
    } else {
      flush();
      if (tail.length >= 3)
        open = {
          start: at,
          lead: line.slice(0, line.length - tail.length).slice(-LEAD),
          joined: tail,
          count: 1,
        };
    }
    at += raw.length + 1;
  }
  flush();
  return found;
}

/** A line without indentation, comment marks, and what ends a piece: quotes, `+`, `\`, commas. */
function bare(line: string): string {
  let from = 0;
  let to = line.length;
  while (from < to && ' \t\r"\'`#*>|&'.includes(line.charAt(from))) from += 1;
  if (line.startsWith('//', from)) from += 2;
  while (from < to && ' \t"\'`'.includes(line.charAt(from))) from += 1;
  while (to > from && ' \t\r\\,;)]"\'`&'.includes(line.charAt(to - 1))) to -= 1;
  // A `+` after a quote joins literals; one inside a word belongs to it.
  if (to - 1 > from && line.charAt(to - 1) === '+' && ' "\'`'.includes(line.charAt(to - 2))) {
    to -= 1;
    while (to > from && ' \t"\'`'.includes(line.charAt(to - 1))) to -= 1;
  }
  return line.slice(from, to);
}
