/** What judging by an installed CLI is made of: the machine below it, and what differs by family. */
import type { InconclusiveReason } from './answer.ts';
import type { CliProtocol } from './endpoint.ts';
import type { JudgeError } from './judge.ts';

/** One execution in a new folder of its own; paths are relative to that folder. */
export interface CliRun {
  argv: [string, ...string[]];
  /** The whole environment but PATH, which is the host's. */
  env: Record<string, string>;
  cwd: string;
  dirs: string[];
  files: { path: string; content: string }[];
  /** Links to files of the host. */
  links: { path: string; target: string }[];
  stdin: string;
  wallMs: number;
  /** Folder whose `.jsonl` files are wanted afterwards. */
  records: string | null;
}

export interface CliEnd {
  code: number | null;
  signal: string | null;
  /** `exited`, or why the host ended it. */
  ended: string;
  stdout: Uint8Array;
  /** Output was too much and is cut. */
  truncated: boolean;
  /** Text of the wanted files, one after another. */
  records: string;
}

/** What a judge may use of the machine; wired in compose. */
export interface CliHost {
  /** Absolute path of a program that the PATH leads to; null when there is none. */
  find(program: string): string | null;
  /** Changes when the file of a program does. */
  mark(path: string): string;
  /** The file that holds the operator's login with that CLI; null when there is none. */
  login(protocol: CliProtocol): { path: string; content: string } | null;
  /**
   * Ends with nothing of the program alive and the folder removed. Rejects when the program could
   * not be started.
   */
  run(make: (folder: string) => CliRun, signal: AbortSignal): Promise<CliEnd>;
}

/** What a program's output came to. */
export type CliSaid =
  | { kind: 'answer'; text: string }
  | { kind: 'odd'; reason: InconclusiveReason }
  | { kind: 'error'; tag: JudgeError['tag']; what: string; retryAt?: string | null };

export interface CliFamily {
  /** Name of the program where none is configured. */
  program: string;
  /** The one version whose settings were seen to take every tool away. */
  version: string;
  package: string;
  /** Says why this login cannot be used; null when it can. */
  loginProblem(content: string): string | null;
  /** What makes a login. */
  loginRemedy: string;
  command(of: {
    program: string;
    folder: string;
    model: string;
    login: { path: string; content: string };
  }): Omit<CliRun, 'stdin' | 'wallMs'>;
  read(
    end: CliEnd,
    events: readonly Record<string, unknown>[],
    model: string,
    now: Date,
  ): { said: CliSaid; inputTokens: number | null; outputTokens: number | null };
}

/** An object of a program's output. */
export type Fields = Record<string, unknown>;

export const object = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
export const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
export const odd = (reason: InconclusiveReason): CliSaid => ({ kind: 'odd', reason });
export const error = (
  tag: JudgeError['tag'],
  what: string,
  retryAt: string | null = null,
): CliSaid => ({ kind: 'error', tag, what, retryAt });
