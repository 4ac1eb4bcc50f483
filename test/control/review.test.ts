/** From the open pull request to its end: who may merge what, and what ends it otherwise. */
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/control/budget.ts';
import type { Outcome } from '../../src/control/contract.ts';
import { boundPasses, mergeDecision } from '../../src/control/merge-policy.ts';
import type { Move } from '../../src/control/steps.ts';
import type { PullSeen, Task } from '../../src/control/task.ts';
import { given } from '../support/given.ts';
import {
  evidence,
  fail,
  features,
  oid,
  ok,
  pull,
  review,
  type Told,
  verdict,
} from '../support/outcomes.ts';
import { OPERATOR, policyOf, sha256 } from '../support/world.ts';

const HOUR = 3_600_000;
const rework = { backoff_seconds: 0 };
const AUTO = policyOf({ merge: { auto_merge: true }, rework });
const MANUAL = policyOf({ approvals: { merge_ttl_hours: 2 }, rework });
const CHECKED = policyOf({ rework }, [{ id: 'shop', auto_merge: true, required_checks: ['ci'] }]);
const sized = (size: 'medium' | 'high' | 'never', hash: string) => ({
  verify: (move: Move): Outcome =>
    ok(evidence(move.input as Told, hash, { features: features(size) })),
});
const asked = () => given(MANUAL).at('in-review').held('awaiting-merge-approval');
const checked = () => given(CHECKED).at('in-review').held(null);
const ci = (state: 'pending' | 'success' | 'failure', name = 'ci') => ({
  checks: [{ name, state, summary: `${name} says so` }],
});

describe('who may merge', () => {
  test('low risk by itself, when policy says so', () => {
    given(AUTO).at('merging').held(null).is({ approval: null });
  });
  test.each(['medium', 'never'] as const)(
    '%s only by approval, of exactly what was shown',
    (size) => {
      const g = given(AUTO).at('in-review', sized(size, AUTO.hash)).held('awaiting-merge-approval');
      const { head, base, evidence: proof, mergeRequest } = g.task;
      expect(mergeRequest).toMatchObject({
        head,
        base,
        evidence: proof?.digest,
        policyHash: AUTO.hash,
      });
      const bound = [g.task.id, head, base, proof?.digest, AUTO.hash].join('\n');
      expect(mergeRequest?.digest).toBe(sha256(bound));
      for (const actor of ['agent:mcp', 'agent:coder', 'system:daemon'])
        g.approveMerge(actor).refused('not-an-operator');
      g.approveMerge(OPERATOR, 'f'.repeat(64)).refused('digest-changed');
      g.approveMerge()
        .brings('task.merge-approved', 'task.merge-started', 'mission.task-changed')
        .is({ status: 'merging' });
      expect(g.move('merge').input).toMatchObject({ document: { approvedBy: OPERATOR } });
      g.approveMerge().refused('already-approved');
    },
  );
  test('high risk never, not even when the operator resumes it', () => {
    const g = given(AUTO).at('in-review', sized('high', AUTO.hash)).held('high-risk');
    g.resume()
      .refused('high-risk')
      .approveMerge(OPERATOR, 'f'.repeat(64))
      .refused('not-awaiting-approval');
    g.see({ state: 'open' }).held('high-risk').is({ status: 'in-review' });
    g.see({ state: 'merged', mergeCommit: oid('m') }).is({
      status: 'merged',
      merged: { commit: oid('m'), tree: '', by: 'somebody else' },
    });
  });
  test('nothing is approved before it is asked for, nor after the task ended', () => {
    given(MANUAL)
      .at('coding')
      .approveMerge(OPERATOR, 'f'.repeat(64))
      .refused('not-awaiting-approval');
    const g = asked();
    const digest = g.task.mergeRequest?.digest;
    g.cancel().settle('close-pull').approveMerge(OPERATOR, digest).refused('task-ended');
  });
  test('an approval is in time until the last millisecond before it expires', () => {
    const early = asked();
    early.world.now += 2 * HOUR - 1;
    early.approveMerge().including('task.merge-started');
    const late = asked();
    late.world.now += 2 * HOUR;
    late.approveMerge().refused('approval-expired');
  });
  test('an expired request is void; resumed, it is asked anew with a new end', () => {
    const g = asked()
      .later(2 * HOUR - 1)
      .held('awaiting-merge-approval')
      .later(1)
      .held('approval-expired');
    g.world.now -= HOUR;
    g.approveMerge().refused('not-awaiting-approval');
    g.world.now += HOUR;
    g.resume()
      .brings('task.resumed', 'task.merge-requested', 'task.held')
      .held('awaiting-merge-approval');
    expect(g.task.mergeRequest?.expires).toBe(new Date(g.world.now + 2 * HOUR).toISOString());
    g.approveMerge().including('task.merge-started');
  });
  test('what waits for approval cannot be resumed past it', () => {
    asked().resume().refused('awaiting-merge-approval');
  });
  test('an approval given while checks run counts when they are green, and only until it expires', () => {
    const wait = () => {
      const g = given(
        policyOf({ approvals: { merge_ttl_hours: 2 }, rework }, [
          { id: 'shop', required_checks: ['ci'] },
        ]),
      );
      g.at('in-review')
        .held(null)
        .see(ci('success'))
        .held('awaiting-merge-approval')
        .see(ci('pending'));
      return g
        .held('awaiting-merge-approval')
        .approveMerge()
        .brings('task.merge-approved')
        .held(null);
    };
    wait().see(ci('success')).including('task.merge-started');
    const g = wait();
    g.world.now += 2 * HOUR;
    g.see(ci('success')).held('awaiting-merge-approval').is({ approval: null });
  });
});

