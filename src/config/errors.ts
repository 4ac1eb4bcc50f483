/**
 * What can go wrong with the home folder and the files in it, as tagged errors with a remedy.
 * Never holds a token, a key, or the value of a setting that could be one.
 */

import { printable } from '../lib/escape.ts';
import { codeOf } from '../lib/small-file.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';

export type ConfigErrorTag =
  | 'relative-home'
  | 'unsafe-home'
  | 'home-not-a-folder'
  | 'home-in-use'
  | 'home-not-yours'
  | 'home-in-repo'
  | 'read-only'
  | 'not-permitted'
  | 'disk-full'
  | 'missing'
  | 'not-a-file'
  | 'io'
  | 'token-exposed'
  | 'token-malformed'
  | 'token-missing'
  | 'bad-operator'
  | 'invalid-config'
  | 'changed-meanwhile'
  | 'locked'
  | 'known-repo'
  | 'unknown-repo'
  | 'not-a-source'
  | 'log-gone';

/** One clear sentence of what is wrong and one of what to do. */
export class ConfigError extends Error {
  readonly tag: ConfigErrorTag;
  readonly sentence: string;
  readonly remedy: string;
  /** For `invalid-config`: every problem found, in the order of the files. */
  readonly problems: readonly ConfigProblem[];

  constructor(
    tag: ConfigErrorTag,
    sentence: string,
    remedy: string,
    options: { cause?: unknown; problems?: readonly ConfigProblem[] } = {},
  ) {
    super(`${sentence} ${remedy}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ConfigError';
    this.tag = tag;
    this.sentence = sentence;
    this.remedy = remedy;
    this.problems = options.problems ?? [];
  }
}

/** For files that do not load: the sentence names the first problem and how many there are. */
export function invalidConfig(
  problems: readonly ConfigProblem[],
  what = 'The configuration is not valid',
): ConfigError {
  const first = problems[0];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const detail = first === undefined ? '.' : `: ${formatProblem(first)}${more}.`;
  return new ConfigError(
    'invalid-config',
    `${what}${detail.replace('?.', '?')}`,
    'Correct it; `aedev config check` lists every problem.',
    { problems },
  );
}

type Rule = [tag: ConfigErrorTag, why: string, remedy: string];
const NOT_A_FOLDER: Rule = [
  'home-not-a-folder',
  'something on the way is a file, not a folder',
  'Move that file away, or set AEDEV_HOME to another folder.',
];
const A_FOLDER: Rule = ['not-a-file', 'it is a folder', 'Move that folder away.'];
const FULL: Rule = ['disk-full', 'the disk is full', 'Free some space and try again.'];
const NOT_PERMITTED: Rule = [
  'not-permitted',
  'the permissions do not allow it',
  'Give your own account access to it, or set AEDEV_HOME to another folder.',
];
const RULES: Record<string, Rule> = {
  ENOSPC: FULL,
  EDQUOT: [FULL[0], 'your disk quota is used up', FULL[2]],
  EROFS: [
    'read-only',
    'the file system is read-only',
    'Make it writable, or set AEDEV_HOME to a folder that is.',
  ],
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  ENOTDIR: NOT_A_FOLDER,
  EEXIST: NOT_A_FOLDER,
  ELOOP: [
    'not-a-file',
    'it is a symbolic link where none is followed',
    'Put the file itself there.',
  ],
  EISDIR: A_FOLDER,
  ERR_FS_EISDIR: A_FOLDER,
  ENOENT: ['missing', 'it does not exist', 'Run `aedev init`.'],
};

/** A failed file operation in words. `doing` completes "cannot …", e.g. `make the folder`. */
export function fileError(error: unknown, doing: string, path: string): ConfigError {
  if (error instanceof ConfigError) return error;
  const code = codeOf(error);
  const [tag, why, remedy] = RULES[code] ?? [
    'io',
    `the system answered ${code === '' ? 'with an unknown error' : code}`,
    'Look at the disk and try again.',
  ];
  return new ConfigError(tag, `Cannot ${doing} ${printable(path, 300)}: ${why}.`, remedy, {
    cause: error,
  });
}
