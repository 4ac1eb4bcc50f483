/** Which names are safe to use as ids, branches and refs, and which file names git could take for `.git`. */

/** Ids of repos and runs become file names and ref components. */
export function isPlainId(value: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value) && isRefPath(value);
}

/**
 * True for a name that `git check-ref-format` would take below `refs/…/` and that no option parser
 * could mistake for an option. Components are separated by `/`.
 */
export function isRefPath(value: string): boolean {
  if (value.length === 0 || value.length > 400) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them in refs
  if (/[\u0000- ~^:?*[\\\u007f]|\.\.|@\{|\/\/|\.$/.test(value) || value === '@') return false;
  return value
    .split('/')
    .every((part) => part !== '' && !/^[-.]/.test(part) && !part.endsWith('.lock'));
}

/** Code points that HFS+ ignores when it compares names (as listed in git's utf8.c). */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

function hfsFold(name: string): string {
  return name.replace(HFS_IGNORED, '').toLowerCase();
}

/**
 * True when some file system would open `.git` under this name: case variants, NTFS short names,
 * trailing dots and spaces, alternate data streams, backslashes as separators, and HFS+ ignorables.
 */
export function isDotGitLike(name: string): boolean {
  if (hfsFold(name) === '.git') return true;
  return name.split('\\').some((part) => /^(?:\.git|git~1)[ .]*(?::.*)?$/is.test(part));
}

/** The same for `.gitmodules`, which git refuses as a symbolic link. */
export function isGitModulesLike(name: string): boolean {
  if (hfsFold(name) === '.gitmodules') return true;
  return name
    .split('\\')
    .some((part) => /^(?:\.gitmodules|gitmod~[1-4]|gi7eba~\d)[ .]*(?::.*)?$/is.test(part));
}
