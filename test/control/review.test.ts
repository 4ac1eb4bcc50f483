/** The open pull request: who may merge it, what voids an approval, what sends it back. */
import { describe, expect, test } from 'vitest';
import { given } from '../support/given.ts';
import { oid, ok, pull, review, type Told } from '../support/outcomes.ts';
import { AUTO, asked, checked, ci, HOUR, MANUAL, rework, sized } from '../support/tasks.ts';
import { OPERATOR, policyOf, sha256 } from '../support/world.ts';

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
  test('a foreign push: held, and held again while it is there; what was pushed stays untouched', () => {
    const g = asked();
    g.see({ head: oid('foreign') })
      .held('foreign-push')
      .approveMerge()
      .refused('not-awaiting-approval');
    g.resume().brings('task.resumed', 'task.held').held('foreign-push');
    expect(g.wanted()).toEqual([]);
    // Back at its own head it is asked for anew, or merged once the operator has looked.
    g.see().held('awaiting-merge-approval').approveMerge().is({ status: 'merging' });
    const low = checked().see({ head: oid('foreign') });
    low.see(ci('success')).held('foreign-push').resume().is({ status: 'merging' });
  });
  test('done again over a foreign push, it still expects its own head there', () => {
    const g = asked();
    const { pushed } = g.task;
    g.see({ head: oid('foreign') })
      .retry()
      .is({ status: 'coding', start: g.tip, rounds: 0 });
    expect(g.until('publishing').move('push').input).toMatchObject({ expected: pushed });
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
    // Whether it was answered is not for the coder to say: who asked, or the operator, does.
    const back = () => {
      const one = checked().see({ reviews: [review('r-1')] });
      return one.until('in-review').held(null);
    };
    const now = [review('r-1'), review('r-2', 'approved')];
    back()
      .see({ reviews: now, ...ci('success') })
      .is({ status: 'merging', approval: null });
    const held = back().see({ reviews: [review('r-1')], ...ci('success') });
    held.held('awaiting-merge-approval');
    expect(held.task.hold?.reason).toBe('the review by reviewer still asks for changes');
    held.approveMerge().is({ status: 'merging' });
  });
  test('whether it merges cleanly is waited for, approved or not', () => {
    const unknown = { mergeable: 'unknown' } as const;
    const g = checked()
      .see({ ...unknown, ...ci('success') })
      .held(null);
    g.is({ status: 'in-review' }).see(ci('success')).is({ status: 'merging' });
    const by = asked().see(unknown).held('awaiting-merge-approval').approveMerge().held(null);
    by.is({ status: 'in-review' }).see().is({ status: 'merging' });
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
