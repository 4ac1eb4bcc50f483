/**
 * Text of unknown origin made safe to print on a terminal, in a log line or in an error sentence.
 *
 * Escaped: controls, format characters (bidirectional, zero-width, tags), default-ignorable ones
 * (fillers, variation selectors), line and paragraph separators, and lone surrogates. They can
 * rewrite a terminal, forge a log line, or make two different names look the same.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/gu;

function escapeOne(found: string): string {
  if (found === '\n') return '\\n';
  if (found === '\r') return '\\r';
  if (found === '\t') return '\\t';
  const point = found.codePointAt(0) ?? 0;
  if (point < 0x100) return `\\x${point.toString(16).padStart(2, '0')}`;
  return `\\u{${point.toString(16)}}`;
}

/**
 * `text` with every character that could mislead or act replaced by a visible escape, cut to at
 * most `max` UTF-16 units (an ellipsis shows the cut). With `lines`, newlines are kept.
 */
export function printable(text: string, max = 2000, options: { lines?: boolean } = {}): string {
  // Cut the input first: escaping a gigabyte to show two thousand characters would be a gift.
  const head = text.length > max ? text.slice(0, max + 1) : text;
  const escaped = head.replace(UNSAFE, (found) =>
    found === '\n' && options.lines === true ? found : escapeOne(found),
  );
  if (escaped.length <= max && text.length <= max) return escaped;
  const cut = escaped.slice(0, Math.max(0, max - 1));
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
