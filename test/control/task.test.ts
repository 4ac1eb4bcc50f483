/** A task from its beginning to its pull request. */
import { describe, expect, test } from 'vitest';
import { fail, oid, ok, review, secret } from '../support/outcomes.ts';
import { asked, auto, HOUR, limited, nothing, says, work } from '../support/tasks.ts';

describe('the way of a task', () => {
  test('through every state, one move at a time', () => {
    const g = auto().submit().settle('assess').settle('write-spec').approve();
    const way = [
      'prepare',
      'run-coder',
      'verify',
      'judge',
      'judge',
      'push',
      'open-pull',
      'merge',
      'cleanup',
    ];
    const seen = way.map((kind) => `${g.settle(kind).last.events.at(-1) && kind} ${g.task.status}`);
    expect(seen).toEqual([
      'prepare coding',
      'run-coder verifying',
      'verify judging',
      'judge judging',
      'judge publishing',
      'push publishing',
      'open-pull merging',
      'merge merged',
      'cleanup remembered',
    ]);
    expect(g.mission.status).toBe('done');
    g.cancel().refused('task-ended');
    expect(g.task.runs).toMatchObject([
      { role: 'coder', status: 'ended', outcome: 'success', usage: { costUsd: 0.25 } },
    ]);
  });
  test('each move is told what it needs, and lasts as long as policy says', () => {
    const g = auto().at('coding');
    expect(g.move('run-coder')).toMatchObject({
      recovery: 'lost',
      deadlineMs: 65 * 60_000,
      partition: 'shop',
    });
    expect(g.move('run-coder').input).toMatchObject({
      start: g.tip,
      base: g.tip,
      round: 0,
      role: 'coder',
    });
    g.settle('run-coder').settle('verify');
    expect(g.move('judge', 'gemini')).toMatchObject({
      recovery: 'adopt',
      input: { family: 'gemini', head: g.task.head },
    });
    g.until('publishing');
    expect(g.move('push').input).toMatchObject({
      expected: null,
      head: g.task.head,
      branch: `aedev/${g.task.id}`,
    });
    g.until('merging');
    expect(g.move('merge').input).toMatchObject({
      number: 7,
      head: g.task.head,
      base: g.tip,
      method: 'squash',
    });
  });
  test('a task that is not there is not found', () => {
    auto().when({ type: 'task.retry', task: 't-none' }).refused('unknown-task');
  });
});

describe('results count while they are wanted', () => {
  test('late, twice, or of an earlier attempt they are refused', () => {
    const g = limited({ max_attempts: 3 }).at('preparing');
    const first = g.move('prepare');
    g.settle('prepare', fail('unavailable', { retryable: true })).brings('task.move-failed');
    expect(g.move('prepare').key).toBe(first.key.replace('/1/1', '/1/2'));
    g.settleMove(first).refused('stale-result');
    const second = g.move('prepare');
    g.settle('prepare').settleMove(second).refused('stale-result');
  });
  test('a zombie run of an earlier generation changes nothing', () => {
    const g = auto().at('coding');
    const zombie = g.move('run-coder');
    g.settle('run-coder', fail('sandbox-engine'))
      .resume()
      .settleMove(zombie, work)
      .refused('stale-result');
    expect(g.task.head).toBeNull();
  });
  test('a move is tried as often as policy says, then held; resumed, it counts anew', () => {
    const g = limited({ max_attempts: 2 }).at('preparing');
    g.settle('prepare', fail('unavailable', { retryable: true })).held(null);
    g.settle('prepare', fail('unavailable', { retryable: true })).held('move-failed');
    expect(g.wanted()).toEqual(['write-spec'].filter((kind) => g.wanted().includes(kind)));
    g.resume('agent:x').refused('not-an-operator').resume().including('task.resumed');
    g.settle('prepare', fail('unavailable', { retryable: true })).held(null);
  });
  test('a kind of move that nobody knows is refused', () => {
    const g = auto().at('preparing');
    g.when({
      type: 'task.settle',
      task: g.task.id,
      key: g.move('prepare').key,
      kind: 'dance',
      which: null,
      outcome: ok(),
    }).refused('unknown-move');
  });
});

