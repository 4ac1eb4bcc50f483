/**
 * Evidence: the sealed, content-addressed bundle of what changed and how it was checked. It is
 * made from git objects and from the host's own observations only; coder prose never enters it.
 */
import type { EgressRecord } from '../../control/egress.ts';
import type { EvidenceSummary, ScanFinding, TestCounts } from '../../control/task.ts';

export type { EvidenceSummary, ScanFinding, TestCounts };

/** Runs one verify command in a fresh sandbox without token or network. Wired in compose. */
export type CommandRunner = (input: {
  /** Unique name of this execution, for containers and records. */
  run: string;
  task: string;
  /** Host folder with a fresh checkout; its subfolder `repo` is the cwd. */
  dir: string;
  argv: string[];
  wallMs: number;
  stdout: string;
  stderr: string;
  signal: AbortSignal;
}) => Promise<{
  code: number | null;
  signal: string | null;
  ended: string;
  durationMs: number;
  stdoutTruncated: boolean;
  stderrTruncated: boolean;
  provenance: { tier: string; image: string | null; engine: string | null };
}>;

/** Plain files of a commit under `<dir>/repo`, which must not exist yet. Wired in compose. */
export type CheckoutMaker = (commit: string, dir: string) => Promise<void>;

/** The push gate's scan, wired in compose. */
export type Scanner = (
  base: string,
  head: string,
) => Promise<{ findings: ScanFinding[]; commits: string[]; rulesVersion: string }>;

export interface RunProvenance {
  run: string;
  role: string;
  coder: string;
  model: string | null;
  cliVersion: string | null;
  tier: string;
  image: string | null;
  engine: string | null;
  /** What the run asked to reach, or in a word that nothing led out or nothing held it. */
  egress: string | EgressRecord[];
  lane: string;
  laneProof: string | null;
  usage: unknown;
  /** What held it and what was neutralised, in the host's sentences; names in them are escaped. */
  notes?: string[];
}

export interface EvidenceInput {
  task: string;
  repo: string;
  /** The operator's words, from the sealed spec. */
  request: string;
  acceptance: string[];
  allowedPaths: string[];
  specDigest: string;
  base: string;
  head: string;
  runs: RunProvenance[];
  policyHash: string;
  /** From the operator's registry; each is one argv. */
  verify: { argv: string[]; wallMs: number }[];
  /** The log's head when this was gathered. */
  log: { seq: number; hash: string };
  time: string;
  /** Diff bytes beyond which the diff is cut and flagged. */
  maxDiffBytes: number;
}

export interface CommandReport {
  argv: string[];
  on: 'base' | 'head';
  code: number | null;
  ended: string;
  durationMs: number;
  tests: TestCounts | null;
  /** Names of failing tests where the output tells them, at most 50. */
  failing: string[];
  /** Hex sha256 of the kept end of each log, which is a blob of the bundle. */
  stdout: string;
  stderr: string;
  truncated: boolean;
}

export interface EvidenceCollector {
  collect(
    git: { gitDir: string },
    input: EvidenceInput,
    tools: { run: CommandRunner; checkout: CheckoutMaker; scan: Scanner; tempDir: string },
    signal: AbortSignal,
  ): Promise<{ summary: EvidenceSummary; bundle: Uint8Array }>;
}
