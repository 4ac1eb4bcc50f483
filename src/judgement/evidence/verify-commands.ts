/**
 * Runs the operator's verify commands on base and head, each in its own fresh checkout, and reads
 * what they printed. What a command did is its exit code as the host saw it; nothing that the
 * command prints can make it a pass.
 */
import { constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../lib/canonical.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { CheckoutMaker, CommandReport, CommandRunner } from './evidence.ts';
import { readTests } from './test-counts.ts';

/** Bytes of each log that the bundle keeps: the end, where tests say what failed. */
export const LOG_BYTES = 128 * 1024;
/** Bytes of each log that are read for counts. */
const READ_BYTES = 8 * 1024 * 1024;

/** Absent on Windows, where a link cannot be made without privilege. */
const LOG_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A report whose logs are bytes; `stdout` and `stderr` of the report are their digests. */
export interface VerifyReport extends CommandReport {
  provenance: { tier: string; image: string | null; engine: string | null } | null;
  /** Taken from an earlier run of the same command on the same base tree. */
  reused: boolean;
}
export interface VerifyRun {
  report: VerifyReport;
  logs: { stdout: Uint8Array; stderr: Uint8Array };
}

/** Keeps base runs, so that rework rounds and later tasks need not repeat them. Host-owned. */
export interface BaseRunCache {
  get(key: string): Promise<Uint8Array | null>;
  set(key: string, bytes: Uint8Array): Promise<void>;
}

export interface VerifyTools {
  run: CommandRunner;
  checkout: CheckoutMaker;
  /** Host folder for checkouts and logs. */
  tempDir: string;
  cache: BaseRunCache | null;
  /**
   * What an execution is called where the code under test may see it: the same for the same purpose,
   * so that what a killed daemon left can be found, and telling nothing of it, because code that
   * knew a control run would behave in it.
   */
  nameOf(purpose: string): string;
  /** Sandbox tier and image that commands run in: a base run counts only for the same. */
  environment: string;
}

export interface VerifyInput {
  task: string;
  base: { commit: string; tree: string };
  head: { commit: string; tree: string };
  verify: readonly { argv: string[]; wallMs: number }[];
}

interface Log {
  /** The end of the log, at most {@link LOG_BYTES}. */
  tail: Buffer;
  text: string;
  /** Not all was read. */
  cut: boolean;
}

async function readLog(path: string): Promise<Log> {
  // The sandbox's supervisor writes it; a link or a pipe in its place is not waited for all the same.
  const file = await open(path, LOG_FLAGS).catch(() => null);
  if (file === null) return { tail: Buffer.alloc(0), text: '', cut: false };
  try {
    const info = await file.stat();
    if (!info.isFile()) return { tail: Buffer.alloc(0), text: '', cut: false };
    const from = Math.max(0, info.size - READ_BYTES);
    const bytes = Buffer.alloc(Math.min(info.size, READ_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const read = bytes.subarray(0, bytesRead);
    return {
      tail: read.subarray(Math.max(0, read.length - LOG_BYTES)),
      text: read.toString('utf8'),
      cut: from > 0,
    };
  } finally {
    await file.close();
  }
}

/** Gives back the right to empty folders that a command closed; links are never followed. */
async function unlock(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true }))
    if (entry.isDirectory()) await unlock(join(dir, entry.name));
}

async function discard(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true });
  } catch {
    await unlock(dir).catch(() => {});
    // What is left even so is in the daemon's own temporary folder, which its janitor empties.
    await rm(dir, { recursive: true, force: true, maxRetries: 2 }).catch(() => {});
  }
}

/** The sandbox says that the program itself cannot be started there: a result, not a failure of ours. */
function cannotStart(error: unknown): boolean {
  return error instanceof Error && 'tag' in error && error.tag === 'not-found';
}

/** The sandbox cannot say whether the program has ended. */
const isCut = (error: unknown): boolean =>
  error instanceof Error && 'tag' in error && error.tag === 'cut';

