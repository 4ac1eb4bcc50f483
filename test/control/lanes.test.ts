/** Who pays: wanted before the run, proven after it, and never another one by itself. */
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/control/budget.ts';
import { apiBudget, type Lane, laneOf, laneProblem } from '../../src/control/lane.ts';
import { given } from '../support/given.ts';
import { oid, ran, usage } from '../support/outcomes.ts';
import { HOUR } from '../support/tasks.ts';
import { policyOf, START } from '../support/world.ts';

const rework = { backoff_seconds: 0 };
const subscription = policyOf({ coders: { default: 'claude' }, rework });
const paid = policyOf({
  coders: { default: 'claude', claude: { lane: 'api', api_usd_per_day: 15 } },
  rework,
});
const kept = { collected: { commit: oid('c'), tree: oid('t'), notes: [] } };
const used = (lane: Lane, more: Record<string, unknown> = {}) =>
  ran(undefined, { ...kept, usage: usage({ lane }), laneProof: 'as the CLI said', ...more });

describe('the lane that is wanted', () => {
  test('is the subscription, unless policy names another', () => {
    expect(laneOf(subscription.policies, 'claude')).toBe('subscription');
    expect(laneOf(subscription.policies, 'scripted')).toBe('none');
    expect(laneOf(paid.policies, 'claude')).toBe('api');
    expect([
      apiBudget(paid.policies, 'claude'),
      apiBudget(subscription.policies, 'claude'),
    ]).toEqual([15, null]);
  });
  test('is in the log before the run starts', () => {
    expect(given(subscription).at('coding').task.runs).toMatchObject([{ lane: 'subscription' }]);
    expect(given(paid).at('coding').task.runs).toMatchObject([{ lane: 'api' }]);
  });
});

describe('wanted and proven', () => {
  const LANES: Lane[] = ['subscription', 'sdk-credit', 'api', 'none', 'unknown'];
  const says = (wanted: Lane, proven: Lane, answered = true) =>
    laneProblem(wanted, proven, answered)?.code ?? 'fine';
  test('every pair has its answer', () => {
    const table = LANES.map((wanted) => LANES.map((proven) => says(wanted, proven)));
    const [fine, pays, odd] = ['fine', 'paid-lane', 'lane-unproven'];
    expect(table).toEqual([
      // subscription, sdk-credit, api, none, unknown was proven
      [fine, pays, pays, odd, odd],
      [odd, fine, pays, odd, odd],
      [odd, pays, fine, odd, odd],
      [fine, pays, pays, fine, fine],
      [fine, pays, pays, fine, fine],
    ]);
  });
  test('a run that got no answer proves nothing, but money is never overlooked', () => {
    expect(says('subscription', 'unknown', false)).toBe('fine');
    expect(says('subscription', 'api', false)).toBe('paid-lane');
  });
  test.each<[Lane, string]>([
    ['api', 'paid-lane'],
    ['sdk-credit', 'paid-lane'],
    ['unknown', 'lane-unproven'],
    ['none', 'lane-unproven'],
  ])('subscription wanted, %s proven: held, and the work is kept', (lane, code) => {
    const g = given(subscription).at('coding').settle('run-coder', used(lane)).held(code);
    g.is({ head: oid('c'), status: 'verifying' });
    expect(g.task.hold?.reason).toContain('as the CLI said');
    expect(g.task.hold?.resumes).toEqual({ by: 'operator' });
    expect(g.wanted()).toEqual([]);
    expect(g.resume().wanted()).toEqual(['verify']);
  });
  test('the paid lane wanted, the subscription proven: held too', () => {
    given(paid).at('coding').settle('run-coder', used('subscription')).held('lane-unproven');
    given(paid).at('coding').settle('run-coder', used('api')).held(null);
  });
});

describe('the paid lane by policy', () => {
  test('has a budget of its own, reserved before the run', () => {
    const g = given(paid).at('coding');
    const spent = () => (g.world.states.get('budget/all') as Budget).spent;
    expect(spent()['api:claude']).toMatchObject({ runs: 1, costUsd: 10 });
    g.settle('run-coder', ran(undefined, { usage: usage({ lane: 'api', costUsd: 6 }) }));
    // 6 are spent; another run reserves 10, and 15 is the limit.
    g.held('budget-exhausted').is({ run: null });
    expect(g.task.hold?.reason).toContain('daily budget of the paid API for claude');
    expect(spent()['api:claude']).toMatchObject({ runs: 1, costUsd: 6 });
    expect(g.later(24 * HOUR).task.runs.at(-1)).toMatchObject({ lane: 'api', status: 'running' });
  });
  test('without a budget buys nothing', () => {
    const unbudgeted = policyOf({ coders: { default: 'claude', claude: { lane: 'api' } } });
    given(unbudgeted).at('coding').held('budget-exhausted').is({ run: null });
  });
});

describe('one paid run by approval', () => {
  const limit = ran({
    ...{ kind: 'hold', code: 'claude-window', reason: 'used up', remedy: '' },
    resumesAt: new Date(START + 5 * HOUR).toISOString(),
  });
  const held = () =>
    given(subscription).at('coding').settle('run-coder', limit).held('claude-window');
  const approve = (g: ReturnType<typeof held>, actor?: string) =>
    g.when({ type: 'task.approve-paid-run', task: g.task.id, usd: 3 }, actor);

  test('is the operator’s alone, and waits for a hold', () => {
    approve(held(), 'agent:mcp').refused('not-an-operator');
    approve(held(), 'system:timers').refused('not-an-operator');
    approve(given(subscription).at('coding')).refused('not-held');
    approve(given(subscription).at('in-review')).refused('not-held');
    const scripted = given(policyOf({ budgets: { global: { runs_per_day: 0 } } })).at('coding');
    approve(scripted.held('budget-exhausted')).refused('no-paid-lane');
  });
  test('pays for exactly one run, up to its price', () => {
    const g = approve(held());
    g.including('task.paid-run-approved', 'task.resumed', 'task.run-requested').held(null);
    expect(g.move('run-coder').input).toMatchObject({ lane: 'api', approvedUsd: 3 });
    const budget = g.world.states.get('budget/all') as Budget;
    expect(budget.spent['api:claude']).toMatchObject({ runs: 1, costUsd: 3 });
    // It fails: the next try is of the subscription again, and waits for its window.
    const failed = { kind: 'failure', code: 'gave-up', reason: 'cannot' };
    g.settle('run-coder', ran(failed, { usage: usage({ lane: 'api' }) })).held(null);
    expect(g.move('run-coder').input).toMatchObject({ lane: 'subscription', approvedUsd: null });
  });
  test('is refused where no run waits for a lane, and buys nothing in silence', () => {
    const g = given(
      policyOf({ coders: { default: 'claude' }, rework: { max_rounds: 0, backoff_seconds: 0 } }),
    );
    g.at('coding').until(null, { 'run-coder': () => ran(undefined, { collected: null }) });
    expect(g.task).toMatchObject({ status: 'coding', hold: { code: 'rework-exhausted' } });
    approve(g).refused('no-run-waits');
    expect(g.task.paid).toBeNull();
  });
  test('is not kept for another round of the task', () => {
    const g = approve(held());
    g.settle('run-coder', ran(undefined, { usage: usage({ lane: 'api' }) }));
    g.is({ rounds: 1, paid: null });
    expect(g.task.runs.at(-1)).toMatchObject({ lane: 'subscription' });
  });
});
