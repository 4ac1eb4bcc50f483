import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { watchLimits, within } from './limits.ts';
import { CappedOutput } from './output.ts';
import {
  type Family,
  familyOf,
  INSTALL_MARK,
  killFamily,
  markedRuns,
  RUN_MARK,
} from './process-family.ts';
import { hostTable, type ProcessTable } from './process-table.ts';
import { type RunRecord, RunRecords } from './run-records.ts';
import {
  type Sandbox,
  SandboxError,
  type SandboxExit,
  type SandboxProblem,
  type SandboxSpec,
} from './sandbox.ts';
import { checkRunId, checkSpec, cwdOf, isUnder } from './spec-check.ts';

export interface ProcessSandboxOptions {
  /** The operator's explicit consent to run a coder without isolation. */
  optedIn: boolean;
  /** Host-only folder for the records of live runs. */
  records: string;
  /** Id of this installation: processes of another one are never touched. */
  install: string;
  /** PATH of the programs where the spec gives none. */
  path?: string;
  /** Between TERM and KILL, milliseconds. */
  graceMs?: number;
  /** How the machine's processes are looked up; the default fits the platform. */
  table?: ProcessTable;
}

/** Without HOME and TMPDIR of its own a program would write into the operator's. Relative to the workspace. */
const HOME_FOLDER = 'home';
const TMP_FOLDER = 'tmp';
/** How long output may go on after the last process is gone; and how long killing is repeated. */
const DRAIN_MS = 1000;
const KILL_MS = 5000;
const GRACE_MS = 3000;
const UNENFORCED = ['network', 'files', 'memory', 'cpus', 'pids'] as const;

/**
 * Tier `process`: a plain child process of aedev with a closed environment and a HOME of its own.
 * It limits time and output and ends everything that it can find of a run; it does NOT keep a
 * program from the operator's files, the network, or memory. Hence only by explicit opt-in.
 */
export class ProcessSandbox implements Sandbox {
  readonly tier = 'process';
  readonly #options: ProcessSandboxOptions;
  readonly #records: RunRecords;
  readonly #table: ProcessTable;

  constructor(options: ProcessSandboxOptions) {
    this.#options = options;
    this.#records = new RunRecords(options.records);
    this.#table = options.table ?? hostTable;
  }

  inside(_spec: Pick<SandboxSpec, 'workspace'>, hostPath: string): string {
    return resolve(hostPath);
  }

  async check(): Promise<SandboxProblem[]> {
    if (process.platform === 'win32') {
      return [
        {
          code: 'sandbox-engine',
          sentence: 'The process tier does not exist on Windows.',
          remedy: 'Install Docker Desktop and use the docker tier.',
        },
      ];
    }
    return this.#options.optedIn ? [] : [NOT_OPTED_IN];
  }

  async run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit> {
    const [problem] = await this.check();
    if (problem) throw new SandboxError('not-opted-in', problem.sentence, problem.remedy);
    checkSpec(spec);
    const env = this.#environment(spec);
    const boot = await this.#table.bootId();
    const started = performance.now();
    // Two executions under one name could not be told apart after a crash.
    if (this.#records.read(spec.run) !== null && (await this.#alive(spec.run)).length > 0) {
      throw new SandboxError(
        'io',
        `Something of run ${spec.run} is still alive.`,
        'Reap the run first.',
      );
    }
    const record = { run: spec.run, task: spec.task, boot, pid: null, start: null };
    const stdout = await CappedOutput.open(spec.stdout, spec.maxOutputBytes);
    const stderr = await CappedOutput.open(spec.stderr, spec.maxOutputBytes);
    try {
      // First the intent, then the start: whatever instant aedev dies at, the record or the mark
      // in the program's environment leads to it.
      this.#records.write(record);
      const child = await start(spec, env).catch((error: unknown) => {
        this.#records.remove(spec.run);
        throw error;
      });
      const ended = await this.#supervise(child, spec, signal, record, { stdout, stderr });
      return {
        code: child.exitCode,
        signal: child.signalCode,
        ended,
        durationMs: Math.round(performance.now() - started),
        stdoutTruncated: stdout.truncated,
        stderrTruncated: stderr.truncated,
        provenance: { tier: 'process', image: null, engine: null, unenforced: UNENFORCED },
      };
    } finally {
      await Promise.all([stdout.finish(), stderr.finish()]);
    }
  }

