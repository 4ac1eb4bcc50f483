/** What a path, or a symbolic link's target, may look like in a commit that is pushed. */
import { secretRanges } from './secrets.ts';

/** Characters that file systems drop or that reorder what a person reads. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad\u061c\u180e]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;

/** Why a path is odd, in words; null when it is not. Never repeats the path. */
export function oddPath(path: string): string | null {
  if (path === '' || path.startsWith('/')) return 'is absolute or empty';
  if (CONTROL.test(path)) return 'contains a control character';
  if (path.includes('\ufffd')) return 'is not valid UTF-8';
  if (path.includes('\\')) return 'contains a backslash, which separates folders on Windows';
  if (INVISIBLE.test(path)) return 'contains an invisible or text-reordering character';
  if (Buffer.byteLength(path) > 4096) return 'is longer than 4096 bytes';
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') return 'has an empty, . or .. part';
    if (isGitName(name)) return 'has a part that some file systems take for .git';
    if (name.startsWith('-')) return 'has a part that begins with a dash, like an option';
    if (Buffer.byteLength(name) > 255) return 'has a part longer than 255 bytes';
  }
  return null;
}

/** `.git` as HFS+, NTFS or a case-insensitive file system would read it. */
export function isGitName(name: string): boolean {
  const seen = name
    .replace(new RegExp(INVISIBLE, 'gu'), '')
    .normalize('NFKC')
    .toLowerCase()
    // NTFS: streams (`.git::$INDEX_ALLOCATION`), trailing dots and spaces.
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return seen === '.git' || /^git~\d+$/.test(seen);
}

/** `.gitmodules`, by any name that a file system would read as it. */
export function isGitModules(path: string): boolean {
  const name = path
    .replace(new RegExp(INVISIBLE, 'gu'), '')
    .toLowerCase()
    .replace(/[. ]+$/, '');
  return name === '.gitmodules' || /^gitmod~\d+$|^gi7eba~\d+$/.test(name);
}

/**
 * Why a link at `path` may not point to `target`; null when it stays in the tree. Allowed are
 * relative targets whose `..` all stand in front: after a name, `..` leaves from wherever that
 * name really leads, which the text does not tell.
 */
export function badLinkTarget(path: string, target: string): string | null {
  if (target === '') return 'is empty';
  if (target.length > 4096) return 'is longer than 4096 bytes';
  if (CONTROL.test(target)) return 'contains a control character';
  if (target.includes('\\')) return 'contains a backslash';
  if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) return 'is absolute';
  if (target.startsWith('~')) return 'begins with ~';
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const up = ups === -1 ? parts.length : ups;
  if (parts.slice(up).includes('..')) return 'goes up again after a name';
  if (up > path.split('/').length - 1) return 'leads out of the repo';
  if (parts.some(isGitName)) return 'leads into .git';
  return null;
}

/**
 * A path fit to be shown: no control or invisible characters, no secret, bounded. `clean` when it
 * is known to hold no secret.
 */
export function shownPath(path: string, clean = false): string {
  let safe = '';
  let from = 0;
  const ranges = clean ? [] : secretRanges(path);
  for (const { at, end } of ranges.sort((a, b) => a.at - b.at || b.end - a.end)) {
    if (at < from) continue;
    // What hides behind an encoding has no exact end: the rest of the path goes with it.
    safe += `${path.slice(from, at)}[secret]`;
    from = end === at + 1 ? path.length : end;
  }
  safe += path.slice(from);
  const plain = safe.replace(
    new RegExp(`${CONTROL.source}|${INVISIBLE.source}`, 'gu'),
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return plain.length > 300 ? `${plain.slice(0, 200)}…${plain.slice(-80)}` : plain;
}
