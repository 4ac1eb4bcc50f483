/**
 * Proves that what the log says is going on is going on: every wanted move is queued, every queued
 * move is wanted, every slot is held by work, nothing of a run is alive that nobody waits for.
 * What is wrong is a defect: it is mended and reported as an event.
 */
import { moveOf, type State, stepsOf } from '../control/core.ts';
import type { Policy } from '../control/policy.ts';
import { ended, wantsSlot } from '../control/reactions.ts';
import type { Repo } from '../control/repo.ts';
import { streamOf } from '../control/streams.ts';
import type { Task } from '../control/task.ts';
import type { TaskRow } from '../control/views.ts';
import type { EventStore } from '../store/event-store.ts';
import { type Dispatcher, draftOf } from './dispatch.ts';

export interface JanitorDeps {
  store: EventStore;
  dispatcher: Dispatcher;
  policy(): Policy;
  now(): number;
  newId(prefix: string): string;
  log(level: 'warn', message: string, data?: Record<string, unknown>): void;
  /** Keys that the runner executes now. */
  running(): string[];
  /** Executions of this installation with something alive, and how to end one. */
  sandboxes: readonly {
    orphans(): Promise<string[]>;
    reap(run: string): Promise<{ found: number; ended: number; detail: string }>;
  }[];
}

export interface Repair {
  what: string;
  detail: string;
}

/** One round; resolves with what had to be mended. At a fixpoint it mends nothing. */
export async function sweep(deps: JanitorDeps): Promise<Repair[]> {
  const repairs = [
    ...(await mendQueue(deps)),
    ...(await mendSlots(deps)),
    ...(await reapOrphans(deps)),
  ];
  for (const { what, detail } of repairs) {
    await deps.dispatcher.dispatch({
      id: deps.newId('c'),
      actor: 'system:janitor',
      command: { type: 'system.repair', what, detail },
    });
  }
  return repairs;
}

async function streamsOfMoves(store: EventStore): Promise<string[]> {
  const rows = [...(await store.views('mission')), ...(await store.views('task'))];
  const live = rows
    .filter(({ row }) => !ended((row as { status: string }).status))
    .map(({ kind, key }) => `${kind}/${key}`);
  // Whatever else the queue names wants nothing, and its moves have to go.
  return [...new Set([...live, ...(await store.openMoves()).map(({ stream }) => stream)])];
}

async function mendQueue(deps: JanitorDeps): Promise<Repair[]> {
  const repairs: Repair[] = [];
  for (const stream of await streamsOfMoves(deps.store)) {
    // Inside a transaction, so that no command can be between the look and the mending.
    await deps.store.transact(async (tx) => {
      const state = ((await tx.state(stream))?.state ?? null) as State;
      const queued = new Set(
        (await deps.store.openMoves())
          .filter((move) => move.stream === stream)
          .map((move) => move.key),
      );
      const wanted = stepsOf(stream, state);
      const now = new Date(deps.now()).toISOString();
      for (const step of wanted) {
        if (queued.delete(step.key)) continue;
        await tx.enqueue(draftOf(stream, state, step, deps.policy(), now));
        repairs.push({
          what: 'a wanted move was not queued',
          detail: moveOf(stream, state, step, deps.policy()).key,
        });
      }
      for (const key of queued) {
        await tx.endMove(key, 'cancelled');
        repairs.push({ what: 'a queued move was not wanted', detail: key });
      }
    });
  }
  return repairs;
}

async function mendSlots(deps: JanitorDeps): Promise<Repair[]> {
  const repairs: Repair[] = [];
  for (const { row } of await deps.store.views('repo')) {
    const repo = row as Repo;
    for (const id of repo.slots) {
      const task = (await deps.store.state(streamOf.task(id)))?.state as Task | undefined;
      if (task?.slot) continue;
      await deps.dispatcher.dispatch({
        id: deps.newId('c'),
        actor: 'system:janitor',
        command: { type: 'repo.release-slot', repo: repo.id, task: id },
      });
      repairs.push({ what: 'a slot was held by nobody', detail: `${id} in ${repo.id}` });
    }
    for (const task of await waitingFor(deps.store, repo)) {
      await deps.dispatcher.dispatch({
        id: deps.newId('c'),
        actor: 'system:janitor',
        command: { type: 'repo.request-slot', repo: repo.id, task },
      });
      repairs.push({ what: 'a task waited for a slot without being queued', detail: task });
    }
  }
  return repairs;
}

/** Tasks that want a slot of this repo and stand in no queue. */
async function waitingFor(store: EventStore, repo: Repo): Promise<string[]> {
  const stranded: string[] = [];
  for (const { key, row } of await store.views('task')) {
    if ((row as TaskRow).repo !== repo.id || ended((row as TaskRow).status)) continue;
    const task = (await store.state(streamOf.task(key)))?.state as Task;
    if (wantsSlot(task) && !repo.queue.includes(key) && !repo.slots.includes(key))
      stranded.push(key);
  }
  return stranded;
}

/** A run may be alive only while its move executes in this life. */
async function reapOrphans(deps: JanitorDeps): Promise<Repair[]> {
  const repairs: Repair[] = [];
  const busy = deps.running();
  for (const sandbox of deps.sandboxes) {
    // A tier that cannot be asked now (no rights, no engine) is asked again in the next round.
    const alive = await sandbox.orphans().catch((error: unknown) => {
      deps.log('warn', 'a sandbox tier could not be asked what is alive', { error: String(error) });
      return [];
    });
    for (const run of alive) {
      if (busy.length > 0 && (await ownedBy(deps, run, busy))) continue;
      const reaped = await sandbox.reap(run).catch((error: unknown) => {
        deps.log('warn', 'what is left of a run could not be ended', { run, error: String(error) });
        return null;
      });
      if (reaped === null) continue;
      const { ended: count, detail } = reaped;
      repairs.push({
        what: 'something of a run outlived it',
        detail: `${run}: ${count} ended; ${detail}`,
      });
    }
  }
  return repairs;
}

/** Beside runs there are verify and setup executions: those are named after their task, `<task>-verify-…`. */
async function ownedBy(deps: JanitorDeps, run: string, busy: string[]): Promise<boolean> {
  const row = (await deps.store.view('run', run)) as { task: string } | undefined;
  return busy.some((key) => {
    const task = key.split('/')[0] ?? key;
    return row ? task === row.task : run.startsWith(`${task}-`);
  });
}
