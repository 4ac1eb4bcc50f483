/** Deals a long diff out by file, so that each file's diff is whole in one part. */

export interface FileDiff {
  /** Everything from its `diff --git` line on. */
  text: string;
  length: number;
}

export interface Dealt {
  groups: FileDiff[][];
  /** Sections that fit into no part. */
  uncovered: FileDiff[];
  files: number;
}

/**
 * In git's order; a part is filled until the next file does not fit. No line of a diff but the
 * first of a file begins with `diff --git`: content lines begin with a mark of their own.
 * @param room what a part may hold, measured by `lengthOf`.
 */
export function dealOut(diff: string, room: number, lengthOf: (text: string) => number): Dealt {
  // After a line feed only: `^` also matches after other characters that end a line on a screen.
  const sections = diff.split(/(?<=\n)(?=diff --git )/).filter((text) => text !== '');
  const dealt: Dealt = { groups: [], uncovered: [], files: sections.length };
  let group: FileDiff[] = [];
  let left = room;
  for (const text of sections) {
    const section = { text, length: lengthOf(text) + 1 };
    if (section.length > room) {
      dealt.uncovered.push(section);
      continue;
    }
    if (section.length > left) {
      dealt.groups.push(group);
      group = [];
      left = room;
    }
    group.push(section);
    left -= section.length;
  }
  if (group.length > 0) dealt.groups.push(group);
  return dealt;
}
