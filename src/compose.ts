/**
 * The only place where parts are built and wired together. Everything heavy is imported where it
 * is needed, so that a command loads only what it uses.
 */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import type { AedevOptions } from './compose/options.ts';
import type { Pruner } from './compose/prune.ts';
import { ConfigError } from './config/errors.ts';
import type { HomePaths } from './config/home.ts';
import type { Barred } from './control/contract.ts';
import type { Dispatcher } from './engine/dispatch.ts';
import type { Life, LivePolicy } from './engine/life.ts';
import type { Runner } from './engine/runner.ts';
import { newId } from './lib/new-id.ts';
import type { EventReader, EventStore } from './store/event-store.ts';

export type { AedevOptions, Log } from './compose/options.ts';

/** A running engine in this process, without a surface. */
export interface Aedev {
  store: EventStore;
  dispatcher: Dispatcher;
  life: Life;
  runner: Runner;
  policy: LivePolicy;
  boot: string;
  /** Verifies a sealed bundle of this installation; null when it is not here. */
  checkEvidence(digest: string): Promise<boolean | null>;
  readBlob(digest: string): Promise<Uint8Array>;
  /** One look at holds that wait for a condition, as the daemon does from time to time. */
  endMetHolds(): Promise<number>;
  pruner: Pruner;
  /** Stops moves, closes the log. */
  close(reason: string): Promise<void>;
}

/** The log read-only: works while a daemon writes, hangs or is dead. */
export async function openReader(paths: HomePaths): Promise<EventReader> {
  const { openSqliteReader } = await import('./store/sqlite/reader.ts');
  const verifier = async () => {
    const [{ loadVerifier }, { logKeyPath }] = await Promise.all([
      import('./store/signer.ts'),
      import('./config/keys.ts'),
    ]);
    return loadVerifier(logKeyPath(paths));
  };
  return openSqliteReader({ path: paths.database, verifier });
}

/** Whether a bundle is whole and signed by this key. */
export async function isSound(bundle: Uint8Array, publicKeyPem: string): Promise<boolean> {
  const { openBundle } = await import('./judgement/evidence/read.ts');
  try {
    openBundle(bundle, publicKeyPem);
    return true;
  } catch {
    return false;
  }
}

