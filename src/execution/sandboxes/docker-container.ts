/** Questions and orders about one container, by its id. */
import { docker } from '../../lib/docker-cli.ts';
import { printable } from '../../lib/escape.ts';
import { LABEL } from './docker-args.ts';
import { SandboxError, type SandboxExit } from './sandbox.ts';

export interface ContainerEnd {
  code: number;
  oomKilled: boolean;
  /** It has not ended: only who was attached to it has. */
  running: boolean;
}

export const engineFailed = (what: string, stderr: string): SandboxError =>
  new SandboxError(
    'engine',
    `The container engine could not ${what}: ${printable(stderr.trim(), 300)}`,
    'Look at `docker info` and the free disk space',
  );

/** @throws SandboxError `not-found` or `engine` when its program never ran */
export async function inspectEnd(id: string): Promise<ContainerEnd> {
  const format = '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Error}}';
  const answer = await docker(['container', 'inspect', `--format=${format}`, id]);
  if (answer.code !== 0) throw engineFailed('inspect the container', answer.stderr);
  const [status = '', code, oom, ...error] = answer.stdout.trim().split(' ');
  if (status === 'created') {
    const said = printable(error.join(' '), 300);
    // 126 and 127, as a shell: the program is not there, or is none.
    if (code !== '126' && code !== '127') throw neverRan('engine', said);
    throw neverRan('not-found', said);
  }
  const running = status !== 'exited' && status !== 'dead';
  return { code: Number(code), oomKilled: oom === 'true', running };
}

/** Apart from {@link engineFailed}: nothing of the program can have worked. */
class NeverRan extends SandboxError {}
export const isNeverRan = (error: unknown): boolean => error instanceof NeverRan;

const neverRan = (tag: 'engine' | 'not-found', said: string): SandboxError =>
  new NeverRan(
    tag,
    `The program could not be started in the container: ${said}`,
    'See that the runner image holds the program, that the mounted folders exist and that the engine has room',
  );

/** Waits until the container is not running any more, or until `cut` settles. */
export async function waitForEnd(id: string, cut: Promise<unknown>): Promise<'exited'> {
  let over = false;
  void cut.then(() => {
    over = true;
  });
  for (;;) {
    // `wait` answers at once for a container that has ended or was never started.
    const answer = await docker(['wait', id], 60_000);
    if (over || !answer.timedOut) return 'exited';
  }
}

/** By 128+n a container tells a signal; only where the host sent it is that certain. */
export function exitOf(
  code: number,
  ended: SandboxExit['ended'],
): Pick<SandboxExit, 'code' | 'signal'> {
  const signal = ended === 'exited' ? undefined : { 137: 'SIGKILL', 143: 'SIGTERM' }[code];
  return signal === undefined ? { code, signal: null } : { code: null, signal };
}

/** The container that bears a name, and the installation on its label. */
export async function holderOf(name: string): Promise<{ id: string; install: string } | null> {
  const format = `{{.Id}} {{index .Config.Labels "${LABEL.install}"}}`;
  const answer = await docker(['container', 'inspect', `--format=${format}`, name]);
  if (answer.code !== 0) return null;
  const [id = '', install = ''] = answer.stdout.trim().split(' ');
  return { id, install };
}

/** With the anonymous volumes that an image may declare. @returns false when it may still be there */
export async function removeContainer(id: string): Promise<{ gone: boolean; stderr: string }> {
  const answer = await docker(['rm', '--force', '--volumes', id]);
  return { gone: answer.code === 0, stderr: answer.stderr };
}
