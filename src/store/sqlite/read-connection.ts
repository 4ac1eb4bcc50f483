import { existsSync } from 'node:fs';
import type Database from 'libsql';
import { StoreError } from '../event-store.ts';
import { connect } from './connection.ts';
import { storeError } from './errors.ts';
import { readSchema, requireReadable } from './migrate.ts';

export interface ReadConnection {
  db: Database.Database;
  /** True once the connection can miss what a writer that came later has written. */
  outdated(): boolean;
}

/** A read-only connection to a log of this program's schema. */
export function openForReading(path: string): ReadConnection {
  if (!existsSync(path)) {
    throw new StoreError('not-found', `There is no event log at ${path}: start the daemon once.`);
  }
  const wal = `${path}-wal`;
  const immutable = !existsSync(wal);
  const db = connect(path, immutable ? 'immutable' : 'ro');
  try {
    requireReadable(readSchema(db, path), path);
  } catch (error) {
    db.close();
    throw storeError(error, path);
  }
  return { db, outdated: () => immutable && existsSync(wal) };
}