describe('what voids an approval', () => {
  test('a moved base: carried over, verified, judged and asked anew', () => {
    const g = asked();
    const old = g.task.mergeRequest?.digest;
    g.tip = oid('newer');
    g.see({ base: g.tip }).including('task.base-moved', 'task.slot-taken');
    g.is({ status: 'preparing', hold: null, mergeRequest: null, approval: null });
    g.settle('prepare')
      .brings('task.refreshed', 'mission.task-changed')
      .is({ status: 'verifying', base: g.tip, evidence: null, verdicts: [], risk: null });
    g.until('in-review').held('awaiting-merge-approval');
    g.approveMerge(OPERATOR, old).refused('digest-changed');
  });
  test('a foreign push: held; resumed, done again on the base', () => {
    const g = asked();
    g.see({ head: oid('foreign') })
      .held('foreign-push')
      .approveMerge()
      .refused('not-awaiting-approval');
    g.resume().including('task.rework-requested').is({ status: 'coding', start: g.tip });
  });
  test('new work: the approval of the old goes with it', () => {
    const g = asked();
    const old = g.task.mergeRequest?.digest;
    g.see({ reviews: [review('r-1')] })
      .is({ status: 'coding', hold: null })
      .until('in-review')
      .held('awaiting-merge-approval');
    expect(g.task.mergeRequest?.digest).not.toBe(old);
    g.approveMerge(OPERATOR, old).refused('digest-changed');
  });
  test('nothing held is merged by what a pull request turns into', () => {
    const g = checked()
      .see({ head: oid('foreign') })
      .held('foreign-push');
    g.see(ci('success')).held('foreign-push').is({ status: 'in-review' });
  });
});

describe('checks and reviews', () => {
  test('required checks: waited for while missing or pending, merged when green', () => {
    const g = checked().see(ci('pending')).held(null).is({ status: 'in-review' });
    g.see(ci('success', 'other'))
      .is({ status: 'in-review' })
      .see(ci('success'))
      .is({ status: 'merging' });
  });
  test('a red check, required or not, goes back with its summary', () => {
    const g = checked().see(ci('failure', 'lint')).is({ status: 'coding', rounds: 1 });
    expect(g.task.findings).toEqual([
      { source: 'check lint', file: null, line: null, sentence: 'lint says so' },
    ]);
    expect(g.move('run-coder').input).toMatchObject({ start: g.task.head });
  });
  test('a review that asks for changes goes back once; a comment does not', () => {
    const g = checked()
      .see({ reviews: [review('r-0', 'comment'), review('r-00', 'approved')] })
      .is({ status: 'in-review' });
    g.see({ reviews: [review('r-1')] }).is({
      status: 'coding',
      handledReviews: ['r-1'],
    });
    expect(g.move('run-coder').input).toMatchObject({
      prompt: expect.stringContaining('- [review by reviewer]: please mend r-1'),
    });
    g.until('in-review')
      .see({ reviews: [review('r-1')], ...ci('success') })
      .is({ status: 'merging' });
  });
  test('a review after the last round is told to the round that the operator allows', () => {
    const g = given(
      policyOf({ rework: { ...rework, max_rounds: 0 } }, [
        { id: 'shop', auto_merge: true, required_checks: ['ci'] },
      ]),
    );
    g.at('in-review')
      .see({ reviews: [review('r-1')] })
      .held('rework-exhausted')
      .see({ reviews: [], ...ci('success') });
    g.held('rework-exhausted').is({ status: 'in-review' }).resume();
    expect(g.move('run-coder').input).toMatchObject({
      prompt: expect.stringContaining('please mend r-1'),
    });
  });
  test('the same news twice says nothing', () => {
    const g = checked().see(ci('pending')).brings('task.pull-observed').see(ci('pending')).brings();
    const held = asked();
    held.see().brings();
    g.when({ type: 'task.note-pull', task: g.task.id, seen: pull('', '', { number: 8 }) }).refused(
      'unknown-pull',
    );
  });
  test('news in another state waits', () => {
    const g = given(AUTO).at('merging').see({ state: 'closed' }).brings();
    g.is({ status: 'merging' });
  });
  test('closed by somebody else: abandoned, and so the mission fails', () => {
    const g = asked().see({ state: 'closed' }).is({ status: 'abandoned' });
    expect(g.mission.status).toBe('failed');
  });
  test('a pull request that is already somebody else’s is noticed when it opens', () => {
    given(AUTO)
      .at('publishing')
      .settle('push')
      .settle('open-pull', (move) =>
        ok(pull((move.input as Told).head, oid('x'), { state: 'merged' })),
      )
      .is({ status: 'merged' });
  });
});

