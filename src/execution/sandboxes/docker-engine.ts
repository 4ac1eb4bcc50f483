/** Is there a container engine, and may this account use it? Told apart by what is there, not by words. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { docker } from '../../lib/docker-cli.ts';
import { printable } from '../../lib/escape.ts';
import { takesProfile } from './docker-seccomp.ts';
import type { SandboxProblem } from './sandbox.ts';

const ASK_MS = 10_000;

export interface Engine {
  /** Name and version. */
  engine: string;
  /** It takes aedev's own filter of system calls; else runs have the engine's. */
  takesProfile: boolean;
}

const VERSION = '{{.Server.Version}}';
const PARTS = `${VERSION} {{.Server.Arch}}{{range .Server.Components}},{{.Name}}{{end}}`;

/** @returns the engine that answers, or the problem and the one command that mends it */
export async function findEngine(): Promise<Engine | { problem: SandboxProblem }> {
  const parts = await docker(['version', '--format', PARTS], ASK_MS);
  const said = /^(\S+) ([^,\s]*),?(.*)$/.exec(parts.stdout.trim());
  if (parts.code === 0 && said !== null) {
    const [, version, arch = '', components = ''] = said;
    const known = takesProfile(arch, components.split(','));
    return { engine: `docker ${version}`, takesProfile: known };
  }
  // A podman that bears docker's name knows its version, but not those parts (seen with 4.3).
  const gone = parts.missing || parts.timedOut;
  const answer = gone ? parts : await docker(['version', '--format', VERSION], ASK_MS);
  const version = answer.stdout.trim();
  if (answer.code === 0 && version !== '')
    return { engine: `docker ${version}`, takesProfile: false };
  const [sentence, remedy] = answer.missing
    ? ['The docker command is not installed.', INSTALL]
    : answer.timedOut
      ? ['The container engine did not answer within 10 seconds.', RESTART]
      : await why();
  return { problem: { code: 'sandbox-engine', sentence, remedy } };
}

const LINUX = process.platform === 'linux';
const INSTALL = LINUX
  ? 'Install Docker, e.g. `sudo apt-get install docker.io` (or podman with its docker command).'
  : 'Install Docker Desktop (or another engine that brings the docker command) and start it.';
const START = LINUX ? 'Run `sudo systemctl start docker`.' : 'Start Docker Desktop.';
const RESTART = LINUX
  ? 'Run `sudo systemctl restart docker`, and see that `docker info` answers.'
  : 'Restart Docker Desktop, and see that `docker info` answers.';
/** Who may use the socket can become root: the operator has to want that. */
const PERMIT =
  'Run `sudo usermod -aG docker "$USER"` and log in again (who may use the engine can become root), or set up rootless Docker.';

async function why(): Promise<[sentence: string, remedy: string]> {
  const socket = await socketPath();
  // On another machine, or named in a way that only the docker command understands.
  if (socket === null)
    return ['No container engine answers.', 'See that `docker info` works for this account.'];
  const shown = printable(socket, 200);
  try {
    await access(socket, constants.R_OK | constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      return [`This account may not use the socket ${shown} of the container engine.`, PERMIT];
    if (code === 'ENOENT')
      return [`No container engine is running: its socket ${shown} is not there.`, START];
  }
  return [`No container engine answers on its socket ${shown}.`, RESTART];
}

/** Of the context that the docker command uses; null when it is none on this machine. */
async function socketPath(): Promise<string | null> {
  const named = process.env['DOCKER_HOST'];
  const format = '{{.Endpoints.docker.Host}}';
  const host =
    named || (await docker(['context', 'inspect', '--format', format], ASK_MS)).stdout.trim();
  return /^unix:\/\/(\/.+)$/.exec(host)?.[1] ?? null;
}
