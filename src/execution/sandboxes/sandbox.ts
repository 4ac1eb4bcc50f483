/**
 * Where a run executes. A sandbox starts one program, keeps it inside its limits, and can say
 * after any crash whether something of a run is still alive, and end it.
 */

export type SandboxTier = 'docker' | 'srt' | 'process';

export interface SandboxSpec {
  /** Unique per execution: run id, or `<task>-verify-…`; names containers and process records. */
  run: string;
  task: string;
  /** Program and arguments; never a shell line. argv[0] is looked up on the sandbox's PATH. */
  argv: string[];
  /** Host folder that the program may write; `/workspace` where paths are remapped. */
  workspace: string;
  /** Folder of the program's cwd, relative to `workspace` (`.` or e.g. `repo`). */
  cwd: string;
  /** Host folders that the program may read only. `target` is the path inside where paths are remapped. */
  readOnly: { source: string; target: string }[];
  /** The whole environment: nothing of the host's is inherited. */
  env: Record<string, string>;
  /** Names in `env` whose values are secrets: never in argv, labels, records, errors. */
  secretEnv: string[];
  /** Host file fed as standard input, or null for none. */
  stdin: string | null;
  /** Host files (outside the workspace) that receive standard output and error. */
  stdout: string;
  stderr: string;
  /** stdout and stderr are cut at this many bytes each and the run goes on. */
  maxOutputBytes: number;
  network: 'none' | 'host' | { socket: string };
  limits: {
    wallMs: number;
    /** Ends the run when neither output stream grew for so long. */
    idleMs: number;
    memoryMb: number;
    cpus: number;
    pids: number;
  };
}

export interface SandboxExit {
  /** Exit code, or null when ended by a signal. */
  code: number | null;
  signal: string | null;
  /** Why the host ended it, when it did. */
  ended: 'exited' | 'wall' | 'idle' | 'aborted' | 'memory' | 'disk';
  durationMs: number;
  stdoutTruncated: boolean;
  stderrTruncated: boolean;
  /** What provably ran: `process`, or the image digest for docker. */
  provenance: {
    tier: SandboxTier;
    image: string | null;
    engine: string | null;
    /** Limits of the spec that this tier could not enforce, e.g. `network`, `memory`. */
    unenforced?: readonly string[];
  };
}

export interface SandboxProblem {
  /** e.g. `HOLD-CLAUDE-DOCKER-IMAGE`, `sandbox-engine`, `sandbox-not-opted-in`. */
  code: string;
  sentence: string;
  remedy: string;
}

export interface Sandbox {
  readonly tier: SandboxTier;
  /** Path inside the sandbox of something under `spec.workspace` on the host. */
  inside(spec: Pick<SandboxSpec, 'workspace'>, hostPath: string): string;
  /** Can a run start here, now? Empty when yes. */
  check(): Promise<SandboxProblem[]>;
  /** Does it hold the program of this coder's family? Absent where the host's own programs are used. */
  checkCoder?(family: string): Promise<SandboxProblem[]>;
  /**
   * Runs to the end. On return nothing of it is alive: it was ended (TERM, then KILL) at its
   * limits or on abort within 10 s, children that forked away included where the tier can hold
   * them. Never throws for what the program did; throws {@link SandboxError} when it could not start
   * (a program that is missing in a container shows as exit code 127 of the container's init).
   */
  run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit>;
  /** After a crash: ends whatever is left of `run` and says what was found. */
  reap(run: string): Promise<{ found: number; ended: number; detail: string }>;
  /** Runs (by id) of this installation that still have something alive. */
  orphans(): Promise<string[]>;
}

export class SandboxError extends Error {
  /** `cut`: the program had begun, and what became of it is not known; everything else: see the words. */
  readonly tag:
    | 'not-found'
    | 'engine'
    | 'image'
    | 'limits'
    | 'io'
    | 'no-space'
    | 'spec'
    | 'not-opted-in'
    | 'cut';
  readonly remedy: string;
  constructor(tag: SandboxError['tag'], message: string, remedy: string) {
    super(message);
    this.name = 'SandboxError';
    this.tag = tag;
    this.remedy = remedy;
  }
}
