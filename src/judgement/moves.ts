/** The moves of judgement: gather and seal evidence, and have one family judge it. */
import type { MoveExecutor } from '../control/executor.ts';
import { failure, success } from '../control/failure.ts';
import type {
  CheckoutMaker,
  CommandRunner,
  EvidenceCollector,
  RunProvenance,
  Scanner,
} from './evidence/evidence.ts';
import { type Judge, JudgeError, type Verdict } from './judges/judge.ts';

export interface Blobs {
  put(bytes: Uint8Array): Promise<string>;
  get(digest: string): Promise<Uint8Array>;
}

export interface VerifyDeps {
  collector: EvidenceCollector;
  blobs: Blobs;
  gitDirOf(repo: string): string;
  /** What the operator's registry and policy say of this repo now. */
  settings(repo: string): {
    policyHash: string;
    verify: { argv: string[]; wallMs: number }[];
    maxDiffBytes: number;
    allowedPaths: string[];
  };
  logHead(): Promise<{ seq: number; hash: string }>;
  now(): number;
  runner(repo: string): CommandRunner;
  checkout(use: { repo: string; base: string; task: string }, signal: AbortSignal): CheckoutMaker;
  scanner(repo: string, allowedPaths: string[]): Scanner;
  tempDir: string;
}

interface TaskRun {
  id: string;
  role: string;
  coder: string;
  outcome: string | null;
  usage: { model: string | null; lane: string } | null;
  tier: string | null;
  image: string | null;
  engine: string | null;
  egress?: RunProvenance['egress'] | null;
  cliVersion: string | null;
  laneProof: string | null;
  notes?: string[];
}

interface VerifyInput {
  task: string;
  repo: string;
  base: string;
  head: string;
  title: string;
  /** The approved spec. */
  spec: string;
  acceptance: string[];
  allowedPaths: string[];
  specDigest: string;
  runs: TaskRun[];
}

export function verifyMove(deps: VerifyDeps): MoveExecutor {
  return {
    kind: 'verify',
    async perform(move, signal) {
      const input = move.input as VerifyInput;
      const { policyHash, verify, maxDiffBytes, allowedPaths } = deps.settings(input.repo);
      const paths = input.allowedPaths.length > 0 ? input.allowedPaths : allowedPaths;
      const { summary, bundle } = await deps.collector.collect(
        { gitDir: deps.gitDirOf(input.repo) },
        {
          task: input.task,
          repo: input.repo,
          request: `${input.title}\n\n${input.spec}`,
          acceptance: input.acceptance,
          allowedPaths: paths,
          specDigest: input.specDigest,
          base: input.base,
          head: input.head,
          runs: input.runs.map(provenance),
          policyHash,
          verify,
          log: await deps.logHead(),
          time: new Date(deps.now()).toISOString(),
          maxDiffBytes,
        },
        {
          run: deps.runner(input.repo),
          checkout: deps.checkout(input, signal),
          scan: deps.scanner(input.repo, paths),
          tempDir: deps.tempDir,
        },
        signal,
      );
      const digest = await deps.blobs.put(bundle);
      return success({ ...summary, digest });
    },
    // Evidence is content-addressed and gathering it changes nothing outside: it is gathered anew.
    adopt: async () => 'absent',
  };
}

/** Tiers in which a run without a way out has none. */
const ISOLATED = ['docker', 'srt'];

const provenance = (run: TaskRun): RunProvenance => ({
  run: run.id,
  role: run.role,
  coder: run.coder,
  model: run.usage?.model ?? null,
  cliVersion: run.cliVersion,
  tier: run.tier ?? 'unknown',
  image: run.image,
  engine: run.engine,
  egress: run.egress ?? (ISOLATED.includes(run.tier ?? '') ? 'none' : 'not restricted'),
  lane: run.usage?.lane ?? 'unknown',
  laneProof: run.laneProof,
  usage: run.usage,
  ...(run.notes ? { notes: run.notes } : {}),
});

export interface JudgeDeps {
  blobs: Blobs;
  judgeOf(family: string): Judge | null;
  /** US dollars by the policy's prices; null when unknown. */
  costOf(family: string, usage: Verdict['usage']): number | null;
}

export function judgeMove(deps: JudgeDeps): MoveExecutor {
  return {
    kind: 'judge',
    async perform(move, signal) {
      const { family, evidence, head } = move.input as {
        family: string;
        evidence: string;
        head: string;
      };
      const judge = deps.judgeOf(family);
      if (!judge) {
        return failure({
          code: 'judge-missing',
          reason: `judge family ${family} is not configured any more`,
          remedy: 'add it under judges in policies.yaml',
        });
      }
      const [problem] = judge.check();
      if (problem)
        return failure({ code: problem.code, reason: problem.sentence, remedy: problem.remedy });
      const bundle = await deps.blobs.get(evidence);
      try {
        const verdict = await judge.judge(bundle, signal);
        const costUsd = deps.costOf(family, verdict.usage);
        return success({ ...verdict, usage: { ...verdict.usage, costUsd }, head });
      } catch (error) {
        if (!(error instanceof JudgeError)) throw error;
        const code =
          error.tag === 'auth'
            ? 'judge-auth'
            : error.tag === 'config'
              ? 'judge-missing'
              : `judge-${error.tag}`;
        return failure({
          code,
          reason: `judge ${family}: ${error.message}`,
          retryable: error.tag === 'rate-limit' || error.tag === 'unavailable',
          retryAt: error.retryAt,
        });
      }
    },
    adopt: async () => 'absent',
  };
}
