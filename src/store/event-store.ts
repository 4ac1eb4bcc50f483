/**
 * The store's interface: one append-only, hash-chained event log, and beside it, written in the
 * same transaction, what is derived from it (states, views, timers), the queue of moves and the
 * receipts of commands. `sqlite/` implements it; the tests' store in memory passes the same suite.
 */
import type { StoredEvent } from '../control/contract.ts';

export type { StoredEvent };

export interface EventDraft {
  stream: string;
  type: string;
  schema: number;
  data: unknown;
}

export interface EventMeta {
  time: string;
  actor: string;
  causation: string;
}

/** The fold of one stream up to `version`. */
export interface StateRow {
  stream: string;
  version: number;
  state: unknown;
}

/** One read-model row; `row: null` deletes it. */
export interface ViewRow {
  kind: string;
  key: string;
  row: unknown;
}

/** A move in the queue: the durable intent of one effect on the world outside the log. */
export interface MoveRow {
  /** `<id>/<step>/<generation>/<attempt>`: names the move everywhere. */
  key: string;
  stream: string;
  kind: string;
  partition: string;
  recovery: 'adopt' | 'lost';
  input: unknown;
  /** Not before this time (UTC ISO). */
  notBefore: string;
  /** Milliseconds that one execution may take. */
  deadlineMs: number;
  status: 'queued' | 'started' | 'done' | 'cancelled';
  /** Boot id of the daemon that started it, when started. */
  startedBy: string | null;
}

export type MoveDraft = Omit<MoveRow, 'status' | 'startedBy'>;

/** What became of a command: the same command id always gets the same receipt. */
export interface Receipt {
  command: string;
  /** sha256 of what was commanded; null for the system's own commands, absent in older logs. */
  digest?: string | null;
  outcome: 'accepted' | 'refused';
  /** Code and sentence of a refusal. */
  code: string | null;
  sentence: string | null;
  /** Sequence numbers of the events it appended. */
  seqs: number[];
  /** What the caller may want back, e.g. the new mission's id. */
  data: unknown;
}

/** A transaction: everything written through it becomes durable together or not at all. */
export interface StoreTx {
  state(stream: string): Promise<StateRow | undefined>;
  receipt(command: string): Promise<Receipt | undefined>;
  /** Appends at exactly `expectedVersion` (0 for a new stream); throws {@link StoreError} `conflict` otherwise. */
  append(expectedVersion: number, events: EventDraft[], meta: EventMeta): Promise<StoredEvent[]>;
  putState(row: StateRow): Promise<void>;
  putView(row: ViewRow): Promise<void>;
  /** One timer per stream; null removes it. */
  putTimer(stream: string, at: string | null): Promise<void>;
  enqueue(move: MoveDraft): Promise<void>;
  /** Ends a queued or started move; unknown keys are ignored. */
  endMove(key: string, status: 'done' | 'cancelled'): Promise<void>;
  putReceipt(receipt: Receipt): Promise<void>;
}

export interface Commit {
  events: StoredEvent[];
  enqueued: MoveDraft[];
  ended: string[];
}

export type StoreErrorTag =
  | 'conflict'
  /** Another process holds the write lock; trying again later may succeed. */
  | 'busy'
  /** The caller handed in something that cannot be stored, e.g. an empty stream name. */
  | 'invalid'
  | 'closed'
  | 'read-only'
  | 'disk-full'
  | 'io'
  | 'corrupt'
  | 'newer-schema'
  /** A reader met a file that the writer has yet to migrate. */
  | 'older-schema'
  | 'not-found';

export class StoreError extends Error {
  readonly tag: StoreErrorTag;
  constructor(tag: StoreErrorTag, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.tag = tag;
  }
}

/** The error of a store that was closed. */
export function closedError(): StoreError {
  return new StoreError('closed', 'The event log is closed: open it again before using it.');
}

/** Pure projection handed in by the control plane; the store never knows what an event means. */
export interface Projection {
  /** Total: never throws, ignores what it does not know. Old schema versions are upcast before. */
  evolve(stream: string, state: unknown, event: StoredEvent): unknown;
  views(stream: string, state: unknown): ViewRow[];
  timer(stream: string, state: unknown): string | null;
}

export interface LogProblem {
  seq: number | null;
  kind:
    | 'hash'
    | 'chain'
    | 'gap'
    | 'version'
    | 'head-signature'
    | 'head-missing'
    | 'head-rolled-back'
    | 'shortened'
    | 'view-differs'
    | 'database';
  sentence: string;
}

export interface EventReader {
  /** Events in global order from `fromSeq` (inclusive), of one stream when given. */
  read(options: { fromSeq?: number; stream?: string; limit?: number }): Promise<StoredEvent[]>;
  state(stream: string): Promise<StateRow | undefined>;
  receipt(command: string): Promise<Receipt | undefined>;
  views(kind: string): Promise<ViewRow[]>;
  view(kind: string, key: string): Promise<unknown | undefined>;
  /** Moves that are queued or started. */
  openMoves(): Promise<MoveRow[]>;
  timers(): Promise<{ stream: string; at: string }[]>;
  lastSeq(): Promise<number>;
  /** Recomputes every hash, the chain, the signed head and (with a projection) every derived row. */
  verify(projection?: Projection): Promise<LogProblem[]>;
  close(): Promise<void>;
}

export interface EventStore extends EventReader {
  /** Serialised: one writer at a time. Rejects with {@link StoreError}; nothing is written then. */
  transact<T>(fn: (tx: StoreTx) => Promise<T>): Promise<T>;
  /** Durable before it resolves: from now on a crash finds this move as started by `boot`. */
  markStarted(key: string, boot: string): Promise<void>;
  /** Called after each durable commit, in commit order; a throwing listener is logged, not fatal. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** Folds the whole log anew and replaces states, views and timers; returns how many rows. */
  rebuild(projection: Projection): Promise<{ rows: number }>;
}

/** Content-addressed bytes: the name is the hex sha256 of the content. */
export interface BlobStore {
  put(bytes: Uint8Array): Promise<string>;
  /** Verifies the digest while reading; throws {@link StoreError} `not-found` or `corrupt`. */
  get(digest: string): Promise<Uint8Array>;
  has(digest: string): Promise<boolean>;
}

/** Signs and checks the log's head; the key lives under `keys/`, never in the database. */
export interface HeadSigner {
  keyId: string;
  sign(bytes: Uint8Array): Uint8Array;
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}
