/** The machine and the home folder: programs, permissions, space, keys, files left half-written. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { broken, count, few, missing, ok, shellWord, warning } from './words.ts';

export interface MachineFacts {
  platform: string;
  /** Without the leading `v`. */
  node: string;
  git:
    | { state: 'found'; version: string }
    | { state: 'missing' }
    | { state: 'failed'; why: string };
}

/** Node: as package.json's `engines` says. Git: `merge-tree --write-tree` came with 2.38. */
const NODE_MIN = [20, 19];
const GIT_MIN = [2, 38];

function atLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

export function ofMachine({ node, git, platform }: MachineFacts): Diagnosis[] {
  const nodeLine = atLeast(node, NODE_MIN)
    ? ok('node', `Node.js ${node}.`)
    : broken(
        'node',
        'machine',
        `Node.js ${node} is too old: aedev needs ${NODE_MIN.join('.')} or newer.`,
        'Install the current LTS of Node.js, e.g. `nvm install --lts`.',
      );
  return [nodeLine, gitLine(git, installGit(platform))];
}

function gitLine(git: MachineFacts['git'], install: string): Diagnosis {
  if (git.state === 'missing')
    return missing(
      'git',
      'machine',
      'git is not on the PATH, and aedev cannot work without it.',
      install,
    );
  if (git.state === 'failed')
    return broken(
      'git',
      'machine',
      `git does not answer: ${git.why}.`,
      'Run `git version` and mend what it says.',
    );
  return atLeast(git.version, GIT_MIN)
    ? ok('git', `git ${git.version}.`)
    : broken(
        'git',
        'machine',
        `git ${git.version} is too old: aedev needs ${GIT_MIN.join('.')} or newer, for merge-tree --write-tree.`,
        install,
      );
}

function installGit(platform: string): string {
  if (platform === 'darwin') return 'Run `brew install git`.';
  if (platform === 'win32') return 'Run `winget install Git.Git`.';
  return 'Install it with your package manager, e.g. `sudo apt-get install git`.';
}

export interface HomeFacts {
  path: string;
  state: 'missing' | 'not-a-folder' | 'unreadable' | 'folder';
  /** Permission bits; null where the system has none. */
  mode: number | null;
  /** It belongs to this account. */
  ours: boolean;
  writable: boolean;
  /** Folders and files below it that `aedev init` makes and that are not there. */
  missing: string[];
  /** Folders below it that other accounts may enter. */
  exposed: string[];
}

export function ofHome(home: HomeFacts): Diagnosis[] {
  const what = 'home';
  const at = home.path;
  if (home.state === 'missing')
    return [missing(what, 'config', `There is no aedev home at ${at} yet.`, 'Run `aedev init`.')];
  if (home.state === 'not-a-folder')
    return [
      broken(
        what,
        'config',
        `The aedev home ${at} is a file, not a folder.`,
        'Move it away, then run `aedev init`.',
      ),
    ];
  if (home.state === 'unreadable')
    return [
      broken(
        what,
        'machine',
        `This account may not look into the aedev home ${at}.`,
        `Run \`chmod 700 ${shellWord(at)}\` as its owner.`,
      ),
    ];
  const lines: Diagnosis[] = [];
  if (!home.ours)
    lines.push(
      broken(
        what,
        'config',
        `The aedev home ${at} belongs to another account.`,
        'Run aedev as that account, or set AEDEV_HOME to a folder of yours.',
      ),
    );
  const open = home.mode !== null && (home.mode & 0o077) !== 0;
  if (open)
    lines.push(
      broken(
        what,
        'machine',
        `Other accounts may look into the aedev home ${at} (mode ${modeText(home.mode)}); it must be private (700).`,
        `Run \`chmod 700 ${shellWord(at)}\`.`,
      ),
    );
  // Behind a private home nobody gets at them; behind an open one each is said.
  if (home.exposed.length > 0)
    lines.push(
      warning(
        what,
        `Other accounts may enter ${home.exposed.join(', ')} once they are in the home.`,
        'Run `aedev init`: it closes them.',
      ),
    );
  if (!home.writable)
    lines.push(
      broken(
        what,
        'machine',
        `This account may not write to the aedev home ${at}.`,
        `Run \`chmod u+rwx ${shellWord(at)}\`, or make its file system writable.`,
      ),
    );
  if (home.missing.length > 0)
    lines.push(
      missing(
        what,
        'config',
        `The aedev home ${at} is not complete: ${home.missing.join(', ')} ${home.missing.length === 1 ? 'is' : 'are'} missing.`,
        'Run `aedev init`: it makes what is missing and keeps the rest.',
      ),
    );
  if (lines.length === 0) lines.push(ok(what, `${at} is complete, private and writable.`));
  return lines;
}

