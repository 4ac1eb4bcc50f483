/**
 * Runs queued moves in this process. It gives liveness only: safety comes from the log, which
 * accepts a result exactly while its key is wanted, and from looking at the world before doing
 * anything an earlier life may have done.
 */
import type { Command } from '../control/commands.ts';
import { BARRED, type Outcome } from '../control/contract.ts';
import type { MoveExecutor } from '../control/executor.ts';
import { failure } from '../control/failure.ts';
import {
  type Commit,
  type EventStore,
  type MoveDraft,
  type MoveRow,
  StoreError,
} from '../store/event-store.ts';
import type { Clock } from './clock.ts';
import type { Dispatcher } from './dispatch.ts';

/** Where a test may stop a process: never set in production. */
export type CrashPoint = (
  point: 'queued' | 'started' | 'write' | 'effect' | 'settled',
  key: string,
) => void;

export interface RunnerDeps {
  store: EventStore;
  dispatcher: Dispatcher;
  executors: readonly MoveExecutor[];
  clock: Clock;
  /** Id of this life of the daemon. */
  boot: string;
  maxParallel(): number;
  /** Asked immediately before moves start: true while nothing may; who ends that pokes. */
  barred(): boolean;
  log(level: 'info' | 'warn' | 'error', message: string, data?: Record<string, unknown>): void;
  point?: CrashPoint;
}

export interface Runner {
  /** Takes over what the queue holds; moves of an earlier life are adopted or declared lost first. */
  start(): Promise<void>;
  /** Aborts what runs without settling it: the next life, or the end of the halt, takes it up. */
  interrupt(): Promise<void>;
  /** Looks at the queue again, e.g. after a halt has ended. */
  poke(): Promise<void>;
  /** Keys that execute now. */
  running(): string[];
  /** Resolves when nothing runs and nothing is due. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

interface Waiting {
  move: MoveDraft;
  /** An earlier life or attempt may have had its effect. */
  maybeDone: boolean;
  /** An earlier life is known to have started it. */
  started: boolean;
}

/** The bar may be gone before the move is back in the queue; then nobody would poke. */
const BARRED_PAUSE_MS = 1000;

