import { type Commit, StoreError, type StoreTx } from './event-store.ts';
import { type Committed, TxBuffer, type WriteOp } from './tx-buffer.ts';

/** What a store does underneath the one writer. */
export interface WriterBackend extends Committed {
  /** Throws {@link StoreError} when no more can be written: closed, or stopped after a failure. */
  requireUsable(): void;
  /** Applies all or nothing, durably; returns the keys of the moves that really ended. */
  commit(ops: WriteOp[]): string[];
  /** Runs once per turn of the event loop in which something was committed. */
  endOfTurn(): void;
}

/** Says something to the operator's log that no caller is waiting to hear. */
export type Report = (sentence: string, cause: unknown) => void;

/**
 * Commits after which the writer lets the event loop turn. Commits are synchronous, so a caller in a
 * tight loop would otherwise starve sockets and timers, and the signed head would never be written.
 */
export const COMMITS_PER_TURN = 64;

/** The one writer of a store: transactions run one after the other, never interleaved. */
export class Writer {
  readonly #backend: WriterBackend;
  readonly #report: Report;
  readonly #listeners = new Set<(commit: Commit) => void>();
  #queue: Promise<unknown> = Promise.resolve();
  #commitsThisTurn = 0;

  constructor(backend: WriterBackend, report: Report) {
    this.#backend = backend;
    this.#report = report;
  }

  /** Runs `work` alone. A call from inside `work` that is awaited there waits for itself: don't. */
  exclusive<T>(work: () => Promise<T> | T): Promise<T> {
    const run = async (): Promise<T> => {
      if (this.#commitsThisTurn >= COMMITS_PER_TURN) await new Promise(setImmediate);
      this.#backend.requireUsable();
      return work();
    };
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  transact<T>(fn: (tx: StoreTx) => Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      const tx = new TxBuffer(this.#backend);
      let value: T;
      try {
        value = await fn(tx);
      } finally {
        tx.end();
      }
      // The store may have been closed or stopped while the function was waiting.
      this.#backend.requireUsable();
      if (tx.ops.length > 0) {
        const ended = this.#backend.commit(tx.ops);
        this.committed();
        this.#announce(tx, ended);
      }
      return value;
    });
  }

  /** Runs `work` after everything that was asked for before, also when the store has stopped. */
  finish(work: () => void): Promise<void> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** To be called after every durable write, also those that are no transaction. */
  committed(): void {
    this.#commitsThisTurn += 1;
    if (this.#commitsThisTurn > 1) return;
    setImmediate(() => {
      this.#commitsThisTurn = 0;
      this.#backend.endOfTurn();
    });
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    // A wrapper, so that one function subscribed twice is called twice and leaves one at a time.
    const entry = (commit: Commit): void => listener(commit);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  #announce(tx: TxBuffer, ended: string[]): void {
    if (this.#listeners.size === 0) return;
    const enqueued = tx.ops.flatMap((op) => (op.kind === 'enqueue' ? [op.move] : []));
    for (const listener of [...this.#listeners]) {
      try {
        listener({ events: [...tx.events], enqueued: [...enqueued], ended: [...ended] });
      } catch (cause) {
        this.#report('A listener of the event log failed; the commit stands.', cause);
      }
    }
  }
}

/** The answer to starting a move that has ended or never was. */
export function moveNotOpen(key: string): StoreError {
  return new StoreError(
    'not-found',
    `The move ${key} is not in the queue any more: do not start it.`,
  );
}
