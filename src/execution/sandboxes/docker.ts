import { closeSync, openSync } from 'node:fs';
import { docker, dockerAttached } from '../../lib/docker-cli.ts';
import { newId } from '../../lib/new-id.ts';
import { readLeft } from '../coders/safe-file.ts';
import { containerName, envFileText, insideOf, LABEL, runArgs } from './docker-args.ts';
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
import { type Engine, findEngine } from './docker-engine.ts';
import { findImage, type PinnedImage } from './docker-image.ts';
import { type RunScratch, runScratch, sweepScratch } from './docker-scratch.ts';
import { engineDiskFull, isNoSpace } from './docker-space.ts';
import { giveTo, type Runner, runner } from './docker-user.ts';
import { claudeProblems } from './image-probe.ts';
import { type LimitWatch, watchLimits, within } from './limits.ts';
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
  /** Host-only folder for what is short-lived. */
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
/** As the notes of a run put it behind "cannot hold limits of". */
const UNFILTERED = ['system calls (the engine’s own filter holds, whatever its age)'];

/** Tier `docker`: a hardened container per run, without a network but the given egress socket. */
export class DockerSandbox implements Sandbox {
  readonly tier = 'docker';
  readonly #options: DockerSandboxOptions;
  /** The engine and the image, once found: a run is 100 ms faster without asking again. */
  #ready: Ready | undefined;

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
    const ready = this.#ready;
    const exit = (
      ended: SandboxExit['ended'],
      end: Pick<SandboxExit, 'code' | 'signal'>,
      cut = [false, false],
    ) => ({
      ...end,
      ended,
      durationMs: Math.round(performance.now() - started),
      stdoutTruncated: cut[0] ?? false,
      stderrTruncated: cut[1] ?? false,
      provenance: {
        tier: 'docker' as const,
        image: ready.id,
        engine: ready.engine,
        unenforced: ready.takesProfile ? [] : UNFILTERED,
      },
    });
    if (signal.aborted) return exit('aborted', { code: null, signal: null });
    const user = runner();
    await giveTo(spec.workspace, user);
    const { install } = this.#options;
    const name = containerName(spec.run);
    let came = await this.#attempt(name, spec, user, signal);
    if ('refused' in came) {
      // Is it the name? What an earlier life of ours left under it goes: a run executes once at a
      // time. Somebody else's container is not ours to touch.
      const holder = await holderOf(name);
      if (holder?.install === install) await removeContainer(holder.id);
      if (holder !== null) {
        const other = holder.install === install ? name : `${name}-${newId('c')}`;
        came = await this.#attempt(other, spec, user, signal);
      }
    }
    if ('refused' in came) {
      // What was found once may be gone since: then say that rather than what the engine says.
      this.#ready = undefined;
      this.#ready = await this.#prepare();
      throw (await engineDiskFull()) ?? engineFailed('create the container', came.refused);
    }
    let { ended } = came;
    // The kernel's kill of the program is a limit that was reached; that of some child, which
    // the program survived, is the program's own affair.
    if (ended === 'exited' && came.end.oomKilled && came.end.code !== 0) ended = 'memory';
    return exit(ended, exitOf(came.end.code, ended), came.cut);
  }

  /**
   * One container from its making until it is gone. One command makes and starts it, because each
   * more is a start of a program. `refused`: none was made, and what the engine said.
   * @throws SandboxError `cut` when it may have worked and its end is not certain
   */
  async #attempt(
    name: string,
    spec: SandboxSpec,
    user: Runner,
    signal: AbortSignal,
  ): Promise<Came | { refused: string }> {
    const { install, tmpMb = 512, maxFileMb = 2048 } = this.#options;
    const image = this.#ready?.image ?? '';
    const stdout = await CappedOutput.open(spec.stdout, spec.maxOutputBytes);
    const stderr = await CappedOutput.open(spec.stderr, spec.maxOutputBytes);
    const { made, env } = await this.#scratch(spec).catch(async (error: unknown) => {
      await Promise.all([stdout.finish(), stderr.finish()]);
      throw isNoSpace(error) ? noSpace() : error;
    });
    const boot = await hostTable.bootId();
    const profile = this.#ready?.takesProfile ? made.profileFile : null;
    const { cidFile } = made;
    const plan = { name, image, install, boot, ...user, cidFile, profile, tmpMb, maxFileMb };
    const input = spec.stdin === null ? null : openSync(spec.stdin, 'r');
    const watch = watchLimits(spec.limits, signal);
    const child = dockerAttached(runArgs(spec, plan), input, env);
    closeSync(env);
    if (input !== null) closeSync(input);
    const detached = new Promise<number | null>((done) => {
      child.once('exit', (code) => done(code));
      child.once('error', () => done(null));
    });
    const outputs = Promise.all([stdout.ended, stderr.ended]);
    let id: string | null = null;
    try {
      if (child.stdout) stdout.take(child.stdout, watch.grew);
      if (child.stderr) stderr.take(child.stderr, watch.grew);
      id = await made.id(Promise.race([detached, late(CREATE_MS)]));
      await made.remove();
      if (id === null) {
        await within(outputs, DRAIN_MS);
        return { refused: await said(spec.stderr) };
      }
      const ended = await this.#ended(id, detached, watch.reached, outputs);
      const { gone, stderr: why } = await removeContainer(id);
      if (!gone) throw engineFailed('remove the container', why);
      return { ...ended, cut: [stdout.truncated, stderr.truncated] };
    } catch (error) {
      if (id !== null) await removeContainer(id);
      throw id === null || isNeverRan(error) ? error : asCut(error);
    } finally {
      watch.stop();
      child.kill('SIGKILL');
      await Promise.all([stdout.finish(), stderr.finish()]);
      await made.remove();
    }
  }

  async #scratch(spec: SandboxSpec): Promise<{ made: RunScratch; env: number }> {
    const text = envFileText(spec);
    const made = await runScratch(this.#options.scratch);
    return { made, env: made.hidden(text) };
  }

  /** Stays with the container until it has ended, by itself or by its limits. */
  async #ended(
    id: string,
    detached: Promise<number | null>,
    reached: LimitWatch['reached'],
    outputs: Promise<unknown>,
  ): Promise<Pick<Came, 'ended' | 'end'>> {
    const first = await Promise.race([reached, detached]);
    if (typeof first === 'string') {
      await this.#terminate(id, detached);
      return { ended: first, end: await inspectEnd(id) };
    }
    await within(outputs, DRAIN_MS);
    // Only a container says 0: whatever else went wrong has another number, and is looked into.
    if (first === 0) return { ended: 'exited', end: { code: 0, oomKilled: false, running: false } };
    const end = await inspectEnd(id);
    if (!end.running) return { ended: 'exited', end };
    // The attached command has gone before its container (somebody ended it): that one's end counts.
    const gone = waitForEnd(id, reached);
    const ended = await Promise.race([reached, gone]);
    if (ended !== 'exited') await this.#terminate(id, gone);
    return { ended, end: await inspectEnd(id) };
  }

  async checkCoder(family: string): Promise<SandboxProblem[]> {
    if (family !== 'claude') return [];
    const found = await findImage(this.#options.image);
    return 'problem' in found ? [found.problem] : claudeProblems(found.reference);
  }

  async #prepare(): Promise<Ready> {
    const engine = await findEngine();
    if ('problem' in engine) throw asError('engine', engine.problem);
    const image = await findImage(this.#options.image);
    if ('problem' in image) throw asError('image', image.problem);
    return { ...engine, image: image.reference, id: image.id };
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
    await sweepScratch(this.#options.scratch);
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

  async #terminate(id: string, detached: Promise<unknown>): Promise<void> {
    await docker(['kill', '--signal=TERM', id], 5000);
    if (!(await within(detached, this.#options.graceMs ?? GRACE_MS))) {
      await docker(['kill', id], 5000);
      await within(detached, DRAIN_MS);
    }
  }
}

/** The engine and the image, both found. */
interface Ready extends Engine {
  image: string;
  id: string;
}

/** How a container that was made ended. */
interface Came {
  ended: SandboxExit['ended'];
  end: ContainerEnd;
  /** Standard output and error were cut at their cap. */
  cut: [boolean, boolean];
}

const late = (ms: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, ms).unref();
  });

/** What the engine's command said of itself: no container of ours was there to say anything. */
const said = async (path: string): Promise<string> =>
  (await readLeft(path, 4096))?.bytes.toString('utf8') ?? '';

const asError = (tag: 'engine' | 'image', problem: SandboxProblem): SandboxError =>
  new SandboxError(tag, problem.sentence, problem.remedy);

const noSpace = (): SandboxError =>
  new SandboxError('no-space', 'The disk of the aedev home is full.', 'Free some disk space');

/** It had been started, so it may have worked, and something of it may be alive. */
function asCut(error: unknown): unknown {
  if (!(error instanceof SandboxError)) return error;
  return new SandboxError('cut', error.message, error.remedy);
}