export function createRunner(deps: RunnerDeps): Runner {
  const executors = new Map(deps.executors.map((executor) => [executor.kind, executor]));
  const waiting = new Map<string, Waiting>();
  const active = new Map<string, { stream: string; abort: AbortController; done: Promise<void> }>();
  let open = false;
  let alarm: (() => void) | null = null;
  let whenIdle: (() => void)[] = [];
  let unsubscribe = (): void => {};

  const onCommit = (commit: Commit): void => {
    for (const key of commit.ended) {
      waiting.delete(key);
      active.get(key)?.abort.abort(new Error('withdrawn'));
    }
    for (const move of commit.enqueued) {
      deps.point?.('queued', move.key);
      // Only the very first try of a step cannot have been done by an earlier one.
      waiting.set(move.key, { move, maybeDone: !move.key.endsWith('/1/1'), started: false });
    }
    schedule();
  };

  /** Starts whatever is due, and wakes up again for what is not. */
  function schedule(): void {
    alarm?.();
    alarm = null;
    if (!open) return;
    const now = new Date(deps.clock.now()).toISOString();
    let soonest: string | null = null;
    const barred = waiting.size > 0 && deps.barred();
    for (const [key, entry] of waiting) {
      if (active.size >= deps.maxParallel() || barred) break;
      if (entry.move.notBefore > now) {
        if (!soonest || entry.move.notBefore < soonest) soonest = entry.move.notBefore;
        continue;
      }
      if (active.has(key) || ending(entry.move.stream)) continue;
      waiting.delete(key);
      const abort = new AbortController();
      const done = execute(entry, abort).finally(() => {
        active.delete(key);
        schedule();
      });
      active.set(key, { stream: entry.move.stream, abort, done });
    }
    if (soonest) alarm = deps.clock.at(Date.parse(soonest), schedule);
    if (active.size === 0 && !due(now)) for (const resolve of whenIdle.splice(0)) resolve();
  }

  /** What was withdrawn may still have its effect: nothing else of that stream starts before it is over. */
  const ending = (stream: string): boolean =>
    [...active.values()].some((one) => one.stream === stream && one.abort.signal.aborted);

  const due = (now: string): boolean =>
    !deps.barred() && [...waiting.values()].some((entry) => entry.move.notBefore <= now);

  async function execute(entry: Waiting, abort: AbortController): Promise<void> {
    const { move } = entry;
    const executor = executors.get(move.kind);
    try {
      const outcome = executor
        ? await outcomeOf(executor, entry, abort)
        : failure({ code: 'no-executor', reason: `nothing here performs ${move.kind}` });
      // An interrupted move keeps its place in the queue; what it did is found by adopting it.
      if (!outcome) {
        if (!withdrawn(abort.signal) && (open || deps.barred()))
          waiting.set(move.key, { move, maybeDone: true, started: true });
        return;
      }
      // Stopped short of a write by what will end: no failed try of the step, and nothing to hold it for.
      if (!outcome.ok && outcome.code === BARRED && !abort.signal.aborted) {
        again(move, BARRED_PAUSE_MS);
        return;
      }
      deps.point?.('effect', move.key);
      await settled(move, outcome);
      deps.point?.('settled', move.key);
    } catch (error) {
      // The store refused to write (full disk, say): nothing is lost, the move is still queued there.
      deps.log('error', 'a move could not be settled', { key: move.key, error: String(error) });
      if (!withdrawn(abort.signal)) again(move, 5000);
    }
  }

  /** Back into the queue, from which the log never took it. */
  function again(move: MoveDraft, pauseMs: number): void {
    const notBefore = new Date(deps.clock.now() + pauseMs).toISOString();
    waiting.set(move.key, { move: { ...move, notBefore }, maybeDone: true, started: true });
  }

  /** A result that cannot even be decided on (a wrong shape, say) is a failure of the move. */
  async function settled(move: MoveDraft, outcome: Outcome): Promise<void> {
    const request = { id: `settle:${move.key}`, actor: 'system:runner' };
    try {
      await deps.dispatcher.dispatch({ ...request, command: settle(move, outcome) });
    } catch (error) {
      if (error instanceof StoreError) throw error;
      deps.log('error', 'a result could not be decided on', {
        key: move.key,
        error: String(error),
      });
      const broken = failure({
        code: 'unexpected',
        reason: `its result could not be read: ${describe(error)}`,
      });
      await deps.dispatcher.dispatch({ ...request, command: settle(move, broken) });
    }
  }

  /** null when the move was interrupted and has no outcome of its own. */
  async function outcomeOf(
    executor: MoveExecutor,
    entry: Waiting,
    abort: AbortController,
  ): Promise<Outcome | null> {
    const { move } = entry;
    const cancelDeadline = deps.clock.at(deps.clock.now() + move.deadlineMs, () =>
      abort.abort(new Error('deadline')),
    );
    try {
      if (move.recovery === 'lost' && !entry.started)
        await deps.store.markStarted(move.key, deps.boot);
      deps.point?.('started', move.key);
      let outcome: Outcome | 'absent' = 'absent';
      if (entry.maybeDone || entry.started) outcome = await executor.adopt(move, abort.signal);
      if (outcome === 'absent' && move.recovery === 'lost' && entry.started && executor.lost)
        outcome = await executor.lost(move);
      if (outcome === 'absent') outcome = await executor.perform(move, abort.signal);
      return interrupted(abort.signal) ? null : outcome;
    } catch (error) {
      if (interrupted(abort.signal)) return null;
      deps.log('error', 'a move failed unexpectedly', {
        key: move.key,
        error: error instanceof Error ? error.stack : String(error),
      });
      const late = abort.signal.aborted;
      return failure({
        code: late ? 'deadline' : 'unexpected',
        reason: late ? 'it took longer than its deadline' : describe(error),
        retryable: true,
      });
    } finally {
      cancelDeadline();
    }
  }

  return {
    async start() {
      open = true;
      for (const row of await deps.store.openMoves()) {
        // In the queue means: an earlier life may have got anywhere with it.
        waiting.set(row.key, { move: row, maybeDone: true, started: row.status === 'started' });
      }
      unsubscribe = deps.store.onCommit(onCommit);
      schedule();
    },
    async interrupt() {
      const pending = [...active.values()];
      for (const { abort } of pending) abort.abort(new Error('interrupted'));
      await Promise.all(pending.map(({ done }) => done));
    },
    async poke() {
      schedule();
    },
    running: () => [...active.keys()],
    idle: () =>
      new Promise<void>((resolve) => {
        whenIdle.push(resolve);
        schedule();
      }),
    async stop() {
      open = false;
      unsubscribe();
      alarm?.();
      const pending = [...active.values()];
      for (const { abort } of pending) abort.abort(new Error('interrupted'));
      await Promise.all(pending.map(({ done }) => done));
      whenIdle = [];
    },
  };
}

const why = (signal: AbortSignal): string | undefined =>
  signal.aborted ? (signal.reason as Error | undefined)?.message : undefined;
const interrupted = (signal: AbortSignal): boolean => signal.aborted && why(signal) !== 'deadline';
/** Nobody wants its effect any more: it must not be tried again. */
const withdrawn = (signal: AbortSignal): boolean => why(signal) === 'withdrawn';

const describe = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);

function settle(move: MoveDraft | MoveRow, outcome: Outcome): Command {
  const [aggregate, id = ''] = move.stream.split('/');
  const step = move.key.split('/')[1] ?? '';
  const which = step === move.kind ? null : step.slice(move.kind.length + 1);
  return aggregate === 'mission'
    ? { type: 'mission.settle', mission: id, key: move.key, kind: move.kind, outcome }
    : { type: 'task.settle', task: id, key: move.key, kind: move.kind, which, outcome };
}
