/** A lock against two writers of one file, by a file beside it that only one can make. */

import { randomBytes } from 'node:crypto';
import { linkSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../lib/small-file.ts';
import { ConfigError } from './errors.ts';
import { readSmall, writeNew } from './files.ts';

/** A holder needs milliseconds; one this old is gone, also when its process id lives on. */
const STALE_MS = 60_000;
const RETRY_MS = 15;

export interface LockOptions {
  /** How long to wait for another writer. Default 3000. */
  waitMs?: number;
}

interface Holder {
  text: string;
  stale: boolean;
}

function holderOf(lock: string): Holder | null {
  const read = readSmall(lock, 200, { followLinks: false });
  if (read === null) return null;
  if (typeof read === 'string') return { text: '', stale: false };
  const text = read.bytes.toString('utf8');
  const pid = Number(/^(\d{1,10}) /.exec(text)?.[1]);
  const age = Date.now() - read.stats.mtimeMs;
  return { text, stale: age > STALE_MS || (Number.isInteger(pid) && !isAlive(pid)) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Takes a dead writer's lock away, and puts it back when it turns out to be a living one's. */
function clear(lock: string, seen: string): void {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readSmall(aside, 200, { followLinks: false });
  const text = moved !== null && typeof moved !== 'string' ? moved.bytes.toString('utf8') : '';
  try {
    if (text !== seen) linkSync(aside, lock);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Runs `work` while holding `<path>.lock`. Throws ConfigError `locked` when another writer keeps
 * it. A writer that was put to sleep for a minute may lose its lock: `work` must still compare
 * before it replaces.
 */
export async function withLock<T>(
  path: string,
  work: () => T | Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const lock = `${path}.lock`;
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}\n`;
  const deadline = performance.now() + (options.waitMs ?? 3000);
  while (!writeNew(lock, mine)) {
    const holder = holderOf(lock);
    if (holder?.stale) clear(lock, holder.text);
    else if (holder !== null && performance.now() >= deadline)
      throw new ConfigError(
        'locked',
        `Another process (${Number.parseInt(holder.text, 10) || 'unknown'}) is changing ${path}.`,
        `Try again; if none is, remove ${lock}.`,
      );
    else await pause(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    if (holderOf(lock)?.text === mine) rmSync(lock, { force: true });
  }
}
