import { canonicalJson } from '../lib/canonical.ts';
import {
  type EventRow,
  parseStored,
  requireInteger,
  requireLine,
  requireMeta,
  requireTime,
  sealRow,
  type Tail,
} from './event-row.ts';
import {
  type EventDraft,
  type EventMeta,
  type MoveDraft,
  type Receipt,
  type StateRow,
  type StoredEvent,
  StoreError,
  type StoreTx,
  type ViewRow,
} from './event-store.ts';

/** What is durable now, as a transaction needs to see it. All synchronous. */
export interface Committed {
  tail(): Tail;
  /** Version of the stream's newest event, 0 without one. */
  version(stream: string): number;
  state(stream: string): StateText | undefined;
  receipt(command: string): Receipt | undefined;
  hasMove(key: string): boolean;
}

/** A state row with its state as canonical JSON. */
export interface StateText {
  version: number;
  text: string;
}

/** One write, in the order in which it was asked for. Texts are canonical JSON. */
export type WriteOp =
  | { kind: 'event'; row: EventRow }
  | ({ kind: 'state'; stream: string } & StateText)
  | { kind: 'view'; view: string; key: string; text: string | null }
  | { kind: 'timer'; stream: string; at: string | null }
  | { kind: 'enqueue'; move: MoveDraft; input: string }
  | { kind: 'end-move'; key: string; status: 'done' | 'cancelled' }
  | { kind: 'receipt'; command: string; text: string };

/**
 * A transaction under construction: collects writes in memory over what is committed, and the store
 * applies them in one synchronous block when the caller's function has ended. So no SQL transaction
 * is ever open while somebody awaits: other readers see committed rows only, a function that hangs
 * or throws leaves nothing to undo, and an automatic rollback by the database (full disk) can never
 * let later statements slip through one by one.
 */
export class TxBuffer implements StoreTx {
  readonly ops: WriteOp[] = [];
  readonly events: StoredEvent[] = [];
  readonly #committed: Committed;
  #tail: Tail;
  readonly #versions = new Map<string, number>();
  readonly #states = new Map<string, StateText>();
  readonly #receipts = new Map<string, Receipt>();
  readonly #moves = new Set<string>();
  #ended = false;

  constructor(committed: Committed) {
    this.#committed = committed;
    this.#tail = committed.tail();
  }

  /** From now on every use throws: what is written later would belong to no transaction. */
  end(): void {
    this.#ended = true;
  }

  async state(stream: string): Promise<StateRow | undefined> {
    this.#requireOpen();
    const row = this.#states.get(stream) ?? this.#committed.state(stream);
    if (!row) return undefined;
    return { stream, version: row.version, state: parseStored(row.text, `state ${stream}`) };
  }

  async receipt(command: string): Promise<Receipt | undefined> {
    this.#requireOpen();
    return this.#receipts.get(command) ?? this.#committed.receipt(command);
  }

  async append(
    expectedVersion: number,
    drafts: EventDraft[],
    meta: EventMeta,
  ): Promise<StoredEvent[]> {
    this.#requireOpen();
    requireMeta(meta);
    const stream = drafts[0]?.stream;
    if (stream === undefined) return [];
    const version = this.#versions.get(stream) ?? this.#committed.version(stream);
    if (version !== expectedVersion) {
      throw new StoreError(
        'conflict',
        `Stream ${stream} is at version ${version}, not ${expectedVersion}: load it again and decide anew.`,
      );
    }
    let tail = this.#tail;
    const added = drafts.map((draft, index) => {
      if (draft.stream !== stream) {
        throw new StoreError(
          'invalid',
          'One append takes events of one stream: append per stream.',
        );
      }
      const place = { seq: tail.seq + 1, version: version + index + 1, prev: tail.hash };
      const row = sealRow(draft, meta, place);
      tail = row;
      return { op: { kind: 'event', row } as const, event: { ...row, data: draft.data } };
    });
    // Only now, when every draft has proved storable: an append happens whole or not at all.
    this.#tail = { seq: tail.seq, hash: tail.hash };
    this.#versions.set(stream, version + added.length);
    for (const { op, event } of added) {
      this.ops.push(op);
      this.events.push(event);
    }
    return added.map(({ event }) => event);
  }

  async putState(row: StateRow): Promise<void> {
    this.#requireOpen();
    requireLine('stream', row.stream);
    requireInteger('state version', row.version, 1);
    const state = { version: row.version, text: canonicalJson(row.state) };
    this.#states.set(row.stream, state);
    this.ops.push({ kind: 'state', stream: row.stream, ...state });
  }

  async putView(row: ViewRow): Promise<void> {
    this.#requireOpen();
    requireLine('view kind', row.kind);
    requireLine('view key', row.key);
    const text = row.row === null ? null : canonicalJson(row.row);
    this.ops.push({ kind: 'view', view: row.kind, key: row.key, text });
  }

  async putTimer(stream: string, at: string | null): Promise<void> {
    this.#requireOpen();
    requireLine('stream', stream);
    if (at !== null) requireTime('timer', at);
    this.ops.push({ kind: 'timer', stream, at });
  }

  async enqueue(move: MoveDraft): Promise<void> {
    this.#requireOpen();
    for (const field of ['key', 'stream', 'kind', 'partition'] as const) {
      requireLine(`move's ${field}`, move[field]);
    }
    requireTime("move's start", move.notBefore);
    requireInteger("move's deadline", move.deadlineMs, 1);
    if (this.#moves.has(move.key) || this.#committed.hasMove(move.key)) {
      throw new StoreError('conflict', `The move ${move.key} is already in the queue.`);
    }
    const input = canonicalJson(move.input);
    this.#moves.add(move.key);
    this.ops.push({ kind: 'enqueue', move: { ...move }, input });
  }

  async endMove(key: string, status: 'done' | 'cancelled'): Promise<void> {
    this.#requireOpen();
    this.ops.push({ kind: 'end-move', key, status });
  }

  async putReceipt(receipt: Receipt): Promise<void> {
    this.#requireOpen();
    const { command } = receipt;
    requireLine('command id', command);
    if (this.#receipts.has(command) || this.#committed.receipt(command)) {
      throw new StoreError('conflict', `The command ${command} already has its receipt.`);
    }
    const text = canonicalJson(receipt);
    this.#receipts.set(command, JSON.parse(text));
    this.ops.push({ kind: 'receipt', command, text });
  }

  #requireOpen(): void {
    if (!this.#ended) return;
    throw new StoreError('invalid', 'This transaction has ended: write inside the function only.');
  }
}
