/** One run of bubblewrap, from its start until nothing of it lives. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { watchLimits, within } from './limits.ts';
import type { CappedOutput } from './output.ts';
import type { ProcessInfo, ProcessTable } from './process-table.ts';
import type { RunRecords } from './run-records.ts';
import { SandboxError, type SandboxExit, type SandboxSpec } from './sandbox.ts';
import { FD, inputsOf, limitArgs, type SrtPlan, visibleArgs } from './srt-args.ts';
import { endExactly, kill } from './srt-family.ts';
import { watchMemory } from './srt-memory.ts';

/** How long output may go on after the last process is gone. */
const DRAIN_MS = 1000;
const LIMIT_MS = 5000;

export interface Supervision {
  spec: SandboxSpec;
  plan: SrtPlan;
  signal: AbortSignal;
  /** bubblewrap's path, and what comes before it. */
  command: readonly string[];
  seccomp: Buffer;
  records: RunRecords;
  table: ProcessTable;
  graceMs: number;
  stdout: CappedOutput;
  stderr: CappedOutput;
}

export type Supervised =
  | ({ kind: 'ended' } & Pick<SandboxExit, 'code' | 'signal' | 'ended'>)
  /** bubblewrap could not make the sandbox; its reason is on standard error. */
  | { kind: 'not-started' }
  /** Its limits could not be set, so it was not let go. */
  | { kind: 'not-limited' };

/** @throws SandboxError when bubblewrap cannot be started, or something of the run cannot be ended */
export async function superviseRun(job: Supervision): Promise<Supervised> {
  const { spec, plan, records, table } = job;
  const record = {
    run: spec.run,
    task: spec.task,
    boot: await table.bootId(),
    pid: null,
    start: null,
  };
  const inputs = inputsOf(spec, plan, job.seccomp);
  records.write(record);
  const child = await start(job, inputs).catch((error: unknown) => {
    records.remove(spec.run);
    throw error;
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const status = readStatus(child.stdio[FD.status] as Readable);
  const watch = watchLimits(spec.limits, job.signal);
  let memory: ReturnType<typeof watchMemory> | undefined;
  let first: ProcessInfo | null = null;
  try {
    if (child.stdout) job.stdout.take(child.stdout, watch.grew);
    if (child.stderr) job.stderr.take(child.stderr, watch.grew);
    const leader = await table.find(child.pid as number);
    if (leader !== null) records.write({ ...record, pid: leader.pid, start: leader.start });
    const pid = await Promise.race([status.first, exited, watch.reached]);
    if (typeof pid === 'number') {
      const found = await table.find(pid);
      // It may have ended already, and its number be another's: bubblewrap leads its session.
      first = found?.session === child.pid ? found : null;
    }
    if (first !== null && !job.signal.aborted) {
      if (!(await limit(job, first.pid))) return { kind: 'not-limited' };
      dieFirst(first.pid);
      memory = watchMemory(table, first.pid, spec.limits.memoryMb);
      // Until now the program waits: whatever instant aedev dies at from here on, the record leads to it.
      (child.stdio[FD.go] as Writable).end('g');
    }
    const ended = await Promise.race([
      watch.reached,
      ...(memory ? [memory.exceeded] : []),
      exited.then(() => 'exited' as const),
    ]);
    if (ended === 'wall' || ended === 'idle' || ended === 'aborted') {
      await terminate(table, first, exited, job.graceMs);
    }
    await endAll(job, child, first, exited);
    // Told to its end, because nobody holds its other end any more.
    const code = (await within(status.code, DRAIN_MS)) ? await status.code : null;
    return resultOf(child, ended, code);
  } finally {
    watch.stop();
    memory?.stop();
    await endAll(job, child, first, exited);
    await within(Promise.all([job.stdout.ended, job.stderr.ended]), DRAIN_MS);
    await Promise.all([job.stdout.finish(), job.stderr.finish()]);
    records.remove(spec.run);
  }
}

/** When the whole host runs out of memory, the sandbox dies before what keeps the work; inherited. */
function dieFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // A kernel that does not let: then its choice is its own, as without.
  }
}

/** While it waits it has no child yet, so that nothing escapes. */
function limit({ spec, plan }: Supervision, pid: number): Promise<boolean> {
  return new Promise((done) => {
    const options = { env: {}, timeout: LIMIT_MS, killSignal: 'SIGKILL' } as const;
    execFile(plan.prlimit, limitArgs(spec, plan, pid), options, (error) => done(error === null));
  });
}

