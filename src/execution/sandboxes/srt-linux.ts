import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { printable } from '../../lib/escape.ts';
import { insideOf } from './docker-args.ts';
import { giveTo } from './docker-user.ts';
import { CappedOutput } from './output.ts';
import { hostTable } from './process-table.ts';
import { RunRecords } from './run-records.ts';
import {
  type Sandbox,
  SandboxError,
  type SandboxExit,
  type SandboxProblem,
  type SandboxSpec,
} from './sandbox.ts';
import { checkRunId, checkSpec } from './spec-check.ts';
import type { SrtPlan } from './srt-args.ts';
import { ENTRYPOINT_FILES } from './srt-egress.ts';
import { endRun, leadersOf, livingRuns } from './srt-family.ts';
import type { SrtOptions } from './srt-options.ts';
import { prove } from './srt-proof.ts';
import { superviseRun } from './srt-supervise.ts';
import { findProgram, findToolchain, type Toolchain } from './srt-toolchain.ts';
import { findTools, type SrtTools, whyNot } from './srt-tools.ts';

const TMP_MB = 512;
const MAX_FILE_MB = 2048;
/** Numbers of users that no account has; one for each run, so that none can touch another. */
const FIRST_UID = 1_900_000_000;
const UIDS = 10_000_000;

/** Tier `srt` on Linux: bubblewrap. */
export class LinuxSrt implements Sandbox {
  readonly tier = 'srt';
  readonly #options: SrtOptions;
  readonly #records: RunRecords;
  /** What was found and proved, once: a run does not pay for it again. */
  #ready: { tools: SrtTools; toolchain: Toolchain } | undefined;
  #proved = false;

  constructor(options: SrtOptions) {
    this.#options = options;
    this.#records = new RunRecords(options.records);
  }

  inside(spec: Pick<SandboxSpec, 'workspace'>, hostPath: string): string {
    return insideOf(spec.workspace, hostPath);
  }

  async check(): Promise<SandboxProblem[]> {
    try {
      await this.#prove();
      return [];
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      const { message: sentence, remedy } = error;
      return [{ code: 'sandbox-engine', sentence, remedy }];
    }
  }

  async run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit> {
    checkSpec(spec);
    if (spec.network === 'host') {
      throw new SandboxError(
        'spec',
        'The srt tier does not give the network of the host.',
        'Use `none`, or the socket of the allow-list proxy.',
      );
    }
    await this.#prove();
    try {
      return await this.#run(spec, signal);
    } catch (error) {
      // What was found and proved may be so no more: the next check looks again.
      if (error instanceof SandboxError && error.tag === 'engine') {
        this.#ready = undefined;
        this.#proved = false;
      }
      throw error;
    }
  }

