import { NO_HASH } from '../../src/lib/hash.ts';
import { LogChecker } from '../../src/store/check-log.ts';
import { type EventRow, type Tail, toEvent } from '../../src/store/event-row.ts';
import {
  type Commit,
  closedError,
  type EventStore,
  type LogProblem,
  type MoveRow,
  type Projection,
  type Receipt,
  type StateRow,
  type StoredEvent,
  type StoreTx,
  type ViewRow,
} from '../../src/store/event-store.ts';
import { compareDerived, type Derived, Fold, splitViewId, viewId } from '../../src/store/fold.ts';
import { Problems } from '../../src/store/problems.ts';
import type { StateText, WriteOp } from '../../src/store/tx-buffer.ts';
import { Upcasters } from '../../src/store/upcast.ts';
import { moveNotOpen, type Report, Writer, type WriterBackend } from '../../src/store/writer.ts';

export interface MemoryStoreOptions {
  upcasters?: Upcasters;
  report?: Report;
}

/** The event store without a disk, for tests and simulations: same behaviour, nothing survives. */
export class MemoryEventStore implements EventStore {
  readonly #tables = new MemoryTables();
  readonly #upcasters: Upcasters;
  readonly #writer: Writer;

  constructor(options: MemoryStoreOptions = {}) {
    this.#upcasters = options.upcasters ?? new Upcasters();
    this.#writer = new Writer(this.#tables, options.report ?? (() => undefined));
  }

  /** The log as stored: open, so that a test can tamper with it and see `verify` find it. */
  get rows(): EventRow[] {
    return this.#tables.rows;
  }

  transact<T>(fn: (tx: StoreTx) => Promise<T>): Promise<T> {
    return this.#writer.transact(fn);
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    return this.#writer.onCommit(listener);
  }

  markStarted(key: string, boot: string): Promise<void> {
    return this.#writer.exclusive(() => {
      const move = this.#tables.moves.get(key);
      if (!move || !isOpen(move)) throw moveNotOpen(key);
      this.#tables.moves.set(key, { ...move, status: 'started', startedBy: boot });
    });
  }

  rebuild(projection: Projection): Promise<{ rows: number }> {
    return this.#writer.exclusive(() => {
      const fresh = this.#fold(projection).derived();
      this.#tables.derived = fresh;
      return { rows: fresh.states.size + fresh.views.size + fresh.timers.size };
    });
  }

  async verify(projection?: Projection): Promise<LogProblem[]> {
    const { head, rows, derived } = this.#open();
    const problems = new Problems();
    const checker = new LogChecker({ state: 'signed', head, damaged: false }, problems);
    for (const row of rows) checker.add(row);
    checker.finish(head.seq);
    if (projection && problems.none) compareDerived(this.#fold(projection), derived, problems);
    return problems.list();
  }

  async read(options: {
    fromSeq?: number;
    stream?: string;
    limit?: number;
  }): Promise<StoredEvent[]> {
    const { fromSeq = 1, stream, limit = Number.POSITIVE_INFINITY } = options;
    return this.#open()
      .rows.filter((row) => row.seq >= fromSeq && (stream === undefined || row.stream === stream))
      .slice(0, limit)
      .map(toEvent);
  }

  async state(stream: string): Promise<StateRow | undefined> {
    const row = this.#open().state(stream);
    return row && { stream, version: row.version, state: JSON.parse(row.text) };
  }

  async receipt(command: string): Promise<Receipt | undefined> {
    return this.#open().receipt(command);
  }

  async views(kind: string): Promise<ViewRow[]> {
    return [...this.#open().derived.views]
      .map(([id, text]) => ({ id: splitViewId(id), text }))
      .filter(({ id }) => id[0] === kind)
      .sort((a, b) => byUtf8(a.id[1], b.id[1]))
      .map(({ id, text }) => ({ kind, key: id[1], row: JSON.parse(text) }));
  }

  async view(kind: string, key: string): Promise<unknown | undefined> {
    const text = this.#open().derived.views.get(viewId(kind, key));
    return text === undefined ? undefined : JSON.parse(text);
  }

  async openMoves(): Promise<MoveRow[]> {
    return [...this.#open().moves.values()].filter(isOpen).map((move) => structuredClone(move));
  }

  async timers(): Promise<{ stream: string; at: string }[]> {
    return [...this.#open().derived.timers]
      .map(([stream, at]) => ({ stream, at }))
      .sort((a, b) => byUtf8(a.at, b.at) || byUtf8(a.stream, b.stream));
  }

  async lastSeq(): Promise<number> {
    return this.#open().tail().seq;
  }

  close(): Promise<void> {
    return this.#writer.finish(() => {
      this.#tables.closed = true;
    });
  }

  #open(): MemoryTables {
    this.#tables.requireUsable();
    return this.#tables;
  }

  #fold(projection: Projection): Fold {
    const fold = new Fold(projection, this.#upcasters);
    for (const row of this.#tables.rows) fold.add(toEvent(row));
    return fold;
  }
}

/** The tables and what a commit does to them. */
class MemoryTables implements WriterBackend {
  readonly rows: EventRow[] = [];
  readonly moves = new Map<string, MoveRow>();
  derived: Derived = { states: new Map(), views: new Map(), timers: new Map() };
  head: Tail = { seq: 0, hash: NO_HASH };
  closed = false;
  readonly #versions = new Map<string, number>();
  readonly #receipts = new Map<string, string>();

  requireUsable(): void {
    if (this.closed) throw closedError();
  }

  tail(): Tail {
    const last = this.rows.at(-1);
    return last ? { seq: last.seq, hash: last.hash } : { seq: 0, hash: NO_HASH };
  }

  version(stream: string): number {
    return this.#versions.get(stream) ?? 0;
  }

  state(stream: string): StateText | undefined {
    return this.derived.states.get(stream);
  }

  receipt(command: string): Receipt | undefined {
    const text = this.#receipts.get(command);
    return text === undefined ? undefined : JSON.parse(text);
  }

  hasMove(key: string): boolean {
    return this.moves.has(key);
  }

  commit(ops: WriteOp[]): string[] {
    const ended = ops.flatMap((op) => this.#apply(op) ?? []);
    this.head = this.tail();
    return ended;
  }

  endOfTurn(): void {}

  /** Returns the key of a move that it ended. */
  #apply(op: WriteOp): string | undefined {
    const { states, views, timers } = this.derived;
    switch (op.kind) {
      case 'event':
        this.rows.push(op.row);
        this.#versions.set(op.row.stream, op.row.version);
        break;
      case 'state':
        states.set(op.stream, { version: op.version, text: op.text });
        break;
      case 'view':
        if (op.text === null) views.delete(viewId(op.view, op.key));
        else views.set(viewId(op.view, op.key), op.text);
        break;
      case 'timer':
        if (op.at === null) timers.delete(op.stream);
        else timers.set(op.stream, op.at);
        break;
      case 'enqueue': {
        const input: unknown = JSON.parse(op.input);
        this.moves.set(op.move.key, { ...op.move, input, status: 'queued', startedBy: null });
        break;
      }
      case 'end-move': {
        const move = this.moves.get(op.key);
        if (!move || !isOpen(move)) break;
        this.moves.set(op.key, { ...move, status: op.status });
        return op.key;
      }
      case 'receipt':
        this.#receipts.set(op.command, op.text);
    }
    return undefined;
  }
}

function isOpen(move: MoveRow): boolean {
  return move.status === 'queued' || move.status === 'started';
}

/** SQLite's order of text. Code units, JavaScript's order, differ beyond the basic plane. */
function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
