/** Pruning, wired: what may be found, how each thing goes, and when. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { HomePaths } from '../config/home.ts';
import type { Policy } from '../control/policy.ts';
import type { PruneReport } from '../control/prune-report.ts';
import { streamOf } from '../control/streams.ts';
import type { Task } from '../control/task.ts';
import type { RunRow, TaskRow } from '../control/views.ts';
import type { Caches } from '../execution/caches/caches.ts';
import type { Sandbox } from '../execution/sandboxes/sandbox.ts';
import type { Workspaces } from '../execution/workspace/workspace.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Log } from './options.ts';

export interface PruneDeps {
  paths: HomePaths;
  policy(): Policy;
  store: EventStore;
  workspaces: Workspaces;
  caches: Caches;
  sandboxes: readonly Sandbox[];
  /** Keys of the moves that execute now. */
  running(): string[];
  install: string;
  now(): number;
  log: Log;
}

export interface Pruner {
  /** Says what would go, or takes it away; one pruning at a time. */
  prune(options: { dryRun: boolean; signal?: AbortSignal }): Promise<PruneReport>;
  /** A little of it, as the daemon does now and then; one line in the log when something went. */
  tick(): Promise<void>;
}

/** Each tick takes at most so many things, so that it never is in the way for long. */
const TICK = 20;
const ALL = 100_000;

export function createPruner(deps: PruneDeps): Pruner {
  let last: Promise<unknown> = Promise.resolve();
  /** What could not go is told once, not at every tick. */
  let told = '';
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  };
  const run = (dryRun: boolean, limit: number, signal?: AbortSignal) =>
    inTurn(async () => {
      const { prune } = await import('../operations/prune/prune.ts');
      const finders = await findersOf(deps);
      return prune(finders, { dryRun, limit, ...(signal ? { signal } : {}) });
    });
  return {
    prune: ({ dryRun, signal }) => run(dryRun, ALL, signal),
    async tick() {
      const report = await run(false, TICK);
      const left = JSON.stringify(report.left);
      if (report.removed.length === 0 && left === told) return;
      told = left;
      const { summary } = await import('../operations/prune/prune.ts');
      deps.log(report.left.length > 0 ? 'warn' : 'info', 'pruned', summary(report));
    },
  };
}

async function findersOf(deps: PruneDeps) {
  const [{ runsFinder, leftoversFinder }, { traces }, { removeTree }, { forgotten }] =
    await Promise.all([
      import('../operations/prune/runs.ts'),
      import('../execution/workspace/retire.ts'),
      import('../execution/workspace/remove.ts'),
      import('../execution/workspace/layouts.ts'),
    ]);
  const { paths, now } = deps;
  const keepDays = deps.policy().policies.retention.runs_days;
  const rows = async <T>(kind: 'task' | 'run') =>
    new Map((await deps.store.views(kind)).map(({ key, row }) => [key, row as T]));
  return [
    runsFinder({
      runs: paths.runs,
      now,
      keepDays,
      tasks: () => rows<TaskRow>('task'),
      runRows: () => rows<RunRow>('run'),
      busy: (task) => deps.running().some((key) => key.startsWith(`${task}/`)),
      traces,
      retire: (run) => retire(deps, run),
      removeTree,
    }),
    leftoversFinder({
      now,
      scratch: [
        { folder: join(paths.runs, '.scratch'), pattern: /^(verify|env)-/ },
        ...(await readdir(paths.caches).catch(() => [])).map((repo) => ({
          folder: join(paths.caches, repo),
          pattern: /^\.new-/,
        })),
        { folder: paths.repos, pattern: /\.git\.new-[0-9a-f-]{36}$/ },
      ],
      logs: paths.logs,
      keepDays,
      async forgotten() {
        const names = await readdir(paths.runs).catch(() => []);
        const dirs = names.map((name) => join(paths.runs, name, 'workspace'));
        return forgotten(paths.repos, dirs, now());
      },
      removeTree,
    }),
    mirrorsFinder(deps),
    await cacheFinder(deps),
    engineFinder(deps),
  ];
}

