/** Outcomes that are not the good ones, for random histories. */
import { CONDITIONS, type Outcome } from '../../src/control/contract.ts';
import type { Move } from '../../src/control/steps.ts';
import type { PullSeen } from '../../src/control/task.ts';
import {
  assessment,
  evidence,
  fail,
  features,
  oid,
  ok,
  pull,
  question,
  ran,
  review,
  secret,
  type Told,
  usage,
  verdict,
} from './outcomes.ts';

const HOUR = 3_600_000;

/** The world when the move ended. */
export interface Now {
  tip: string;
  /** Hash of the policy. */
  hash: string;
  /** Milliseconds since the epoch. */
  time: number;
}

export const pick = <T>(list: readonly T[], at: number): T | undefined =>
  list.length > 0 ? list[at % list.length] : undefined;

/** An outcome that is not the good one: it failed, it lies, or the news is bad. */
export function oddOutcome(move: Move, b: number, { tip, hash, time }: Now): Outcome {
  const input = move.input as Told;
  const soon = new Date(time + HOUR).toISOString();
  const general = [
    fail('unavailable', { retryable: true }),
    fail('disk-full'),
    fail('high-risk', { retryable: true, retryAt: soon }),
    fail('sandbox-engine', { resumesWhen: CONDITIONS.sandboxReady }),
  ];
  const own: Record<string, Outcome[]> = {
    assess: [ok({ assessment: assessment([question(`q-${b % 3}`)]), base: {} })],
    prepare: [
      ok({ base: tip, refreshed: input.head ? { conflict: ['src/price.js'] } : null }),
      fail('source-unavailable'),
    ],
    'run-coder': [
      ran(undefined, { collected: { commit: null, tree: oid('same'), notes: [] } }),
      ran(
        { kind: 'retryable', code: 'overloaded', reason: 'busy' },
        { usage: usage({ inputTokens: null }) },
      ),
      fail('sandbox-engine', { resumesWhen: CONDITIONS.sandboxReady, unsettled: true }),
      fail('disk-full', { retryable: true, retryAt: soon, unsettled: true }),
      ran({ kind: 'failure', code: 'gave-up', reason: 'cannot' }, { salvaged: oid('salvage', b) }),
      ran({
        kind: 'hold',
        code: 'claude-window',
        reason: 'used up',
        remedy: '',
        resumesAt: soon,
      }),
      ran(
        { kind: 'hold', code: 'claude-window', reason: 'used up', remedy: '', resumesAt: null },
        {
          windows: [{ kind: 'five_hour', status: 'rejected', utilization: 1, resetsAt: soon }],
          salvaged: oid('salvage', b),
        },
      ),
      ran(undefined, {
        collected: { commit: oid('c', input.run), tree: oid('t', input.run), notes: [] },
        windows: [
          { kind: 'five_hour', status: 'allowed_warning', utilization: 0.9, resetsAt: soon },
          {
            kind: 'seven_day',
            status: b % 2 ? 'rejected' : 'allowed',
            utilization: null,
            resetsAt: null,
          },
          {
            kind: 'forged',
            status: 'rejected',
            utilization: 7,
            resetsAt: '9999-01-01T00:00:00.000Z',
          },
        ],
      }),
      ran({ kind: 'hold', code: 'claude-auth', reason: 'no login', remedy: '', resumesAt: null }),
      ran(undefined, {
        usage: usage({ lane: 'api', costUsd: 40 }),
        collected:
          b % 3 ? { commit: oid('paid', input.run), tree: oid('t', input.run), notes: [] } : null,
      }),
      fail('lost', { retryable: true, salvaged: oid('salvage', b) }),
      fail('sandbox-engine'),
    ],
    verify: [
      ok(evidence(input, hash, { features: features('medium') })),
      ok(evidence(input, hash, { features: features('never') })),
      ok(evidence(input, hash, { features: features('high') })),
      ok(evidence(input, hash, { findings: [secret] })),
      ok(evidence(input, hash, { findings: [{ ...secret, kind: 'path', rule: 'path' }] })),
      ok(evidence({ ...input, head: oid('other') }, hash)),
      ok(evidence({ ...input, base: oid('other') }, hash)),
      ok(evidence(input, oid('another policy'))),
      ok(
        evidence(input, hash, {
          verify: { configured: true, passed: false, base: [], head: [], failures: ['red'] },
        }),
      ),
    ],
    judge: [
      ok(verdict(input.family, input, { verdict: 'fail' })),
      ok(verdict(input.family, input, { verdict: 'inconclusive' })),
      ok(verdict(input.family, { ...input, head: oid('other') })),
      ok(verdict(input.family, { ...input, evidence: 'e'.repeat(64) })),
      ok(verdict('openai', input)),
      ok(verdict('scripted', input)),
      fail('judge-auth'),
    ],
    push: [
      ok({ commit: input.head, branch: 'aedev/x', findings: [secret] }),
      ok({ commit: input.head, branch: 'aedev/x', findings: [{ ...secret, kind: 'path' }] }),
      ok({ commit: oid('other'), branch: 'aedev/x', findings: [] }),
      fail('head-moved'),
      fail('remote-writes-off'),
    ],
    'open-pull': oddPulls(input.head, input.base, tip).map((seen) => ok(seen)),
    'close-pull': [ok({ merged: oid('merge', b) }), ok({ merged: null })],
    merge: [
      fail('base-moved'),
      fail('conflict'),
      fail('head-moved'),
      fail('not-ready', { retryable: true }),
      ok({ commit: oid('merge', b), tree: oid('other'), expected: input.tree }),
      fail('forge-limit', { retryable: true, retryAt: '2026-03-02T12:00:00.000Z' }),
      fail('forge-down', { retryable: true }),
      ...oddPulls(input.head, input.base, tip).map((seen) => ok({ waits: 'a review', seen })),
    ],
  };
  return pick([...(own[move.kind] ?? []), ...general], b) as Outcome;
}

/** What a forge may show of a pull request. */
export function oddPulls(head: string, base: string, tip: string): PullSeen[] {
  const check = { name: 'ci', summary: 'ci says so' };
  return [
    pull(head, base, { checks: [{ ...check, state: 'success' }] }),
    pull(head, tip, { checks: [{ ...check, state: 'pending' }] }),
    pull(head, tip),
    pull(head, base, { checks: [{ ...check, state: 'failure' }] }),
    pull(head, base, { reviews: [review('r-1')] }),
    pull(head, base, { reviews: [review('r-1'), review('r-2', 'comment')], state: 'open' }),
    pull(head, base, { reviews: [review('r-1'), review('r-2', 'approved')], state: 'open' }),
    pull(oid('foreign'), base),
    pull(head, base, { mergeable: 'conflict' }),
    pull(head, base, { mergeable: 'unknown' }),
    pull(head, base, { state: 'merged', mergeCommit: oid('m'), mergeTree: oid('mt') }),
    pull(head, base, { state: 'closed' }),
    pull(head, base, { state: 'open', queued: 1 }),
    pull(head, base, { state: 'open', needs: ['an approving review'] }),
    pull(head, base, { state: 'open', requiredChecks: ['ci'] }),
    pull(head, base, { reviews: [{ ...review('r-3'), once: true as const, file: 'a', line: 1 }] }),
  ];
}
