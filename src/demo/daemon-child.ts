/** Starts and ends the demo's daemon. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identityKeyPath } from '../config/keys.ts';
import { readToken } from '../config/tokens.ts';
import { type Client, connect } from '../surfaces/api/client.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';
import { safe } from '../surfaces/cli/output.ts';
import type { Stage } from './stage.ts';

/** A graceful stop waits for the sandboxes, which give a coder 3 s to end. */
const STOP_MS = 20_000;
const START_MS = 30_000;

export interface DemoDaemon {
  client: Client;
  /** Ends it and everything it started; never rejects. */
  stop(): Promise<void>;
}

const exited = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/** Throws CliError `machine` when it does not come up, or `interrupted`. */
export async function startDaemon(
  stage: Stage,
  version: string,
  signal: AbortSignal,
): Promise<DemoDaemon> {
  const logFile = join(stage.paths.logs, 'daemon.log');
  const log = openSync(logFile, 'a', 0o600);
  const entry = fileURLToPath(new URL('./daemon.js', import.meta.url));
  // Of a process group of its own: Ctrl-C in a terminal reaches the demo alone, which then ends
  // its daemon in order.
  const child = spawn(process.execPath, [entry, version], {
    env: stage.env,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const end = (): Promise<void> => endChild(child);
  try {
    await ready(child, signal);
    const client = await connect({
      daemonFile: stage.paths.daemonFile,
      identityKey: identityKeyPath(stage.paths),
      token: () => readToken(stage.paths, 'operator'),
      timeoutMs: 30_000,
    });
    return {
      client,
      async stop() {
        await client.post('/v1/stop', { reason: 'the demo is over' }).catch(() => undefined);
        client.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    if (signal.aborted || !(error instanceof NotReady)) throw error;
    const last = readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? '';
    throw new CliError('machine', `The demo's daemon did not start: ${safe(last, 300)}`);
  }
}

class NotReady extends Error {}

function ready(child: ChildProcess, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void) => () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      work();
    };
    const onAbort = settle(() => reject(new CliError('interrupted', 'Interrupted.')));
    const fail = settle(() => reject(new NotReady()));
    const timer = setTimeout(fail, START_MS);
    child.once('message', settle(resolve));
    child.once('exit', fail);
    child.once('error', fail);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  // Without a pid it was never started, and no exit will be told.
  if (child.pid !== undefined) await exited(child);
  clearTimeout(timer);
}