const modeText = (mode: number | null) => ((mode ?? 0) & 0o777).toString(8).padStart(3, '0');

export interface KeyFacts {
  /** What it is, e.g. `operator token`. */
  name: string;
  path: string;
  state: 'ok' | 'missing' | 'exposed' | 'damaged' | 'unreadable';
  /** `init`: made by `aedev init`. `start`: by the daemon. `once`: by the first daemon, and irreplaceable. */
  madeBy: 'init' | 'start' | 'once';
}

/** `used`: there is a log, so a daemon has run here. */
export function ofKeys(keys: readonly KeyFacts[], used: boolean): Diagnosis[] {
  const due = keys.filter(
    (key) => key.state !== 'missing' || key.madeBy === 'init' || (used && key.madeBy === 'once'),
  );
  const lines = due.flatMap((key) => keyLine(key) ?? []);
  if (lines.length > 0) return lines;
  const later = keys.length - due.length;
  const rest = later === 0 ? '' : `; ${later} more will be made when the daemon starts`;
  return [ok('keys', `${count(due.length, 'key')} and tokens are there and private${rest}.`)];
}

function keyLine({ name, path, state, madeBy }: KeyFacts): Diagnosis | null {
  const what = `keys ${name}`;
  const kind = madeBy === 'once' ? 'integrity' : 'config';
  const word = shellWord(path);
  const renew =
    madeBy === 'init'
      ? `Run \`rm -f -- ${word} && aedev init\`, then restart the daemon.`
      : madeBy === 'start'
        ? `Run \`aedev daemon stop && rm -f -- ${word} && aedev daemon start\`.`
        : `Put it back from your newest copy of the home; a new one cannot prove what the old one signed.`;
  switch (state) {
    case 'ok':
      return null;
    case 'missing':
      return missing(
        what,
        kind,
        `The ${name} ${path} is missing.`,
        madeBy === 'init' ? 'Run `aedev init`.' : renew,
      );
    case 'exposed':
      return broken(
        what,
        'machine',
        `Other accounts of this machine can reach the ${name} ${path}.`,
        `Run \`chmod 600 ${word}\`; if you do not trust those accounts, replace it.`,
      );
    case 'damaged':
      return broken(what, kind, `The ${name} ${path} does not hold what it should.`, renew);
    case 'unreadable':
      return broken(
        what,
        'machine',
        `The ${name} ${path} is not a plain file that this account may read.`,
        renew,
      );
  }
}

/** A file that a writer left when it was interrupted; nothing reads it any more. */
export interface LeftFile {
  path: string;
}

const SHOWN = 20;

export function ofLeftFiles(files: readonly LeftFile[]): Diagnosis[] {
  if (files.length === 0) return [];
  const paths = files.map(({ path }) => path);
  const what = 'left files';
  return few(
    paths,
    SHOWN,
    (path) =>
      warning(
        what,
        `${path} was left by an interrupted write; nothing uses it.`,
        `Run \`rm -rf -- ${shellWord(path)}\`.`,
      ),
    (left) =>
      warning(
        what,
        `${left} more files of that kind are there.`,
        'Remove those above, then run `aedev doctor` again.',
      ),
  );
}