function resultOf(
  child: ChildProcess,
  ended: SandboxExit['ended'],
  code: number | null,
): Supervised {
  if (ended === 'exited' && code === null && child.signalCode === null) {
    return { kind: 'not-started' };
  }
  if (code === null || ended === 'memory') {
    return { kind: 'ended', ended, code: null, signal: child.signalCode ?? 'SIGKILL' };
  }
  // By 128+n a shell tells a signal; only where the host sent it is that certain.
  const signal = ended === 'exited' ? undefined : { 137: 'SIGKILL', 143: 'SIGTERM' }[code];
  return signal === undefined
    ? { kind: 'ended', ended, code, signal: null }
    : { kind: 'ended', ended, code: null, signal };
}

/** @throws SandboxError `engine` */
async function start(
  { spec, plan, command }: Supervision,
  inputs: Map<number, string | Buffer>,
): Promise<ChildProcess> {
  const [program, ...before] = command as [string, ...string[]];
  const input = openInput(spec.stdin);
  const extra = Array.from({ length: Math.max(...inputs.keys()) - 2 }, () => 'pipe' as const);
  try {
    const child = spawn(program, [...before, ...visibleArgs(spec, plan)], {
      // Nothing of the host's, nor of the run's: bubblewrap itself runs outside.
      env: {},
      cwd: '/',
      detached: true,
      stdio: [input ?? 'ignore', 'pipe', 'pipe', ...extra],
      shell: false,
    });
    // A pipe that bubblewrap closed early says nothing: its exit does.
    for (const pipe of child.stdio) pipe?.on('error', () => {});
    for (const [fd, bytes] of inputs) (child.stdio[fd] as Writable).end(bytes);
    await new Promise<void>((done, fail) => {
      child.once('spawn', done);
      child.once('error', fail);
    });
    child.on('error', () => {});
    return child;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SandboxError(
      'engine',
      `bubblewrap could not be started (${code}).`,
      'See that it is installed and that this machine can start more processes.',
    );
  } finally {
    if (input !== null) closeSync(input);
  }
}

function openInput(path: string | null): number | null {
  if (path === null) return null;
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const message = `The input file of the run cannot be read (${code}).`;
    throw new SandboxError('io', message, 'Start the run again.');
  }
}

/** Asks politely first, so that a program can still write its last words. */
async function terminate(
  table: ProcessTable,
  first: ProcessInfo | null,
  exited: Promise<void>,
  graceMs: number,
): Promise<void> {
  if (first === null) return;
  // The program is the oldest child of the namespace's first process, and leads a group of its own.
  const children = (await table.list()).filter(({ ppid }) => ppid === first.pid);
  const [program] = children.sort((a, b) => Number(a.start) - Number(b.start));
  if (program === undefined) return;
  kill(program.pgid === program.pid ? -program.pid : program.pid, 'SIGTERM');
  await within(exited, graceMs);
}

/**
 * Ends bubblewrap and the namespace's first process. The kernel lets that one end only after
 * everything in the namespace has, however it forked, ignored or hid.
 */
async function endAll(
  { spec, table }: Supervision,
  child: ChildProcess,
  first: ProcessInfo | null,
  exited: Promise<void>,
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await exited;
  const left = await endExactly(table, first === null ? [] : [first]);
  if (left > 0) {
    const message = `${left} process(es) of run ${spec.run} could not be ended.`;
    throw new SandboxError('limits', message, `Reap the run; process ${first?.pid} leads it.`);
  }
}

/** bubblewrap's `--json-status-fd`: a document a line. The exit code stands only after a start. */
function readStatus(stream: Readable): {
  first: Promise<number>;
  code: Promise<number | null>;
} {
  let settle: (pid: number) => void = () => {};
  const first = new Promise<number>((done) => {
    settle = done;
  });
  const code = (async () => {
    let text = '';
    try {
      for await (const chunk of stream) {
        text += String(chunk);
        const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
        if (pid !== undefined) settle(Number(pid));
      }
    } catch {
      // Closed under us: what was read counts.
    }
    const found = /"exit-code":\s*(\d+)/.exec(text)?.[1];
    return found === undefined ? null : Number(found);
  })();
  return { first, code };
}
