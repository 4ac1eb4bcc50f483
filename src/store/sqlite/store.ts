import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'libsql';
import { type HeadFinding, LogChecker } from '../check-log.ts';
import { toEvent } from '../event-row.ts';
import {
  type Commit,
  type EventStore,
  type HeadSigner,
  type LogProblem,
  type Projection,
  StoreError,
  type StoreTx,
} from '../event-store.ts';
import { Fold } from '../fold.ts';
import { Problems } from '../problems.ts';
import { Upcasters } from '../upcast.ts';
import { type Report, Writer } from '../writer.ts';
import { SqliteBackend } from './backend.ts';
import { connect } from './connection.ts';
import { lostEvents, storeError } from './errors.ts';
import { EMPTY_TAIL, HeadFile, headPath, readHead } from './head-file.ts';
import { migrate, readSchema } from './migrate.ts';
import { Queries } from './queries.ts';
import { SqliteReads } from './reads.ts';
import { verifyFile } from './verify-file.ts';

export interface StoreOptions {
  /** Path of the database file; it and its folder are made when missing. */
  path: string;
  signer: HeadSigner;
  /** Hears of what goes wrong where no caller waits: listeners and late signatures. */
  report: Report;
  upcasters?: Upcasters;
  /** UTC time with milliseconds, for the signed head. */
  now?: () => string;
  /** How long to wait for another process that writes, in milliseconds; 5000 unless said. */
  busyTimeoutMs?: number;
  /**
   * Signs the log's end as it is instead of refusing a head that is missing, invalid or ahead of it.
   * For an operator who has just restored a backup or replaced the key, never by default.
   */
  adoptHead?: boolean;
}

/** Events at the end of the log whose hashes are checked when it is opened. */
const CHECKED_AT_OPEN = 32;

/**
 * Opens the log for its one writer: makes or migrates the file, checks the last events and the
 * signed head, never reads the whole log. Throws {@link StoreError}: `newer-schema`, `corrupt` (also
 * when the log does not reach its signed head), `read-only`, `disk-full`, `busy`, `io`.
 */
export function openSqliteStore(options: StoreOptions): EventStore {
  const { path } = options;
  let db: Database.Database | undefined;
  try {
    touch(path);
    db = connect(path, 'rw', options.busyTimeoutMs);
    db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    // macOS acknowledges fsync before the disk has the bytes, unless asked for more; others ignore it.
    db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    return new SqliteEventStore(options, db);
  } catch (error) {
    db?.close();
    throw storeError(error, path);
  }
}

/** Makes folder and file, private to this account, with errors that say what is wrong. */
function touch(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a+', 0o600));
}

class SqliteEventStore extends SqliteReads implements EventStore {
  readonly #options: StoreOptions;
  readonly #upcasters: Upcasters;
  readonly #queries: Queries;
  readonly #backend: SqliteBackend;
  readonly #writer: Writer;

  constructor(options: StoreOptions, db: Database.Database) {
    super();
    const { path } = options;
    this.#options = options;
    this.#upcasters = options.upcasters ?? new Upcasters();
    const head = prepare(options, db);
    try {
      this.#queries = new Queries(db, path);
      this.#backend = new SqliteBackend(db, this.#queries, path, head, options.report);
      this.#backend.recordSigned();
    } catch (error) {
      head.close();
      throw error;
    }
    this.#writer = new Writer(this.#backend, options.report);
  }

  transact<T>(fn: (tx: StoreTx) => Promise<T>): Promise<T> {
    return this.#writer.transact(fn);
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    return this.#writer.onCommit(listener);
  }

