/** What a command may use of the world; built by `compose/host.ts`, so that tests can run commands on another one. */
import type { HomePaths } from '../../config/home.ts';
import type { RepoIndex } from '../../control/clarify/types.ts';
import type { Diagnosis } from '../../control/diagnosis.ts';
import type { JudgeAnswer } from '../../control/judge-answer.ts';
import type { PruneReport } from '../../control/prune-report.ts';
import type { RangeRisk, RiskBacktest } from '../../control/risk-report.ts';
import type { EvidenceCheck } from '../documents.ts';
import type { Reader } from '../reader.ts';

export interface LogReader extends Reader {
  close(): Promise<void>;
}

export type { Diagnosis } from '../../control/diagnosis.ts';

/** Questions to somebody at a terminal. Each rejects with {@link CliError} `interrupted` on Ctrl-C. */
export interface Prompts {
  confirm(question: string): Promise<boolean>;
  select(question: string, options: { value: string; label: string }[]): Promise<string>;
  /** Never empty. */
  text(question: string): Promise<string>;
}

/** A bundle whose every check passed. */
export interface OpenedEvidence {
  digest: string;
  /** Of the key that signed it. */
  keyId: string;
  /** What it states, as JSON. */
  predicate: unknown;
  /** The change as a patch; hostile text. */
  diff: string;
}

/** What the log here says of the log's head that a bundle was sealed after. */
export type LogCheck =
  /** There is no log here to hold it against: why. */
  | { state: 'absent'; sentence: string }
  /** `sealedAt`: the event that names the bundle. */
  | { state: 'holds'; seq: number; last: number; sealedAt: number | null }
  | { state: 'differs'; sentence: string };

/** A part of a run's output. */
export interface RunLogPart {
  text: string;
  /** Byte offset where reading goes on. */
  next: number;
  /** Earlier output was left out. */
  truncated: boolean;
}

export interface DemoOptions {
  json: boolean;
  sandbox: 'docker' | 'srt' | 'process' | null;
  coder: 'scripted' | 'claude' | null;
  keep: boolean;
}

export interface ImageFinding {
  what: string;
  ok: boolean;
  sentence: string;
  /** Empty when it is fine. */
  remedy: string;
}

/** The images that coders run in. */
export interface Images {
  /** Builds one and tries it. Rejects with CliError. */
  build(options: {
    name: string;
    base: string | null;
    coders: readonly ('codex' | 'gemini')[];
    signal: AbortSignal;
    progress(line: string): void;
  }): Promise<{ name: string; digest: string; base: string; cliVersion: string }>;
  check(image: { name: string; digest: string }): Promise<{
    findings: ImageFinding[];
    cliVersion: string | null;
  }>;
  /** Id of an image of this machine; null when there is none. Rejects with CliError. */
  idOf(which: string): Promise<string | null>;
}

/** The judges that the policy configures, asked outside of any task. */
export interface Judges {
  families: readonly { family: string; model: string; usdPerMillionInput: number | null }[];
  /** Asks now and records nothing. Rejects with the abort reason, or CliError `not-found`. */
  ask(bundle: Uint8Array, publicKeyPem: string, family: string): Promise<JudgeAnswer>;
  /** How many changes the calibration set has. */
  cases: number;
  /** Bundles of the first `limit` changes, faults and clean ones in turns. */
  calibration(limit: number): Promise<{
    publicKeyPem: string;
    cases: {
      id: string;
      fault: string | null;
      language: string;
      bundle: Uint8Array;
      /** Of all questions about it. */
      questions: number;
      characters: number;
    }[];
  }>;
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
  images(): Promise<Images>;
  /** Prunes in this process, where no daemon runs. Rejects with CliError. */
  prune(options: { dryRun: boolean }): Promise<PruneReport>;
  /** Argument vector that starts this program again: Node and main.js. */
  program: readonly [string, ...string[]];
  prompts(): Promise<Prompts>;
  /** From a byte offset on, or the end of the output when null; null when the run left none. */
  readRunLog(
    run: string,
    which: 'stdout' | 'stderr',
    from: number | null,
  ): Promise<RunLogPart | null>;
  /** Checks a bundle wholly, against a pinned key when given. Rejects with a tagged BundleError. */
  openEvidence(bytes: Uint8Array, publicKeyPem: string | null): Promise<OpenedEvidence>;
  /** Holds an opened bundle against the whole log of this home, which is checked for it. */
  checkLog(opened: OpenedEvidence): Promise<LogCheck>;
  /** Public half (PEM) of the key that signs this installation's evidence; null when there is none. */
  evidenceKey(): Promise<string | null>;
  /** An index folder of one repo, for `clarify`. Rejects with `{ tag: 'index-files' }`. */
  loadIndexDir(dir: string, repo: string): Promise<RepoIndex>;
  /** The risk of a range in the repository of a folder. Rejects with CliError. */
  riskOfRange(folder: string, range: string): Promise<RangeRisk>;
  /** Scores the newest `max` commits and holds them against what was reverted. Rejects with CliError. */
  riskBacktest(
    folder: string,
    options: { max: number; onProgress(done: number, of: number): void },
  ): Promise<RiskBacktest>;
  /** Rejects with CliError when the configuration cannot be used. */
  judges(): Promise<Judges>;
  /** Runs the demo; its exit code. */
  demo(options: DemoOptions): Promise<number>;
  /** Ends when the user interrupts. */
  interrupted: AbortSignal;
}