describe('rework is bounded', () => {
  test.each([0, 1, 3])('%i rounds', (max_rounds) => {
    const g = limited({ max_rounds }).at('coding');
    for (let round = 0; round < max_rounds; round++) g.settle('run-coder', nothing).held(null);
    g.settle('run-coder', nothing).held('rework-exhausted').is({ rounds: max_rounds });
    expect(g.task.runs).toHaveLength(max_rounds + 1);
    for (const begin of ['resume', 'retry'] as const) {
      g[begin]().held(null).is({ rounds: 0, status: 'coding', start: g.tip });
      expect(g.task.findings.at(-1)?.sentence).toContain('without changing any file');
      for (let round = 0; round < max_rounds; round++)
        g.settle('run-coder', nothing)
          .held(null)
          .is({ rounds: round + 1 });
      g.settle('run-coder', nothing).held('rework-exhausted');
    }
    expect(g.task.runs).toHaveLength(3 * (max_rounds + 1));
  });
  test('only the operator gives a task its rounds back', () => {
    const g = limited({ max_rounds: 0 }).at('coding').settle('run-coder', nothing);
    for (const actor of ['agent:coder', 'system:timers'])
      g.resume(actor).refused('not-an-operator').retry(actor).refused('not-an-operator');
    g.later(48 * HOUR).held('rework-exhausted');
  });
  test('what the last round lacked is told to the one that the operator allows', () => {
    const g = limited({ max_rounds: 0 })
      .at('judging')
      .settle('judge', says('fail').judge)
      .settle('judge')
      .held('rework-exhausted');
    expect(g.task.hold).not.toHaveProperty('findings');
    expect(g.retry().move('run-coder').input).toMatchObject({
      prompt: expect.stringContaining('judge openai'),
      start: g.tip,
    });
  });
});

describe('publishing', () => {
  test('a finding of the gate holds, and goes back with what it found', () => {
    for (const [kind, code] of [
      ['secret', 'secret-found'],
      ['path', 'push-gate'],
    ] as const) {
      const g = auto()
        .at('coding')
        .settle('run-coder', nothing)
        .until('publishing')
        .settle('push', ok({ commit: '', branch: '', findings: [{ ...secret, kind }] }));
      g.held(code)
        .is({ pushed: null, rounds: 1 })
        .resume()
        .is({
          status: 'coding',
          rounds: 0,
          start: g.tip,
          findings: [
            { source: 'github-token', file: 'config.js', line: 3, sentence: secret.sentence },
          ],
        });
    }
  });
  test('a branch that somebody else moved is a foreign push', () => {
    const g = auto().at('publishing').settle('push', fail('head-moved')).held('foreign-push');
    g.is({ status: 'publishing', pushed: null });
    // It is never overwritten: the same push is tried again, and refused while the branch is there.
    for (let turn = 0; turn < 2; turn++) {
      g.resume().including('task.resumed').is({ status: 'publishing' });
      expect(g.wanted()).toEqual(['push']);
      expect(g.move('push').input).toMatchObject({ head: g.task.head, expected: null });
      g.settle('push', fail('head-moved')).held('foreign-push');
    }
    g.resume().settle('push').is({ pushed: g.task.head });
  });
  test('a later round that finds a foreign push goes on only when its own old head is back', () => {
    const g = asked();
    const { pushed } = g.task;
    g.see({ reviews: [review('r-1')] }).until('publishing');
    for (const begin of ['resume', 'retry'] as const) {
      g.settle('push', fail('head-moved')).held('foreign-push').is({ pushed });
      g[begin]().held(null).until('publishing');
      expect(g.move('push').input).toMatchObject({ head: g.task.head, expected: pushed });
    }
    g.settle('push').is({ pushed: g.task.head });
  });
  test('another commit than the judged one is not taken for pushed', () => {
    auto()
      .at('publishing')
      .settle('push', ok({ commit: oid('x'), branch: 'b', findings: [] }))
      .held('move-failed')
      .is({ pushed: null });
  });
  test('remote writes off holds, and resuming pushes again', () => {
    const g = auto()
      .at('publishing')
      .settle('push', fail('remote-writes-off'))
      .held('remote-writes-off');
    expect(g.resume().wanted()).toEqual(['push']);
  });
  test('a later round pushes over its own earlier commit only', () => {
    const g = asked();
    const { pushed } = g.task;
    g.see({ reviews: [review('r-1')] }).until('publishing');
    expect(g.move('push').input).toMatchObject({ expected: pushed });
  });
});
