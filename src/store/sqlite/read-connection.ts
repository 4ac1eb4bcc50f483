import { existsSync } from 'node:fs';
import type Database from 'libsql';
import { StoreError } from '../event-store.ts';
import { asRow, connect, Query } from './connection.ts';
import { lostEvents, storeError } from './errors.ts';
import { headNamesEvents, headPath } from './head-file.ts';
import { readSchema, requireReadable } from './migrate.ts';

export interface ReadConnection {
  db: Database.Database;
  /** True once the connection can miss what a writer that came later has written. */
  outdated(): boolean;
}

/** A read-only connection to a log of this program's schema. Throws `corrupt` when its events are gone. */
export function openForReading(path: string): ReadConnection {
  if (!existsSync(path)) {
    throw new StoreError('not-found', `There is no event log at ${path}: start the daemon once.`);
  }
  // Before the log is looked at: the head names what is durable by then, so that a log found without
  // events has lost them, and is not one that gets its first meanwhile.
  const hadEvents = headNamesEvents(headPath(path));
  const wal = `${path}-wal`;
  const immutable = !existsSync(wal);
  const db = connect(path, immutable ? 'immutable' : 'ro');
  try {
    const schema = readSchema(db, path);
    if (schema.empty && hadEvents) throw lostEvents(path);
    requireReadable(schema, path);
    if (hadEvents && !hasEvents(db, path)) throw lostEvents(path);
  } catch (error) {
    db.close();
    throw storeError(error, path);
  }
  return { db, outdated: () => immutable && existsSync(wal) };
}

function hasEvents(db: Database.Database, path: string): boolean {
  const any = new Query(db, `SELECT ${asRow('EXISTS (SELECT 1 FROM events)')}`, path);
  return any.get()?.[0] === 1;
}
