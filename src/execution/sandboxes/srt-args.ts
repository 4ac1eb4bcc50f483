/** The arguments of bubblewrap for one run: an empty root, and into it only what the run needs. */
import { basename, dirname, join, resolve } from 'node:path';
import { EGRESS_SOCKET_INSIDE, HOME_INSIDE, insideOf, WORKSPACE_INSIDE } from './docker-args.ts';
import { SandboxError, type SandboxSpec } from './sandbox.ts';
import { isUnder } from './spec-check.ts';
import type { Program, Toolchain } from './srt-toolchain.ts';

/** In the environment inside, and on the command line of bubblewrap by which a later life finds it. */
export const SANDBOX_MARK = 'AEDEV_SANDBOX';
export const markOf = (install: string): string => `srt:${install}`;

/** Descriptors that bubblewrap is started with, beside the three standard ones. */
export const FD = { args: 3, status: 4, go: 5, seccomp: 6 };
/** Files inside that are made for the run, and the descriptors that their text comes by. */
const FILES = { '/etc/passwd': 7, '/etc/group': 8, '/etc/hosts': 9, '/etc/nsswitch.conf': 10 };

/** Folder inside that holds the entrypoint of the image. */
const AEDEV_INSIDE = '/opt/aedev';

export interface SrtPlan {
  install: string;
  toolchain: Toolchain;
  program: Program;
  /**
   * Who the program is on the host. `asRoot`: bubblewrap runs as root, and the program becomes this
   * user; else bubblewrap makes a user namespace in which aedev's own account is this one.
   */
  user: { uid: number; gid: number; asRoot: boolean };
  /** Absolute path, for the host. */
  prlimit: string;
  /** Absolute path, valid inside too. */
  setpriv: string;
  node: string;
  /** false where the kernel counts the processes of the whole account instead of the run's. */
  limitProcesses: boolean;
  tmpMb: number;
  maxFileMb: number;
  /** Host files that make the way out, at {@link AEDEV_INSIDE}. */
  entrypoint: readonly string[];
}

/** Mounts of their own: what is below comes with them. */
const FILLED = ['/usr', '/dev', '/proc'];
/** Empty mounts that later ones may lie in. */
const EMPTY = ['/tmp', HOME_INSIDE];
const SHM_BYTES = 64 * 1024 * 1024;

/** What stands on the command line, where everybody can read it: no path, no environment. */
export function visibleArgs(spec: SandboxSpec, plan: SrtPlan): string[] {
  return [
    '--setenv',
    SANDBOX_MARK,
    markOf(plan.install),
    '--setenv',
    'AEDEV_RUN',
    spec.run,
    '--args',
    String(FD.args),
    '--',
    ...programArgs(spec, plan),
  ];
}

/** What goes through a descriptor. */
function hiddenArgs(spec: SandboxSpec, plan: SrtPlan): string[] {
  return [
    // With its parent ends the first process of the run's process namespace, and with that the run.
    '--die-with-parent',
    '--new-session',
    ...['ipc', 'pid', 'net', 'uts'].map((name) => `--unshare-${name}`),
    '--unshare-cgroup-try',
    '--hostname',
    'aedev',
    ...userArgs(plan),
    ...systemArgs(spec, plan),
    ...ownArgs(spec, plan),
    ...environmentArgs(spec, plan),
    '--remount-ro',
    '/',
    '--chdir',
    insideOf(spec.workspace, resolve(spec.workspace, spec.cwd)),
    ...['--json-status-fd', String(FD.status), '--block-fd', String(FD.go)],
    ...['--seccomp', String(FD.seccomp)],
  ];
}

function userArgs({ user }: SrtPlan): string[] {
  if (!user.asRoot) return ['--unshare-user'];
  // To enter the workspace and to become the run's own user, which has none of them left.
  const needed = ['SETUID', 'SETGID', 'SETPCAP', 'DAC_READ_SEARCH'];
  return ['--cap-drop', 'ALL', ...needed.flatMap((name) => ['--cap-add', `CAP_${name}`])];
}

/** What a later mount may lie in comes first. */
function systemArgs(spec: SandboxSpec, { toolchain, program, tmpMb }: SrtPlan): string[] {
  const bytes = tmpMb * 1024 * 1024;
  const args = ['--proc', '/proc', '--dev', '/dev', ...tmpfs('/dev/shm', SHM_BYTES, '1777')];
  // Its root is a tmpfs too, without a size of its own.
  args.push('--remount-ro', '/dev');
  // Open to all, because bubblewrap may be another user than the run; there is nobody else inside.
  args.push(...tmpfs('/tmp', bytes, '1777'), ...tmpfs(HOME_INSIDE, bytes, '0777'));
  const binds = new Set([...toolchain.binds, ...program.binds]);
  const places = [...binds, ...toolchain.links.map(({ path }) => path), '/etc/passwd'];
  places.push(...spec.readOnly.map(({ target }) => target));
  if (typeof spec.network === 'object')
    places.push(EGRESS_SOCKET_INSIDE, `${AEDEV_INSIDE}/entrypoint.mjs`);
  for (const path of parentsOf(places)) args.push('--perms', '0755', '--dir', path);
  for (const path of binds) args.push('--ro-bind', path, path);
  for (const { path, target } of toolchain.links) args.push('--symlink', target, path);
  for (const path of toolchain.masks) args.push(...tmpfs(path, 4096, '0555'));
  args.push('--symlink', '/proc/self/mounts', '/etc/mtab');
  for (const [path, fd] of Object.entries(FILES)) args.push('--file', String(fd), path);
  return args;
}

