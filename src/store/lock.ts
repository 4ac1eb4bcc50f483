/**
 * One daemon per home: a lock that the operating system holds for a process and takes back when
 * the process ends, however it ends. A file with a process number in it cannot do that: after
 * kill -9 it lies, and clearing it is a race.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { printable } from '../lib/escape.ts';
import { startTimeOf } from '../lib/process-life.ts';
import { StoreError } from './event-store.ts';

export interface HeldLock {
  release(): void;
}

/** A lock of somebody else; `heldBy` is their process number, null when unknown. */
export interface TakenLock {
  heldBy: number | null;
}

const SQLITE_BUSY = 5;
const PATIENCE_MS = 100;

/** Keeps connections from being collected as garbage, which would give the lock away in silence. */
const held = new Set<Database.Database>();

/**
 * Takes the lock at `path`, a SQLite file in which an exclusive transaction stays open. Waits
 * {@link PATIENCE_MS} at most: of two that ask at once each may see the other read the file's head, and without
 * waiting both would be refused.
 * Throws {@link StoreError} when the file cannot be made or is no lock.
 *
 * The holder must not open `path` itself by any other way: closing any descriptor of a file gives
 * up all of a process's POSIX locks on it. So the process number lies in `<path>.pid`, and copies
 * of the home (backups) leave `path` out.
 */
export function acquireLock(path: string): HeldLock | TakenLock {
  let db: Database.Database | undefined;
  try {
    makeClosed(path);
    db = new Database(`${pathToFileURL(path).href}?mode=rw`, { timeout: 0 });
    db.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}; BEGIN EXCLUSIVE`);
  } catch (error) {
    db?.close();
    if (isBusy(error)) return { heldBy: holderOf(path) };
    throw new StoreError(
      'io',
      `The lock ${printable(path, 300)} cannot be taken: make sure this account may write its folder; if no daemon runs, remove that file.`,
      { cause: error },
    );
  }
  const lock = db;
  held.add(lock);
  note(path);
  return {
    release() {
      if (!held.delete(lock)) return;
      // First the note, while nobody else can have written theirs.
      rmSync(`${path}.pid`, { force: true });
      lock.exec('ROLLBACK');
      lock.close();
    },
  };
}

/** Makes the file readable by its owner only; never opens one that is there, see above. */
function makeClosed(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const isBusy = (error: unknown) =>
  error instanceof Database.SqliteError && ((error.rawCode ?? 0) & 0xff) === SQLITE_BUSY;

/** Only for the message: the lock itself needs no number. A disk too full for it must not stop us. */
function note(path: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
    renameSync(temporary, `${path}.pid`);
  } catch {
    rmSync(temporary, { force: true });
  }
}

function holderOf(path: string): number | null {
  let text: string;
  try {
    text = readFileSync(`${path}.pid`, 'latin1');
  } catch {
    return null;
  }
  // A note can be older than the lock: of a killed holder, before the next one wrote its own.
  const pid = /^\d{1,10}\n$/.test(text) ? Number(text) : 0;
  return startTimeOf(pid) === null ? null : pid;
}