describe('merging', () => {
  test.each(['base-moved', 'conflict'])('%s: checked again on the base as it is', (code) => {
    const g = given(AUTO)
      .at('merging')
      .settle('merge', fail(code))
      .is({ status: 'preparing', approval: null });
    expect(g.move('prepare').input).toMatchObject({ head: g.task.head, base: g.task.base });
  });
  test('a change that conflicts with the moved base is made again', () => {
    const g = given(AUTO).at('merging').settle('merge', fail('conflict'));
    g.settle('prepare', ok({ base: oid('n'), refreshed: { conflict: ['src/price.js'] } })).is({
      status: 'coding',
      start: oid('n'),
      base: oid('n'),
      rounds: 1,
    });
    expect(g.task.findings[0]).toMatchObject({ source: 'merge conflict', file: 'src/price.js' });
  });
  test('another head than the judged one is a foreign push', () => {
    given(AUTO)
      .at('merging')
      .settle('merge', fail('head-moved'))
      .held('foreign-push')
      .resume()
      .is({ status: 'coding' });
  });
  test('a base that never rests is held in the end, and can be resumed', () => {
    for (const code of ['merge', 'see']) {
      const g = code === 'merge' ? given(AUTO) : given(MANUAL);
      g.at(code === 'merge' ? 'merging' : 'in-review');
      for (let turn = 0; turn < 11; turn++) {
        if (turn > 0) g.until(code === 'merge' ? 'merging' : 'in-review');
        g.held(code === 'merge' ? null : 'awaiting-merge-approval');
        g.tip = oid('tip', turn);
        if (code === 'merge') g.settle('merge', fail('base-moved'));
        else g.see({ base: g.tip });
      }
      g.held('move-failed').is({ refreshes: 10 });
      g.resume().held(null);
    }
  });
  test('a merge that was held is decided anew: an approval that has run out does not count', () => {
    const late = (hours: number) => {
      const g = asked().approveMerge().settle('merge', fail('remote-writes-off'));
      g.held('remote-writes-off').is({ status: 'merging' });
      g.world.now += hours * HOUR;
      return g.resume();
    };
    late(1).including('task.merge-stopped', 'task.merge-started').is({ status: 'merging' });
    late(3).held('awaiting-merge-approval').is({ status: 'in-review', approval: null });
  });
  test('another tree than the judged one: alarm, repo paused, and nothing more starts there', () => {
    const g = given(AUTO)
      .at('merging')
      .settle('merge', ok({ commit: oid('m'), tree: oid('other'), expected: oid('judged') }));
    g.including('task.merged', 'task.merge-alarm', 'task.held', 'repo.paused')
      .held('merge-tree-differs')
      .is({ status: 'merged' });
    g.retry().refused('merged').cancel().refused('merged');
    g.when({
      type: 'mission.submit',
      mission: 'm-test2',
      text: 'x',
      repos: ['shop'],
      coder: null,
      plan: null,
    });
    g.settle('assess');
    const digest = g.world.mission('m-test2').spec?.digest ?? '';
    g.when({ type: 'mission.approve', mission: 'm-test2', digest }).including('repo.slot-queued');
    expect(g.wanted()).not.toContain('prepare');
    g.when({ type: 'repo.resume', repo: 'shop' }, 'agent:x').refused('not-an-operator');
    g.when({ type: 'repo.resume', repo: 'shop' }).including(
      'repo.unpaused',
      'repo.slot-granted',
      'task.started',
    );
    g.when({ type: 'repo.resume', repo: 'shop' }).refused('not-held');
    g.resume().settle('cleanup').is({ status: 'remembered' });
  });
});

