import Database from 'libsql';
import { StoreError, type StoreErrorTag } from '../event-store.ts';

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that mean something to callers. */
const TAGS = new Map<number, StoreErrorTag>([
  // The statements here are fixed, so a generic error means that the tables are not what they were.
  [1, 'corrupt'],
  [5, 'busy'],
  [6, 'busy'],
  [8, 'read-only'],
  [10, 'io'],
  [11, 'corrupt'],
  [13, 'disk-full'],
  [14, 'io'],
  [19, 'conflict'],
  [26, 'corrupt'],
]);

const SENTENCES: Record<string, string> = {
  busy: 'Another process is writing to it: stop that process or try again.',
  'read-only': 'It cannot be written: give this account write access to the file and its folder.',
  io: 'The operating system could not read or write it: check the disk and the folder.',
  corrupt: 'It is damaged or not an event log: restore the newest backup.',
  'disk-full': 'The disk is full: free some space and try again.',
  conflict: 'Another process wrote to it at the same time: load again and decide anew.',
};

/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC: what is on the disk is no longer known. */
const FSYNC_FAILED = new Set([1034, 1290]);

/** Turns whatever libsql or the file system threw into a tagged error about the file at `path`. */
export function storeError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const raw = rawCode(error);
  const tag = raw === undefined ? errnoTag(error) : (TAGS.get(raw & 0xff) ?? 'io');
  return new StoreError(
    tag,
    `The event log ${path} cannot be used. ${SENTENCES[tag] ?? ''}`.trim(),
    {
      cause: error,
    },
  );
}

/** True when the database failed to flush: retrying could report as durable what is not. */
export function isFsyncFailure(error: unknown): boolean {
  const raw = rawCode(error);
  return raw !== undefined && FSYNC_FAILED.has(raw);
}

function rawCode(error: unknown): number | undefined {
  return error instanceof Database.SqliteError ? error.rawCode : undefined;
}

/** Tags for the file system's error codes; libsql's failure to open carries none and is `io`. */
function errnoTag(error: unknown): StoreErrorTag {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'disk-full';
    case 'ENOENT':
      return 'not-found';
    default:
      return 'io';
  }
}

/** The log is as good as new, and its head says that it is not. */
export function lostEvents(path: string): StoreError {
  return new StoreError(
    'corrupt',
    `The event log ${path} has no events, but its signed head names some: they are lost, or in a file ${path}-wal that was taken away. Put that file back, or run aedev doctor and restore the newest backup.`,
  );
}
