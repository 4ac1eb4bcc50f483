/** The YAML library's error codes in words an operator can act on. */

const REASONS: Record<string, string> = {
  ALIAS_PROPS: 'an alias (*name) cannot carry a tag or an anchor; write the value itself',
  BAD_ALIAS: 'aliases (*name) are not supported; write the value itself',
  BAD_DIRECTIVE: 'a % directive is not supported; remove that line',
  BAD_DQ_ESCAPE: 'this backslash means nothing between double quotes; use single quotes',
  BAD_INDENT:
    'the indentation does not fit the lines above, or a bracket there is not closed; align it or close it',
  BAD_PROP_ORDER: 'anchors and tags are not supported; remove them',
  BAD_SCALAR_START: 'a value cannot start with this character; put it between quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second `: ` follows on one line, or the next line is indented too far; quote the value or align the lines',
  BLOCK_IN_FLOW: 'an indented block cannot stand between brackets; close the bracket first',
  DUPLICATE_KEY: 'a key is set twice; keep one of them',
  IMPOSSIBLE: 'the text cannot be read as YAML here',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a closing quote, bracket, comma or colon is missing here or above',
  MULTILINE_IMPLICIT_KEY:
    'a key must stand on one line; a colon, comma or closing bracket is missing here',
  MULTIPLE_ANCHORS: 'anchors (&name) are not supported; remove them',
  MULTIPLE_DOCS: 'a second document begins here; keep one per file and remove this --- line',
  MULTIPLE_TAGS: 'tags (!name) are not supported; remove them',
  NON_STRING_KEY: 'a key must be a plain word',
  TAB_AS_INDENT: 'the line is indented with a tab; use spaces',
  TAG_RESOLVE_FAILED: 'tags (!name) are not supported; remove the tag',
  UNEXPECTED_TOKEN:
    'something stands here that does not fit; check brackets, dashes and indentation',
};

/** Why the text is no YAML, for a library error code at `offset`. */
export function syntaxReason(code: string, text: string, offset: number): string {
  // The library reports some tabs by what they break.
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const indent = /^[ \t]*/.exec(text.slice(Math.min(start, offset), offset + 200))?.[0] ?? '';
  const tab = indent.includes('\t') ? REASONS['TAB_AS_INDENT'] : undefined;
  return tab ?? REASONS[code] ?? 'the text cannot be read as YAML here';
}
