import { afterEach, describe, expect, test } from 'vitest';
import { StoreError } from '../../src/store/event-store.ts';
import { settled } from '../support/clock.ts';
import { type Engine, engine, gate, hangs, SUBMIT } from '../support/engine.ts';
import { fail, ok } from '../support/outcomes.ts';
import { policyOf } from '../support/world.ts';

let one: Engine;
afterEach(async () => {
  await one.runner.stop();
});
const started = async (options: Parameters<typeof engine>[0] = {}): Promise<Engine> => {
  one = engine(options);
  await one.runner.start();
  return one;
};
const called = (part: string) =>
  one.calls.filter((call) => call.includes(part)).map((call) => call.replace(/[mt]-\w+\//, ''));
const cancel = async () =>
  one.send({ type: 'task.cancel', task: (await one.task()).id, reason: 'no' });
const busy = () => fail('unavailable', { retryable: true });

describe('a move', () => {
  test('is performed once, without looking for what nobody can have done; the whole loop ends', async () => {
    await started();
    await one.approved();
    await one.runner.idle();
    expect((await one.mission()).status).toBe('done');
    // Only the first try of a step is new for certain: a later generation is looked for first.
    expect(called('adopt')).toEqual([]);
    expect(new Set(one.calls).size).toBe(one.calls.length);
    expect(await one.open()).toEqual([]);
    expect(one.clock.pending()).toEqual([]);
  });
  test('that fails is tried again when its time has come, and looked for first', async () => {
    await started();
    one.on.set('perform assess', busy);
    await one.approved();
    expect(called('assess')).toEqual(['perform assess/1/1']);
    one.clock.advance(9_999);
    await settled();
    expect(called('assess')).toHaveLength(1);
    one.clock.advance(1);
    await settled();
    expect(called('assess').slice(1)).toEqual(['adopt assess/1/2', 'perform assess/1/2']);
    one.on.set('adopt assess', () => fail('source-unavailable'));
    one.clock.advance(20_000);
    await settled();
    expect(called('assess').slice(3)).toEqual(['adopt assess/1/3']);
    expect((await one.mission()).hold?.code).toBe('source-unavailable');
  });
  test('that throws is tried again, and what it threw is not in the log of events', async () => {
    await started();
    one.on.set('perform assess', () => {
      throw new TypeError('odd');
    });
    await one.approved();
    expect((await one.store.read({ stream: 'mission/m-test1' })).at(-1)).toMatchObject({
      type: 'mission.move-failed',
      data: { code: 'unexpected', reason: 'TypeError: odd' },
    });
  });
  test('that nobody here performs is held', async () => {
    await started();
    const { store } = one;
    await one.runner.stop();
    one = engine({ store });
    const bare = (await import('../../src/engine/runner.ts')).createRunner({
      store,
      dispatcher: one.dispatcher,
      executors: [],
      clock: one.clock,
      boot: 'b',
      maxParallel: () => 1,
      barred: () => false,
      log: () => {},
    });
    await bare.start();
    await one.approved();
    expect((await one.mission()).hold).toMatchObject({
      code: 'move-failed',
      reason: expect.stringContaining('assess'),
    });
    await bare.stop();
  });
  test('that takes longer than its deadline is ended, and tried again', async () => {
    await started();
    one.on.set('perform assess', hangs);
    await one.approved();
    one.clock.advance(10 * 60_000 - 1);
    await settled();
    expect(one.runner.running()).toHaveLength(1);
    one.clock.advance(1);
    await settled();
    expect((await one.store.read({})).at(-1)).toMatchObject({ data: { code: 'deadline' } });
    // What ended leaves no deadline behind; only its next try waits.
    expect(one.clock.pending()).toHaveLength(1);
  });
});

describe('withdrawn', () => {
  test('a run that is cancelled is aborted, not settled, and never tried again', async () => {
    await started();
    one.on.set('perform run-coder', hangs);
    await one.approved();
    expect(one.runner.running()).toHaveLength(1);
    await cancel();
    await settled();
    expect(called('run-coder')).toEqual(['perform run-coder/1/1']);
    expect(one.runner.running()).toEqual([]);
    expect((await one.task()).status).toBe('cancelled');
  });
  test('a push that is cancelled on the way is not pushed once more', async () => {
    await started();
    one.on.set('perform push', hangs);
    await one.approved();
    await cancel();
    await settled();
    one.clock.advance(60_000);
    await settled();
    expect(called('push')).toEqual(['perform push/1/1']);
    expect(await one.types()).not.toContain('command.refused');
  });
  test('a move that waits for its time is forgotten', async () => {
    await started();
    one.on.set('perform push', busy);
    await one.approved();
    await cancel();
    one.clock.advance(60_000);
    await settled();
    expect(called('push')).toHaveLength(1);
  });
  test('what came too late to be aborted is refused and recorded', async () => {
    await started();
    const held = gate<ReturnType<typeof ok>>();
    one.on.set('perform push', () => held.opened);
    await one.approved();
    const { dispatcher } = one;
    one.dispatcher = {
      dispatch: async (request) => {
        if (request.id.includes('/push/')) await cancel();
        return dispatcher.dispatch(request);
      },
    };
    held.open(ok({ commit: (await one.task()).head, branch: 'b', findings: [] }));
    await settled();
    expect(
      (await one.store.read({ stream: 'refusals/all' })).map(({ data }) => data),
    ).toMatchObject([{ code: 'stale-result' }]);
    expect(await one.task()).toMatchObject({ status: 'cancelled', pushed: null });
    expect(called('close-pull')).toEqual(['adopt close-pull/2/1', 'perform close-pull/2/1']);
  });
});

test('never more at once than policy says', async () => {
  const repos = ['a', 'b', 'c'].map((id) => ({ id }));
  one = engine({ policy: policyOf({}, repos) });
  one.maxParallel = 2;
  await one.runner.start();
  const held = gate();
  let now = 0;
  let most = 0;
  one.on.set('perform assess', async () => {
    now += 1;
    most = Math.max(most, now);
    await held.opened;
    now -= 1;
    return fail('disk-full');
  });
  for (const mission of ['m-aaaa', 'm-bbbb', 'm-cccc'])
    await one.send({ ...SUBMIT, mission, repos: ['a'] });
  await settled();
  expect([most, one.runner.running().length]).toEqual([2, 2]);
  held.open();
  await one.runner.idle();
  expect([most, one.calls.length]).toEqual([2, 3]);
});

test('a store that cannot write loses no move: the result is found again', async () => {
  await started();
  const { dispatcher } = one;
  let broken = 1;
  one.dispatcher = {
    dispatch: (request) =>
      request.id.startsWith('settle:') && request.id.includes('push') && broken-- > 0
        ? Promise.reject(new StoreError('disk-full', 'disk full'))
        : dispatcher.dispatch(request),
  };
  await one.approved();
  expect(called('push')).toEqual(['perform push/1/1']);
  expect(one.logs.join()).toContain('could not be settled');
  one.clock.advance(4_999);
  await settled();
  expect(called('push')).toHaveLength(1);
  one.clock.advance(1);
  await settled();
  expect(called('push').slice(1)).toEqual(['adopt push/1/1', 'perform push/1/1']);
  expect((await one.mission()).status).toBe('done');
});

test('a move that was withdrawn while its result could not be written is not tried again', async () => {
  await started();
  const { dispatcher } = one;
  one.dispatcher = {
    dispatch: async (request) => {
      if (!request.id.startsWith('settle:') || !request.id.includes('push'))
        return dispatcher.dispatch(request);
      await cancel();
      throw new StoreError('disk-full', 'disk full');
    },
  };
  await one.approved();
  one.clock.advance(60_000);
  await settled();
  expect(called('push')).toEqual(['perform push/1/1']);
});
