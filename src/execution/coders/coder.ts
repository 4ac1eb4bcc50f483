import type { Lane, Usage } from '../../control/contract.ts';
import type { CoderName } from '../../control/families.ts';
import type { WindowSeen } from '../../control/windows.ts';
import type { SandboxTier } from '../sandboxes/sandbox.ts';
import type { Keeps } from './envelope.ts';

/**
 * A coder is a program that writes code, driven through one contract: in
 * `/workspace/prompt.txt` and `CLAUDE_ROLE|MODEL|PERMISSION_MODE|ALLOWED_TOOLS`; out
 * `/workspace/result.json` (normalised) and `/workspace/cli-envelope.json` (raw). The tree
 * it works on is `/workspace/repo`. Here live only its command line, its environment and the
 * reading of what it left; starting it is a sandbox's work.
 */

export type { Lane, Usage };

/** A rate-limit window as the CLI or its provider reported it. */
export type WindowReport = Omit<WindowSeen, 'seenAt' | 'run'>;

export type CoderOutcome =
  | { kind: 'success'; summary: string }
  /** Waits: `code` is a hold code; `resumesAt` when the CLI told the reset time. */
  | {
      kind: 'hold';
      code:
        | 'claude-window'
        | 'claude-auth'
        | 'claude-credit'
        | 'claude-model'
        | 'coder-quota'
        | 'coder-auth'
        | 'coder-credit'
        | 'coder-model'
        | 'coder-missing';
      reason: string;
      remedy: string;
      resumesAt: string | null;
    }
  /** Passing trouble of the provider or the line: try again after a pause. */
  | { kind: 'retryable'; code: string; reason: string }
  /** The coder itself did not get there (turns, budget, refusal, crash, hang, bad envelope). */
  | { kind: 'failure'; code: string; reason: string };

export interface CoderResult {
  outcome: CoderOutcome;
  usage: Usage;
  windows: WindowReport[];
  cliVersion: string | null;
  /** How the auth source of the run was proved, e.g. `apiKeySource=none`. */
  laneProof: string | null;
  /** Tool calls that the CLI denied, by tool name. */
  denied: string[];
  /** Shell commands that the coder claims to have run; never evidence. */
  sessionId: string | null;
}

export interface CoderStart {
  /** Inside paths, as the sandbox maps them. */
  workspaceInside: string;
  repoInside: string;
  role: 'coder' | 'fixer' | 'planner';
  model: string | null;
  permissionMode: string;
  allowedTools: string[];
  maxTurns: number | null;
  /** US dollars by the CLI's own count, where it can be told a limit; null or absent: none. */
  maxCostUsd?: number | null;
  /** Who is to pay; the subscription when absent. */
  lane?: Lane;
  /** Which round and try of the task this is; scripted coders may choose by it. */
  generation?: number;
  attempt?: number;
  /**
   * Address inside the sandbox where the host adds the credential: given, the coder uses it and gets
   * no credential of its own.
   */
  apiBase?: string;
  /** Host environment, from which only the family's own allow-list is taken. */
  hostEnv: Readonly<Record<string, string | undefined>>;
}

export interface CoderCommand {
  argv: string[];
  env: Record<string, string>;
  secretEnv: string[];
  /** Names in `env` of paid-variables.ts that are set on purpose; `secretEnv` when absent. */
  lends?: readonly string[];
  /** `prompt.txt` as stdin, or null when the program reads the file itself. */
  stdin: 'prompt' | null;
  /** Folders that must exist in the workspace before the start, relative. */
  makeDirs: string[];
  /** Files that the host lays into the workspace before the start, read-only; paths relative. */
  files: { path: string; content: string }[];
  /** Folder of the workspace to start in, relative; the tree when absent. */
  cwd?: string;
}

/** For the host only: never in a sandbox, a log or a record. */
export interface ApiAccess {
  /** From the operator's configuration only. */
  baseUrl: string;
  /** Whole value of the header that proves who asks. */
  authorization: string;
  /** Its name; `authorization` when absent. */
  header?: 'authorization' | 'x-goog-api-key' | 'x-api-key';
  /** What of the provider's API the CLI needs; the Messages API of claude when absent. */
  calls?: ApiCalls;
}

/** The only requests that go on, and what of their headers; everything else ends at the host. */
export interface ApiCalls {
  /** `POST`s, by path with query, relative to the base URL. */
  post: RegExp;
  /** Names of headers, lower case. Never a credential's, nor one that names another party to act as. */
  headers: RegExp;
}

export interface CoderProblem {
  /** e.g. `HOLD-CLAUDE-AUTH-IN-DOCKER`, `coder-missing`. */
  code: string;
  sentence: string;
  remedy: string;
}

/** Asks the program, where and as a run would start it. Offline, and with no effect. */
export interface CoderProbe {
  /** Where it is asked; everywhere when absent. */
  tiers?: readonly SandboxTier[];
  command(start: CoderStart): CoderCommand;
  /** @param stdout empty when it did not answer in time */
  read(stdout: string, lane: Lane): CoderProblem | null;
}

export interface Coder {
  readonly family: CoderName;
  /**
   * Program that must be on the PATH where the tier shares the host's files, else null. PATH and
   * HOME are the sandbox's to set, so they are not in {@link CoderCommand.env}.
   */
  readonly executable?: string | null;
  /** Variable that holds the credential of this lane; null or absent: the coder needs none of aedev's. */
  credential?(lane: Lane): string | null;
  /** Static preflight: configuration and token shape; no network. */
  check(hostEnv: CoderStart['hostEnv'], lane?: Lane): Promise<CoderProblem[]>;
  command(start: CoderStart): CoderCommand;
  /** Runtime preflight: what the program itself is asked before runs, in this order. */
  readonly probes?: readonly CoderProbe[];
  /**
   * Where the coder's own API is and what proves to it who asks, for a host that adds the
   * credential itself; null or absent when the coder needs none.
   */
  api?(hostEnv: CoderStart['hostEnv'], lane?: Lane): ApiAccess | null;
  /** Which lines of the program's output belong to its envelope; those of claude when absent. */
  readonly keeps?: Keeps;
  /**
   * Reads what the run left, as an enemy's data: regular files only, without following links,
   * bounded. Writes nothing. Total: odd or missing output is a failure or retryable outcome.
   */
  read(left: {
    workspace: string;
    stdout: string;
    stderr: string;
    exit: {
      code: number | null;
      signal: string | null;
      ended: string;
      durationMs: number;
      /** The cap may have cut off the very event that tells how it ended. */
      stdoutTruncated?: boolean;
    };
    now: string;
  }): Promise<CoderResult>;
}