export async function openAedev(options: AedevOptions): Promise<Aedev> {
  const { paths, log } = options;
  const [
    { openSqliteStore },
    { DiskBlobStore },
    { loadOrCreateKey },
    { sha256Hex },
    { createDispatcher },
    { createRunner },
    { createTimers },
    { createLife },
    { createPullWatch },
    { sweep },
    { endMetHolds },
    { systemClock },
    { livePolicy },
    { haltFile },
    { logKeyPath, evidenceKeyPath, evidencePublicPath },
    { assertOutward },
    { createPruner },
  ] = await Promise.all([
    import('./store/sqlite/store.ts'),
    import('./store/blobs.ts'),
    import('./store/signer.ts'),
    import('./lib/hash.ts'),
    import('./engine/dispatch.ts'),
    import('./engine/runner.ts'),
    import('./engine/timers.ts'),
    import('./engine/life.ts'),
    import('./engine/pulls.ts'),
    import('./engine/janitor.ts'),
    import('./engine/conditions.ts'),
    import('./engine/clock.ts'),
    import('./config/live.ts'),
    import('./config/halt-file.ts'),
    import('./config/keys.ts'),
    import('./delivery/remote-writes.ts'),
    import('./compose/prune.ts'),
  ]);
  const clock = options.clock ?? systemClock;
  const policy = livePolicy(paths);
  const signer = loadOrCreateKey(logKeyPath(paths));
  const evidenceKey = loadOrCreateKey(evidenceKeyPath(paths));
  // For those who verify bundles elsewhere, with `verify.mjs BUNDLE --key FILE`.
  writeFileSync(evidencePublicPath(paths), evidenceKey.publicKeyPem, { mode: 0o644 });
  refuseEmptyLog(paths);
  const store = openSqliteStore({
    path: paths.database,
    signer,
    report: (sentence, cause) => log('error', sentence, { cause: String(cause) }),
  });
  const inode = inodeOf(paths.database);
  const blobs = new DiskBlobStore(paths.blobs);
  const boot = newId('b');
  const install = evidenceKey.keyId.slice(0, 16);
  const dispatcher = createDispatcher({
    store,
    now: clock.now,
    newId,
    sha256: (text) => sha256Hex(text),
    policy: policy.current,
  });

  let life: Life | null = null;
  const gate = {
    /** Read anew each time, and before the policy is asked: the last moment is what counts. */
    assertAllowed(what: string) {
      const why = barred();
      assertOutward(policy.current(), why, what);
      options.point?.('write', what);
    },
  };
  const { wirePlanes } = await import('./compose/planes.ts');
  const planes = await wirePlanes({
    ...options,
    clock,
    policy,
    blobs,
    evidenceKey,
    install,
    gate,
    store,
    heard: (account, run, windows) => {
      dispatcher
        .dispatch({
          id: newId('c'),
          actor: 'system:egress',
          command: { type: 'account.hear', account, run, windows: [...windows] },
        })
        // News only: what is true is told again when the run ends.
        .catch((error: unknown) => log('warn', 'windows were not noted', { error: String(error) }));
    },
  });

  // Asked before there is a life, nothing may.
  const barred = (): Barred => (life ? life.barred() : 'halted');
  const runner = createRunner({
    store,
    dispatcher,
    executors: planes.executors,
    clock,
    boot,
    log,
    barred: () => barred() !== null,
    maxParallel: () => policy.current().policies.system.max_parallel_moves,
    ...(options.point ? { point: options.point } : {}),
  });
  const timers = createTimers({ store, dispatcher, clock, log });
  const conditions = () => endMetHolds({ store, dispatcher, newId, met: planes.met, log });
  const pruner = createPruner({
    paths,
    policy: policy.current,
    store,
    workspaces: planes.workspaces,
    caches: planes.caches,
    sandboxes: planes.sandboxes,
    running: runner.running,
    install,
    now: clock.now,
    log,
  });
  const pulls = createPullWatch({ store, dispatcher, newId, observe: planes.observe, log });
  life = createLife({
    store,
    dispatcher,
    runner,
    timers,
    pulls,
    policy,
    haltFile: haltFile(paths),
    logPresent: () => inodeOf(paths.database) === inode,
    fatal: (reason) => {
      log('error', 'the daemon cannot go on', { reason });
      options.fatal?.(reason);
    },
    clock,
    newId,
    boot,
    version: options.version,
    pid: process.pid,
    log,
    conditions,
    tidy: pruner.tick,
    sweep: () =>
      sweep({
        store,
        dispatcher,
        policy: policy.current,
        now: clock.now,
        newId,
        log,
        running: runner.running,
        sandboxes: planes.sandboxes,
      }),
  });
  return {
    store,
    dispatcher,
    life,
    runner,
    policy,
    boot,
    checkEvidence: async (digest) => {
      const bundle = await blobs.get(digest).catch(() => null);
      return bundle && isSound(bundle, evidenceKey.publicKeyPem);
    },
    readBlob: (digest) => blobs.get(digest),
    endMetHolds: conditions,
    pruner,
    async close(reason) {
      await life.stop(reason);
      await store.close();
    },
  };
}

const inodeOf = (path: string): bigint | null =>
  statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;

/** A home that was worked in has a log. Without it, beginning an empty one would hide the loss. */
function refuseEmptyLog(paths: HomePaths): void {
  if (inodeOf(paths.database) !== null) return;
  const used = [paths.blobs, paths.missions].some(
    (folder) => existsSync(folder) && readdirSync(folder).length > 0,
  );
  if (!used) return;
  throw new ConfigError(
    'log-gone',
    `The event log ${paths.database} is gone, and this home was used before.`,
    'Put your newest copy of it and of its .head back; or move this home away and run `aedev init` to begin anew.',
  );
}
