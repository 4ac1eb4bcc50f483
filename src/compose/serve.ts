/** The daemon: one engine, one HTTP surface, one lock, in this process until it is told to stop. */
import { type Aedev, openAedev } from '../compose.ts';
import type { HomePaths } from '../config/home.ts';
import { identityKeyPath } from '../config/keys.ts';
import { loadTokens } from '../config/tokens.ts';
import { loadOrCreateIdentity, prove } from '../lib/identity.ts';
import { closeInherited } from '../lib/inherited.ts';
import { acquireLock } from '../store/lock.ts';
import { createApi } from '../surfaces/api/app.ts';
import { type Serving, serve } from '../surfaces/api/serve.ts';
import { removeDaemonFile, startTimeOf, writeDaemonFile } from '../surfaces/daemon-file.ts';
import type { Log } from './options.ts';
import { readRunLog } from './run-logs.ts';

/** Another daemon of this home is alive. */
export class DaemonRunning extends Error {
  readonly tag = 'daemon-running';
  readonly sentence: string;
  readonly remedy = 'Use it, or stop it with `aedev daemon stop` first.';
  constructor(pid: number | null) {
    const sentence = `The aedev daemon of this home runs already${pid === null ? '' : ` (pid ${pid})`}.`;
    super(sentence);
    this.name = 'DaemonRunning';
    this.sentence = sentence;
  }
}

export interface ServeOptions {
  paths: HomePaths;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  /** null: as the policy says. 0: any free one. */
  port: number | null;
  log: Log;
  /** Ends the daemon. */
  signal: AbortSignal;
  /** Called when it listens. */
  ready?(port: number): void;
}

/** Resolves when the daemon has ended properly. */
export async function runDaemon(options: ServeOptions): Promise<void> {
  const { paths, log } = options;
  const lock = acquireLock(paths.daemonLock);
  if ('heldBy' in lock) throw new DaemonRunning(lock.heldBy);
  closeInherited();
  let aedev: Aedev | null = null;
  let serving: Serving | null = null;
  let boot: string | null = null;
  try {
    let stop = (_reason: string): void => {};
    const stopped = new Promise<string>((resolve) => {
      stop = resolve;
    });
    const fatal = (reason: string): void => stop(reason);
    aedev = await openAedev({ paths, env: options.env, log, version: options.version, fatal });
    boot = aedev.boot;
    serving = await listen(aedev, options, (reason) => stop(reason));
    const stopBySignal = (): void => stop('signal');
    options.signal.addEventListener('abort', stopBySignal, { once: true });
    if (options.signal.aborted) stopBySignal();
    writeDaemonFile(paths.daemonFile, {
      pid: process.pid,
      startTime: startTimeOf(process.pid) ?? '',
      port: serving.port,
      boot: aedev.boot,
      version: options.version,
      startedAt: new Date().toISOString(),
    });
    // Listening comes first, so that a taken port is known before anything is set in motion.
    await aedev.life.start();
    options.ready?.(serving.port);
    log('info', 'listening', { port: serving.port, boot: aedev.boot });
    const reason = await stopped;
    log('info', 'stopping', { reason });
    await serving.close();
    await aedev.close(reason);
    aedev = null;
  } finally {
    if (aedev) await aedev.store.close().catch(() => undefined);
    await serving?.close(0).catch(() => undefined);
    if (boot) removeDaemonFile(paths.daemonFile, boot);
    lock.release();
  }
}

async function listen(
  aedev: Aedev,
  options: ServeOptions,
  stop: (reason: string) => void,
): Promise<Serving> {
  const { paths, log, version } = options;
  const { store, dispatcher, life, policy, boot } = aedev;
  const { system } = policy.current().policies;
  const tokens = loadTokens(paths, { operator: system.operator, agent: 'client' });
  const key = loadOrCreateIdentity(identityKeyPath(paths));
  // Known only once it listens; the proof binds it, so that no other port can relay it.
  let port = 0;
  const api = createApi({
    dispatch: (request) => dispatcher.dispatch(request),
    reader: store,
    events: store,
    checkEvidence: aedev.checkEvidence,
    readEvidence: aedev.readBlob,
    actorOf: tokens.actorOf,
    halted: life.halted,
    policyProblems: life.policyProblems,
    refresh: life.refresh,
    identity: { boot, version, pid: process.pid, prove: (nonce) => prove(key, nonce, boot, port) },
    stop,
    prune: (dryRun) => aedev.pruner.prune({ dryRun }),
    logs: (run, which) => readRunLog(paths.runs, run, which),
    log,
  });
  const serving = await serve(api, { port: options.port ?? system.port });
  port = serving.port;
  return serving;
}
