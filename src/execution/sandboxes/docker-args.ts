import { relative, resolve, sep } from 'node:path';
import { EXTRA_INPUT } from '../../lib/docker-cli.ts';
import { SandboxError, type SandboxSpec } from './sandbox.ts';
import { isUnder } from './spec-check.ts';

/** Where the workspace lies inside every container. */
export const WORKSPACE_INSIDE = '/workspace';
/** HOME inside: memory only, gone with the container. */
export const HOME_INSIDE = '/home/aedev';
/** Where the allow-list proxy's socket is mounted when the spec names one. */
export const EGRESS_SOCKET_INSIDE = '/run/aedev/egress.sock';

export const LABEL = {
  install: 'aedev.install',
  task: 'aedev.task',
  run: 'aedev.run',
  boot: 'aedev.boot',
} as const;

export const containerName = (run: string): string => `aedev-${run}`;

/** Path inside of a host path under the workspace. @throws SandboxError `spec` when outside */
export function insideOf(workspace: string, hostPath: string): string {
  if (!isUnder(workspace, hostPath)) {
    throw new SandboxError(
      'spec',
      'A path outside the workspace does not exist inside the container.',
      'Put the file into the workspace, or mount it read-only.',
    );
  }
  const rel = relative(resolve(workspace), resolve(hostPath)).split(sep).join('/');
  return rel === '' ? WORKSPACE_INSIDE : `${WORKSPACE_INSIDE}/${rel}`;
}

/** `--mount` takes CSV: a path with a comma or quote must be quoted, or it becomes other options. */
function mount(source: string, target: string, readOnly: boolean): string {
  if (/[\n\r\0]/.test(source + target)) {
    throw new SandboxError('spec', 'A mounted path holds a control character.', 'Rename the path.');
  }
  const field = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const parts = ['type=bind', field(`source=${source}`), field(`target=${target}`)];
  if (readOnly) parts.push('readonly');
  return parts.join(',');
}

export interface ContainerPlan {
  name: string;
  /** `sha256:…` or `name@sha256:…`: addressed by content, so that no tag can be swapped. */
  image: string;
  install: string;
  boot: string;
  uid: number;
  gid: number;
  /** File that the engine's command makes and writes the container's id into. */
  cidFile: string;
  /** File with the filter of system calls; null where the engine has to use its own. */
  profile: string | null;
  tmpMb: number;
  maxFileMb: number;
}

/** The arguments of `docker run`. Holds no environment: that goes by {@link envFileText}. */
export function runArgs(spec: SandboxSpec, plan: ContainerPlan): string[] {
  const { uid, gid, tmpMb } = plan;
  const { memoryMb, cpus, pids } = spec.limits;
  const memory = `${Math.ceil(memoryMb)}m`;
  const fileBytes = String(plan.maxFileMb * 1024 * 1024);
  const tmpfs = `rw,exec,nosuid,nodev,size=${tmpMb}m`;
  const [program, ...args] = spec.argv as [string, ...string[]];
  const cwd = insideOf(spec.workspace, resolve(spec.workspace, spec.cwd));
  const options: [name: string, value: string][] = [
    ['--name', plan.name],
    ['--label', `${LABEL.install}=${plan.install}`],
    ['--label', `${LABEL.task}=${spec.task}`],
    ['--label', `${LABEL.run}=${spec.run}`],
    ['--label', `${LABEL.boot}=${plan.boot}`],
    // An image that is not there is a hold with a remedy, never a silent download.
    ['--pull', 'never'],
    ['--network', 'none'],
    ['--user', `${uid}:${gid}`],
    ['--workdir', cwd],
    ['--cap-drop', 'ALL'],
    ['--security-opt', 'no-new-privileges'],
    ...(plan.profile === null
      ? []
      : [['--security-opt', `seccomp=${plan.profile}`] as [string, string]]),
    ['--pids-limit', String(Math.ceil(pids))],
    ['--memory', memory],
    // Equal to --memory: no swap on top.
    ['--memory-swap', memory],
    ['--cpus', String(cpus)],
    ['--ulimit', `fsize=${fileBytes}:${fileBytes}`],
    ['--ulimit', 'nofile=8192:8192'],
    ['--ulimit', 'core=0:0'],
    // exec: npm and test tools run programs from there (noexec gives exit 126).
    ['--tmpfs', `/tmp:${tmpfs},mode=1777`],
    ['--tmpfs', `${HOME_INSIDE}:${tmpfs},mode=0700,uid=${uid},gid=${gid}`],
    ['--shm-size', '64m'],
    // When the whole host runs out of memory, the sandbox dies before what keeps the work.
    ['--oom-score-adj', '500'],
    // Output goes to the attached command alone: a copy of the engine's would fill the host's disk.
    ['--log-driver', 'none'],
    ['--env-file', EXTRA_INPUT],
    ['--cidfile', plan.cidFile],
    ['--mount', mount(resolve(spec.workspace), WORKSPACE_INSIDE, false)],
    ...spec.readOnly.map(({ source, target }): [string, string] => [
      '--mount',
      mount(resolve(source), target, true),
    ]),
    // Exactly the given program: an entrypoint of the image does not come in between.
    ['--entrypoint', program],
  ];
  if (typeof spec.network === 'object') {
    options.push(['--mount', mount(resolve(spec.network.socket), EGRESS_SOCKET_INSIDE, true)]);
  }
  return [
    'run',
    '--read-only',
    '--init',
    '--no-healthcheck',
    ...(spec.stdin === null ? [] : ['--interactive']),
    // One argument each, so that a value that starts with a dash stays a value.
    ...options.map(([name, value]) => `${name}=${value}`),
    plan.image,
    ...args,
  ];
}

/**
 * The environment in the form of `--env-file`: one `NAME=value` per line, taken literally.
 * @throws SandboxError `spec` for a value with a line break, which the form cannot carry
 */
export function envFileText(spec: SandboxSpec): string {
  const env = { HOME: HOME_INSIDE, TMPDIR: '/tmp', AEDEV_RUN: spec.run, ...spec.env };
  return Object.entries(env)
    .map(([name, value]) => {
      if (/[\r\n]/.test(value)) {
        throw new SandboxError(
          'spec',
          `The environment variable ${name} holds a line break.`,
          'Pass long values as a file in the workspace.',
        );
      }
      return `${name}=${value}\n`;
    })
    .join('');
}
