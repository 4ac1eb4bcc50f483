/** The home folder: where everything of one installation lives. */
import { isAbsolute, join, normalize, parse, resolve, sep } from 'node:path';
import { printable } from '../lib/escape.ts';
import { ConfigError } from './errors.ts';

/** Absolute paths of everything aedev keeps on disk. */
export interface HomePaths {
  home: string;
  config: string;
  policiesFile: string;
  reposFile: string;
  database: string;
  /** Host-owned mirrors, `<id>.git`. */
  repos: string;
  /** The local forge's bare repos. */
  forge: string;
  runs: string;
  /** Dependency caches of the repos; made with the first one. */
  caches: string;
  missions: string;
  logs: string;
  keys: string;
  blobs: string;
  operatorToken: string;
  agentToken: string;
  /** Where the daemon listens, written by it. */
  daemonFile: string;
  daemonLock: string;
}

/** The paths below an absolute folder; looks at nothing on disk. */
export function pathsUnder(home: string): HomePaths {
  const config = join(home, 'config');
  const keys = join(home, 'keys');
  return {
    home,
    config,
    policiesFile: join(config, 'policies.yaml'),
    reposFile: join(config, 'repos.yaml'),
    database: join(home, 'aedev.db'),
    repos: join(home, 'repos'),
    forge: join(home, 'forge'),
    runs: join(home, 'runs'),
    caches: join(home, 'caches'),
    missions: join(home, 'missions'),
    logs: join(home, 'logs'),
    keys,
    blobs: join(home, 'blobs'),
    operatorToken: join(keys, 'operator.token'),
    agentToken: join(keys, 'agent.token'),
    daemonFile: join(home, 'daemon.json'),
    daemonLock: join(home, 'daemon.lock'),
  };
}

/** The folders that `aedev init` makes, and the doctor looks for; the configuration is the first. */
export const foldersOf = (paths: HomePaths): string[] => [
  // Its presence is what tells a half-made home from someone else's folder.
  paths.config,
  paths.keys,
  paths.repos,
  paths.forge,
  paths.runs,
  paths.missions,
  paths.logs,
  paths.blobs,
];

/**
 * Paths for this environment: AEDEV_HOME when set and not empty, else `~/.aedev`. Throws
 * ConfigError: `relative-home` (it would mean another folder for every process), `unsafe-home`.
 */
export function homePaths(
  env: Readonly<Record<string, string | undefined>>,
  homedir: string,
): HomePaths {
  const asked = env['AEDEV_HOME'] ?? '';
  if (asked === '') {
    if (isAbsolute(homedir)) return pathsUnder(join(homedir, '.aedev'));
    throw new ConfigError(
      'relative-home',
      'Your home folder is unknown.',
      'Set AEDEV_HOME to the full path of a folder for aedev.',
    );
  }
  const shown = printable(asked, 300);
  if (asked.includes('\0') || /\p{Cc}/u.test(asked))
    throw new ConfigError(
      'unsafe-home',
      `AEDEV_HOME holds an invisible character: ${shown}.`,
      'Type the path again.',
    );
  if (!isAbsolute(asked)) {
    const full = asked.startsWith('~') ? join(homedir, asked.slice(1)) : resolve(asked);
    throw new ConfigError(
      'relative-home',
      `AEDEV_HOME is not a full path: ${shown}.`,
      `Write it from the root, e.g. AEDEV_HOME=${printable(full, 300)}.`,
    );
  }
  const home = withoutEnd(normalize(asked));
  if (home === parse(home).root || home === withoutEnd(normalize(homedir)))
    throw new ConfigError(
      'unsafe-home',
      `AEDEV_HOME is ${shown}, which holds far more than aedev.`,
      `Name a folder of its own, e.g. AEDEV_HOME=${printable(join(asked, '.aedev'), 300)}.`,
    );
  return pathsUnder(home);
}

const withoutEnd = (path: string) =>
  path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path;
