/** What a command may use of the world; built by main.ts, so that commands can be run in tests. */
import type { HomePaths } from '../../config/home.ts';
import type { EvidenceCheck, Reader } from '../documents.ts';

export interface LogReader extends Reader {
  close(): Promise<void>;
}

/** One thing that doctor looked at. */
export interface Diagnosis {
  what: string;
  state: 'ok' | 'warning' | 'broken' | 'missing';
  sentence: string;
  /** The one command that mends it, when there is one. */
  remedy: string;
}

export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  homedir: string;
  cwd: string;
  out(text: string): void;
  err(text: string): void;
  /** Standard input is a terminal: questions may be asked. */
  interactive: boolean;
  /** Standard output is a terminal of so many columns; null when it is a file or pipe. */
  columns: number | null;
  readStdin(): Promise<string>;
  paths(): HomePaths;
  /** The log, read-only; throws CliError `config` when there is none yet. */
  openReader(): Promise<LogReader>;
  checkEvidence: EvidenceCheck;
  readBlob(digest: string): Promise<Uint8Array | null>;
  /** Runs the daemon in this process until it is told to stop. */
  serve(options: { port: number | null }): Promise<number>;
  diagnose(): Promise<Diagnosis[]>;
  /** Ends when the user interrupts. */
  interrupted: AbortSignal;
}
