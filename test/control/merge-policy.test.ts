/** The merge policy by itself, as a table. */
import { describe, expect, test } from 'vitest';
import { boundPasses, mergeDecision } from '../../src/control/merge-policy.ts';
import type { PullSeen, Task } from '../../src/control/task.ts';
import { given } from '../support/given.ts';
import { oid, review, verdict } from '../support/outcomes.ts';
import { AUTO, ci, sized } from '../support/tasks.ts';

describe('the merge policy as a table', () => {
  const { task } = given(AUTO).at('merging');
  const good = { ...task, status: 'in-review' } as Task;
  const seen = task.pull as PullSeen;
  const digest = task.evidence?.digest ?? '';
  const said = (name: string, more = {}) =>
    verdict(name, { evidence: digest, head: task.head ?? '' }, more);
  const risk = (more: object) => ({ risk: { ...task.risk, ...more } }) as Partial<Task>;
  const back: Partial<Task> = { handledReviews: ['r'] };
  const back2: Partial<Task> = { handledReviews: ['r', 'r3'] };
  const good2 = review('r2', 'approved');
  const rows: [string, string, Partial<Task>, Partial<PullSeen>][] = [
    ['merge', 'all is well', {}, {}],
    ['wait', 'whether it merges cleanly is not known yet', {}, { mergeable: 'unknown' }],
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
    ['ask', 'a review that was sent back already', back, { reviews: [review('r')] }],
    ['merge', 'one that its author took back', back, { reviews: [review('r'), good2] }],
    ['merge', 'one taken back before it was sent back', {}, { reviews: [review('r'), good2] }],
    [
      'ask',
      'one that somebody else approves over',
      back,
      { reviews: [review('r'), { ...good2, author: 'somebody else' }] },
    ],
    ['ask', 'one that came after the approval', back, { reviews: [good2, review('r')] }],
    ['ask', 'one of two taken back', back2, { reviews: [review('r'), good2, review('r3')] }],
    [
      'ask',
      'a comment takes nothing back',
      back,
      { reviews: [review('r'), review('r2', 'comment')] },
    ],
    ['rework', 'a red check', {}, ci('failure')],
    ['wait', 'a pending check, where nobody says which ones count', {}, ci('pending')],
    [
      'merge',
      'a pending check that is not among the required ones',
      {},
      {
        requiredChecks: ['ci'],
        checks: [...ci('success').checks, ...ci('pending', 'nightly').checks],
      },
    ],
    ['wait', 'a check that the forge requires is not there', {}, { requiredChecks: ['ci'] }],
    ['wait', 'in the merge queue, whatever else is so', {}, { queued: 1, ...ci('failure') }],
    ['wait', 'something that the forge demands', {}, { needs: ['an approving review'] }],
    [
      'ask',
      'the forge demands something, and so does the risk',
      risk({ band: 'medium' }),
      { needs: ['x'] },
    ],
    ['rework', 'a comment addressed to aedev', {}, { reviews: [{ ...review('r'), once: true }] }],
    [
      'merge',
      'such a comment that was sent back',
      back,
      { reviews: [{ ...review('r'), once: true }] },
    ],
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
  test('findings name the place, and are never empty', () => {
    const thread = { ...review('t'), file: 'src/a.ts', line: 3 };
    const bare = { ...review('b'), body: '' };
    const asked = mergeDecision(good, { ...seen, reviews: [thread, bare] }, '');
    expect(asked).toMatchObject({
      do: 'rework',
      findings: [
        { file: 'src/a.ts', line: 3, sentence: 'please mend t' },
        { file: null, line: null, sentence: 'asks for changes without saying which' },
      ],
    });
    const notes = [{ file: 'src/b.ts', line: null, sentence: 'unused' }];
    const check = { name: 'ci', state: 'failure' as const, summary: '', notes };
    expect(mergeDecision(good, { ...seen, checks: [check] }, '')).toMatchObject({
      findings: [
        { source: 'check ci', file: null, sentence: 'failed' },
        { source: 'check ci', file: 'src/b.ts', sentence: 'unused' },
      ],
    });
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
    const pull = { ...(one.pull as PullSeen), reviews: [review('r')] };
    const known = { ...one, handledReviews: ['r'] };
    expect(mergeDecision(known, pull, at).do).toBe('merge');
    expect(mergeDecision({ ...known, approval: null }, pull, at).do).toBe('ask');
    expect(mergeDecision(one, pull, at).do).toBe('rework');
    expect(boundPasses(one)).toEqual(['openai', 'gemini']);
  });
});