  markStarted(key: string, boot: string): Promise<void> {
    return this.#writer.exclusive(() => {
      this.#backend.markStarted(key, boot);
      this.#writer.committed();
    });
  }

  rebuild(projection: Projection): Promise<{ rows: number }> {
    return this.#writer.exclusive(async () => {
      const fold = new Fold(projection, this.#upcasters);
      for (let from = 1; ; ) {
        const rows = this.#queries.events(from, undefined, 500);
        for (const row of rows) fold.add(toEvent(row));
        const last = rows.at(-1);
        if (!last) break;
        from = last.seq + 1;
        await new Promise(setImmediate);
      }
      const derived = fold.derived();
      this.#backend.replaceDerived(derived);
      this.#writer.committed();
      return { rows: derived.states.size + derived.views.size + derived.timers.size };
    });
  }

  async verify(projection?: Projection): Promise<LogProblem[]> {
    this.#backend.requireUsable();
    const { path, signer: verifier } = this.#options;
    const signedBefore = this.#backend.sign();
    const upcasters = this.#upcasters;
    return verifyFile({ path, verifier, upcasters, projection, signedBefore });
  }

  async close(): Promise<void> {
    // Waits its turn, so that transactions asked for earlier still end.
    await this.#writer.finish(() => this.#backend.close());
  }

  protected queries(): Queries {
    this.#backend.requireOpen();
    return this.#queries;
  }
}

/** Migrates, checks the log's end against its signed head, and returns the head's file, signed anew. */
function prepare(options: StoreOptions, db: Database.Database): HeadFile {
  const { path, signer, adoptHead = false } = options;
  const now = options.now ?? (() => new Date().toISOString());
  const file = headPath(path);
  const schema = readSchema(db, path);
  const found = readHead(file, signer);
  // Before anything is written to it: such a file would look like a new log from then on.
  if (schema.empty && !adoptHead && found.state !== 'missing') {
    if (found.state === 'invalid' || found.head.seq > 0) throw lostEvents(path);
  }
  // Before the schema: from the first table on, a missing head means that somebody removed it.
  let head: HeadFile | undefined;
  if (schema.empty && found.state === 'missing') {
    head = new HeadFile(file, signer, now, EMPTY_TAIL);
  }
  setWal(db, path);
  migrate(db, schema, path);
  const queries = new Queries(db, path);
  const tail = queries.tail();
  if (head) return head;
  const finding: HeadFinding = adoptHead ? { state: 'signed', head: tail, damaged: false } : found;
  checkEnd(queries, finding, adoptHead ? 0 : queries.signedBefore(), path);
  head = new HeadFile(file, signer, now, found.state === 'signed' ? null : tail);
  if (found.state === 'signed' && (found.head.seq !== tail.seq || found.damaged || adoptHead)) {
    head.write(tail);
  }
  return head;
}

/** Checks the last events and what the signed head says of them; throws `corrupt`. */
function checkEnd(
  queries: Queries,
  finding: HeadFinding,
  signedBefore: number,
  path: string,
): void {
  const from = Math.max(1, queries.tail().seq - CHECKED_AT_OPEN + 1);
  const before = from > 1 ? queries.event(from - 1) : EMPTY_TAIL;
  const signed = finding.state === 'signed' ? queries.event(finding.head.seq) : undefined;
  const problems = new Problems();
  const checker = new LogChecker(finding, problems, {
    after: { seq: from - 1, hash: before?.hash ?? '' },
    hashAtHead: signed?.hash ?? null,
  });
  for (const row of queries.events(from, undefined, CHECKED_AT_OPEN)) checker.add(row);
  // A torn slot is what a power loss leaves behind: the other one counts, and is signed over anew.
  checker.finish(signedBefore, { acceptDamagedCopy: true });
  const [first] = problems.list();
  if (!first) return;
  throw new StoreError(
    'corrupt',
    `${first.sentence} The event log ${path} is not opened: run aedev doctor, then restore the newest backup.`,
  );
}

function setWal(db: Database.Database, path: string): void {
  const [answer] = db.pragma('journal_mode = WAL') as { journal_mode: string }[];
  if (answer?.journal_mode === 'wal') return;
  throw new StoreError(
    'io',
    `The event log ${path} cannot use a write-ahead log here: put it on a local disk.`,
  );
}
