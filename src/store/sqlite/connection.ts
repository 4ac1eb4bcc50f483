import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { StoreError } from '../event-store.ts';
import { storeError } from './errors.ts';

/** How long SQLite waits for a lock that another process holds, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

export type Bind = string | number | null;

/**
 * A prepared query of exactly one column, made with {@link asRow}.
 *
 * libsql 0.5 aborts the whole process when a TEXT value is not valid UTF-8, and cuts it at a NUL;
 * one flipped bit on the disk would take the daemon down. So no TEXT value is ever read as such: a
 * row comes as a JSON array in a BLOB, and is decoded here, where damage is an ordinary error.
 */
export class Query {
  readonly #statement: Database.Statement<[Bind[]]>;
  readonly #path: string;

  constructor(db: Database.Database, sql: string, path: string) {
    this.#path = path;
    try {
      this.#statement = db.prepare<[Bind[]]>(sql).raw();
    } catch (error) {
      throw storeError(error, path);
    }
  }

  get(...bind: Bind[]): unknown[] | undefined {
    try {
      const row = this.#statement.get(bind) as [Uint8Array] | undefined;
      return row && decodeRow(row[0]);
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }

  all(...bind: Bind[]): unknown[][] {
    return this.blobs(...bind).map(decodeRow);
  }

  /** The rows undecoded, for {@link decodeRow} one by one. */
  blobs(...bind: Bind[]): Uint8Array[] {
    try {
      return (this.#statement.all(bind) as [Uint8Array][]).map((row) => row[0]);
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }
}

/** The select list that {@link Query} expects. */
export function asRow(...columns: string[]): string {
  return `CAST(json_array(${columns.join(', ')}) AS BLOB)`;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws {@link StoreError} `corrupt` when the bytes are not what SQLite once stored. */
export function decodeRow(blob: Uint8Array): unknown[] {
  try {
    return JSON.parse(utf8.decode(blob));
  } catch (cause) {
    throw new StoreError(
      'corrupt',
      'A row of the event log is damaged: run aedev doctor, then restore the newest backup.',
      { cause },
    );
  }
}

/**
 * Opens the file. Modes: `rw` for the daemon; `ro` for everybody else, which libsql 0.5 honours only
 * in the URI (its `readonly` option does nothing); `immutable` for a file without a WAL beside it,
 * where plain `ro` would have to create one.
 */
export function connect(
  path: string,
  mode: 'rw' | 'ro' | 'immutable',
  busyTimeoutMs = BUSY_TIMEOUT_MS,
): Database.Database {
  const query = mode === 'immutable' ? 'mode=ro&immutable=1' : `mode=${mode}`;
  try {
    const db = new Database(`${pathToFileURL(path).href}?${query}`, { timeout: busyTimeoutMs });
    if (mode !== 'rw') db.exec('PRAGMA query_only = ON');
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    return db;
  } catch (error) {
    throw storeError(error, path);
  }
}
