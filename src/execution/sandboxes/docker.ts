import { closeSync, openSync } from 'node:fs';
import { docker, dockerAttached } from '../../lib/docker-cli.ts';
import { printable } from '../../lib/escape.ts';
import {
  type ContainerPlan,
  containerName,
  createArgs,
  envFileText,
  insideOf,
  LABEL,
} from './docker-args.ts';
import { sweepEnvFiles, withEnvFile } from './docker-env.ts';
import { findEngine, findImage, type PinnedImage } from './docker-image.ts';
import { giveTo, type Runner, runner } from './docker-user.ts';
import { watchLimits, within } from './limits.ts';
import { CappedOutput } from './output.ts';
import { hostTable } from './process-table.ts';
import {
  type Sandbox,
  SandboxError,
  type SandboxExit,
  type SandboxProblem,
  type SandboxSpec,
} from './sandbox.ts';
import { checkRunId, checkSpec } from './spec-check.ts';

export interface DockerSandboxOptions {
  image: PinnedImage;
  /** Host-only folder for short-lived environment files. */
  scratch: string;
  /** Id of this installation: containers of another one are never touched. */
  install: string;
  /** Between TERM and KILL, milliseconds. */
  graceMs?: number;
  /** Size of /tmp and of HOME, megabytes each; they count as the run's memory. */
  tmpMb?: number;
  /** Largest single file that the run can write. */
  maxFileMb?: number;
}

const GRACE_MS = 3000;
const CREATE_MS = 60_000;
/** After the container's end the attached command may still deliver output for so long. */
const DRAIN_MS = 1000;

/** Tier `docker`: a hardened container per run, without a network but the given egress socket. */
export class DockerSandbox implements Sandbox {
  readonly tier = 'docker';
  readonly #options: DockerSandboxOptions;
  /** The engine and the image, once found: a run is 100 ms faster without asking again. */
  #ready: { engine: string; image: string } | undefined;

  constructor(options: DockerSandboxOptions) {
    this.#options = options;
  }

  inside(spec: Pick<SandboxSpec, 'workspace'>, hostPath: string): string {
    return insideOf(spec.workspace, hostPath);
  }

