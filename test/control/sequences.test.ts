/** Ten thousand random histories, hostile commands among them; a failure prints its seed and is shrunk. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evolve, type State, timerOf } from '../../src/control/core.ts';
import { MISSION } from '../../src/control/mission.ts';
import { TASK } from '../../src/control/task.ts';
import { viewsOf } from '../../src/control/views.ts';
import { History } from '../support/hostile-world.ts';
import { Invariants } from '../support/invariants.ts';

/** Folds the recorded events anew, from their JSON, as a rebuild does. */
function replayed(history: History): Map<string, State> {
  const states = new Map<string, State>();
  for (const { stream, type, data, time } of history.world.events) {
    const event = { type, data: JSON.parse(JSON.stringify(data)) };
    states.set(stream, evolve(stream, states.get(stream) ?? null, event, time));
  }
  return states;
}

const derived = (states: ReadonlyMap<string, State>): string =>
  JSON.stringify(
    [...states].map(([stream, state]) => [
      stream,
      state,
      viewsOf(stream, state),
      timerOf(stream, state),
    ]),
  );

test('whatever is sent, nothing unsafe is done, nothing is lost, nothing stalls', {
  timeout: 300_000,
}, () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.nat({ max: 10_000 }),
      fc.array(fc.nat({ max: 2 ** 31 - 1 }), { maxLength: 140, size: 'max' }),
      (variant, numbers) => {
        const history = new History(variant);
        const invariants = new Invariants(history);
        for (const number of numbers)
          for (const sent of history.play(number)) invariants.after(sent);
        for (const one of invariants.seen) seen.add(one);
        if (derived(replayed(history)) !== derived(history.world.states))
          throw new Error('a replay of the events is another state');
      },
    ),
    { numRuns: Number(process.env['AEDEV_SEQUENCES'] ?? 10_000) },
  );
  const missing = (['task', 'mission'] as const).flatMap((name) => {
    const machine = name === 'task' ? TASK : MISSION;
    return machine.transitions
      .filter(({ from, on }) => from !== '*' && !seen.has(`${name} ${from} ${on}`))
      .map(({ from, on }) => `${name} ${from} ${on}`);
  });
  expect(missing).toEqual([]);
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'merged by approval',
      'task waiting task.failed',
      'task waiting task.cancelled',
      'task publishing task.closing',
      'task verifying task.move-failed',
      'task in-review task.abandoned',
      'mission submitted mission.cancelled',
      'mission running mission.cancelled',
      'refused stale-result',
      'refused approval-expired',
      'hold foreign-push',
      'hold merge-tree-differs',
      'hold rework-exhausted',
      'hold budget-exhausted',
      'hold secret-found',
      'hold paid-lane',
      'hold high-risk',
      'hold claude-window',
      'hold window-share',
      'let in as a probe',
      'let in by wish',
      'ran in the paid lane',
    ]),
  );
});
