import { type HeadFinding, LogChecker } from '../check-log.ts';
import { type EventRow, toEvent } from '../event-row.ts';
import { type LogProblem, type Projection, StoreError } from '../event-store.ts';
import { compareDerived, Fold } from '../fold.ts';
import { Problems, quoted } from '../problems.ts';
import type { HeadVerifier } from '../signer.ts';
import type { Upcasters } from '../upcast.ts';
import { asRow, Query } from './connection.ts';
import { storeError } from './errors.ts';
import { headPath, readHead } from './head-file.ts';
import { TRIGGERS } from './migrate.ts';
import { Queries } from './queries.ts';
import { openForReading, type ReadConnection } from './read-connection.ts';

export interface VerifyOptions {
  path: string;
  verifier: HeadVerifier;
  upcasters: Upcasters;
  projection: Projection | undefined;
  /** The newest seq that the caller itself has signed, 0 when it signs nothing. */
  signedBefore: number;
}

/** Rows per turn of the event loop, so that a daemon that verifies its log stays alive. */
const BATCH = 500;

/**
 * Checks the file as it lies on the disk, over a connection and a snapshot of its own. Derived rows
 * are compared only when the log itself is sound: otherwise there is no truth to compare with.
 */
export async function verifyFile(options: VerifyOptions): Promise<LogProblem[]> {
  for (;;) {
    // The head first: it is written after the commit it names, so a snapshot taken later has that.
    const finding = readHead(headPath(options.path), options.verifier);
    let connection: ReadConnection;
    try {
      connection = openForReading(options.path);
    } catch (error) {
      return [damage(error)];
    }
    try {
      const problems = await verifySnapshot(connection, finding, options);
      // A writer that started meanwhile may have changed the file under an immutable connection.
      if (!connection.outdated()) return problems;
    } finally {
      connection.db.close();
    }
  }
}

async function verifySnapshot(
  { db }: ReadConnection,
  finding: HeadFinding,
  options: VerifyOptions,
): Promise<LogProblem[]> {
  const problems = new Problems();
  try {
    db.exec('BEGIN');
    const queries = new Queries(db, options.path);
    const signedBefore = Math.max(options.signedBefore, queries.signedBefore());
    const checker = new LogChecker(finding, problems);
    const fold = options.projection && new Fold(options.projection, options.upcasters);
    for (let from = 1; ; ) {
      const batch = readBatch(queries, from);
      for (const { seq, row } of batch) {
        if (row) checker.add(row);
        else checker.addUnreadable(seq);
        if (row && fold && problems.none) fold.add(toEvent(row));
      }
      const last = batch.at(-1);
      if (!last) break;
      from = last.seq + 1;
      await new Promise(setImmediate);
    }
    checker.finish(signedBefore);
    for (const sentence of checkDatabase(db, options.path)) {
      problems.add('database', null, sentence);
    }
    if (fold && problems.none) compareDerived(fold, queries.derived(), problems);
  } catch (error) {
    const { kind, seq, sentence } = damage(storeError(error, options.path));
    problems.add(kind, seq, sentence);
  } finally {
    endSnapshot(db);
  }
  return problems.list();
}

/** Closing is not enough: libsql keeps the connection, and its snapshot, until memory is collected. */
function endSnapshot(db: ReadConnection['db']): void {
  try {
    if (db.inTransaction) db.exec('ROLLBACK');
  } catch {
    // On a damaged file even that may fail; what is wrong with it has been found by then.
  }
}

interface ReadRow {
  seq: number;
  /** Undefined when the row cannot be decoded. */
  row: EventRow | undefined;
}

function readBatch(queries: Queries, from: number): ReadRow[] {
  try {
    return queries.events(from, undefined, BATCH).map((row) => ({ seq: row.seq, row }));
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  // One bad row spoils a batch: find out which it is.
  return queries.seqs(from, BATCH).map((seq) => {
    try {
      return { seq, row: queries.event(seq) };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { seq, row: undefined };
    }
  });
}

/** SQLite's own check of its pages and indexes, and that the append-only triggers are in place. */
function checkDatabase(db: ReadConnection['db'], path: string): string[] {
  const check = new Query(
    db,
    `SELECT ${asRow('integrity_check')} FROM pragma_integrity_check(20)`,
    path,
  );
  const damaged = check
    .all()
    .map((row) => String(row[0]))
    .filter((finding) => finding !== 'ok')
    .map((finding) => `The database file is damaged: SQLite finds ${quoted(finding)}.`);
  const names = new Query(
    db,
    `SELECT ${asRow('name')} FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'events'`,
    path,
  );
  const present = new Set(names.all().map((row) => row[0]));
  const missing = TRIGGERS.filter((name) => !present.has(name)).map(
    (name) => `The trigger ${name}, which keeps events from being changed, is missing.`,
  );
  return [...damaged, ...missing];
}

function isDamage(error: unknown): boolean {
  return error instanceof StoreError && (error.tag === 'corrupt' || error.tag === 'io');
}

/** Damage that ends the check, as a problem; everything else is thrown on. */
function damage(error: unknown): LogProblem {
  if (!(error instanceof StoreError) || !isDamage(error)) throw error;
  return { seq: null, kind: 'database', sentence: error.message };
}