/** Ends what is left of the run first: nobody may write while its work is saved. */
async function retire(deps: PruneDeps, row: RunRow): Promise<string | null> {
  const { notedTier } = await import('../execution/moves/cut-run.ts');
  const folder = join(deps.paths.runs, row.id);
  const tier = row.run.tier ?? (await notedTier(folder));
  for (const sandbox of deps.sandboxes) {
    await sandbox.reap(row.id).catch((error: unknown) => {
      // The run's own tier may hold something alive: then the workspace stays.
      if (sandbox.tier === tier) throw error;
    });
  }
  const task = (await deps.store.state(streamOf.task(row.task)))?.state as Task | undefined;
  const time = row.run.startedAt ?? new Date(deps.now()).toISOString();
  const mirror = deps.workspaces.mirror(row.repo);
  const kept = await deps.workspaces.retire(
    mirror,
    join(folder, 'workspace'),
    row.id,
    task?.base ?? null,
    time,
  );
  return kept?.ref ?? null;
}

async function cacheFinder(deps: PruneDeps) {
  const [{ cachesFinder }, { diskProblem }] = await Promise.all([
    import('../operations/prune/caches.ts'),
    import('../execution/sandboxes/disk-floor.ts'),
  ]);
  const { retention } = deps.policy().policies;
  return cachesFinder({
    now: deps.now,
    keepDays: retention.caches_days,
    maxBytes: retention.caches_gb * 1000 ** 3,
    short: async () =>
      (await diskProblem(deps.paths.home, retention.min_free_gb * 1000 ** 3)) !== null,
    registered: (repo) => deps.policy().repos[repo] !== undefined,
    list: async () =>
      (await deps.caches.list()).map(({ repo, key, used, record: { path, bytes } }) => ({
        ...{ repo, key, used, path, bytes },
      })),
    remove: (repo, key) => deps.caches.remove(repo, key),
  });
}

function mirrorsFinder(deps: PruneDeps) {
  return async (limit: number) => {
    const { mirrorUse, wantsUpkeep } = await import('../execution/workspace/upkeep.ts');
    const names = (await readdir(deps.paths.repos).catch(() => [])).filter((name) =>
      name.endsWith('.git'),
    );
    const found = [];
    for (const name of names.sort()) {
      if (found.length >= limit) break;
      const repo = basename(name, '.git');
      const use = await mirrorUse(join(deps.paths.repos, name));
      if (!wantsUpkeep(use)) continue;
      found.push({
        kind: 'mirror' as const,
        what: repo,
        why: `${use.loose} loose objects and ${use.packs} packs are joined; no object is dropped`,
        bytes: null,
        async remove() {
          const bytes = await deps.workspaces.upkeep(deps.workspaces.mirror(repo));
          if (bytes === null) throw new Error('the mirror is in use; it is tried again later');
          return { bytes };
        },
      });
    }
    return found;
  };
}

function engineFinder(deps: PruneDeps) {
  return async (limit: number) => {
    const { policies } = deps.policy();
    // Where nothing runs in containers the engine is not asked: it may not even be there.
    if (!['auto', 'docker'].includes(policies.sandbox.tier)) return [];
    const { leftContainers, oldImages, removeContainer, removeImage } = await import(
      '../execution/sandboxes/docker-leftovers.ts'
    );
    const pinned = policies.sandbox.image.digest;
    const days = policies.retention.runs_days;
    try {
      // One that has just been created, or whose end is being read, looks like a left one.
      const containers = deps.running().length > 0 ? [] : await leftContainers(deps.install);
      const images = (await oldImages(deps.install, pinned === null ? [] : [pinned])).filter(
        ({ created }) => deps.now() - created > days * 24 * 3600 * 1000,
      );
      return [
        ...containers.map(({ id, run, state }) => ({
          kind: 'container' as const,
          what: run === '' ? id.slice(0, 12) : run,
          why: `it is ${state}, and nothing waits for it`,
          bytes: null,
          remove: async () => void (await removeContainer(id)),
        })),
        ...images.map(({ id, bytes }) => ({
          kind: 'image' as const,
          what: id.slice(0, 19),
          why: `runs start from another image, and it is older than ${days} days`,
          bytes,
          remove: async () => void (await removeImage(id)),
        })),
      ].slice(0, limit);
    } catch (error) {
      // An engine that does not answer is told by the doctor and by every run.
      if ((error as { tag?: unknown }).tag === 'engine') return [];
      throw error;
    }
  };
}