describe('cancel and retry', () => {
  const ways: [string, () => ReturnType<typeof given>][] = [
    [
      'ready',
      () => {
        const g = given(AUTO);
        g.when({ type: 'repo.pause', repo: 'shop', reason: 'x' });
        return g.at('ready');
      },
    ],
    ...(['preparing', 'coding', 'verifying', 'judging', 'publishing'] as const).map(
      (status): [string, () => ReturnType<typeof given>] => [status, () => given(AUTO).at(status)],
    ),
  ];
  test.each(ways)('in %s it ends at once, and gives back what it held', (status, make) => {
    const g = make().is({ status: status as Task['status'] });
    g.cancel('agent:x')
      .refused('not-an-operator')
      .cancel()
      .is({ status: 'cancelled', run: null, slot: false, hold: null });
    expect(g.wanted().filter((kind) => kind !== 'write-spec')).toEqual([]);
    expect(g.world.states.get('repo/shop')).toMatchObject({ slots: [], queue: [] });
    const budget = g.world.states.get('budget/all') as Budget | undefined;
    expect(budget?.open ?? {}).toEqual({});
  });
  test('a run that is cancelled counts as all that was reserved', () => {
    const g = given(AUTO).at('coding').cancel();
    expect(g.world.states.get('budget/all')).toMatchObject({
      spent: { shop: { runs: 1, tokens: 2_000_000, costUsd: 10 } },
    });
  });
  test('in review its pull request is closed first; twice is refused', () => {
    const g = asked().cancel().is({ status: 'in-review', closing: 'not needed', hold: null });
    expect(g.wanted()).toEqual(['close-pull']);
    g.cancel().refused('closing').see({ state: 'closed' }).brings();
    g.settle('close-pull').is({ status: 'cancelled', end: 'not needed' });
    const open = asked().cancel().settle('close-pull', fail('unavailable'));
    expect(open.task.end).toBe('not needed (pull request 7 is still open: it was unavailable)');
  });
  test('while it merges, what comes of that comes first', () => {
    const g = given(AUTO).at('merging').cancel().is({ status: 'merging' });
    expect(g.wanted()).toEqual(['merge']);
    g.settle('merge').settle('cleanup').is({ status: 'remembered' });
    const not = given(AUTO).at('merging').cancel().settle('merge', fail('base-moved'));
    expect(not.wanted()).toEqual(['close-pull']);
    not.settle('close-pull').is({ status: 'cancelled' });
    const held = given(AUTO)
      .at('merging')
      .settle('merge', fail('remote-writes-off'))
      .held('remote-writes-off')
      .cancel();
    expect(held.wanted()).toEqual(['close-pull']);
  });
  test('a cancelled mission lets no merge come back to life', () => {
    const g = given(AUTO)
      .at('merging')
      .when({ type: 'mission.cancel', mission: 'm-test1', reason: 'no' });
    g.settle('merge', fail('base-moved')).settle('close-pull').is({ status: 'cancelled' });
  });
  test('retry is for what is held, and starts over from the base', () => {
    given(AUTO)
      .at('coding')
      .retry()
      .refused('not-held')
      .retry('agent:x')
      .refused('not-an-operator');
    for (const [status, kind] of [
      ['preparing', 'prepare'],
      ['coding', 'run-coder'],
      ['verifying', 'verify'],
      ['publishing', 'push'],
      ['merging', 'merge'],
    ] as const) {
      const g = given(AUTO)
        .at(status)
        .settle(kind, fail('disk-full'))
        .held('disk-full')
        .retry()
        .held(null);
      g.is(status === 'preparing' ? { status } : { status: 'coding', start: g.tip });
      expect(g.wanted()).toContain(status === 'preparing' ? 'prepare' : 'run-coder');
    }
    const g = asked().retry().is({ status: 'coding' });
    expect(g.until('in-review').task.pull?.number).toBe(7);
  });
});

