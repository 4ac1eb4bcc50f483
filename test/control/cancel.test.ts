/** What the operator may end or begin anew, and when. */
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/control/budget.ts';
import type { Task } from '../../src/control/task.ts';
import { given } from '../support/given.ts';
import { fail, oid, ok } from '../support/outcomes.ts';
import { AUTO, asked, auto, limited } from '../support/tasks.ts';
import { policyOf } from '../support/world.ts';

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
    ...(['preparing', 'coding', 'verifying', 'judging'] as const).map(
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
  test('a run that is cancelled counts as all that was reserved, unless nobody pays for it', () => {
    const spent = (coder: string) => {
      const scripted = { script: 'script.json' };
      const policy = policyOf({ coders: { default: coder, scripted } });
      return given(policy).at('coding').cancel().world.states.get('budget/all');
    };
    expect(spent('claude')).toMatchObject({
      spent: { shop: { runs: 1, tokens: 2_000_000, costUsd: 10 } },
    });
    expect(spent('scripted')).toMatchObject({
      spent: { shop: { runs: 1, tokens: 0, costUsd: 0, wallMs: 3_600_000 } },
    });
  });
  test('while it is published a pull request may be open: it is looked for by its marker', () => {
    const cancelled = () => limited({ max_attempts: 2 }).at('publishing').cancel();
    const g = cancelled().is({ status: 'publishing', closing: 'not needed', hold: null });
    expect(g.wanted().filter((kind) => kind !== 'write-spec')).toEqual(['close-pull']);
    expect(g.move('close-pull').input).toMatchObject({ task: g.task.id, number: null });
    g.cancel().refused('closing').resume().refused('not-held').retry().refused('not-held');
    g.settle('close-pull', ok({ merged: null })).is({ status: 'cancelled', end: 'not needed' });
    const merged = cancelled().settle('close-pull', ok({ merged: oid('m') })).task.end;
    expect(merged).toBe(`not needed (but its pull request was merged as ${oid('m').slice(0, 12)})`);
    const busy = fail('unavailable', { retryable: true });
    const down = cancelled().settle('close-pull', busy).brings('task.move-failed');
    expect(down.is({ status: 'publishing' }).move('close-pull').key).toMatch(/\/2$/);
    down.settle('close-pull', busy).is({
      status: 'cancelled',
      end: 'not needed (a pull request may be open: it was unavailable)',
    });
  });
  test('what came of a push that was cancelled on the way is not taken', () => {
    const g = auto().at('publishing');
    const push = g.move('push');
    g.cancel().settleMove(push).refused('stale-result');
    const held = auto().at('publishing').settle('push', fail('remote-writes-off'));
    expect(held.cancel().held(null).wanted()).toContain('close-pull');
    const opening = auto().at('publishing').settle('push');
    const open = opening.move('open-pull');
    opening.cancel().settleMove(open).refused('stale-result').settle('close-pull');
    opening.is({ status: 'cancelled', pull: null });
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