  async #run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit> {
    const { tools, toolchain } = await this.#prepare();
    const started = performance.now();
    const plan = this.#plan(spec, tools, toolchain);
    // Two executions under one name could not be told apart after a crash.
    if (this.#records.read(spec.run) !== null && (await this.#leaders(spec.run)).length > 0) {
      const message = `Something of run ${spec.run} is still alive.`;
      throw new SandboxError('io', message, 'Reap the run first.');
    }
    if (plan.user.asRoot) await giveTo(spec.workspace, plan.user);
    const stdout = await CappedOutput.open(spec.stdout, spec.maxOutputBytes);
    const stderr = await CappedOutput.open(spec.stderr, spec.maxOutputBytes);
    const cpus = cpusFor(spec.limits.cpus, tools);
    try {
      const ended = await superviseRun({
        spec,
        plan,
        signal,
        command: [...cpus.prefix, tools.bwrap],
        seccomp: tools.seccomp,
        records: this.#records,
        table: hostTable,
        graceMs: this.#options.graceMs ?? 3000,
        stdout,
        stderr,
      });
      if (ended.kind === 'not-started') {
        const { sentence, remedy } = whyNot(said(spec.stderr), plan.user.asRoot);
        throw new SandboxError('engine', sentence, remedy);
      }
      if (ended.kind === 'not-limited') {
        throw new SandboxError(
          'limits',
          'The limits of the run could not be set, so it was not started.',
          'See that the program prlimit of util-linux works for this account, then start the run again.',
        );
      }
      const unenforced = [...(plan.limitProcesses ? [] : ['pids']), ...(cpus.held ? [] : ['cpus'])];
      return {
        code: ended.code,
        signal: ended.signal,
        ended: ended.ended,
        durationMs: Math.round(performance.now() - started),
        stdoutTruncated: stdout.truncated,
        stderrTruncated: stderr.truncated,
        provenance: { tier: 'srt', image: null, engine: tools.engine, unenforced },
      };
    } finally {
      await Promise.all([stdout.finish(), stderr.finish()]);
    }
  }

  async reap(run: string): Promise<{ found: number; ended: number; detail: string }> {
    checkRunId(run);
    const { seen, left } = await endRun(hostTable, await this.#leaders(run));
    if (left === 0) this.#records.remove(run);
    const detail =
      seen === 0
        ? 'no process of this run is alive'
        : `ended ${seen - left} of ${seen} process(es)`;
    return { found: seen, ended: seen - left, detail };
  }

  async orphans(): Promise<string[]> {
    const runs = livingRuns(this.#options.install);
    for (const run of this.#records.list()) {
      if (!runs.has(run) && (await this.#leaders(run)).length > 0) runs.add(run);
    }
    return [...runs].sort();
  }

  #leaders(run: string) {
    return leadersOf(hostTable, this.#options.install, run, this.#records.read(run));
  }

  #plan(spec: SandboxSpec, tools: SrtTools, toolchain: Toolchain): SrtPlan {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const own = FIRST_UID + randomInt(UIDS);
    const asRoot = uid === 0;
    return {
      install: this.#options.install,
      toolchain,
      program: findProgram(toolchain, spec.argv[0] as string, this.#path()),
      user: asRoot ? { uid: own, gid: own, asRoot } : { uid, gid, asRoot },
      prlimit: tools.prlimit,
      setpriv: tools.setpriv,
      node: process.execPath,
      // A user of its own is counted apart by every kernel.
      limitProcesses: asRoot || tools.countsProcesses,
      tmpMb: this.#options.tmpMb ?? TMP_MB,
      maxFileMb: this.#options.maxFileMb ?? MAX_FILE_MB,
      entrypoint: ENTRYPOINT_FILES,
    };
  }

  #path(): string {
    return this.#options.path ?? process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  }

  async #prepare(): Promise<{ tools: SrtTools; toolchain: Toolchain }> {
    if (this.#ready !== undefined) return this.#ready;
    const tools = await findTools();
    if (Array.isArray(tools)) {
      const sentences = tools.map(({ sentence }) => sentence).join(' ');
      throw new SandboxError('engine', sentences, tools[0]?.remedy ?? '');
    }
    const toolchain = findToolchain(this.#path(), this.#options.read, this.#options.hidden);
    this.#ready = { tools, toolchain };
    return this.#ready;
  }

  /** A sandbox that was not seen to hold is not used. @throws SandboxError */
  async #prove(): Promise<void> {
    if (this.#proved) return;
    await this.#prepare();
    mkdirSync(this.#options.scratch, { recursive: true, mode: 0o700 });
    await prove(this.#options.scratch, (spec) => this.#run(spec, new AbortController().signal));
    this.#proved = true;
  }
}

/** The last words of bubblewrap, for a sentence. */
function said(stderr: string): string {
  try {
    return printable(readFileSync(stderr, 'utf8').trim().slice(-300), 300).replace(/\.$/, '');
  } catch {
    return '';
  }
}

/** Whole processors, chosen anew for each run; inside, the choice cannot be changed. */
function cpusFor(cpus: number, tools: SrtTools): { prefix: string[]; held: boolean } {
  const allowed = allowedCpus();
  const wanted = Math.ceil(cpus);
  if (wanted >= allowed.length) return { prefix: [], held: true };
  if (tools.taskset === null) return { prefix: [], held: false };
  const first = randomInt(allowed.length);
  const chosen = Array.from({ length: wanted }, (_, at) => allowed[(first + at) % allowed.length]);
  return { prefix: [tools.taskset, '-c', chosen.join(',')], held: true };
}

/** Processors that this process may use, by the kernel's own list, e.g. `0-3,8`. */
function allowedCpus(): number[] {
  const status = readFileSync('/proc/self/status', 'latin1');
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}
