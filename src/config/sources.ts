/** What the `source` of a repo may be, told from its text alone, and where it lies on this disk. */
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_CONFIG_BYTES, readSmall } from './files.ts';
import type { HomePaths } from './home.ts';
import { yamlTree } from './yaml-tree.ts';

/** True when `path` is `folder` or lies below it. Both absolute. */
export function within(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
}

export interface SourceProblem {
  reason: string;
  hint: string | null;
}

/** The absolute local path a source names; null for one on another machine. */
export function localPath(source: string): string | null {
  if (isAbsolute(source)) return source;
  if (!source.startsWith('file://')) return null;
  try {
    return fileURLToPath(source);
  } catch {
    return null;
  }
}

const scpLike = /^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)/;

/** Why aedev would not fetch from this source; null when it would. Never repeats a password. */
export function sourceProblem(source: string, homedir: string): SourceProblem | null {
  const say = (reason: string, hint: string | null = null): SourceProblem => ({ reason, hint });
  if (/\p{Cc}|\p{Cf}/u.test(source)) return say('holds an invisible character; type it again');
  if (source !== source.trim()) return say('begins or ends with a space; remove it');
  if (source.startsWith('-')) return say('begins with a dash, which git would take for an option');
  if (isAbsolute(source)) return null;
  if (source.startsWith('~/'))
    return say(
      'is not a full path; ~ is not expanded in this file',
      `${homedir}${source.slice(1)}`,
    );
  if (source.includes('::')) return say('names a git remote helper, which could run any program');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (scpLike.test(source)) return null;
    return say(
      'is not a full path or URL; a relative path would depend on where aedev was started',
    );
  }
  if (!['https', 'http', 'ssh', 'file'].includes(scheme))
    return say(`uses ${scheme}://, which is not supported; use https, ssh or a path`);
  let url: URL;
  try {
    url = new URL(source);
  } catch {
    return say('is not a complete URL');
  }
  if (scheme === 'file' && localPath(source) === null)
    return say('names a file on another machine; write a path of this one');
  if (url.password !== '' || (scheme.startsWith('http') && url.username !== ''))
    return say('holds a user name or password; take it out, secrets do not belong in this file');
  if (url.search !== '' || url.hash !== '') return say('has a ? or # part; write the plain URL');
  return null;
}

/** Ids and absolute paths of the registered local repos, as far as the file can be read. */
export function loadRepoSources(paths: HomePaths): { id: string; source: string }[] {
  const read = readSmall(paths.reposFile, MAX_CONFIG_BYTES, { followLinks: true });
  if (read === null || typeof read === 'string') return [];
  const { value } = yamlTree('repos.yaml', read.bytes.toString('utf8'));
  const repos = (value as { repos?: unknown } | undefined)?.repos;
  if (!Array.isArray(repos)) return [];
  return repos.flatMap((entry: { id?: unknown; source?: unknown } | null) => {
    const source = typeof entry?.source === 'string' ? localPath(entry.source) : null;
    return source === null ? [] : [{ id: String(entry?.id), source }];
  });
}
