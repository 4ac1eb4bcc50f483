import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { SandboxError, type SandboxSpec } from './sandbox.ts';

/** Also a file name and a container name, so nothing but these characters. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;
const TASK_ID = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

const refuse = (message: string): SandboxError =>
  new SandboxError('spec', message, 'Correct the sandbox specification; nothing was started.');

/**
 * Refuses a specification that a tier could misread: names that would become other paths or
 * options, a cwd outside the workspace, limits that are no limits.
 * @throws SandboxError `spec`
 */
export function checkSpec(spec: SandboxSpec): void {
  checkRunId(spec.run);
  if (!TASK_ID.test(spec.task)) throw refuse('The task id has characters that cannot be a label.');
  const [program] = spec.argv;
  if (program === undefined || program === '') throw refuse('There is no program to run.');
  if (spec.argv.some((part) => part.includes('\0'))) throw refuse('An argument holds a NUL byte.');
  for (const [name, value] of Object.entries(spec.env)) {
    if (!ENV_NAME.test(name)) throw refuse('An environment variable has an impossible name.');
    // The value may be a secret: only the name is told.
    if (value.includes('\0')) throw refuse(`The environment variable ${name} holds a NUL byte.`);
  }
  for (const path of [spec.workspace, spec.stdout, spec.stderr]) {
    if (!isAbsolute(path)) throw refuse('Workspace and output paths must be absolute.');
  }
  if (spec.stdin !== null && !isAbsolute(spec.stdin)) {
    throw refuse('The path of standard input must be absolute.');
  }
  for (const path of [spec.stdout, spec.stderr]) {
    if (isUnder(spec.workspace, path)) {
      throw refuse('Output files must lie outside the workspace, which the program may write.');
    }
  }
  cwdOf(spec);
  const { wallMs, idleMs, memoryMb, cpus, pids } = spec.limits;
  for (const [name, value] of Object.entries({ wallMs, idleMs, memoryMb, cpus, pids })) {
    if (!Number.isFinite(value) || value <= 0) {
      throw refuse(`The limit ${name} must be a number above 0.`);
    }
  }
  if (!Number.isFinite(spec.maxOutputBytes) || spec.maxOutputBytes < 0) {
    throw refuse('The output cap must be a number of bytes.');
  }
}

/** @throws SandboxError `spec` */
export function checkRunId(run: string): void {
  if (!RUN_ID.test(run)) {
    throw refuse('A run id has only letters, digits, dot, dash and underscore, up to 120.');
  }
}

/** True for `folder` itself and everything below it, by name only (no links are followed). */
export function isUnder(folder: string, path: string): boolean {
  const rel = relative(resolve(folder), resolve(path));
  return rel === '' || (rel !== '..' && !rel.startsWith(`..${sep}`) && !isAbsolute(rel));
}

/** Host path of the run's working folder. @throws SandboxError `spec` when outside the workspace */
export function cwdOf(spec: Pick<SandboxSpec, 'workspace' | 'cwd'>): string {
  const cwd = join(spec.workspace, spec.cwd);
  if (isAbsolute(spec.cwd) || !isUnder(spec.workspace, cwd)) {
    throw refuse('The working folder must lie inside the workspace.');
  }
  return cwd;
}
