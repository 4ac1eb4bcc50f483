/** What a task remembers of its pull request, its evidence, its verdicts and its runs. */
import type { Usage } from './contract.ts';
import type { EgressRecord } from './egress.ts';
import type { Said } from './judge-answer.ts';
import type { Lane } from './lane.ts';
import type { RiskFeatures } from './risk.ts';
import type { Work } from './run-work.ts';

/** What a forge says of a pull request. */
export interface PullSeen {
  number: number;
  url: string;
  state: 'draft' | 'open' | 'merged' | 'closed';
  head: string;
  /** Commit at the tip of the base branch now. */
  base: string;
  mergeable: 'clean' | 'conflict' | 'unknown';
  /** Of this head only, the newest of each name. `notes`: where it failed, when that is known. */
  checks: {
    name: string;
    state: 'pending' | 'success' | 'failure';
    summary: string;
    notes?: { file: string; line: number | null; sentence: string }[];
  }[];
  /** Oldest first. `changes-requested` and `approved` only from people who may write to the repo. */
  reviews: {
    author: string;
    state: 'approved' | 'changes-requested' | 'comment';
    body: string;
    id: string;
    file?: string;
    line?: number | null;
    /** Asks for something once: it stands in the way of nothing when that was sent back. */
    once?: true;
  }[];
  /** Names of checks that the forge itself demands; left out: it demands none. */
  requiredChecks?: string[];
  /** What else the forge demands before it would merge, each in words; left out: nothing. */
  needs?: string[];
  /** Place in the forge's merge queue, from 1; left out: not in one. */
  queued?: number;
  /** Set when merged. */
  mergeCommit: string | null;
  mergeTree: string | null;
}

export interface TestCounts {
  runner: string;
  total: number;
  passed: number;
  failed: number;
  skipped: number;
}

/** What the push gate's scan found. */
export interface ScanFinding {
  rule: string;
  kind: string;
  commit: string;
  path: string;
  line: number | null;
  sentence: string;
}

/** What the control plane knows of a sealed bundle; see `judgement/evidence/evidence.ts`. */
export interface EvidenceSummary {
  digest: string;
  base: string;
  head: string;
  tree: string;
  policyHash: string;
  features: RiskFeatures;
  verify: {
    configured: boolean;
    passed: boolean;
    /** One per configured command, in order. */
    base: { argv: string[]; code: number | null; tests: TestCounts | null }[];
    head: { argv: string[]; code: number | null; tests: TestCounts | null }[];
    failures: string[];
  };
  findings: ScanFinding[];
  truncated: boolean;
}

/** It speaks of exactly this bundle, and so of exactly this head. */
export interface VerdictSeen extends Said {
  family: string;
  model: string;
  head: string;
  /** `costUsd` is by the policy's prices, and absent in logs of older versions; null is unknown. */
  usage?: {
    inputTokens: number | null;
    outputTokens: number | null;
    durationMs: number;
    costUsd?: number | null;
  };
}

/** What is known of a run when it has ended. */
export interface RunEnd {
  outcome: string;
  reason: string;
  tier: string | null;
  image: string | null;
  engine: string | null;
  /** What it asked to reach; absent or null where no proxy led it out. */
  egress?: EgressRecord[] | null;
  cliVersion: string | null;
  laneProof: string | null;
  /** The commit of what it left unfinished. */
  salvaged: string | null;
  /** What became of that; absent for collected work, and in logs of older versions. */
  work?: Work;
  /** What held it, and what was found and neutralised, in sentences; absent in older logs. */
  notes?: string[];
}

/** Of a run that nobody saw work. */
export const UNSEEN = {
  salvaged: null,
  tier: null,
  image: null,
  engine: null,
  cliVersion: null,
  laneProof: null,
  windows: [],
  denied: [],
};

/** A run as the task remembers it; `usage` null while it runs. */
export interface Run extends Omit<RunEnd, 'outcome' | 'reason'> {
  id: string;
  role: 'coder' | 'fixer';
  coder: string;
  /** Who was to pay for it; what it proved is in `usage.lane`. Absent in logs of older versions. */
  lane?: Lane;
  /** US dollars that the operator approved for this run in the paid lane. */
  approvedUsd?: number | null;
  status: 'requested' | 'running' | 'ended' | 'lost';
  startedAt: string | null;
  /** The preflight turned it away: no coder began, and nothing was used. */
  turnedAway?: true;
  endedAt: string | null;
  outcome: string | null;
  reason: string | null;
  usage: Usage | null;
}

/** What the operator is asked to approve: void as soon as anything in it changes. */
export interface MergeRequest {
  digest: string;
  head: string;
  base: string;
  evidence: string;
  policyHash: string;
  expires: string;
}
