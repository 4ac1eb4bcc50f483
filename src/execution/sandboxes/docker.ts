import { closeSync, openSync } from 'node:fs';
import { docker, dockerAttached } from '../../lib/docker-cli.ts';
import { newId } from '../../lib/new-id.ts';
import { containerName, createArgs, envFileText, insideOf, LABEL } from './docker-args.ts';
import {
  type ContainerEnd,
  engineFailed,
  exitOf,
  holderOf,
  inspectEnd,
  isNeverRan,
  removeContainer,
  waitForEnd,
} from './docker-container.ts';
import { findEngine } from './docker-engine.ts';
import { sweepEnvFiles, withEnvFile } from './docker-env.ts';
import { findImage, type PinnedImage } from './docker-image.ts';
import { engineDiskFull, isNoSpace } from './docker-space.ts';
import { giveTo, type Runner, runner } from './docker-user.ts';
import { claudeProblems } from './image-probe.ts';
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
      const id = await this.#create(spec, image, user).catch(async (error: unknown) => {
        // What was found once may be gone since: then say that rather than what the engine says.
        this.#ready = undefined;
        this.#ready = await this.#prepare();
        throw (await engineDiskFull()) ?? error;
      });
      let { ended, end } = await this.#live(id, spec, signal, stdout, stderr);
      // The kernel's kill of the program is a limit that was reached; that of some child, which
      // the program survived, is the program's own affair.
      if (ended === 'exited' && end.oomKilled && end.code !== 0) ended = 'memory';
      return {
        ...exitOf(end.code, ended),
        ended,
        durationMs: Math.round(performance.now() - started),
        stdoutTruncated: stdout.truncated,
        stderrTruncated: stderr.truncated,
        provenance: { tier: 'docker', image: end.image, engine },
      };
    } finally {
      await Promise.all([stdout.finish(), stderr.finish()]);
    }
  }

  /** From the start of the container until it is gone. @throws SandboxError `cut` when that is not certain */
  async #live(
    id: string,
    spec: SandboxSpec,
    signal: AbortSignal,
    stdout: CappedOutput,
    stderr: CappedOutput,
  ): Promise<{ ended: SandboxExit['ended']; end: ContainerEnd }> {
    try {
      const ended = await this.#supervise(id, spec, signal, stdout, stderr);
      const end = await inspectEnd(id);
      const { gone, stderr: said } = await removeContainer(id);
      if (!gone) throw engineFailed('remove the container', said);
      return { ended, end };
    } catch (error) {
      await removeContainer(id);
      throw isNeverRan(error) ? error : asCut(error);
    }
  }

  async checkCoder(family: string): Promise<SandboxProblem[]> {
    if (family !== 'claude') return [];
    const found = await findImage(this.#options.image);
    return 'problem' in found ? [found.problem] : claudeProblems(found.reference);
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
    const mine = () => this.#list(['{{.ID}}'], `${LABEL.run}=${run}`);
    const ids = await mine();
    const said: string[] = [];
    for (const id of ids) said.push((await removeContainer(id)).stderr);
    if (ids.length > 0 && (await mine()).length > 0)
      throw engineFailed(`remove what is left of run ${run}`, said.join(' '));
    const detail =
      ids.length === 0
        ? 'no container of this run is there'
        : `removed ${ids.length} container${ids.length === 1 ? '' : 's'}`;
    return { found: ids.length, ended: ids.length, detail };
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

  /** @returns id of the container */
  async #create(spec: SandboxSpec, image: string, user: Runner): Promise<string> {
    const { scratch, install, tmpMb = 512, maxFileMb = 2048 } = this.#options;
    const boot = await hostTable.bootId();
    const wanted = containerName(spec.run);
    const make = (name: string) =>
      withEnvFile(scratch, envFileText(spec), (envFile) =>
        docker(
          createArgs(spec, { name, image, install, boot, ...user, envFile, tmpMb, maxFileMb }),
          CREATE_MS,
        ),
      ).catch((error: unknown) => {
        throw isNoSpace(error) ? noSpace() : error;
      });
    let answer = await make(wanted);
    if (answer.code !== 0) {
      // Is it the name? What an earlier life of ours left under it goes: a run executes once at a
      // time. Somebody else's container is not ours to touch.
      const holder = await holderOf(wanted);
      if (holder?.install === install) await removeContainer(holder.id);
      if (holder !== null && !answer.timedOut) {
        answer = await make(holder.install === install ? wanted : `${wanted}-${newId('c')}`);
      }
    }
    if (answer.code !== 0) throw engineFailed('create the container', answer.stderr);
    return answer.stdout.trim();
  }

  /** Starts the container and stays with it until it has ended, by itself or by its limits. */
  async #supervise(
    id: string,
    spec: SandboxSpec,
    signal: AbortSignal,
    stdout: CappedOutput,
    stderr: CappedOutput,
  ): Promise<SandboxExit['ended']> {
    const input = spec.stdin === null ? null : openSync(spec.stdin, 'r');
    const flags = input === null ? ['--attach'] : ['--attach', '--interactive'];
    const child = dockerAttached(['start', ...flags, id], input);
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
      const gone = detached.then(() => waitForEnd(id, watch.reached));
      const ended = await Promise.race([watch.reached, gone]);
      if (ended === 'exited') await within(Promise.all([stdout.ended, stderr.ended]), DRAIN_MS);
      else await this.#terminate(id, detached);
      return ended;
    } finally {
      watch.stop();
      child.kill('SIGKILL');
      await Promise.all([stdout.finish(), stderr.finish()]);
    }
  }

  async #terminate(id: string, detached: Promise<void>): Promise<void> {
    await docker(['kill', '--signal=TERM', id], 5000);
    if (!(await within(detached, this.#options.graceMs ?? GRACE_MS))) {
      await docker(['kill', id], 5000);
      await within(detached, DRAIN_MS);
    }
  }
}

const asError = (tag: 'engine' | 'image', problem: SandboxProblem): SandboxError =>
  new SandboxError(tag, problem.sentence, problem.remedy);

const noSpace = (): SandboxError =>
  new SandboxError('no-space', 'The disk of the aedev home is full.', 'Free some disk space');

/** It had been started, so it may have worked, and something of it may be alive. */
function asCut(error: unknown): unknown {
  if (!(error instanceof SandboxError)) return error;
  return new SandboxError('cut', error.message, error.remedy);
}
