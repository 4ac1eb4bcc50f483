/**
 * A run of one kind. `announced` is a quotation that only the words before it, and no mark, set apart. `open` is the width of the mark that opens it (and, but for quoted lines, closes it).
 */
interface Span {
  kind: 'prose' | 'code' | 'quote' | 'announced';
  start: number;
  end: number;
  open: number;
}

const PAIRS: Record<string, string> = {
  '“': '”',
  '‘': '’',
  '「': '」',
  '『': '』',
  '《': '》',
  '"': '"',
  "'": "'",
  '`': '`',
};
const SPAN_LIMIT = 400;

/** The line before names a document, or orders text to be written, and ends with a colon. */
const DOCUMENT =
  /(?:\b(?:add|append|insert|put|write|paste|entry|section|page|faq|bottom|end of|top of|last line|paragraph|text)\b|\.(?:mdx?|txt|html?)\b|文档|追加|插入|加上|写上|末尾)[^\n]{0,120}[:：][ \t]*\n\s*$/i;
/** "…, word for word:" */
const VERBATIM =
  /(?:verbatim|word for word|as follows|exactly (?:this|these|as)|the following|原文|原样|如下|以下)[^\n]{0,30}[:：][ \t]*\n\s*\n$/i;

/**
 * The end of the paragraph at `at`, with the heading above it, when the line before announced it as the text of
 * a document: it is to be written, and is no word to the reader. What follows is prose again.
 */
function announcedText(text: string, at: number): number | undefined {
  const before = text.slice(Math.max(0, at - 200), at);
  if (!DOCUMENT.test(before)) return undefined;
  const heading = /^#{1,6} \S/.test(text.slice(at, at + 8));
  if (!heading && !(text[at - 2] === '\n' && VERBATIM.test(before))) return undefined;
  const block = (
    heading ? /^[^\n]{0,300}\n\s{0,4}(?:[^\n]{1,2000}\n?){0,20}/ : /^(?:[^\n]{1,2000}\n?){1,20}/
  ).exec(text.slice(at, at + 8000));
  return block === null ? undefined : at + block[0].trimEnd().length;
}

/** The end of a line that a diff adds: one of several that begin with `+`. */
function addedLine(text: string, at: number): number | undefined {
  if (text[at] !== '+' || !/\S/.test(text[at + 1] ?? ' ')) return undefined;
  const end = text.indexOf('\n', at);
  const next = end >= 0 && text[end + 1] === '+';
  const last = text.lastIndexOf('\n', at - 2);
  if (!next && !(at > 1 && text[last + 1] === '+')) return undefined;
  return end < 0 ? text.length : end;
}

/** The end of a line that Markdown sets apart as a quotation (`> …`) or, after a blank line, as an indented block. */
function literalLine(text: string, at: number): number | undefined {
  const quoted = text[at] === '>' && text[at + 1] === ' ';
  const indented =
    text.startsWith('    ', at) &&
    /\S/.test(text[at + 4] ?? ' ') &&
    !/[-*+\d]/.test(text[at + 4] ?? '') &&
    (at < 2 || text[at - 2] === '\n');
  if (!quoted && !indented) return undefined;
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Splits into prose, code and quotes. A closing mark is sought only nearby, so the scan stays linear. */
export function spans(text: string): Span[] {
  const out: Span[] = [];
  let prose = 0;
  let fences = true;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    const starts = i === 0 || text[i - 1] === '\n';
    const loud = starts ? (announcedText(text, i) ?? addedLine(text, i)) : undefined;
    const block = loud ?? (starts ? literalLine(text, i) : undefined);
    if (block !== undefined) {
      if (i > prose) out.push({ kind: 'prose', start: prose, end: i, open: 0 });
      out.push({ kind: loud === undefined ? 'quote' : 'announced', start: i, end: block, open: 0 });
      prose = block;
      i = block - 1;
      continue;
    }
    const closer = PAIRS[c];
    if (closer === undefined) continue;
    let end = -1;
    let width = 1;
    if (c === '`' && text.startsWith('```', i)) {
      width = 3;
      end = fences ? text.indexOf('```', i + 3) : -1;
      if (end < 0) fences = false;
    } else {
      const before = text[i - 1] ?? ' ';
      const after = text[i + 1] ?? ' ';
      if ((c === "'" || c === '"') && (/\w/.test(before) || /\s/.test(after))) continue;
      const limit = Math.min(text.length, i + SPAN_LIMIT);
      for (let j = i + 1; j < limit; j++) {
        const d = text[j];
        if (d === '\n' && text[j + 1] === '\n') break;
        if (d === '\n' && c !== '“' && c !== '"') break;
        if (d === closer && (c !== "'" || !/\w/.test(text[j + 1] ?? ' '))) {
          end = j;
          break;
        }
      }
    }
    if (end < 0) continue;
    if (i > prose) out.push({ kind: 'prose', start: prose, end: i, open: 0 });
    out.push({ kind: c === '`' ? 'code' : 'quote', start: i, end: end + width, open: width });
    prose = end + width;
    i = prose - 1;
  }
  if (prose < text.length) out.push({ kind: 'prose', start: prose, end: text.length, open: 0 });
  return out;
}