  /** From the start to the end of everything that belongs to the run; then the record goes. */
  async #supervise(
    child: ChildProcess,
    spec: SandboxSpec,
    signal: AbortSignal,
    record: RunRecord,
    { stdout, stderr }: Record<'stdout' | 'stderr', CappedOutput>,
  ): Promise<SandboxExit['ended']> {
    const exited = new Promise<void>((done) => child.once('exit', () => done()));
    const watch = watchLimits(spec.limits, signal);
    const pid = child.pid as number;
    const family: Family = { run: spec.run, install: this.#options.install, leader: null };
    try {
      if (child.stdout) stdout.take(child.stdout, watch.grew);
      if (child.stderr) stderr.take(child.stderr, watch.grew);
      const info = await this.#table.find(pid);
      if (info !== null) {
        family.leader = { pid, start: info.start };
        this.#records.write({ ...record, ...family.leader });
      }
      const ended = await Promise.race([watch.reached, exited.then(() => 'exited' as const)]);
      if (ended !== 'exited') await this.#terminate(pid, exited);
      return ended;
    } finally {
      watch.stop();
      await this.#endAll(family, exited);
      // Whoever cannot be found may hold the pipes open for ever: wait a little, then let go.
      await within(Promise.all([stdout.ended, stderr.ended]), DRAIN_MS);
      await Promise.all([stdout.finish(), stderr.finish()]);
      this.#records.remove(spec.run);
    }
  }

  /** @throws SandboxError `limits` when something cannot be ended; then the record stays */
  async #endAll(family: Family, exited: Promise<void>): Promise<void> {
    const { left } = await killFamily(this.#table, family, KILL_MS);
    if (left.length > 0) {
      throw new SandboxError(
        'limits',
        `${left.length} process(es) of run ${family.run} could not be ended.`,
        `End process ${left.map((each) => each.pid).join(', ')} by hand, then reap the run.`,
      );
    }
    await exited;
  }

  async reap(run: string): Promise<{ found: number; ended: number; detail: string }> {
    checkRunId(run);
    const family = await this.#familyFromRecord(run);
    const { seen, left } = await killFamily(this.#table, family, KILL_MS);
    if (left.length === 0) this.#records.remove(run);
    const ended = seen.size - left.length;
    const detail =
      seen.size === 0
        ? 'no process of this run is alive'
        : `ended ${ended} of ${seen.size} process(es): ${[...seen].join(', ')}`;
    return { found: seen.size, ended, detail };
  }

  async orphans(): Promise<string[]> {
    const runs = await markedRuns(this.#table, this.#options.install);
    for (const run of this.#records.list()) {
      if (!runs.has(run) && (await this.#alive(run)).length > 0) runs.add(run);
    }
    return [...runs].sort();
  }

  async #alive(run: string) {
    return familyOf(this.#table, await this.#familyFromRecord(run));
  }

  /** Trusts the recorded process number only in the same boot and for the same start time. */
  async #familyFromRecord(run: string): Promise<Family> {
    const family: Family = { run, install: this.#options.install, leader: null };
    const record = this.#records.read(run);
    if (record === null || record.pid === null || record.start === null) return family;
    if (record.boot !== (await this.#table.bootId())) return family;
    const now = await this.#table.find(record.pid);
    if (now?.start !== record.start) return family;
    return { ...family, leader: { pid: record.pid, start: record.start } };
  }

  #environment(spec: SandboxSpec): Record<string, string> {
    const home = spec.env['HOME'] ?? join(spec.workspace, HOME_FOLDER);
    const tmp = spec.env['TMPDIR'] ?? join(spec.workspace, TMP_FOLDER);
    for (const folder of [home, tmp]) {
      if (!isUnder(spec.workspace, folder)) {
        throw new SandboxError(
          'spec',
          'HOME and TMPDIR of a run must lie inside its workspace.',
          'Leave them out of the environment: the sandbox sets private ones.',
        );
      }
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    return {
      PATH: this.#options.path ?? process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      ...spec.env,
      HOME: home,
      TMPDIR: tmp,
      [RUN_MARK]: spec.run,
      [INSTALL_MARK]: this.#options.install,
    };
  }

  /** Asks politely first, so that a program can still write its last words. */
  async #terminate(pid: number, exited: Promise<void>): Promise<void> {
    signalGroup(pid, 'SIGTERM');
    if (!(await within(exited, this.#options.graceMs ?? GRACE_MS))) signalGroup(pid, 'SIGKILL');
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended in between.
  }
}

/** @throws SandboxError `not-found` or `io` when the program could not be started */
async function start(spec: SandboxSpec, env: Record<string, string>): Promise<ChildProcess> {
  const [program, ...args] = spec.argv as [string, ...string[]];
  const input = openInput(spec.stdin);
  try {
    const child = spawn(program, args, {
      cwd: cwdOf(spec),
      env,
      // A group and session of its own: a signal to it reaches what the program started.
      detached: true,
      stdio: [input ?? 'ignore', 'pipe', 'pipe'],
      shell: false,
    });
    await new Promise<void>((done, fail) => {
      child.once('spawn', done);
      child.once('error', fail);
    });
    // A later failure to signal is no crash of aedev.
    child.on('error', () => {});
    return child;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SandboxError(
      ['ENOENT', 'EACCES', 'ENOTDIR'].includes(code) ? 'not-found' : 'io',
      `The program ${JSON.stringify(program)} could not be started (${code}).`,
      'Install it, or correct the configured path of the program; the working folder must exist too.',
    );
  } finally {
    if (input !== null) closeSync(input);
  }
}

function openInput(path: string | null): number | null {
  if (path === null) return null;
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SandboxError(
      'io',
      `The input file of the run cannot be read (${code}).`,
      'Start the run again.',
    );
  }
}

const NOT_OPTED_IN: SandboxProblem = {
  code: 'sandbox-not-opted-in',
  sentence: 'The process tier runs a coder without isolation and was not explicitly allowed.',
  remedy: 'Start a container engine and use the docker tier, or opt in to the process tier.',
};
