/**
 * Reads a patch made by our own `git diff-tree -p`. Sections are matched to the raw list by order,
 * never by the names in their headers: inside a hunk every line starts with a mark, so that no
 * content can pose as a header.
 */
export interface PatchLine {
  sign: '+' | '-';
  /** Line number in the new file for `+`, in the old file for `-`. */
  line: number;
  text: string;
}

export interface FilePatch {
  path: string;
  lines: PatchLine[];
  /** A NUL byte is in the changed lines or their context. */
  binary: boolean;
}

const HUNK = /^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@/;

/**
 * @param expected paths in the order of `diff-tree --raw`; a type change makes two sections.
 * @returns null when the sections do not fit the list (never the case for a whole patch of ours);
 *   with `cut`, the sections that are there.
 */
export function parsePatch(
  patch: string,
  expected: readonly { path: string; sections: 1 | 2 }[],
  cut: boolean,
): FilePatch[] | null {
  const slots = expected.flatMap(({ path, sections }) => Array<string>(sections).fill(path));
  const files: FilePatch[] = [];
  let current: FilePatch | undefined;
  let inHunk = false;
  let oldLine = 0;
  let newLine = 0;
  let from = 0;
  while (from < patch.length) {
    const found = patch.indexOf('\n', from);
    const end = found < 0 ? patch.length : found;
    const text = patch.slice(from, end);
    from = end + 1;
    if (text.startsWith('diff --git ')) {
      const path = slots[files.length];
      if (path === undefined) return null;
      current = { path, lines: [], binary: false };
      files.push(current);
      inHunk = false;
      continue;
    }
    if (current === undefined) return null;
    const hunk = HUNK.exec(text);
    if (hunk !== null) {
      inHunk = true;
      oldLine = Number(hunk[1]);
      newLine = Number(hunk[2]);
    } else if (inHunk) {
      if (text.includes('\0')) current.binary = true;
      const sign = text[0];
      if (sign === '+') current.lines.push({ sign, line: newLine++, text: text.slice(1) });
      else if (sign === '-') current.lines.push({ sign, line: oldLine++, text: text.slice(1) });
      else if (sign === ' ') {
        oldLine += 1;
        newLine += 1;
      }
    }
  }
  return cut || files.length === slots.length ? files : null;
}
