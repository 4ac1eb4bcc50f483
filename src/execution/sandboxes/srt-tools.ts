/** The programs of the machine that the srt tier is made of on Linux, and what is missing of them. */
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { SandboxProblem } from './sandbox.ts';
import { seccompFilter } from './srt-seccomp.ts';

export interface SrtTools {
  bwrap: string;
  /** e.g. `bubblewrap 0.8.0`. */
  engine: string;
  prlimit: string;
  /** null: runs cannot be kept to some of the processors. */
  taskset: string | null;
  setpriv: string;
  seccomp: Buffer;
  /** The kernel counts the processes of each user namespace apart, so of each run. */
  countsProcesses: boolean;
}

/** Where distributions put them: not the operator's PATH, which may lead to others' programs. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
/** The first that can bound a tmpfs; without that a run could fill the machine's memory with files. */
const OLDEST = [0, 7] as const;
/** From here on RLIMIT_NPROC is counted by user namespace (ucounts). */
const COUNTS_BY_NAMESPACE = [5, 14] as const;

const PACKAGES: readonly [manager: string, install: string][] = [
  ['apt-get', 'sudo apt-get install'],
  ['dnf', 'sudo dnf install'],
  ['zypper', 'sudo zypper install'],
  ['pacman', 'sudo pacman -S'],
  ['apk', 'sudo apk add'],
];

const OTHERWISE = 'or start a container engine and use the docker tier';

const problem = (sentence: string, remedy: string): SandboxProblem => ({
  code: 'sandbox-engine',
  sentence,
  remedy,
});

/**
 * Looks for everything; starts nothing but `bwrap --version`.
 * @param on for tests: another machine
 */
export async function findTools(
  on: { arch: string; folders: readonly string[]; kernel: string } = {
    arch: process.arch,
    folders: FOLDERS,
    kernel: release(),
  },
): Promise<SrtTools | SandboxProblem[]> {
  const findTool = (name: string) => toolIn(on.folders, name);
  const seccomp = seccompFilter(on.arch);
  if (seccomp === null) {
    const sentence = `The srt tier knows the system calls of x64 and arm64 only, not of ${on.arch}.`;
    return [problem(sentence, 'Start a container engine and use the docker tier.')];
  }
  const problems: SandboxProblem[] = [];
  const need = (name: string, pack: string, why: string): string => {
    const path = findTool(name);
    if (path === null)
      problems.push(problem(`The program ${name} is not installed: ${why}.`, install(pack)));
    return path ?? '';
  };
  const bwrap = need('bwrap', 'bubblewrap', 'it makes the srt sandbox');
  const prlimit = need('prlimit', 'util-linux', 'it sets the limits of a run');
  const setpriv = need('setpriv', 'util-linux', 'it takes the rights away from a run');
  const version = bwrap === '' ? null : await versionOf(bwrap);
  if (bwrap !== '' && (version === null || !atLeast(version, OLDEST))) {
    const sentence = `bubblewrap ${version ?? 'of an unknown version'} is too old: the srt tier needs ${OLDEST.join('.')} or later.`;
    problems.push(problem(sentence, `Upgrade the package bubblewrap, ${OTHERWISE}.`));
  }
  if (problems.length > 0) return problems;
  return {
    bwrap,
    engine: `bubblewrap ${version}`,
    prlimit,
    taskset: findTool('taskset'),
    setpriv,
    seccomp,
    countsProcesses: atLeast(on.kernel, COUNTS_BY_NAMESPACE),
  };
}

function toolIn(folders: readonly string[], name: string): string | null {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

function install(pack: string): string {
  const found = PACKAGES.find(([manager]) => toolIn(FOLDERS, manager) !== null);
  const how = found === undefined ? `Install the package ${pack}` : `Run \`${found[1]} ${pack}\``;
  return `${how}, ${OTHERWISE}.`;
}

function versionOf(bwrap: string): Promise<string | null> {
  return new Promise((done) => {
    execFile(bwrap, ['--version'], { timeout: 10_000, env: {} }, (_error, stdout) =>
      done(/(\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1] ?? null),
    );
  });
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return first > major || (first === major && second >= minor);
}

/** Settings that forbid what the sandbox is made of: file below /proc/sys, value, and what ends it. */
const FORBIDS: readonly [path: string, value: string, command: string][] = [
  ['user/max_user_namespaces', '0', 'sudo sysctl -w user.max_user_namespaces=15000'],
  ['kernel/unprivileged_userns_clone', '0', 'sudo sysctl -w kernel.unprivileged_userns_clone=1'],
  [
    'kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
];

/** Why a sandbox could not be made although all programs are there. @param said bubblewrap's words */
export function whyNot(
  said: string,
  isRoot: boolean,
  setting: (path: string) => string | null = settingOf,
): SandboxProblem {
  for (const [path, value, command] of FORBIDS) {
    // Root needs no user namespace.
    if (isRoot || setting(path) !== value) continue;
    const name = path.replaceAll('/', '.');
    return problem(
      `This machine does not let accounts make user namespaces, of which the srt tier is made (${name} is ${value}).`,
      `Run \`${command}\` and keep it in /etc/sysctl.d, ${OTHERWISE}.`,
    );
  }
  return problem(
    `bubblewrap cannot make a sandbox here: ${said === '' ? 'it gives no reason' : said}.`,
    'Run aedev outside of containers, or with the right to make namespaces; or start a container engine and use the docker tier.',
  );
}

function settingOf(path: string): string | null {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return null;
  }
}
