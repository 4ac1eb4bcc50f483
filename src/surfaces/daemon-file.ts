/** `daemon.json`: where the running daemon listens. Written by it, read by everybody who looks for it. */
import { rmSync } from 'node:fs';
import { readSmall, replaceFile } from '../config/files.ts';
import { printable } from '../lib/escape.ts';
import { isAlive } from '../lib/process-life.ts';

export { isAlive, startTimeOf } from '../lib/process-life.ts';

export interface DaemonFile {
  pid: number;
  /** As `startTimeOf(pid)` said, so that a reused process number is not taken for the daemon. */
  startTime: string;
  port: number;
  boot: string;
  version: string;
  /** UTC, ISO 8601. */
  startedAt: string;
}

/** The file is there but is none of ours. */
export class DaemonFileError extends Error {
  readonly tag = 'damaged';
  readonly sentence: string;
  readonly remedy: string;
  constructor(path: string) {
    const sentence = `${printable(path, 300)} does not say where the daemon listens.`;
    const remedy = 'Run `aedev daemon stop`, remove that file, and run `aedev daemon start`.';
    super(`${sentence} ${remedy}`);
    this.name = 'DaemonFileError';
    this.sentence = sentence;
    this.remedy = remedy;
  }
}

/** Whole or not at all, mode 0600. Throws ConfigError when the disk refuses. */
export function writeDaemonFile(path: string, file: DaemonFile): void {
  replaceFile(path, `${JSON.stringify(file, null, 2)}\n`, 0o600);
}

/** null when no daemon wrote one. Throws {@link DaemonFileError}, or ConfigError when unreadable. */
export function readDaemonFile(path: string): DaemonFile | null {
  const read = readSmall(path, 4096, { followLinks: false });
  if (read === null) return null;
  const file = typeof read === 'string' ? null : parse(read.bytes.toString('utf8'));
  if (!file) throw new DaemonFileError(path);
  return file;
}

/**
 * The daemon's file when the process that wrote it still lives: told without asking it. Throws like
 * {@link readDaemonFile}.
 */
export function livingDaemonAt(path: string): DaemonFile | null {
  const file = readDaemonFile(path);
  return file && isAlive(file.pid, file.startTime) ? file : null;
}

/** Removes the file of this life only: a daemon that started meanwhile keeps its own. */
export function removeDaemonFile(path: string, boot: string): void {
  let file: DaemonFile | null = null;
  try {
    file = readDaemonFile(path);
  } catch (error) {
    if (!(error instanceof DaemonFileError)) throw error;
  }
  if (file?.boot === boot) rmSync(path, { force: true });
}

/** By hand, not by zod: every start of the CLI passes here. */
function parse(text: string): DaemonFile | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { pid, startTime, port, boot, version, startedAt } = value as Record<string, unknown>;
  const number = (found: unknown, max: number): found is number =>
    Number.isInteger(found) && (found as number) > 0 && (found as number) <= max;
  const word = (found: unknown): found is string =>
    typeof found === 'string' && found.length <= 200 && !/\p{Cc}/u.test(found);
  if (!number(pid, 2 ** 31) || !number(port, 65535)) return null;
  if (!word(startTime) || !word(boot) || !word(version) || !word(startedAt)) return null;
  return { pid, startTime, port, boot, version, startedAt };
}
