/** What both sides of a conflict did to a file, as patches short enough to be read by a coder. */
import { printable } from '../lib/escape.ts';
import { GitError, git } from '../lib/git.ts';

const MAX_FILES = 6;
const MAX_CHARS = 3_000;
const MAX_BYTES = 256 * 1024;

export interface Sides {
  file: string;
  /** From the common base to the base branch as it is now. */
  theirs: string;
  /** From the common base to the task's own head. */
  ours: string;
}

/** The first files only; a side that cannot be shown says so. Throws nothing for odd paths. */
export async function bothSides(
  gitDir: string,
  { base, head, onto }: { base: string; head: string; onto: string },
  files: readonly string[],
): Promise<Sides[]> {
  const found: Sides[] = [];
  for (const file of files.slice(0, MAX_FILES))
    found.push({
      file,
      theirs: await patch(gitDir, base, onto, file),
      ours: await patch(gitDir, base, head, file),
    });
  return found;
}

async function patch(gitDir: string, from: string, to: string, file: string): Promise<string> {
  const args = ['diff-tree', '-r', '-p', '--no-commit-id', '--no-renames', '--no-ext-diff'];
  try {
    const { stdout } = await git(
      [...args, '--no-textconv', '--no-color', '--unified=2', from, to, '--', file],
      { gitDir, maxBytes: MAX_BYTES },
    );
    // The header names blobs and paths, which the finding names already.
    const text = stdout.toString('utf8').replace(/^[\s\S]*?(?=^@@ )/m, '');
    const lines = printable(text, MAX_CHARS, { lines: true }).trimEnd();
    if (lines === '') return '(no text that can be shown)';
    return text.length > MAX_CHARS ? `${lines}\n(the rest is left out)` : lines;
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return '(too long to be shown)';
  }
}
