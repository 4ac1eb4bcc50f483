/** The reads of the log's rows, and the smallest thing that does them. */
import { toEvent } from '../event-row.ts';
import type {
  EventReader,
  MoveRow,
  Receipt,
  StateRow,
  StoredEvent,
  ViewRow,
} from '../event-store.ts';
import { Queries } from './queries.ts';
import { openForReading } from './read-connection.ts';

/** The reads, over whatever connection `queries` gives. Only committed rows are ever seen. */
export abstract class SqliteReads implements Omit<EventReader, 'verify' | 'close'> {
  /** Throws {@link StoreError} `closed` after `close`. */
  protected abstract queries(): Queries;

  async read(options: {
    fromSeq?: number;
    stream?: string;
    limit?: number;
  }): Promise<StoredEvent[]> {
    const { fromSeq = 1, stream, limit = -1 } = options;
    return this.queries().events(fromSeq, stream, limit).map(toEvent);
  }

  async state(stream: string): Promise<StateRow | undefined> {
    const row = this.queries().state(stream);
    return row && { stream, version: row.version, state: JSON.parse(row.text) };
  }

  async receipt(command: string): Promise<Receipt | undefined> {
    return this.queries().receipt(command);
  }

  async views(kind: string): Promise<ViewRow[]> {
    return this.queries().views(kind);
  }

  async view(kind: string, key: string): Promise<unknown | undefined> {
    return this.queries().view(kind, key);
  }

  async openMoves(): Promise<MoveRow[]> {
    return this.queries().openMoves();
  }

  async timers(): Promise<{ stream: string; at: string }[]> {
    return this.queries().timers();
  }

  async lastSeq(): Promise<number> {
    return this.queries().tail().seq;
  }
}

/** One look at the log as it is now. */
export interface Look extends SqliteReads {
  close(): void;
}

/**
 * Opens the log for one look that is over in a moment: it does not notice a writer that comes later,
 * and cannot check the chain. For everything else there is `openSqliteReader`.
 * Throws {@link StoreError} as that does.
 */
export function lookAt(path: string): Look {
  const { db } = openForReading(path);
  const queries = new Queries(db, path);
  return new (class extends SqliteReads {
    protected queries(): Queries {
      return queries;
    }
    close(): void {
      db.close();
    }
  })();
}
