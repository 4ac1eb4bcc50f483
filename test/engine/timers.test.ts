import { expect, test } from 'vitest';
import { createTimers } from '../../src/engine/timers.ts';
import { fakeClock, settled } from '../support/clock.ts';
import { type Engine, engine, SUBMIT } from '../support/engine.ts';
import { fail, ran } from '../support/outcomes.ts';
import { policyOf, START } from '../support/world.ts';

const HOUR = 3_600_000;
const timed = (one: Engine) => {
  const sent: string[] = [];
  const logs: string[] = [];
  const state = { broken: 0 };
  const timers = createTimers({
    store: one.store,
    clock: one.clock,
    dispatcher: {
      dispatch: async (request) => {
        sent.push(request.command.type);
        if (state.broken-- > 0) throw new Error('disk full');
        return one.dispatcher.dispatch(request);
      },
    },
    log: (_, message) => logs.push(message),
  });
  return { timers, sent, logs, state };
};
/** A task that waits for its coder's window to open again in five hours. */
async function waiting(resumesAt = new Date(START + 5 * HOUR).toISOString()) {
  const one = engine({ policy: policyOf() });
  await one.runner.start();
  one.on.set('perform run-coder', () =>
    ran({ kind: 'hold', code: 'claude-window', reason: 'x', remedy: '', resumesAt }),
  );
  const all = timed(one);
  await all.timers.start();
  await one.approved();
  expect((await one.task()).hold?.code).toBe('claude-window');
  return { one, ...all };
}

test('a hold ends at its time, not before, and once', async () => {
  const { one, sent, timers } = await waiting();
  one.clock.advance(5 * HOUR - 1);
  await settled();
  expect(sent).toEqual([]);
  one.on.set('perform run-coder', () => fail('sandbox-engine'));
  one.clock.advance(1);
  await settled();
  expect(sent).toEqual(['task.wake']);
  expect((await one.task()).hold?.code).toBe('sandbox-engine');
  one.clock.advance(48 * HOUR);
  await settled();
  expect(sent).toEqual(['task.wake']);
  timers.stop();
});
test('a machine that slept past the time wakes it at once; one set back waits again', async () => {
  const { one, sent } = await waiting();
  one.clock.set(START - 24 * HOUR);
  await settled();
  one.clock.set(START + 5 * HOUR - 1);
  await settled();
  expect(sent).toEqual([]);
  one.clock.set(START + 900 * HOUR);
  await settled();
  expect(sent).toEqual(['task.wake']);
});
test('a wake that could not be written comes again', async () => {
  const { one, sent, logs, state } = await waiting();
  state.broken = 1;
  one.clock.advance(5 * HOUR);
  await settled();
  expect([sent.length, logs.length]).toEqual([1, 1]);
  one.clock.advance(5000);
  await settled();
  expect(sent).toHaveLength(2);
  expect((await one.task()).runs).toHaveLength(2);
});
test('the same time named twice wakes twice', async () => {
  const past = new Date(START - HOUR).toISOString();
  const { one, sent } = await waiting(past);
  for (let turn = 1; turn <= 3; turn++) {
    one.clock.advance(15 * 60_000);
    await settled();
    expect(sent).toHaveLength(turn);
    expect((await one.task()).hold?.code).toBe('claude-window');
  }
});
/** A timer on a stream that no wake changes, and a way to make the timers look again. */
async function stubborn() {
  const one = engine();
  const all = timed(one);
  const at = new Date(START).toISOString();
  let version = 0;
  const append = (stream: string, type: string) =>
    one.store.transact(async (tx) => {
      const before = (await tx.state(stream))?.version ?? 0;
      await tx.append(before, [{ stream, type, schema: 1, data: {} }], {
        time: at,
        actor: 'system:test',
        causation: `x-${++version}`,
      });
      await tx.putState({ stream, version: before + 1, state: {} });
    });
  await one.store.transact((tx) => tx.putTimer('note/x', at));
  const look = async () => {
    await append('other/x', 'other.held');
    await settled();
  };
  await all.timers.start();
  await settled();
  expect(all.sent).toHaveLength(1);
  return { one, all, look, append };
}
test('a wake that changes nothing does not spin', async () => {
  const { one, all, look } = await stubborn();
  await look();
  one.clock.advance(HOUR);
  await look();
  expect(all.sent).toHaveLength(1);
  expect(one.clock.pending()).toEqual([]);
});
test('a clock that was set back gives it another chance', async () => {
  const { one, all, look } = await stubborn();
  one.clock.set(START - HOUR);
  await look();
  one.clock.set(START);
  await settled();
  expect(all.sent).toHaveLength(2);
});
test('the same time in a later state is another time', async () => {
  const { all, look, append } = await stubborn();
  await append('note/x', 'note.changed');
  await look();
  expect(all.sent).toHaveLength(2);
});
test('what fell due while no daemon lived is woken at the start; stopped, nothing is', async () => {
  const { one, timers } = await waiting();
  timers.stop();
  one.clock.advance(6 * HOUR);
  await settled();
  expect((await one.task()).hold).not.toBeNull();
  const later = timed(one);
  await later.timers.start();
  await settled();
  expect(later.sent).toEqual(['task.wake']);
});
test('an approval that nobody gave in time expires by itself', async () => {
  const one = engine({ policy: policyOf({ approvals: { spec_ttl_hours: 2 } }) });
  await one.runner.start();
  const { timers } = timed(one);
  await timers.start();
  await one.send(SUBMIT);
  await settled();
  one.clock.advance(2 * HOUR);
  await settled();
  expect((await one.mission()).hold?.code).toBe('approval-expired');
});
test('a fake clock calls back once, in order', () => {
  const clock = fakeClock(0);
  const heard: number[] = [];
  clock.at(20, () => heard.push(20));
  clock.at(10, () => heard.push(10));
  clock.at(10, () => heard.push(11))();
  clock.set(20);
  clock.set(30);
  expect(heard).toEqual([10, 20]);
});
