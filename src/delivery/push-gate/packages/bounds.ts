/** What no tool writes into a lockfile is refused before anything reads it: the readers are for what is left. */

/** In UTF-16 units. The lockfiles of very large repos have two to five million. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** berry writes all ranges of a package into one key: some thousand characters where many ask for it. */
const MAX_LINE = 16 * 1024;
/** More than the largest repos have; every one of them costs time. */
export const MAX_PACKAGES = 50_000;

/**
 * Line ends that are none to us but to some reader of YAML, control characters, and marks of byte order.
 * A lone carriage return is a line end in YAML.
 */
const ODD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0085\u2028\u2029\ufeff]|\r(?!\n)/;

export const isTooLong = (text: string): boolean => text.length > MAX_LENGTH;

/** For formats of lines; JSON may stand on one line. */
export function isOfLines(text: string): boolean {
  if (isTooLong(text) || ODD.test(text)) return false;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    if (stop - at > MAX_LINE) return false;
    at = stop + 1;
  }
  return true;
}