  async check(): Promise<SandboxProblem[]> {
    const engine = await findEngine();
    if ('problem' in engine) return [engine.problem];
    const image = await findImage(this.#options.image);
    return 'problem' in image ? [image.problem] : [];
  }

  async run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit> {
    checkSpec(spec);
    if (spec.network === 'host') {
      throw new SandboxError(
        'spec',
        'The docker tier does not give the network of the host.',
        'Use `none`, or the socket of the allow-list proxy.',
      );
    }
    const started = performance.now();
    this.#ready ??= await this.#prepare();
    const { engine, image } = this.#ready;
    const user = runner();
    await giveTo(spec.workspace, user);
    const stdout = await CappedOutput.open(spec.stdout, spec.maxOutputBytes);
    const stderr = await CappedOutput.open(spec.stderr, spec.maxOutputBytes);
    try {
      await this.#create(spec, image, user).catch(async (error: unknown) => {
        // What was found once may be gone since: then say that rather than what the engine says.
        this.#ready = undefined;
        this.#ready = await this.#prepare();
        throw error;
      });
      let ended: SandboxExit['ended'];
      let state: ContainerState;
      try {
        ended = await this.#supervise(spec, signal, stdout, stderr);
        state = await inspect(spec.run);
      } finally {
        await this.#remove(spec.run);
      }
      // The kernel's kill of the program is a limit that was reached; that of some child, which
      // the program survived, is the program's own affair.
      if (ended === 'exited' && state.oomKilled && state.code !== 0) ended = 'memory';
      return {
        ...exitOf(state.code, ended),
        ended,
        durationMs: Math.round(performance.now() - started),
        stdoutTruncated: stdout.truncated,
        stderrTruncated: stderr.truncated,
        provenance: { tier: 'docker', image: state.image, engine },
      };
    } finally {
      await Promise.all([stdout.finish(), stderr.finish()]);
    }
  }

  async #prepare(): Promise<{ engine: string; image: string }> {
    const engine = await findEngine();
    if ('problem' in engine) throw asError('engine', engine.problem);
    const image = await findImage(this.#options.image);
    if ('problem' in image) throw asError('image', image.problem);
    return { engine: engine.engine, image: image.reference };
  }

  async reap(run: string): Promise<{ found: number; ended: number; detail: string }> {
    checkRunId(run);
    const ids = await this.#list(['{{.ID}}'], `${LABEL.run}=${run}`);
    for (const id of ids) await docker(['rm', '--force', '--volumes', id]);
    const left =
      ids.length === 0 ? 0 : (await this.#list(['{{.ID}}'], `${LABEL.run}=${run}`)).length;
    const ended = ids.length - left;
    const detail =
      ids.length === 0
        ? 'no container of this run is there'
        : `removed ${ended} of ${ids.length} container(s)`;
    return { found: ids.length, ended, detail };
  }

  async orphans(): Promise<string[]> {
    await sweepEnvFiles(this.#options.scratch);
    const runs = await this.#list([`{{.Label "${LABEL.run}"}}`]);
    return [...new Set(runs)].sort();
  }

  /** Containers of this installation, ended ones included: their remains want to be taken away. */
  async #list(format: [string], label?: string): Promise<string[]> {
    const filters = [`${LABEL.install}=${this.#options.install}`, ...(label ? [label] : [])];
    const answer = await docker([
      'ps',
      '--all',
      '--no-trunc',
      ...filters.map((filter) => `--filter=label=${filter}`),
      `--format=${format[0]}`,
    ]);
    if (answer.code !== 0) throw engineFailed('list containers', answer.stderr);
    return answer.stdout.split('\n').filter((line) => line !== '');
  }

  async #create(spec: SandboxSpec, image: string, user: Runner): Promise<void> {
    await withEnvFile(this.#options.scratch, envFileText(spec), async (envFile) => {
      const plan: ContainerPlan = {
        image,
        install: this.#options.install,
        boot: await hostTable.bootId(),
        ...user,
        envFile,
        tmpMb: this.#options.tmpMb ?? 512,
        maxFileMb: this.#options.maxFileMb ?? 2048,
      };
      const answer = await docker(createArgs(spec, plan), CREATE_MS);
      if (answer.code === 0) return;
      if (answer.timedOut) await docker(['rm', '--force', containerName(spec.run)]);
      throw engineFailed('create the container', answer.stderr);
    });
  }

  /** Starts the container and stays with it until it has ended, by itself or by its limits. */
  async #supervise(
    spec: SandboxSpec,
    signal: AbortSignal,
    stdout: CappedOutput,
    stderr: CappedOutput,
  ): Promise<SandboxExit['ended']> {
    const name = containerName(spec.run);
    const input = spec.stdin === null ? null : openSync(spec.stdin, 'r');
    const flags = input === null ? ['--attach'] : ['--attach', '--interactive'];
    const child = dockerAttached(['start', ...flags, name], input);
    if (input !== null) closeSync(input);
    const detached = new Promise<void>((done) => {
      child.once('exit', () => done());
      child.once('error', () => done());
    });
    const watch = watchLimits(spec.limits, signal);
    try {
      if (child.stdout) stdout.take(child.stdout, watch.grew);
      if (child.stderr) stderr.take(child.stderr, watch.grew);
      // The attached command may end before the container does (the engine restarts, say), so
      // the container's own end is what counts.
      const gone = detached.then(() => waitForEnd(name, watch.reached));
      const ended = await Promise.race([watch.reached, gone]);
      if (ended === 'exited') await within(Promise.all([stdout.ended, stderr.ended]), DRAIN_MS);
      else await this.#terminate(name, detached);
      return ended;
    } finally {
      watch.stop();
      child.kill('SIGKILL');
      await Promise.all([stdout.finish(), stderr.finish()]);
    }
  }

  async #terminate(name: string, detached: Promise<void>): Promise<void> {
    await docker(['kill', '--signal=TERM', name], 5000);
    if (!(await within(detached, this.#options.graceMs ?? GRACE_MS))) {
      await docker(['kill', name], 5000);
      await within(detached, DRAIN_MS);
    }
  }

  /** @throws SandboxError `engine` when the container may still be there */
  async #remove(run: string): Promise<void> {
    const name = containerName(run);
    const answer = await docker(['rm', '--force', '--volumes', name]);
    const left = answer.code === 0 ? [] : await this.#list(['{{.ID}}'], `${LABEL.run}=${run}`);
    if (left.length > 0) throw engineFailed(`remove the container ${name}`, answer.stderr);
  }
}

interface ContainerState {
  running: boolean;
  code: number;
  oomKilled: boolean;
  image: string;
}

async function inspect(run: string): Promise<ContainerState> {
  const format =
    '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.Image}} {{.State.Error}}';
  const answer = await docker(['container', 'inspect', `--format=${format}`, containerName(run)]);
  if (answer.code !== 0) throw engineFailed('inspect the container', answer.stderr);
  const [status = '', code, oom, image = '', ...error] = answer.stdout.trim().split(' ');
  // Created but never run: the program does not exist in the image, or a mount is impossible.
  if (status === 'created') {
    throw new SandboxError(
      'not-found',
      `The program could not be started in the container: ${printable(error.join(' '), 300)}`,
      'See that the runner image holds the program and that the mounted folders exist.',
    );
  }
  return { running: status === 'running', code: Number(code), oomKilled: oom === 'true', image };
}

/** Waits until the container is not running any more, or until `cut` settles. */
async function waitForEnd(name: string, cut: Promise<unknown>): Promise<'exited'> {
  let over = false;
  void cut.then(() => {
    over = true;
  });
  for (;;) {
    // `wait` answers at once for a container that has ended or was never started.
    const answer = await docker(['wait', name], 60_000);
    if (over || !answer.timedOut) return 'exited';
  }
}

/** By 128+n a container tells a signal; only where the host sent it is that certain. */
function exitOf(code: number, ended: SandboxExit['ended']): Pick<SandboxExit, 'code' | 'signal'> {
  const signal = ended === 'exited' ? undefined : { 137: 'SIGKILL', 143: 'SIGTERM' }[code];
  return signal === undefined ? { code, signal: null } : { code: null, signal };
}

function engineFailed(what: string, stderr: string): SandboxError {
  return new SandboxError(
    'engine',
    `The container engine could not ${what}: ${printable(stderr.trim(), 300)}`,
    'Look at `docker info` and the free disk space, then start the run again.',
  );
}

const asError = (tag: 'engine' | 'image', problem: SandboxProblem): SandboxError =>
  new SandboxError(tag, problem.sentence, problem.remedy);
