/** What went wrong, as one sentence with an exit code: told by tags, never by message text. */
import { CliError, EXIT, type ExitName } from './exit-codes.ts';
import { safe } from './output.ts';

export interface Failure {
  exit: number;
  /** Stable, for programs. */
  code: string;
  sentence: string;
  remedy: string;
  /** It should not happen: worth a stack trace. */
  unexpected: boolean;
}

/** By the name of the error's class, then its tag; `*` for every other tag of the class. */
const KINDS: Record<string, Record<string, ExitName>> = {
  ConfigError: {
    '*': 'config',
    'read-only': 'machine',
    'not-permitted': 'machine',
    'disk-full': 'machine',
    io: 'machine',
    locked: 'machine',
    'changed-meanwhile': 'machine',
    'bad-operator': 'usage',
    'known-repo': 'usage',
    'not-a-source': 'usage',
    'log-gone': 'integrity',
    'unknown-repo': 'not-found',
  },
  ClientError: { '*': 'daemon', refused: 'refused', failed: 'bug' },
  DaemonFileError: { '*': 'daemon' },
  DaemonRunning: { '*': 'daemon' },
  IdentityError: { '*': 'machine' },
  KeyError: { '*': 'machine' },
  ServeError: { '*': 'machine' },
  GitError: { '*': 'machine' },
  ClaudeCliError: { '*': 'machine' },
  BundleError: { '*': 'integrity' },
  StoreError: {
    '*': 'machine',
    corrupt: 'integrity',
    'older-schema': 'config',
    'newer-schema': 'config',
    conflict: 'bug',
    invalid: 'bug',
    closed: 'bug',
  },
};

/** Sentences for tagged data that carries none. */
const SAID: Record<string, (data: Record<string, unknown>) => [ExitName, string, string]> = {
  'index-files': ({ file, reason }) => ['usage', `The index file ${file} ${reason}.`, ''],
};

const REMEDIES: Record<string, string> = {
  'older-schema': 'Start the daemon once: it brings the log up to date.',
  'newer-schema': 'Use the newer aedev that wrote this log.',
  'disk-full': 'Free some space and try again.',
};

export function failureOf(error: unknown): Failure {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const text = (key: string) => (typeof fields[key] === 'string' ? (fields[key] as string) : '');
  const tag = text('tag');
  if (error instanceof CliError)
    return failure(error.exit, error.code, error.sentence, error.remedy);
  const said = error instanceof Error ? undefined : SAID[tag]?.(fields);
  if (said) return failure(said[0], tag, said[1], said[2]);
  const kinds = error instanceof Error ? KINDS[error.name] : undefined;
  if (!kinds || tag === '') return unexpected(error);
  const unknown = tag === 'refused' && text('code').startsWith('unknown-');
  const exit = unknown ? 'not-found' : (kinds[tag] ?? kinds['*'] ?? 'bug');
  const sentence = text('sentence') || text('message');
  const code = tag === 'refused' ? text('code') || tag : tag;
  return failure(exit, code, sentence, text('remedy') || (REMEDIES[tag] ?? ''));
}

function failure(exit: ExitName, code: string, sentence: string, remedy: string): Failure {
  return {
    exit: EXIT[exit].code,
    code,
    sentence: safe(sentence),
    remedy: safe(remedy),
    unexpected: exit === 'bug',
  };
}

function unexpected(error: unknown): Failure {
  const what = error instanceof Error ? error.message : String(error);
  const remedy = 'Run the command again with AEDEV_DEBUG=1 for the details.';
  return { ...failure('bug', 'bug', `Something unexpected went wrong: ${what}`, remedy) };
}
