import { readdirSync, readFileSync } from 'node:fs';
import type Database from 'libsql';
import { StoreError } from '../event-store.ts';
import { asRow, Query } from './connection.ts';
import { storeError } from './errors.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
/** "aedv", as set by the first migration. */
const APPLICATION_ID = 0x61656476;

/** The numbered files, in order; number n brings the schema from n - 1 to n. */
function migrations(): string[] {
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  names.forEach((name, index) => {
    if (Number.parseInt(name, 10) !== index + 1) {
      throw new Error(
        `The migration ${name} is out of order: number them 001, 002, … without gaps.`,
      );
    }
  });
  return names;
}

interface SchemaInfo {
  version: number;
  /** No table yet: a file that was just created. */
  empty: boolean;
}

/** Reads the schema's version. Throws `corrupt` for a database that is not an event log. */
export function readSchema(db: Database.Database, path: string): SchemaInfo {
  try {
    const info = new Query(
      db,
      `SELECT ${asRow(
        '(SELECT user_version FROM pragma_user_version)',
        '(SELECT application_id FROM pragma_application_id)',
        '(SELECT count(*) FROM sqlite_schema)',
      )}`,
      path,
    ).get() as [number, number, number];
    const [version, application, tables] = info;
    if (application === APPLICATION_ID) return { version, empty: false };
    if (application === 0 && tables === 0) return { version: 0, empty: true };
  } catch (error) {
    throw storeError(error, path);
  }
  throw new StoreError('corrupt', `${path} is a database of another program: name another file.`);
}

/** Throws `newer-schema` when the file needs a newer program, and `older-schema` for a reader. */
export function requireReadable(info: SchemaInfo, path: string): void {
  const known = migrations().length;
  requireKnown(info, known, path);
  if (info.empty) {
    throw new StoreError('not-found', `${path} holds no event log yet: start the daemon once.`);
  }
  if (info.version < known) {
    throw new StoreError(
      'older-schema',
      `${path} has schema ${info.version} and this program reads schema ${known}: start the daemon once to bring it up to date.`,
    );
  }
}

function requireKnown(info: SchemaInfo, known: number, path: string): void {
  if (info.version <= known) return;
  throw new StoreError(
    'newer-schema',
    `${path} was written by a newer aedev (schema ${info.version}, this one knows ${known}): install that version again, or restore a backup from before the upgrade.`,
  );
}

/** Brings the file to this program's schema, one transaction per migration. */
export function migrate(db: Database.Database, info: SchemaInfo, path: string): void {
  const names = migrations();
  requireKnown(info, names.length, path);
  for (const name of names.slice(info.version)) {
    const sql = readFileSync(new URL(name, FOLDER), 'utf8');
    try {
      db.exec('BEGIN IMMEDIATE');
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${Number.parseInt(name, 10)}`);
      db.exec('COMMIT');
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw storeError(error, path);
    }
  }
}

/** Names of the triggers that keep the log append-only. */
export const TRIGGERS = ['events_in_order', 'events_no_delete', 'events_no_update'];
