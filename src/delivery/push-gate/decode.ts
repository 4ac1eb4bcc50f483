/**
 * Undoes the encodings a secret may hide in: base64 (both alphabets, any alignment, wrapped over
 * lines), hex, byte lists, URL and character escapes, gzip and zlib behind any of them, and words
 * cut in pieces. Every step reads runs of one character class,
 * so hostile input costs linear time; what is unpacked or joined is bounded.
 */
import { inflated } from './inflate.ts';
import { joinings } from './joined.ts';

export interface Decoded {
  /** Offset in the source where the encoded run begins. */
  at: number;
  text: string;
  via: 'base64' | 'hex' | 'bytes' | 'escapes' | 'pieces';
}

/** Shortest thing we look for, so that shorter printable stretches are noise. */
const MIN_PRINTABLE = /[\x20-\x7e]{16,}/;
const BASE64 = /[A-Za-z0-9+/_-]/;
const BASE64_RUN = 24;
const HEX_RUN = /[0-9A-Fa-f]{32,}/g;
const BYTES_RUN =
  /(?:(?:0x[0-9A-Fa-f]{2}|\d{2,3})[ \t]{0,4},\s{0,24}){15,}(?:0x[0-9A-Fa-f]{2}|\d{2,3})/g;
const ESCAPED_RUN = /[\w.~+/=%\\&#;{}:@-]{20,}/g;
const ESCAPE =
  /%([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})|\\u\{0{0,4}([0-9A-Fa-f]{2})\}|&#x([0-9A-Fa-f]{2});|&#(\d{2,3});|\\([0-3][0-7]{2})/g;

/** Everything in `text` that decodes to something printable. */
export function decodings(text: string): Decoded[] {
  const found: Decoded[] = [];
  const add = (at: number, via: Decoded['via'], bytes: Buffer): void => {
    // Dropping NULs turns UTF-16 text into plain characters.
    const plain = bytes.toString('latin1').replaceAll('\0', '');
    if (MIN_PRINTABLE.test(plain)) found.push({ at, text: plain, via });
    const unpacked = inflated(bytes);
    if (unpacked !== null) add(at, via, unpacked);
  };
  const addBase64 = (at: number, run: string): void => {
    // The run may have begun earlier than the encoded text (a path, a name): try each alignment.
    for (let skip = 0; skip < 4; skip += 1)
      add(at, 'base64', Buffer.from(run.slice(skip), 'base64'));
  };
  const runs = runsOf(text);
  for (const { at, run } of runs) addBase64(at, run);
  for (const block of wrappedBlocks(text)) addBase64(block.at, block.text);
  // Each character of hex is one of base64, too.
  for (const { at, run } of runs)
    for (const match of run.matchAll(HEX_RUN))
      for (let skip = 0; skip < 2; skip += 1) {
        const hex = match[0].slice(skip);
        add(
          at + match.index,
          'hex',
          Buffer.from(hex.slice(0, hex.length - (hex.length % 2)), 'hex'),
        );
      }
  for (const match of text.matchAll(BYTES_RUN)) {
    const bytes = match[0].split(',').map(Number);
    if (bytes.every((byte) => byte < 256)) add(match.index, 'bytes', Buffer.from(bytes));
  }
  if (/[%\\]|&#/.test(text)) {
    for (const match of text.matchAll(ESCAPED_RUN)) {
      const plain = resolveEscapes(match[0]);
      if (plain !== match[0]) add(match.index, 'escapes', Buffer.from(plain, 'latin1'));
    }
  }
  for (const { at, text: joined } of joinings(text))
    found.push({ at, text: joined, via: 'pieces' });
  return found;
}

/** 1 for each character code of {@link BASE64}. */
const IS_BASE64 = Uint8Array.from({ length: 256 }, (_, code) =>
  BASE64.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Long runs of base64 characters. By hand: a pattern begins anew at each character of a word. */
function runsOf(text: string): { at: number; run: string }[] {
  const runs: { at: number; run: string }[] = [];
  let from = 0;
  const end = (at: number): void => {
    if (at - from >= BASE64_RUN) runs.push({ at: from, run: text.slice(from, at) });
  };
  for (let at = 0; at < text.length; at += 1) {
    if (IS_BASE64[text.charCodeAt(at)] === 1) continue;
    end(at);
    from = at + 1;
  }
  end(text.length);
  return runs;
}

function resolveEscapes(run: string): string {
  return run.replace(ESCAPE, (_all, ...groups: (string | number | undefined)[]) => {
    const [url, x, u, brace, htmlHex, html, octal] = groups;
    const hex = url ?? x ?? u ?? brace ?? htmlHex;
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(String(hex), 16));
    return String.fromCharCode(
      html === undefined ? Number.parseInt(String(octal), 8) : Number(html) % 256,
    );
  });
}

/**
 * Base64 folded over two or more lines, each bare or a quoted string of its own. The first line may
 * have anything in front (`key = "…`).
 */
function wrappedBlocks(text: string): { at: number; text: string }[] {
  const blocks: { at: number; text: string }[] = [];
  let at = 0;
  let start = 0;
  let parts: string[] = [];
  const flush = (): void => {
    if (parts.length > 1) blocks.push({ at: start, text: parts.join('') });
    parts = [];
  };
  for (const line of text.split('\n')) {
    const bare = line.length > 4096 ? '' : withoutQuotes(line);
    // A wrapped text ends in a line that may be short.
    if (parts.length > 0 && /^[A-Za-z0-9+/]{2,}={0,2}$/.test(bare)) parts.push(bare);
    else {
      flush();
      const tail = base64Tail(bare);
      if (tail !== '') {
        start = at;
        parts.push(tail);
      }
    }
    at += line.length + 1;
  }
  flush();
  return blocks;
}

/** A line without what stands around a string in code: indentation, quotes, commas, `+`. */
function withoutQuotes(line: string): string {
  // Step by step from each end: a pattern that ends in `$` would be quadratic.
  const isOneOf = (set: string, at: number): boolean => set.includes(line.charAt(at));
  let from = 0;
  let to = line.length;
  while (from < to && isOneOf(' \t\r"\'`#*', from)) from += 1;
  while (to > from && isOneOf(' \t\r\\,;)', to - 1)) to -= 1;
  let quoted = to;
  while (quoted > from && isOneOf(' \t+', quoted - 1)) quoted -= 1;
  // A `+` belongs to the text unless a quote stands before it.
  return quoted > from && isOneOf('"\'`', quoted - 1)
    ? line.slice(from, quoted - 1)
    : line.slice(from, to);
}

/** The base64 characters a line ends in; empty when they are too few to be the start of a block. */
function base64Tail(line: string): string {
  let from = line.length;
  while (from > 0 && /[A-Za-z0-9+/]/.test(line.charAt(from - 1))) from -= 1;
  return line.length - from >= 16 ? line.slice(from) : '';
}
