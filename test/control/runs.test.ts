/** What a run leads to. */
import { describe, expect, test } from 'vitest';
import { given } from '../support/given.ts';
import { fail, oid, ran, usage } from '../support/outcomes.ts';
import { auto, HOUR, limited, nothing, red, sealed } from '../support/tasks.ts';
import { policyOf, START } from '../support/world.ts';

describe('runs', () => {
  test('nothing changed: sent back with the reason, from the base', () => {
    const g = auto().at('coding').settle('run-coder', nothing);
    g.including('task.run-ended', 'task.rework-requested', 'task.run-requested').is({
      rounds: 1,
      status: 'coding',
    });
    expect(g.move('run-coder').input).toMatchObject({
      role: 'fixer',
      round: 1,
      start: g.tip,
      prompt: expect.stringContaining('without changing any file'),
    });
  });
  test('a fixer that changed nothing is sent back from the head, with what it was told', () => {
    const g = auto().at('verifying').settle('verify', sealed(red).verify);
    const { head, tree } = g.task;
    g.settle('run-coder', nothing).is({ status: 'coding', rounds: 2, head, tree });
    expect(g.move('run-coder').input).toMatchObject({
      start: head,
      prompt: expect.stringMatching(/1 test fails[\s\S]*without changing any file/),
    });
  });
  test('a passing trouble is tried again, later each time, and only so often', () => {
    const g = given(policyOf({ rework: { backoff_seconds: 10, max_attempts: 3 } })).at('coding');
    const busy = ran({ kind: 'retryable', code: 'overloaded', reason: 'busy' });
    g.settle('run-coder', busy).held('coder-transient');
    expect(g.task.hold?.resumes).toEqual({ at: new Date(START + 10_000).toISOString() });
    g.later(9_999).held('coder-transient').later(1).held(null);
    g.settle('run-coder', busy).held('coder-transient');
    expect(g.task.hold?.resumes).toEqual({ at: new Date(g.world.now + 20_000).toISOString() });
    g.later(20_000).settle('run-coder', busy).held('coder-failed');
    expect(g.task.runs).toHaveLength(3);
    g.resume().settle('run-coder', busy).held('coder-transient');
  });
  test('a success ends the count of failures', () => {
    const g = limited({ max_attempts: 2 }).at('coding');
    const busy = ran({ kind: 'retryable', code: 'overloaded', reason: 'busy' });
    g.settle('run-coder', busy).settle('run-coder', nothing).settle('run-coder', busy).held(null);
    expect(g.wanted()).toContain('run-coder');
  });
  test('a failure is tried once more, from where it stopped, then held', () => {
    const g = auto().at('coding');
    const gaveUp = ran(
      { kind: 'failure', code: 'gave-up', reason: 'cannot' },
      { salvaged: oid('left') },
    );
    g.settle('run-coder', gaveUp).held(null);
    expect(g.move('run-coder').input).toMatchObject({ start: oid('left'), base: g.tip });
    g.settle('run-coder', gaveUp)
      .held('coder-failed')
      .resume()
      .including('task.resumed', 'task.run-requested');
  });
  test('what became of its work is in the hold and stays with the run', () => {
    const ref = 'refs/aedev/salvage/r-x.2';
    const stays = { kind: 'stays', why: 'it is a link', folder: '/home/runs/r-x/workspace' };
    const words: [object, string][] = [
      [{ kind: 'kept', ref }, `kept at ${ref}`],
      [{ kind: 'unchanged' }, 'it had changed no file'],
      [stays, 'because it is a link; whatever it left lies in /home/runs/r-x/workspace'],
    ];
    for (const [work, told] of words) {
      const refused = { kind: 'hold', code: 'refused-tree', reason: 'x.', remedy: '' };
      const g = auto().at('coding').settle('run-coder', ran(refused, { work }));
      g.held('refused-tree');
      expect(g.task.hold?.reason).toMatch(/^x; /);
      expect(g.task.hold?.reason).toContain(told);
      expect(g.task.runs[0]?.work).toEqual(work);
      const cut = auto()
        .at('coding')
        .settle('run-coder', fail('aborted', { work } as object));
      expect(cut.held('move-failed').task.hold?.reason).toContain(told);
    }
  });
  test('a run that is withdrawn says where its work will be', () => {
    const g = auto().at('coding');
    g.when({ type: 'task.cancel', task: g.task.id, reason: 'no more' });
    const [run] = g.task.runs;
    expect(run?.work).toEqual({ kind: 'open', ref: `refs/aedev/salvage/${run?.id}` });
  });
  test('lost runs are bounded', () => {
    const g = limited({ max_lost_runs: 1 }).at('coding');
    const lost = fail('lost', { retryable: true, salvaged: oid('left') });
    const { start } = g.task;
    g.settle('run-coder', lost).including('task.run-lost', 'task.run-requested').held(null);
    // Its work is kept, and not gone on with: where it was cut off nobody knows.
    expect(g.move('run-coder').input).toMatchObject({ start });
    g.settle('run-coder', lost).held('run-lost');
    expect(g.task.hold?.remedy).toContain('begins once more where they had begun');
    expect(g.task.runs).toMatchObject([
      { status: 'lost', salvaged: oid('left') },
      { status: 'lost' },
    ]);
    g.resume().settle('run-coder', lost).held(null);
  });
  test('a used-up window ends by itself at its reset', () => {
    const at = new Date(START + 5 * HOUR).toISOString();
    const g = auto()
      .at('coding')
      .settle(
        'run-coder',
        ran({ kind: 'hold', code: 'claude-window', reason: 'x', remedy: '', resumesAt: at }),
      );
    g.held('claude-window').is({ slot: false, run: null });
    g.later(5 * HOUR - 1)
      .held('claude-window')
      .later(1)
      .held(null);
    expect(g.wanted()).toContain('run-coder');
  });
  test.each(['2020-01-01T00:00:00.000Z', 'tomorrow', new Date(START).toISOString()])(
    'a reset time that is no future (%s) is looked at again in a while',
    (resumesAt) => {
      const g = auto()
        .at('coding')
        .settle(
          'run-coder',
          ran({ kind: 'hold', code: 'claude-window', reason: 'x', remedy: '', resumesAt }),
        );
      expect(g.task.hold?.resumes).toEqual({ at: new Date(START + 900_000).toISOString() });
    },
  );
  test('a paid lane holds whatever the run brought, and starts no other', () => {
    const paid = { usage: usage({ lane: 'api' }) };
    const kept = { ...paid, collected: { commit: oid('c'), tree: oid('t'), notes: [] } };
    const g = auto()
      .at('coding')
      .settle('run-coder', ran(undefined, kept))
      .held('paid-lane')
      .is({ head: oid('c'), status: 'verifying' });
    expect(g.resume().wanted()).toContain('verify');
    for (const outcome of [
      { kind: 'success', summary: '' },
      { kind: 'retryable', code: 'x', reason: 'x' },
      { kind: 'failure', code: 'x', reason: 'x' },
    ])
      auto()
        .at('coding')
        .settle('run-coder', ran(outcome, paid))
        .held('paid-lane')
        .is({ run: null, rounds: 0, slot: false });
    auto()
      .at('coding')
      .settle('run-coder', ran(undefined, { ...kept, usage: usage({ lane: 'sdk-credit' }) }))
      .held('paid-lane');
    auto()
      .at('coding')
      .settle('run-coder', ran(undefined, { ...kept, usage: usage({ lane: 'unknown' }) }))
      .held(null);
  });
  test('without budget the task is held until the next day, and goes on then', () => {
    const g = given(policyOf({ budgets: { global: { runs_per_day: 1 } } }))
      .at('coding')
      .settle('run-coder', nothing);
    g.including('task.run-requested', 'task.held').held('budget-exhausted');
    expect(g.task.hold?.resumes).toEqual({ at: '2026-03-03T00:00:00.000Z' });
    g.is({ run: null, slot: false }).later(14 * HOUR);
    expect(g.wanted()).toContain('run-coder');
  });
  test('a run that no day has room for waits for the operator, not for a tomorrow', () => {
    const g = given(policyOf({ budgets: { global: { runs_per_day: 0 } } })).at('coding');
    g.held('budget-exhausted').is({ run: null, slot: false });
    expect(g.task.hold).toMatchObject({
      resumes: { by: 'operator' },
      remedy: expect.stringContaining(`aedev hold resume ${g.task.id}`),
    });
    g.later(48 * HOUR)
      .held('budget-exhausted')
      .resume()
      .held('budget-exhausted');
    g.world.policy = policyOf();
    expect(g.resume().held(null).wanted()).toContain('run-coder');
  });
  test('an old run is neither started nor denied', () => {
    const g = auto().at('coding');
    g.when({ type: 'task.start-run', task: g.task.id, run: 'r-old' }).refused('stale-run');
    g.when({
      type: 'task.deny-run',
      task: g.task.id,
      run: 'r-old',
      code: 'budget-exhausted',
      reason: '',
      resumesAt: '',
    }).brings();
  });
});
