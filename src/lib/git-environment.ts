/**
 * The closed environment git runs in: nothing of the operator's or a repository's settings reaches
 * it but what is named here. Settings travel in GIT_CONFIG_* variables, so they outrank any config
 * file, are inherited by git's own helpers, and keep argument lists short.
 */
import { availableParallelism } from 'node:os';

/** Transports a call may use; none unless it says so. */
export type GitProtocol = 'file' | 'https' | 'http' | 'ssh';

/**
 * Old blemishes that many honest histories carry and that cannot hurt: dates, names and zero-padded
 * modes. They pass on the way in from a registered source; new commits are checked without mercy.
 */
const OLD_BLEMISHES = [
  'badDate',
  'badDateOverflow',
  'badEmail',
  'badName',
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'missingTaggerEntry',
  'multipleAuthors',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
];

const SETTINGS: [string, string][] = [
  // Programs that a config could name: none of them runs.
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.askPass', ''],
  ['core.sshCommand', 'ssh -oBatchMode=yes'],
  ['core.pager', 'cat'],
  ['core.editor', 'false'],
  ['credential.helper', ''],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['push.gpgSign', 'false'],
  ['log.showSignature', 'false'],
  ['diff.external', ''],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // Files that git reads besides the repository.
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['init.templateDir', ''],
  // Bytes are bytes, names are names.
  ['core.autocrlf', 'false'],
  ['core.eol', 'lf'],
  ['core.safecrlf', 'false'],
  ['core.symlinks', 'true'],
  ['core.fileMode', 'true'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.precomposeUnicode', 'false'],
  ['core.quotePath', 'true'],
  ['color.ui', 'false'],
  ['advice.detachedHead', 'false'],
  // Derived files whose content git would believe without checking it against the objects.
  ['core.commitGraph', 'false'],
  ['core.multiPackIndex', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.splitIndex', 'false'],
  ['core.sparseCheckout', 'false'],
  ['index.version', '2'],
  ['index.sparse', 'false'],
  ['feature.manyFiles', 'false'],
  // Submodules are links to commits and nothing more.
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['diff.ignoreSubmodules', 'none'],
  // Objects are checked on every way in.
  ['transfer.fsckObjects', 'true'],
  ['fetch.fsckObjects', 'true'],
  ['receive.fsckObjects', 'true'],
  ...OLD_BLEMISHES.map((id): [string, string] => [`fetch.fsck.${id}`, 'warn']),
  ['protocol.allow', 'never'],
  ['protocol.version', '2'],
  ['safe.bareRepository', 'explicit'],
  ['core.logAllRefUpdates', 'false'],
  // An object or ref that git reported as written survives a power cut; batch keeps that cheap.
  ['core.fsync', 'committed,loose-object,reference'],
  ['core.fsyncMethod', 'batch'],
  // Measured: laying out files is bound by their creation, and a worker per core hides part of it.
  ['checkout.workers', String(Math.min(8, availableParallelism()))],
  ['checkout.thresholdForParallelism', '100'],
];

export interface GitPlace {
  gitDir?: string;
  workTree?: string;
  /** Index file of this call alone. */
  index?: string;
  /** Transports this call may use. */
  protocols?: GitProtocol[];
  /** Settings of this call alone; they come last and win. */
  config?: [string, string][];
  /** Extra variables, e.g. GIT_AUTHOR_DATE or SSH_AUTH_SOCK. */
  env?: Record<string, string>;
}

/** The whole environment of one git call. */
export function gitEnvironment(place: GitPlace): Record<string, string> {
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PROTOCOL_FROM_USER: '0',
    // Outranks protocol.allow and, unlike settings, also reaches the helper in the other repository.
    GIT_ALLOW_PROTOCOL: place.protocols?.join(':') || 'none',
    // Without a named git directory nothing may be found by looking around.
    GIT_CEILING_DIRECTORIES: '/',
    GIT_DISCOVERY_ACROSS_FILESYSTEM: '0',
    ...place.env,
  };
  if (place.gitDir !== undefined) env['GIT_DIR'] = place.gitDir;
  if (place.workTree !== undefined) env['GIT_WORK_TREE'] = place.workTree;
  if (place.index !== undefined) env['GIT_INDEX_FILE'] = place.index;
  const settings = [...SETTINGS, ...(place.config ?? [])];
  env['GIT_CONFIG_COUNT'] = String(settings.length);
  settings.forEach(([key, value], at) => {
    env[`GIT_CONFIG_KEY_${at}`] = key;
    env[`GIT_CONFIG_VALUE_${at}`] = value;
  });
  return env;
}
