import { closedError, type EventReader, type LogProblem, type Projection } from '../event-store.ts';
import type { HeadVerifier } from '../signer.ts';
import type { Upcasters } from '../upcast.ts';
import { Queries } from './queries.ts';
import { openForReading, type ReadConnection } from './read-connection.ts';
import { SqliteReads } from './reads.ts';

export interface ReaderOptions {
  /** Path of the database file. */
  path: string;
  /** Checks the signed head; the public key is enough. Asked for by `verify` only. */
  verifier: HeadVerifier | (() => Promise<HeadVerifier>);
  upcasters?: Upcasters;
}

/**
 * Opens the log for reading beside a daemon that writes, hangs or is dead. Nothing is ever written
 * to the database or its WAL; SQLite itself may make or refresh the `-shm` file, its shared index
 * of the WAL. Throws {@link StoreError}: `not-found`, `newer-schema`, `older-schema`, `corrupt`, `io`.
 */
export function openSqliteReader(options: ReaderOptions): EventReader {
  const reader = new SqliteReader(options);
  reader.open();
  return reader;
}

class SqliteReader extends SqliteReads implements EventReader {
  readonly #options: ReaderOptions;
  #open: { connection: ReadConnection; queries: Queries } | null = null;
  #closed = false;

  constructor(options: ReaderOptions) {
    super();
    this.#options = options;
  }

  open(): void {
    this.queries();
  }

  protected queries(): Queries {
    if (this.#closed) throw closedError();
    // A writer has appeared since: from now on its WAL belongs to the truth.
    if (this.#open?.connection.outdated()) this.#release();
    if (!this.#open) {
      const connection = openForReading(this.#options.path);
      this.#open = { connection, queries: new Queries(connection.db, this.#options.path) };
    }
    return this.#open.queries;
  }

  async verify(projection?: Projection): Promise<LogProblem[]> {
    if (this.#closed) throw closedError();
    // Looking at rows is what readers start for; what checks the whole log comes when it is asked for.
    const [{ verifyFile }, { Upcasters: None }] = await Promise.all([
      import('./verify-file.ts'),
      import('../upcast.ts'),
    ]);
    const { path, verifier: given, upcasters = new None() } = this.#options;
    const verifier = typeof given === 'function' ? await given() : given;
    return verifyFile({ path, verifier, upcasters, projection, signedBefore: 0 });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    this.#open?.connection.db.close();
    this.#open = null;
  }
}
