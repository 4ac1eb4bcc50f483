import type Database from 'libsql';
import type { EventRow, Tail } from '../event-row.ts';
import { closedError, type Receipt, StoreError } from '../event-store.ts';
import { type Derived, splitViewId } from '../fold.ts';
import type { StateText, WriteOp } from '../tx-buffer.ts';
import { moveNotOpen, type Report, type WriterBackend } from '../writer.ts';
import type { Bind } from './connection.ts';
import { isFsyncFailure, storeError } from './errors.ts';
import type { HeadFile } from './head-file.ts';
import type { Queries } from './queries.ts';

const MAX_VERSIONS = 1000;

/** All writing to the log's file. Synchronous: no SQL transaction outlives a call. */
export class SqliteBackend implements WriterBackend {
  readonly #db: Database.Database;
  readonly #queries: Queries;
  readonly #path: string;
  readonly #head: HeadFile;
  readonly #report: Report;
  readonly #statements: ReturnType<typeof prepareWrites>;
  /** Versions of streams used of late, to save a query per append. */
  readonly #versions = new Map<string, number>();
  #tail: Tail;
  #signed: Tail;
  /** Why no more can be written, e.g. after the disk failed to flush. */
  #stopped: StoreError | null = null;

  constructor(
    db: Database.Database,
    queries: Queries,
    path: string,
    head: HeadFile,
    report: Report,
  ) {
    this.#db = db;
    this.#queries = queries;
    this.#path = path;
    this.#head = head;
    this.#report = report;
    this.#statements = prepareWrites(db);
    this.#tail = queries.tail();
    this.#signed = this.#tail;
  }

  requireUsable(): void {
    if (this.#stopped) throw this.#stopped;
  }

  /** Throws when closed; a log that has merely stopped can still be read. */
  requireOpen(): void {
    if (this.#stopped?.tag === 'closed') throw this.#stopped;
  }

  tail(): Tail {
    return this.#tail;
  }

  version(stream: string): number {
    const known = this.#versions.get(stream);
    if (known !== undefined) return known;
    const version = this.#queries.version(stream);
    this.#remember(stream, version);
    return version;
  }

  state(stream: string): StateText | undefined {
    return this.#queries.state(stream);
  }

  receipt(command: string): Receipt | undefined {
    return this.#queries.receipt(command);
  }

  hasMove(key: string): boolean {
    return this.#queries.hasMove(key);
  }

  commit(ops: WriteOp[]): string[] {
    const ended = this.#write(() => {
      const keys: string[] = [];
      for (const op of ops) {
        const changes = this.#apply(op);
        if (op.kind === 'end-move' && changes > 0) keys.push(op.key);
      }
      return keys;
    });
    for (const op of ops) {
      if (op.kind !== 'event') continue;
      this.#tail = { seq: op.row.seq, hash: op.row.hash };
      this.#remember(op.row.stream, op.row.version);
    }
    return ended;
  }

  endOfTurn(): void {
    if (this.#stopped || this.#signed.seq === this.#tail.seq) return;
    try {
      this.sign();
    } catch (cause) {
      this.#report('The head of the event log could not be signed; it is tried again.', cause);
    }
  }

  /** Signs the newest event as the log's head; returns its seq. */
  sign(): number {
    if (this.#signed.seq !== this.#tail.seq) {
      this.#head.write(this.#tail);
      this.#signed = this.#tail;
    }
    return this.#signed.seq;
  }

  markStarted(key: string, boot: string): void {
    this.#write(() => {
      if (this.#statements.start.run([boot, key]).changes === 0) throw moveNotOpen(key);
    });
  }

