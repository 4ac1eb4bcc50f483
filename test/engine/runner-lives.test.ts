/** What the runner finds of an earlier life, or of the time before it was halted. */
import { afterEach, describe, expect, test } from 'vitest';
import { settled } from '../support/clock.ts';
import { type Engine, engine, hangs } from '../support/engine.ts';
import { fail, ok } from '../support/outcomes.ts';

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
