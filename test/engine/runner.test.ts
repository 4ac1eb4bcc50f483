import { afterEach, describe, expect, test } from 'vitest';
import { settled } from '../support/clock.ts';
import { type Engine, engine, gate, hangs } from '../support/engine.ts';
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
      halted: () => false,
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
        if (request.id.startsWith('settle:')) await cancel();
        return dispatcher.dispatch(request);
      },
    };
    held.open(ok({ commit: (await one.task()).head, branch: 'b', findings: [] }));
    await settled();
    expect(
      (await one.store.read({ stream: 'refusals/all' })).map(({ data }) => data),
    ).toMatchObject([{ code: 'task-ended' }]);
    expect((await one.task()).pushed).toBeNull();
  });
});

describe('another life', () => {
  const second = async (): Promise<void> => {
    const { store, clock, calls } = one;
    await one.runner.stop();
    calls.length = 0;
    one = engine({ store, clock });
    await one.runner.start();
    await settled();
  };
  test('looks for what the first may have done before doing it', async () => {
    await started();
    one.on.set('perform push', hangs);
    await one.approved();
    await second();
    expect(called('push')).toEqual(['adopt push/1/1', 'perform push/1/1']);
  });
  test('adopts what it finds', async () => {
    await started();
    one.on.set('perform push', hangs);
    await one.approved();
    const { head } = await one.task();
    const { store, clock } = one;
    await one.runner.stop();
    one = engine({ store, clock });
    one.on.set('adopt push', () => ok({ commit: head, branch: 'b', findings: [] }));
    await one.runner.start();
    await settled();
    expect(called('push')).toEqual(['adopt push/1/1']);
    expect((await one.mission()).status).toBe('done');
  });
  test('a run that had started is lost, and another is begun; started is durable before it begins', async () => {
    await started();
    let seen: string[] = [];
    one.on.set('perform run-coder', async (move, signal) => {
      seen = await one.open();
      return hangs(move, signal);
    });
    await one.approved();
    expect(seen).toEqual([expect.stringMatching(/^started t-\w+\/run-coder\/1\/1$/)]);
    await second();
    expect(called('run-coder')).toEqual([
      'adopt run-coder/1/1',
      'lost run-coder/1/1',
      'adopt run-coder/1/2',
      'perform run-coder/1/2',
    ]);
    expect((await one.task()).runs.map(({ status }) => status)).toEqual(['lost', 'ended']);
  });
  test('a run that was only queued is begun', async () => {
    one = engine();
    one.maxParallel = 1;
    await one.runner.start();
    one.on.set('perform prepare', hangs);
    await one.approved();
    const { store, clock } = one;
    await one.runner.stop();
    one = engine({ store, clock });
    await one.runner.start();
    await settled();
    expect(called('run-coder')).not.toContain('lost run-coder/1/1');
  });
  test('a move that ends while the daemon stops is not settled by this life', async () => {
    await started();
    one.on.set('perform push', hangs);
    await one.approved();
    await one.runner.stop();
    expect((await one.open()).filter((row) => row.includes('push'))).toHaveLength(1);
    expect(await one.types()).not.toContain('task.pushed');
  });
});

describe('halted', () => {
  test('what runs is aborted, nothing settles, nothing starts; afterwards it is looked for and done', async () => {
    await started();
    one.on.set('perform push', hangs);
    await one.approved();
    const seq = await one.store.lastSeq();
    one.halted = true;
    await one.runner.interrupt();
    await one.runner.poke();
    one.clock.advance(3_600_000);
    await settled();
    expect(await one.store.lastSeq()).toBe(seq);
    expect(one.runner.running()).toEqual([]);
    await one.runner.idle();
    one.on.clear();
    one.halted = false;
    await one.runner.poke();
    await settled();
    expect(called('push')).toEqual(['perform push/1/1', 'adopt push/1/1', 'perform push/1/1']);
    expect((await one.mission()).status).toBe('done');
  });
  test('an answer to being ended is no outcome', async () => {
    await started();
    one.on.set(
      'perform push',
      (_, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(fail('aborted')))),
    );
    await one.approved();
    const seq = await one.store.lastSeq();
    one.halted = true;
    await one.runner.interrupt();
    await settled();
    expect(await one.store.lastSeq()).toBe(seq);
  });
  test('a move that comes up while halted waits', async () => {
    await started();
    one.halted = true;
    await one.approved();
    expect(one.calls).toEqual([]);
    one.halted = false;
    await one.runner.poke();
    await settled();
    expect(called('assess')).toEqual(['perform assess/1/1']);
  });
  test('a run that was interrupted is lost, not begun twice under one name', async () => {
    await started();
    one.on.set('perform run-coder', hangs);
    await one.approved();
    one.halted = true;
    await one.runner.interrupt();
    one.on.clear();
    one.halted = false;
    await one.runner.poke();
    await settled();
    expect(called('run-coder')).toEqual([
      'perform run-coder/1/1',
      'adopt run-coder/1/1',
      'lost run-coder/1/1',
      'adopt run-coder/1/2',
      'perform run-coder/1/2',
    ]);
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
    await one.send({
      type: 'mission.submit',
      mission,
      text: 'x',
      repos: ['a'],
      coder: null,
      plan: null,
    });
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
        ? Promise.reject(new Error('disk full'))
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
      throw new Error('disk full');
    },
  };
  await one.approved();
  one.clock.advance(60_000);
  await settled();
  expect(called('push')).toEqual(['perform push/1/1']);
});
