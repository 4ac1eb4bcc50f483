/** `aedev init`: makes what is missing in the home folder and touches nothing that is there. */

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { policiesFile } from '../control/policy.ts';
import { printable } from '../lib/escape.ts';
import { codeOf } from '../lib/small-file.ts';
import { defaultPolicies, defaultRepos } from './defaults.ts';
import { ConfigError, fileError } from './errors.ts';
import { readSmall, replaceFile, writeNew } from './files.ts';
import { foldersOf, type HomePaths } from './home.ts';
import { type ConfigFile, schemaName, schemaText } from './json-schema.ts';
import { loadRepoSources, within } from './sources.ts';
import { TOKEN_PREFIX } from './tokens.ts';

export interface InitReport {
  home: string;
  /** Relative to the home folder, folders with a slash at the end. */
  made: string[];
  kept: string[];
  /** Folders whose permissions were too wide, and aedev's own generated files brought up to date. */
  corrected: string[];
}

/**
 * Makes the folders (0700), the default configuration and the tokens (0600). Running it again
 * changes nothing that is there, and finishes what was interrupted. Throws ConfigError.
 */
export function initHome(paths: HomePaths, options: { operator: string }): InitReport {
  if (!policiesFile.safeParse({ system: { operator: options.operator } }).success)
    throw new ConfigError(
      'bad-operator',
      `"${printable(options.operator, 80)}" cannot be the operator's name.`,
      'Use 1 to 64 letters, digits or . _ @ -.',
    );
  const report: InitReport = { home: paths.home, made: [], kept: [], corrected: [] };
  checkHome(paths);
  for (const folder of [paths.home, ...foldersOf(paths)]) makeFolder(folder, paths, report);
  const make = (path: string, content: () => string) => {
    // Looked at first, so that running again also works on a full or read-only disk.
    const there = statSync(path, { throwIfNoEntry: false }) !== undefined;
    const made = !there && writeNew(path, content());
    report[made ? 'made' : 'kept'].push(relative(paths.home, path));
  };
  // A home inside some git work tree, e.g. of dotfiles, must never be committed by accident.
  make(join(paths.home, '.gitignore'), () => '*\n');
  make(paths.policiesFile, () => defaultPolicies(options.operator));
  make(paths.reposFile, defaultRepos);
  for (const file of ['policies.yaml', 'repos.yaml'] as const) writeSchema(file, paths, report);
  make(paths.operatorToken, () => newToken(TOKEN_PREFIX.operator));
  make(paths.agentToken, () => newToken(TOKEN_PREFIX.agent));
  return report;
}

const newToken = (prefix: string) => `${prefix}${randomBytes(32).toString('base64url')}\n`;

/** The editor's schema is generated, so a newer aedev replaces it. */
function writeSchema(file: ConfigFile, paths: HomePaths, report: InitReport): void {
  const path = join(paths.config, schemaName(file));
  const content = schemaText(file);
  const name = relative(paths.home, path);
  const there = readSmall(path, 8 * 1024 * 1024, { followLinks: true });
  if (there === null) report[writeNew(path, content) ? 'made' : 'kept'].push(name);
  else if (typeof there !== 'string' && there.bytes.equals(Buffer.from(content)))
    report.kept.push(name);
  else {
    replaceFile(path, content, 0o600);
    report.corrected.push(name);
  }
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileError(error, 'use', path);
  }
}

/** Refuses a home that is not ours to fill. */
function checkHome(paths: HomePaths): void {
  const { home } = paths;
  const shown = printable(home, 300);
  const stats = look(home);
  if (stats !== undefined && !stats.isDirectory())
    throw new ConfigError(
      'home-not-a-folder',
      `The aedev home ${shown} is a file.`,
      'Move it away, or set AEDEV_HOME to another folder.',
    );
  if (stats !== undefined && process.getuid !== undefined && stats.uid !== process.getuid())
    throw new ConfigError(
      'home-not-yours',
      `The aedev home ${shown} belongs to another account.`,
      'Run aedev as that account, or set AEDEV_HOME to a folder of yours.',
    );
  if (stats !== undefined && look(paths.config) === undefined) {
    let names: string[];
    try {
      names = readdirSync(home);
    } catch (error) {
      throw fileError(error, 'read the folder', home);
    }
    if (names.some((name) => name !== '.DS_Store' && name !== '.gitignore'))
      throw new ConfigError(
        'home-in-use',
        `The folder ${shown} already holds other things and is no aedev home.`,
        'Set AEDEV_HOME to an empty or a new folder.',
      );
  }
  const real = realOrAbove(home);
  for (const { id, source } of loadRepoSources(paths)) {
    if (within(real, realOrAbove(source)))
      throw new ConfigError(
        'home-in-repo',
        `The aedev home ${shown} lies inside the registered repo ${id}.`,
        'Move the home out of it: its keys could be committed.',
      );
  }
}

/** The path with the links of its existing part resolved. */
function realOrAbove(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realOrAbove(above), relative(above, path));
  }
}

function makeFolder(folder: string, paths: HomePaths, report: InitReport): void {
  const name = folder === paths.home ? './' : `${relative(paths.home, folder)}/`;
  try {
    if (folder === paths.home) mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    report.made.push(name);
    return;
  } catch (error) {
    const stats = codeOf(error) === 'EEXIST' ? look(folder) : undefined;
    if (!stats?.isDirectory()) throw fileError(error, 'make the folder', folder);
    report.kept.push(name);
    if (process.platform === 'win32' || (stats.mode & 0o077) === 0) return;
  }
  try {
    chmodSync(folder, 0o700);
  } catch (error) {
    throw fileError(error, 'close to others the folder', folder);
  }
  report.corrected.push(name);
}