/**
 * Folders above the given places, from the top down. bubblewrap would make them for itself alone,
 * and it may be another user than the run.
 */
function parentsOf(places: readonly string[]): string[] {
  const found = new Set<string>();
  for (const place of places) {
    const parts = dirname(place).split('/').filter(Boolean);
    for (const at of parts.keys()) found.add(`/${parts.slice(0, at + 1).join('/')}`);
  }
  return [...found]
    .filter((path) => !EMPTY.includes(path) && !FILLED.some((filled) => isUnder(filled, path)))
    .sort();
}

function ownArgs(spec: SandboxSpec, plan: SrtPlan): string[] {
  const args = ['--bind', resolve(spec.workspace), WORKSPACE_INSIDE];
  for (const { source, target } of spec.readOnly) args.push('--ro-bind', resolve(source), target);
  if (typeof spec.network === 'object') {
    args.push('--bind', resolve(spec.network.socket), EGRESS_SOCKET_INSIDE);
    for (const path of plan.entrypoint)
      args.push('--ro-bind', path, join(AEDEV_INSIDE, basename(path)));
  }
  return args;
}

function tmpfs(path: string, bytes: number, mode: string): string[] {
  return ['--perms', mode, '--size', String(bytes), '--tmpfs', path];
}

function environmentArgs(spec: SandboxSpec, { toolchain }: SrtPlan): string[] {
  const env = { PATH: toolchain.path, HOME: HOME_INSIDE, TMPDIR: '/tmp', ...spec.env };
  return Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]);
}

/**
 * As root: becomes the run's own user, and keeps no right, not even one that could be inherited.
 * Otherwise only so that a program that is not there ends with 127, as a shell says it.
 */
function programArgs(spec: SandboxSpec, plan: SrtPlan): string[] {
  const { uid, gid, asRoot } = plan.user;
  const become = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=-all',
    '--bounding-set=-all',
  ];
  return [
    ...[plan.setpriv, ...(asRoot ? become : ['--no-new-privs']), '--'],
    ...(typeof spec.network === 'object'
      ? [plan.node, `${AEDEV_INSIDE}/entrypoint.mjs`, '--']
      : []),
    plan.program.argv0,
    ...spec.argv.slice(1),
  ];
}

/**
 * Arguments of prlimit for the first process of the run's process namespace, from which everything in
 * it inherits: that one can be taken over by a program of the same user, so it is limited too.
 */
export function limitArgs(spec: SandboxSpec, plan: SrtPlan, pid: number): string[] {
  const { pids, memoryMb } = spec.limits;
  const limits: Record<string, number> = {
    fsize: plan.maxFileMb * 1024 * 1024,
    // Private memory that it may map, used or not; what the run really uses is watched from outside.
    data: 2 * Math.ceil(memoryMb) * 1024 * 1024,
    nofile: 8192,
    core: 0,
    ...(plan.limitProcesses ? { nproc: Math.ceil(pids) } : {}),
  };
  const each = Object.entries(limits).map(([name, value]) => `--${name}=${value}:${value}`);
  return ['--pid', String(pid), ...each];
}

/** What each descriptor carries into bubblewrap. @throws SandboxError `spec` */
export function inputsOf(
  spec: SandboxSpec,
  plan: SrtPlan,
  seccomp: Buffer,
): Map<number, string | Buffer> {
  const { uid, gid } = plan.user;
  return new Map<number, string | Buffer>([
    [FD.args, wordsOf(hiddenArgs(spec, plan))],
    [FD.seccomp, seccomp],
    [FILES['/etc/passwd'], `aedev:x:${uid}:${gid}::${HOME_INSIDE}:/bin/sh\n`],
    [FILES['/etc/group'], `aedev:x:${gid}:\n`],
    [FILES['/etc/hosts'], '127.0.0.1 localhost aedev\n::1 localhost\n'],
    [FILES['/etc/nsswitch.conf'], 'passwd: files\ngroup: files\nhosts: files\n'],
  ]);
}

/** @throws SandboxError `spec` for a word that cannot be passed */
function wordsOf(args: readonly string[]): string {
  if (args.some((word) => word.includes('\0'))) {
    throw new SandboxError('spec', 'A path of the run holds a NUL byte.', 'Rename the path.');
  }
  return args.map((word) => `${word}\0`).join('');
}
