/** Starts the daemon in the background and stays until it has proven itself or said why not. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ClientError } from '../api/client-error.ts';
import type { DaemonFile } from '../daemon-file.ts';
import { CliError, EXIT, type ExitName } from './exit-codes.ts';
import type { Host } from './host.ts';
import { livingDaemon } from './living-daemon.ts';
import { openClient } from './open.ts';
import { safe } from './output.ts';

/** Clearing up after a crash may take a while; a daemon that says nothing for longer is stuck. */
const PATIENCE_MS = 60_000;

export interface Started {
  daemon: DaemonFile;
  already: boolean;
}

export async function startDaemon(host: Host, port: number | null): Promise<Started> {
  const paths = host.paths();
  if (!existsSync(paths.keys))
    throw new CliError(
      'config',
      `There is no aedev home at ${safe(paths.home, 300)} yet.`,
      'Run `aedev init`.',
    );
  const running = await answering(host);
  if (running) return { daemon: running, already: true };
  // It is there and does not answer: no new one will, either.
  const silent = livingDaemon(host) !== null;
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const log = join(paths.logs, 'daemon.log');
  const before = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const child = launch(host, log, port);
  // Whatever becomes of the waiting, the daemon is nobody's child to wait for.
  child.unref();
  const ended = new Promise<'ended'>((resolve) => {
    child.once('exit', () => resolve('ended'));
    child.once('error', () => resolve('ended'));
  });
  const until = Date.now() + PATIENCE_MS;
  let outrun: CliError | null = null;
  while (Date.now() < until) {
    const now = await (outrun ? pause(host, 50) : Promise.race([ended, pause(host, 50)]));
    const daemon = await answering(host);
    if (daemon) {
      child.unref();
      return { daemon, already: daemon.pid !== child.pid };
    }
    if (now !== 'ended') continue;
    const reason = reasonOf(log, before);
    // Another start was faster by a moment: its daemon is as good, once it answers.
    if (reason.code !== 'daemon-running' || silent) throw reason;
    outrun = reason;
  }
  child.unref();
  if (outrun) throw outrun;
  throw new CliError(
    'daemon',
    `The daemon (pid ${child.pid}) was started and does not answer after a minute.`,
    `Look at ${safe(log, 300)}.`,
  );
}

function launch(host: Host, log: string, port: number | null): ChildProcess {
  const [node, ...script] = host.program;
  const words = ['daemon', 'run', '--json', ...(port === null ? [] : ['--port', String(port)])];
  const file = openSync(log, 'a', 0o600);
  try {
    announce(host, file, log);
    // It keeps nothing of the terminal or folder it was started from.
    return spawn(node, [...script, ...words], {
      cwd: host.paths().home,
      env: { ...host.env },
      detached: true,
      stdio: ['ignore', file, file],
    });
  } finally {
    closeSync(file);
  }
}

/** A daemon that cannot write its log could not say why it fails either. */
function announce(host: Host, file: number, log: string): void {
  const line = { level: 30, time: new Date().toISOString(), msg: `starting aedev ${host.version}` };
  try {
    writeSync(file, `${JSON.stringify(line)}\n`);
    fsyncSync(file);
  } catch (error) {
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new CliError(
      'machine',
      full ? `The disk of ${safe(log, 300)} is full.` : `${safe(log, 300)} cannot be written.`,
      full ? 'Free some space and start the daemon again.' : 'See `aedev doctor`.',
    );
  }
}

/** The daemon that proved itself, or null while there is none that does. */
async function answering(host: Host): Promise<DaemonFile | null> {
  try {
    const client = await openClient(host, 2000);
    client.close();
    return client.daemon;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    // Someone else on its port will not go away by waiting.
    if (error.tag === 'squatter' || error.tag === 'unauthorised') throw error;
    return null;
  }
}

/** The error document that the ended daemon wrote into its log. */
function reasonOf(log: string, from: number): CliError {
  const written = readFileSync(log).subarray(from).toString('utf8').trimEnd().split('\n');
  for (const line of [...written].reverse()) {
    const { error } = parse(line);
    if (!error) continue;
    const exit = (Object.keys(EXIT) as ExitName[]).find(
      (name) => EXIT[name].code === error['exit'],
    );
    return new CliError(
      exit ?? 'machine',
      String(error['sentence']),
      String(error['remedy']),
      String(error['code']),
    );
  }
  const last = written.at(-1) ?? '';
  return new CliError(
    'daemon',
    `The daemon ended before it was ready${last === '' || last.includes('"msg":"starting ') ? '.' : `: ${safe(last, 300)}`}`,
    `Look at ${safe(log, 300)}.`,
  );
}

function parse(line: string): { error?: Record<string, unknown> } {
  try {
    const value: unknown = JSON.parse(line);
    const error = (value as { error?: unknown } | null)?.error;
    return typeof error === 'object' && error !== null && 'sentence' in error
      ? { error: error as Record<string, unknown> }
      : {};
  } catch {
    return {};
  }
}

const pause = (host: Host, ms: number): Promise<'waited'> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new CliError('interrupted', 'Interrupted.'));
    };
    const timer = setTimeout(() => {
      host.interrupted.removeEventListener('abort', stop);
      resolve('waited');
    }, ms);
    host.interrupted.addEventListener('abort', stop, { once: true });
    if (host.interrupted.aborted) stop();
  });