describe('the merge policy as a table', () => {
  const { task } = given(AUTO).at('merging');
  const good = { ...task, status: 'in-review' } as Task;
  const seen = task.pull as PullSeen;
  const digest = task.evidence?.digest ?? '';
  const said = (name: string, more = {}) =>
    verdict(name, { evidence: digest, head: task.head ?? '' }, more);
  const risk = (more: object) => ({ risk: { ...task.risk, ...more } }) as Partial<Task>;
  const rows: [string, string, Partial<Task>, Partial<PullSeen>][] = [
    ['merge', 'all is well', {}, {}],
    [
      'merge',
      'mergeability is not known yet: the merge itself compares',
      {},
      { mergeable: 'unknown' },
    ],
    ['refuse', 'no evidence', { evidence: null }, {}],
    ['refuse', 'no policy', { policy: null }, {}],
    ['refuse', 'no risk', { risk: null }, {}],
    ['refuse', 'no base', { base: null }, {}],
    ['refuse', 'no verdicts', { verdicts: [] }, {}],
    ['refuse', 'one verdict', { verdicts: [said('openai')] }, {}],
    [
      'refuse',
      'one family twice',
      { verdicts: [said('openai'), said('openai', { model: 'other' })] },
      {},
    ],
    ['refuse', "the coder's own family", { verdicts: [said('openai'), said('scripted')] }, {}],
    [
      'refuse',
      'a verdict about another head',
      { verdicts: [said('openai'), said('gemini', { head: oid('x') })] },
      {},
    ],
    [
      'refuse',
      'a verdict about other evidence',
      { verdicts: [said('openai'), said('gemini', { evidenceDigest: 'e' })] },
      {},
    ],
    [
      'refuse',
      'an inconclusive verdict',
      { verdicts: [said('openai'), said('gemini', { verdict: 'inconclusive' })] },
      {},
    ],
    [
      'refuse',
      'a failed verdict',
      { verdicts: [said('openai'), said('gemini', { verdict: 'fail' })] },
      {},
    ],
    [
      'refuse',
      'evidence of another head',
      { evidence: { ...task.evidence, head: oid('x') } as Task['evidence'] },
      {},
    ],
    [
      'refuse',
      'evidence of another base',
      { evidence: { ...task.evidence, base: oid('x') } as Task['evidence'] },
      {},
    ],
    ['refuse', 'high risk', risk({ band: 'high' }), {}],
    ['ask', 'medium risk', risk({ band: 'medium' }), {}],
    [
      'ask',
      'low risk that is never merged by itself',
      risk({ neverAutoMerge: ['CI changes'] }),
      {},
    ],
    [
      'ask',
      'auto-merge off',
      { policy: { ...task.policy, autoMerge: false } as Task['policy'] },
      {},
    ],
    ['foreign-push', 'another head', {}, { head: oid('x') }],
    ['base-moved', 'another base', {}, { base: oid('x') }],
    ['base-moved', 'a conflict', {}, { mergeable: 'conflict' }],
    ['rework', 'a review', {}, { reviews: [review('r')] }],
    [
      'merge',
      'a review that was sent back already',
      { handledReviews: ['r'] },
      { reviews: [review('r')] },
    ],
    ['rework', 'a red check', {}, ci('failure')],
    ['merge', 'a pending check that nobody requires', {}, ci('pending')],
    [
      'wait',
      'a required check pending',
      { policy: { ...task.policy, requiredChecks: ['ci'] } as Task['policy'] },
      ci('pending'),
    ],
  ];
  test.each(rows)('%s: %s', (what, _, change, news) => {
    expect(
      mergeDecision({ ...good, ...change }, { ...seen, ...news }, '2026-03-02T10:00:00.000Z').do,
    ).toBe(what);
  });
  test('an approval counts for exactly what it was given for', () => {
    const g = given(AUTO).at('in-review', sized('medium', AUTO.hash)).approveMerge();
    const { task: one } = g;
    const at = g.world.time;
    const request = one.mergeRequest as NonNullable<Task['mergeRequest']>;
    const decide = (change: Partial<Task>, now = at) =>
      mergeDecision({ ...one, ...change }, one.pull as PullSeen, now).do;
    expect(decide({})).toBe('merge');
    expect(decide({ approval: null })).toBe('ask');
    expect(decide({ mergeRequest: null })).toBe('ask');
    expect(decide({ mergeRequest: { ...request, digest: 'x' } })).toBe('ask');
    expect(decide({ mergeRequest: { ...request, head: 'x' } })).toBe('ask');
    expect(decide({ mergeRequest: { ...request, base: 'x' } })).toBe('ask');
    expect(decide({ mergeRequest: { ...request, evidence: 'x' } })).toBe('ask');
    expect(decide({}, request.expires)).toBe('ask');
    expect(boundPasses(one)).toEqual(['openai', 'gemini']);
  });
});
