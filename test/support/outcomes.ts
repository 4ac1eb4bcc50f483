/** What executors might say of a move: the good case, and the ways in which it may be less. */
import type { Assessment, Question } from '../../src/control/clarify/types.ts';
import type { Outcome, Usage } from '../../src/control/contract.ts';
import type { RiskFeatures } from '../../src/control/risk.ts';
import type { Move } from '../../src/control/steps.ts';
import type { EvidenceSummary, PullSeen, VerdictSeen } from '../../src/control/task.ts';
import { sha256 } from './world.ts';

export const ok = (result: unknown = null): Outcome => ({ ok: true, result });
export const fail = (
  code: string,
  more: Partial<Outcome & { ok: false }> = {},
): Outcome & { ok: false } => ({
  ok: false,
  code,
  reason: `it was ${code}`,
  remedy: '',
  retryable: false,
  retryAt: null,
  ...more,
});

/** A commit or tree id made from words, the same each time. */
export const oid = (...words: unknown[]): string => sha256(words.join(' ')).slice(0, 40);

export const question = (id: string): Question => ({
  id,
  signal: 'target',
  text: `What about ${id}?`,
  options: [],
});

export function assessment(questions: Question[] = [], more: Partial<Assessment> = {}): Assessment {
  const signal = { score: questions.length > 0 ? 90 : 0, because: [] };
  return {
    rules: 'clarify-test',
    language: 'en',
    score: questions.length > 0 ? 80 : 10,
    ask: questions.length > 0,
    signals: { target: signal, acceptance: signal, vagueness: signal, hazard: signal },
    questions,
    assumptions: [],
    acceptance: ['total([1, 2, 3]) is 6'],
    outOfScope: [],
    ...more,
  };
}

type Size = 'low' | 'medium' | 'high' | 'never';

/** Measured features of a change that lands in this band, or is low but must never merge by itself. */
export function features(size: Size = 'low'): RiskFeatures {
  const path = size === 'never' ? '.github/workflows/ci.yml' : 'src/price.js';
  const added = size === 'medium' ? 900 : size === 'high' ? 3000 : 1;
  const deletedFiles = size === 'high' ? 120 : 0;
  const tests = { total: 5, passed: 5, failed: 0, skipped: 0 };
  return {
    files: [
      {
        path,
        status: 'M',
        from: null,
        added,
        deleted: 1,
        binary: false,
        oldMode: '100644',
        mode: '100644',
      },
    ],
    cut: false,
    totals: { files: 1, added, deleted: 1, binary: 0, deletedFiles, folders: 1 },
    baseFiles: 1000,
    tests: { before: tests, after: tests },
    redToGreen: false,
    verify: 'passed',
    runnerFiles: [],
    signals: [],
    secrets: 0,
    findings: 0,
    truncated: false,
    history: { commits: 10, touching: 1, reverts: 0 },
  };
}

export const usage = (more: Partial<Usage> = {}): Usage => ({
  inputTokens: 1000,
  outputTokens: 500,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0.25,
  durationMs: 60_000,
  turns: 3,
  model: 'double',
  lane: 'subscription',
  ...more,
});

export const ran = (
  outcome: Record<string, unknown> = { kind: 'success', summary: 'done' },
  more: Record<string, unknown> = {},
): Outcome =>
  ok({
    outcome,
    usage: usage(),
    windows: [],
    cliVersion: '1.0',
    laneProof: null,
    denied: [],
    provenance: { tier: 'process', image: null, engine: null },
    collected: null,
    salvaged: null,
    ...more,
  });

interface Commits {
  base: string;
  head: string;
  tree: string;
}

export function evidence(
  { base, head, tree }: Commits,
  policyHash: string,
  more: Partial<EvidenceSummary> = {},
): EvidenceSummary {
  const check = { argv: ['npm', 'test'], code: 0, tests: null };
  return {
    digest: sha256(`evidence ${base} ${head} ${policyHash}`),
    base,
    head,
    tree,
    policyHash,
    features: features(),
    verify: { configured: true, passed: true, base: [check], head: [check], failures: [] },
    findings: [],
    truncated: false,
    ...more,
  };
}

export const secret = {
  rule: 'github-token',
  kind: 'secret',
  commit: oid('c'),
  path: 'config.js',
  line: 3,
  sentence: 'a token is in the change',
};

export const verdict = (
  family: string,
  about: { evidence: string; head: string },
  more: Partial<VerdictSeen> = {},
): VerdictSeen => ({
  family,
  model: 'double',
  verdict: 'pass',
  findings: [],
  reason: null,
  evidenceDigest: about.evidence,
  head: about.head,
  inputDigest: sha256('input'),
  promptDigest: sha256('prompt'),
  answerDigest: sha256('answer'),
  ...more,
});

export const pull = (head: string, base: string, more: Partial<PullSeen> = {}): PullSeen => ({
  number: 7,
  url: 'local://shop/pulls/7',
  state: 'draft',
  head,
  base,
  mergeable: 'clean',
  checks: [],
  reviews: [],
  mergeCommit: null,
  mergeTree: null,
  ...more,
});

export const review = (
  id: string,
  state: PullSeen['reviews'][number]['state'] = 'changes-requested',
) => ({
  id,
  author: 'reviewer',
  state,
  body: `please mend ${id}`,
});

export interface Told extends Commits {
  task: string;
  family: string;
  evidence: string;
  start: string;
  run: string;
}

/** The good outcome of a move. `tip` is where the repo's base branch stands. */
export function success(move: Move, policyHash: string, tip: string): Outcome {
  const input = move.input as Told;
  switch (move.kind) {
    case 'assess':
      return ok({ assessment: assessment(), base: { [move.partition]: tip } });
    case 'prepare': {
      const refreshed =
        input.head && input.base
          ? { head: oid('refreshed', input.head, tip), tree: oid('tree', input.head, tip) }
          : null;
      return ok({ base: tip, refreshed });
    }
    case 'run-coder':
      return ran(undefined, {
        collected: { commit: oid('commit', input.run), tree: oid('tree', input.run), notes: [] },
      });
    case 'verify':
      return ok(evidence(input, policyHash));
    case 'judge':
      return ok(verdict(input.family, input));
    case 'push':
      return ok({ commit: input.head, branch: `aedev/${input.task}`, findings: [] });
    case 'open-pull':
      return ok(pull(input.head, tip));
    case 'merge':
      return ok({ commit: oid('merge', input.head), tree: input.tree, expected: input.tree });
    default:
      return ok(null);
  }
}
