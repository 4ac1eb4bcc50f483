/** What evidence and verdicts lead to. */
import { describe, expect, test } from 'vitest';
import type { Move } from '../../src/control/steps.ts';
import type { TaskEvent } from '../../src/control/task.ts';
import { evolveTask } from '../../src/control/task-evolve.ts';
import { openFamilies } from '../../src/control/task-steps.ts';
import { given } from '../support/given.ts';
import { evidence, fail, oid, ok, secret, verdict } from '../support/outcomes.ts';
import { AUTO, about, auto, checked, ci, limited, red, says, sealed } from '../support/tasks.ts';
import { family, policyOf } from '../support/world.ts';

describe('evidence and verdicts', () => {
  test('red checks are sent back on top of what is there', () => {
    const g = auto().at('verifying');
    const { head } = g.task;
    g.settle('verify', sealed(red).verify)
      .including('task.evidence-sealed', 'task.rework-requested')
      .is({ status: 'coding', rounds: 1 });
    expect(g.move('run-coder').input).toMatchObject({
      start: head,
      prompt: expect.stringContaining('[verify]: 1 test fails'),
    });
  });
  test('what the gate would refuse is sent back before a judge reads it', () => {
    const finding = { ...secret, kind: 'path', rule: 'forbidden-path', sentence: 'may not change' };
    const g = auto()
      .at('verifying')
      .settle('verify', sealed({ findings: [finding] }).verify)
      .is({ status: 'coding' });
    expect(g.wanted().filter((kind) => kind.startsWith('judge'))).toEqual([]);
    expect(g.task.findings).toEqual([
      { source: 'forbidden-path', file: 'config.js', line: 3, sentence: 'may not change' },
    ]);
  });
  test('a credential holds before judges and push; resumed, it goes back to be taken out', () => {
    const g = auto()
      .at('verifying')
      .settle('verify', sealed(red).verify)
      .settle('run-coder')
      .settle('verify', sealed({ findings: [secret] }).verify)
      .held('secret-found')
      .is({ rounds: 1 });
    expect(g.wanted()).toEqual([]);
    g.resume().including('task.rework-requested').held(null);
    g.is({ status: 'coding', start: g.tip, rounds: 0 });
    expect(g.task.findings[0]).toMatchObject({ source: 'github-token' });
    expect(g.move('run-coder').input).toMatchObject({ start: g.tip });
  });
  test('a failed verdict is sent back with its findings; new evidence asks every judge anew', () => {
    const findings = [{ severity: 'blocker', file: 'src/a.js', line: 4, sentence: 'off by one' }];
    const g = auto()
      .at('judging')
      .settle('judge', says('fail', { findings }).judge, 'openai')
      .is({ status: 'judging' });
    g.settle('judge')
      .including('task.risk-scored', 'task.rework-requested')
      .is({ status: 'coding' });
    expect(g.move('run-coder').input).toMatchObject({
      prompt: expect.stringContaining('- [judge openai] src/a.js:4: off by one'),
    });
    g.settle('run-coder').settle('verify').is({ verdicts: [], risk: null });
    expect(g.wanted().filter((kind) => kind.startsWith('judge'))).toEqual([
      'judge openai',
      'judge gemini',
    ]);
  });
  test('a failure without a finding still says who failed it', () => {
    const g = auto().at('judging', says('fail')).until('judging');
    g.settle('judge', says('fail').judge).settle('judge', says('fail').judge);
    expect(g.task.findings.map(({ source }) => source)).toEqual(['judge openai', 'judge gemini']);
  });
  test('an unclear answer is asked for once more, then held; resumed, only the unclear one is asked', () => {
    const g = auto().at('judging').settle('judge', says('inconclusive').judge, 'openai');
    expect(g.move('judge', 'openai').key).toMatch(/\/2$/);
    g.settle('judge', says('inconclusive').judge, 'openai')
      .held(null)
      .settle('judge', undefined, 'gemini')
      .held('judge-inconclusive');
    g.resume();
    expect(g.task.verdicts.map(({ family: one }) => one)).toEqual(['gemini']);
    expect(g.wanted()).toEqual(['judge openai']);
    expect(g.task.slot).toBe(true);
  });
  test('a judge that could not be reached before has given no answer: its first unclear one is not its last', () => {
    const away = fail('unavailable', { retryable: true });
    const g = auto().at('judging').settle('judge', away, 'openai');
    g.settle('judge', says('inconclusive').judge, 'openai').settle('judge', undefined, 'gemini');
    g.held(null);
    expect(g.wanted()).toEqual(['judge openai']);
    // Nor does a failure after it stand for the second answer.
    g.settle('judge', away, 'openai').held(null);
    expect(g.wanted()).toEqual(['judge openai']);
    g.settle('judge', says('inconclusive').judge, 'openai').held('judge-inconclusive');
    g.resume().settle('judge', says('inconclusive').judge, 'openai').held(null);
    g.settle('judge', undefined, 'openai').is({ status: 'publishing' });
  });
  test('a state that an older version kept, without a count of answers, is asked on', () => {
    const { task } = auto().at('judging').settle('judge', says('inconclusive').judge, 'openai');
    const { unclear, ...older } = task;
    expect(unclear).toEqual({ openai: 1 });
    expect(openFamilies(older)).toEqual(['openai', 'gemini']);
    const event = { type: 'task.verdict-recorded', data: task.verdicts[0] } as TaskEvent;
    expect(evolveTask(older, event, task.createdAt)?.unclear).toEqual({ openai: 1 });
  });
  test.each([
    [
      'another head',
      (move: Move) => verdict(about(move).family, { ...about(move), head: oid('x') }),
    ],
    [
      'other evidence',
      (move: Move) => verdict(about(move).family, { ...about(move), evidence: 'e'.repeat(64) }),
    ],
    ['another family', (move: Move) => verdict('gemini', about(move))],
    ["the coder's family", (move: Move) => verdict('scripted', about(move))],
  ])('a pass about %s is no pass', (_, said) => {
    const g = auto().at('judging').settle('judge', undefined, 'gemini');
    g.settle('judge', (move) => ok(said(move)), 'openai').settle(
      'judge',
      (move) => ok(said(move)),
      'openai',
    );
    g.held('judge-inconclusive').is({ status: 'judging', pushed: null });
  });
  test('a fail stands whatever else held the task: only the other judge is asked', () => {
    const g = auto()
      .at('judging')
      .settle('judge', says('fail').judge, 'openai')
      .settle('judge', fail('judge-auth'), 'gemini')
      .held('judge-auth')
      .resume();
    expect(g.wanted()).toEqual(['judge gemini']);
    expect(g.task.verdicts).toMatchObject([{ family: 'openai', verdict: 'fail' }]);
    g.settle('judge', undefined, 'gemini').including('task.rework-requested');
    expect(g.task.findings).toMatchObject([{ source: 'judge openai' }]);
  });
  test('a judge that cannot be asked holds the task', () => {
    auto().at('judging').settle('judge', fail('judge-auth'), 'openai').held('judge-auth');
  });
  test.each([
    ['none', []],
    ['one', ['openai']],
    ["one beside the coder's own", ['openai', 'scripted']],
    ['the same twice', ['openai', 'openai']],
  ])('with %s family it waits; with two it is verified and judged anew', (_, names) => {
    const g = given(
      policyOf({ judges: { families: names.map(family) }, merge: { auto_merge: true } }),
    );
    g.at('verifying')
      .settle('verify')
      .held('judge-missing')
      .resume()
      .including('task.evidence-voided')
      .is({ status: 'verifying', evidence: null });
    g.world.policy = AUTO;
    g.until('remembered');
    expect(g.task.verdicts.map(({ family: one }) => one)).toEqual(['openai', 'gemini']);
  });
  test('a repo that is no longer registered holds', () => {
    const g = auto().at('verifying');
    g.world.policy = policyOf({}, [{ id: 'other' }]);
    g.settle('verify').held('source-unavailable');
  });
  test.each(['head', 'base'] as const)('evidence about another %s is no evidence', (which) => {
    const g = auto().at('verifying');
    g.settle('verify', (move) =>
      ok(evidence({ ...about(move), [which]: oid('other') }, AUTO.hash)),
    );
    expect(g.last.events.map(({ type }) => type)).not.toContain('task.evidence-sealed');
    g.held('move-failed').is({ status: 'verifying', evidence: null, policy: null, slot: false });
    expect(g.resume().wanted()).toEqual(['verify']);
    g.settle('verify').is({ status: 'judging' });
  });
  test('evidence gathered under another policy is gathered again, however often that happens', () => {
    const g = limited({ max_attempts: 1 }).at('verifying');
    for (const max_rounds of [1, 2, 3]) {
      const { hash } = g.world.policy;
      const { key } = g.move('verify');
      g.world.policy = policyOf({ merge: { auto_merge: true }, rework: { max_rounds } });
      g.settle('verify', sealed({}, hash).verify).brings('task.move-failed').held(null);
      expect(g.world.events.at(-1)?.data).toMatchObject({ key, code: 'policy-changed' });
      g.is({ status: 'verifying', evidence: null, slot: true });
      expect(g.move('verify').key).not.toBe(key);
      expect(g.move('verify').notBefore).toBe(g.world.time);
    }
    g.settle('verify').is({ status: 'judging' });
    const { hash } = g.world.policy;
    expect(g.task).toMatchObject({ evidence: { policyHash: hash }, policy: { hash } });
  });
  test('policy is frozen with the evidence', () => {
    const g = auto().at('judging');
    g.world.policy = policyOf({ judges: { families: [] }, merge: { auto_merge: false } });
    g.until('merging').is({ families: ['openai', 'gemini'] });
    expect(g.task.evidence?.policyHash).toBe(AUTO.hash);
  });
  // What docs/operations.md tells whoever tightens the policy.
  test('a tightened policy does not reach sealed evidence; cancelling the task does', () => {
    const tight = policyOf({ judges: { families: [] }, merge: { auto_merge: false } });
    const g = checked();
    g.world.policy = tight;
    g.see(ci('success')).is({ status: 'merging' });
    for (const status of ['judging', 'publishing', 'in-review'] as const) {
      const stopped = status === 'in-review' ? checked() : auto().at(status);
      const cancel = { type: 'task.cancel', task: stopped.task.id, reason: 'policy' } as const;
      stopped.when(cancel);
      expect(stopped.wanted()).not.toContain('merge');
      if (status === 'judging') stopped.is({ status: 'cancelled' });
      else expect(stopped.task.closing).toBe('policy');
    }
  });
});