  /** Puts freshly derived rows in the place of all that are there. */
  replaceDerived(derived: Derived): void {
    this.#write(() => {
      this.#db.exec('DELETE FROM states; DELETE FROM views; DELETE FROM timers');
      const { putState, putView, putTimer } = this.#statements;
      for (const [stream, { version, text }] of derived.states) {
        putState.run([stream, version, text]);
      }
      for (const [id, text] of derived.views) putView.run([...splitViewId(id), text]);
      for (const [stream, at] of derived.timers) putTimer.run([stream, at]);
    });
  }

  /** Remembers in the file that the head of the newest event has reached the disk. */
  recordSigned(): void {
    this.#head.flush();
    const { seq } = this.#signed;
    if (this.#queries.signedBefore() === seq) return;
    this.#write(() => this.#statements.signed.run([seq]));
  }

  /** Signs, flushes and closes. What fails is thrown after everything has been released. */
  close(): void {
    if (this.#stopped?.tag === 'closed') return;
    try {
      // After a failed flush nothing more may be claimed about this log.
      if (!this.#stopped) {
        this.sign();
        this.recordSigned();
        this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      }
    } catch (error) {
      throw storeError(error, this.#path);
    } finally {
      this.#stopped = closedError();
      this.#head.close();
      this.#db.close();
    }
  }

  /**
   * One SQL transaction. BEGIN, COMMIT and ROLLBACK go through `exec`, not through held statements:
   * libsql leaves a statement that met SQLITE_BUSY un-reset, and from then on no COMMIT and no
   * VACUUM succeeds on the connection.
   */
  #write<T>(work: () => T): T {
    this.requireUsable();
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollback(error);
      throw storeError(error, this.#path);
    }
  }

  #rollback(error: unknown): void {
    try {
      // A full disk may have made SQLite roll back by itself already.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      if (isFsyncFailure(error)) throw error;
      // A second writer appended meanwhile: its event has our seq, so ours was refused. Catch up.
      this.#tail = this.#queries.tail();
      this.#versions.clear();
    } catch (cause) {
      this.#stopped = new StoreError(
        'io',
        `The event log ${this.#path} has stopped, because the disk failed while it was written: check the disk, then restart.`,
        { cause },
      );
    }
  }

  #remember(stream: string, version: number): void {
    if (this.#versions.size >= MAX_VERSIONS) this.#versions.clear();
    this.#versions.set(stream, version);
  }

  /** Returns how many rows changed. */
  #apply(op: WriteOp): number {
    const to = this.#statements;
    switch (op.kind) {
      case 'event':
        return to.append.run(eventBinds(op.row)).changes;
      case 'state':
        return to.putState.run([op.stream, op.version, op.text]).changes;
      case 'view':
        return op.text === null
          ? to.dropView.run([op.view, op.key]).changes
          : to.putView.run([op.view, op.key, op.text]).changes;
      case 'timer':
        return op.at === null
          ? to.dropTimer.run([op.stream]).changes
          : to.putTimer.run([op.stream, op.at]).changes;
      case 'enqueue': {
        const { key, stream, kind, partition, recovery, notBefore, deadlineMs } = op.move;
        return to.enqueue.run([
          ...[key, stream, kind, partition, recovery],
          ...[op.input, notBefore, deadlineMs],
        ]).changes;
      }
      case 'end-move':
        return to.endMove.run([op.status, op.key]).changes;
      case 'receipt':
        return to.putReceipt.run([op.command, op.text]).changes;
    }
  }
}

function eventBinds(row: EventRow): Bind[] {
  const { seq, stream, version, type, schema, time, actor, causation, data, prev, hash } = row;
  return [seq, stream, version, type, schema, time, actor, causation, data, prev, hash];
}

function prepareWrites(db: Database.Database) {
  const prepare = (sql: string) => db.prepare<[Bind[]]>(sql);
  return {
    append: prepare(
      `INSERT INTO events (seq, stream, version, type, schema, time, actor, causation, data, prev, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    putState: prepare('INSERT OR REPLACE INTO states (stream, version, state) VALUES (?, ?, ?)'),
    putView: prepare('INSERT OR REPLACE INTO views (kind, key, body) VALUES (?, ?, ?)'),
    dropView: prepare('DELETE FROM views WHERE kind = ? AND key = ?'),
    putTimer: prepare('INSERT OR REPLACE INTO timers (stream, at) VALUES (?, ?)'),
    dropTimer: prepare('DELETE FROM timers WHERE stream = ?'),
    enqueue: prepare(
      `INSERT INTO moves (key, stream, kind, "partition", recovery, input, not_before, deadline_ms, status)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued')`,
    ),
    endMove: prepare(
      "UPDATE moves SET status = ? WHERE key = ? AND status IN ('queued', 'started')",
    ),
    start: prepare(
      `UPDATE moves SET status = 'started', started_by = ?
       WHERE key = ? AND status IN ('queued', 'started')`,
    ),
    putReceipt: prepare('INSERT INTO receipts (command, body) VALUES (?, ?)'),
    signed: prepare('UPDATE signed SET seq = ? WHERE id = 1'),
  };
}
