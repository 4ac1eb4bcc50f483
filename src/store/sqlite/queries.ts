import type Database from 'libsql';
import { NO_HASH } from '../../lib/hash.ts';
import { type EventRow, parseStored, type Tail } from '../event-row.ts';
import { type MoveRow, type Receipt, StoreError, type ViewRow } from '../event-store.ts';
import { type Derived, viewId } from '../fold.ts';
import type { StateText } from '../tx-buffer.ts';
import { asRow, decodeRow, Query } from './connection.ts';

const EVENT = asRow(
  ...['seq', 'stream', 'version', 'type', 'schema', 'time', 'actor', 'causation', 'data', 'prev'],
  'hash',
);
const MOVE = asRow(
  ...['key', 'stream', 'kind', '"partition"', 'recovery', 'input', 'not_before', 'deadline_ms'],
  ...['status', 'started_by'],
);

/** Every read of the log's tables, prepared once and held for the connection's life. */
export class Queries {
  readonly #path: string;
  readonly #tail: Query;
  readonly #version: Query;
  readonly #events: Query;
  readonly #streamEvents: Query;
  readonly #seqs: Query;
  readonly #state: Query;
  readonly #states: Query;
  readonly #receipt: Query;
  readonly #views: Query;
  readonly #allViews: Query;
  readonly #view: Query;
  readonly #openMoves: Query;
  readonly #hasMove: Query;
  readonly #timers: Query;
  readonly #signedBefore: Query;

  constructor(db: Database.Database, path: string) {
    this.#path = path;
    const query = (columns: string, rest: string) =>
      new Query(db, `SELECT ${columns} FROM ${rest}`, path);
    this.#tail = query(asRow('seq', 'hash'), 'events ORDER BY seq DESC LIMIT 1');
    this.#version = query(
      asRow('version'),
      'events WHERE stream = ? ORDER BY version DESC LIMIT 1',
    );
    this.#events = query(EVENT, 'events WHERE seq >= ? ORDER BY seq LIMIT ?');
    this.#streamEvents = query(
      EVENT,
      'events WHERE stream = ? AND seq >= ? ORDER BY version LIMIT ?',
    );
    this.#seqs = query(asRow('seq'), 'events WHERE seq >= ? ORDER BY seq LIMIT ?');
    this.#state = query(asRow('version', 'state'), 'states WHERE stream = ?');
    this.#states = query(asRow('stream', 'version', 'state'), 'states');
    this.#receipt = query(asRow('body'), 'receipts WHERE command = ?');
    this.#views = query(asRow('key', 'body'), 'views WHERE kind = ? ORDER BY key');
    this.#allViews = query(asRow('kind', 'key', 'body'), 'views');
    this.#view = query(asRow('body'), 'views WHERE kind = ? AND key = ?');
    this.#openMoves = query(MOVE, "moves WHERE status IN ('queued', 'started') ORDER BY id");
    this.#hasMove = query(asRow('1'), 'moves WHERE key = ?');
    this.#timers = query(asRow('stream', 'at'), 'timers ORDER BY at, stream');
    this.#signedBefore = query(asRow('seq'), 'signed WHERE id = 1');
  }

  tail(): Tail {
    const row = this.#tail.get() as [number, string] | undefined;
    return row ? { seq: row[0], hash: row[1] } : { seq: 0, hash: NO_HASH };
  }

  version(stream: string): number {
    return (this.#version.get(stream) as [number] | undefined)?.[0] ?? 0;
  }

  /** Rows from `fromSeq` on, of one stream when given; a limit of -1 means all. */
  events(fromSeq: number, stream: string | undefined, limit: number): EventRow[] {
    const rows =
      stream === undefined
        ? this.#events.all(fromSeq, limit)
        : this.#streamEvents.all(stream, fromSeq, limit);
    return rows.map(eventRow);
  }

  /** One event, undefined when it is absent. Throws `corrupt` when it cannot be decoded. */
  event(seq: number): EventRow | undefined {
    const [row] = this.events(seq, undefined, 1);
    return row?.seq === seq ? row : undefined;
  }

  /** The sequence numbers alone: these can be read when the rows cannot. */
  seqs(fromSeq: number, limit: number): number[] {
    return this.#seqs.all(fromSeq, limit).map((row) => row[0] as number);
  }

  state(stream: string): StateText | undefined {
    const row = this.#state.get(stream) as [number, string] | undefined;
    return row && { version: row[0], text: row[1] };
  }

  receipt(command: string): Receipt | undefined {
    const row = this.#receipt.get(command) as [string] | undefined;
    return row && (parseStored(row[0], `receipt ${command}`) as Receipt);
  }

  views(kind: string): ViewRow[] {
    return this.#views.all(kind).map((row) => {
      const [key, body] = row as [string, string];
      return { kind, key, row: parseStored(body, `view ${kind} ${key}`) };
    });
  }

  view(kind: string, key: string): unknown | undefined {
    const row = this.#view.get(kind, key) as [string] | undefined;
    return row && parseStored(row[0], `view ${kind} ${key}`);
  }

  openMoves(): MoveRow[] {
    return this.#openMoves.all().map((row) => moveRow(row as MoveColumns));
  }

  hasMove(key: string): boolean {
    return this.#hasMove.get(key) !== undefined;
  }

  timers(): { stream: string; at: string }[] {
    return this.#timers.all().map((row) => {
      const [stream, at] = row as [string, string];
      return { stream, at };
    });
  }

  /** The newest seq whose signed head is known to have reached the disk. */
  signedBefore(): number {
    const row = this.#signedBefore.get() as [number] | undefined;
    if (row) return row[0];
    throw new StoreError('corrupt', `The event log ${this.#path} lost its record of signed heads.`);
  }

  derived(): Derived {
    const result: Derived = { states: new Map(), views: new Map(), timers: new Map() };
    for (const row of this.#states.blobs()) {
      const [stream, version, text] = decodeRow(row) as [string, number, string];
      result.states.set(stream, { version, text });
    }
    for (const row of this.#allViews.blobs()) {
      const [kind, key, body] = decodeRow(row) as [string, string, string];
      result.views.set(viewId(kind, key), body);
    }
    for (const { stream, at } of this.timers()) result.timers.set(stream, at);
    return result;
  }
}

type EventColumns = [
  number,
  string,
  number,
  string,
  number,
  string,
  string,
  string,
  string,
  string,
  string,
];

const INTEGER_COLUMNS = new Set([0, 2, 4]);

function isText(value: unknown, index: number): boolean {
  return INTEGER_COLUMNS.has(index) || typeof value === 'string';
}

function eventRow(row: unknown[]): EventRow {
  const [seq, stream, version, type, schema, time, actor, causation, data, prev, hash] =
    row as EventColumns;
  // A damaged page can hold any type in any column, whatever the table's definition says.
  if (![seq, version, schema].every(Number.isSafeInteger) || !row.every(isText)) {
    throw new StoreError(
      'corrupt',
      'A row of the event log is damaged: restore the newest backup.',
    );
  }
  return { seq, stream, version, type, schema, time, actor, causation, data, prev, hash };
}

type MoveColumns = [
  string,
  string,
  string,
  string,
  MoveRow['recovery'],
  string,
  string,
  number,
  MoveRow['status'],
  string | null,
];

function moveRow(row: MoveColumns): MoveRow {
  const [key, stream, kind, partition, recovery, input, notBefore, deadlineMs, status, startedBy] =
    row;
  return {
    ...{ key, stream, kind, partition, recovery },
    input: parseStored(input, `move ${key}`),
    ...{ notBefore, deadlineMs, status, startedBy },
  };
}