/** One command on one commit; `output` is all that was read of it, for looking for words. */
export async function runCommand(
  tools: VerifyTools,
  command: { argv: string[]; wallMs: number; commit: string; task: string; run: string },
  on: 'base' | 'head',
  signal: AbortSignal,
): Promise<VerifyRun & { output: string }> {
  const dir = await mkdtemp(join(tools.tempDir, 'verify-'));
  let mayLive = false;
  try {
    const workspace = join(dir, 'workspace');
    await mkdir(workspace, { mode: 0o700 });
    await tools.checkout(command.commit, workspace);
    signal.throwIfAborted();
    const paths = { stdout: join(dir, 'stdout'), stderr: join(dir, 'stderr') };
    const report: VerifyReport = {
      argv: command.argv,
      on,
      code: null,
      ended: 'not-started',
      durationMs: 0,
      tests: null,
      failing: [],
      stdout: '',
      stderr: '',
      truncated: false,
      provenance: null,
      reused: false,
    };
    let cut = false;
    try {
      const exit = await tools.run({
        run: command.run,
        task: command.task,
        dir: workspace,
        argv: command.argv,
        wallMs: command.wallMs,
        ...paths,
        signal,
      });
      signal.throwIfAborted();
      report.code = exit.signal === null ? exit.code : null;
      report.ended = exit.ended;
      report.durationMs = Math.max(0, Math.round(exit.durationMs));
      report.provenance = {
        tier: exit.provenance.tier,
        image: exit.provenance.image,
        engine: exit.provenance.engine,
      };
      cut = exit.stdoutTruncated || exit.stderrTruncated;
    } catch (error) {
      if (!cannotStart(error)) throw error;
    }
    const stdout = await readLog(paths.stdout);
    const stderr = await readLog(paths.stderr);
    // Some runners report on standard error; a newline keeps the two from making one line.
    const tests = readTests(`${stdout.text}\n${stderr.text}`, cut || stdout.cut || stderr.cut);
    report.tests = tests?.counts ?? null;
    report.failing = tests?.failing ?? [];
    report.stdout = sha256Hex(stdout.tail);
    report.stderr = sha256Hex(stderr.tail);
    report.truncated =
      cut ||
      stdout.cut ||
      stderr.cut ||
      stdout.tail.length < Buffer.byteLength(stdout.text) ||
      stderr.tail.length < Buffer.byteLength(stderr.text);
    return {
      report,
      logs: { stdout: stdout.tail, stderr: stderr.tail },
      output: `${stdout.text}\n${stderr.text}`,
    };
  } catch (error) {
    mayLive = isCut(error);
    throw error;
  } finally {
    // Removing below a program that swaps folders for links would remove elsewhere: the janitor does
    // it when nothing can be alive any more.
    if (!mayLive) await discard(dir);
  }
}

function runOne(
  tools: VerifyTools,
  { verify, task, head, base }: VerifyInput,
  at: number,
  on: 'base' | 'head',
  signal: AbortSignal,
): Promise<VerifyRun> {
  const command = verify[at];
  if (command === undefined) throw new RangeError('no such verify command');
  const run = tools.nameOf(`${on} ${at + 1}`);
  const { commit } = on === 'head' ? head : base;
  return runCommand(tools, { ...command, task, run, commit }, on, signal);
}

function cacheKey(tools: VerifyTools, input: VerifyInput, at: number): string {
  const { argv, wallMs } = input.verify[at] ?? { argv: [], wallMs: 0 };
  const about = { tree: input.base.tree, argv, wallMs, environment: tools.environment, format: 1 };
  return sha256Hex(canonicalJson(about));
}

/** A kept base run, when there is one that reads and whose logs are what it says. */
async function reuse(tools: VerifyTools, key: string): Promise<VerifyRun | null> {
  const bytes = await tools.cache?.get(key);
  if (!bytes) return null;
  try {
    const kept = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      report: VerifyReport;
      stdout: string;
      stderr: string;
    };
    const stdout = Buffer.from(kept.stdout, 'base64');
    const stderr = Buffer.from(kept.stderr, 'base64');
    const { report } = kept;
    if (report.on !== 'base' || report.stdout !== sha256Hex(stdout)) return null;
    if (report.stderr !== sha256Hex(stderr)) return null;
    return { report: { ...report, reused: true }, logs: { stdout, stderr } };
  } catch {
    return null;
  }
}

/**
 * All commands on the base, then on the head; one after the other, because they share the machine
 * with coders. Rejects when the sandbox itself fails or on abort: then there is no evidence.
 */
export async function runVerify(
  tools: VerifyTools,
  input: VerifyInput,
  signal: AbortSignal,
): Promise<VerifyRun[]> {
  const runs: VerifyRun[] = [];
  for (const on of ['base', 'head'] as const) {
    for (let at = 0; at < input.verify.length; at += 1) {
      const key = cacheKey(tools, input, at);
      const kept = on === 'base' ? await reuse(tools, key) : null;
      const run = kept ?? (await runOne(tools, input, at, on, signal));
      runs.push({ report: run.report, logs: run.logs });
      // Only a run that came to its own end says something about the tree.
      if (on === 'base' && kept === null && run.report.ended === 'exited') {
        const { stdout, stderr } = run.logs;
        const entry = {
          report: run.report,
          stdout: Buffer.from(stdout).toString('base64'),
          stderr: Buffer.from(stderr).toString('base64'),
        };
        await tools.cache?.set(key, Buffer.from(canonicalJson(entry), 'utf8'));
      }
    }
  }
  return runs;
}
