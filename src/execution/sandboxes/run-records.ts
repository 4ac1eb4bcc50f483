import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from './sandbox.ts';

/** Names the processes of a run, so that after a crash of aedev they can be found and ended. */
export interface RunRecord {
  run: string;
  task: string;
  boot: string;
  /** null between the intent to start and the start. */
  pid: number | null;
  start: string | null;
}

/**
 * One small JSON file per live run. Written by rename, so that a reader never sees half a record.
 * Not synced to the disk on purpose: a record only matters while its boot lasts, and a crash of
 * aedev (unlike one of the machine) loses no page cache.
 */
export class RunRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws SandboxError `io` */
  write(record: RunRecord): void {
    const path = this.#path(record.run);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new SandboxError(
        'io',
        `The record of the run cannot be written (${code}).`,
        'Make sure that the folder of records is writable and its disk has space left.',
      );
    }
  }

  remove(run: string): void {
    try {
      unlinkSync(this.#path(run));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** null when there is none, or it is not a record. */
  read(run: string): RunRecord | null {
    try {
      const data: unknown = JSON.parse(readFileSync(this.#path(run), 'utf8'));
      return isRecord(data) && data.run === run ? data : null;
    } catch {
      return null;
    }
  }

  /** Run ids of all records. */
  list(): string[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .sort();
    } catch {
      return [];
    }
  }

  #path(run: string): string {
    return join(this.#folder, `${run}.json`);
  }
}

function isRecord(data: unknown): data is RunRecord {
  if (typeof data !== 'object' || data === null) return false;
  const { run, task, boot, pid, start } = data as Record<string, unknown>;
  return (
    typeof run === 'string' &&
    typeof task === 'string' &&
    typeof boot === 'string' &&
    (pid === null || (Number.isInteger(pid) && (pid as number) > 1)) &&
    (start === null || typeof start === 'string')
  );
}
