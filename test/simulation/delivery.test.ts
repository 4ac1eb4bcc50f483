/**
 * Ten thousand deliveries over a bad line: the real control plane, engine and delivery moves, with
 * rework between, while replies are lost, told twice, come late or not at all.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { observePulls } from '../../src/delivery/moves.ts';
import { settled } from '../support/clock.ts';
import { deliverOver } from '../support/deliver.ts';
import { type Engine, engine } from '../support/engine.ts';
import { oid } from '../support/outcomes.ts';
import { policyOf } from '../support/world.ts';
import { type Fault, ShakyForge } from './shaky-forge.ts';

const RUNS = Number(process.env['AEDEV_DELIVERIES'] ?? 10_000);
const TURNS = 14;
const policy = policyOf(
  {
    merge: { auto_merge: true },
    system: { allow_remote_writes: true },
    rework: { backoff_seconds: 0, max_attempts: 20, max_rounds: 3 },
  },
  [{ id: 'shop', required_checks: ['ci'] }],
);

interface Story {
  faults: Fault[];
  /** What CI says at each turn of the beginning, and who asks for changes then; later it is green. */
  seen: ('pending' | 'green' | 'red' | 'review')[];
  cancelAt: number;
}

const faults = fc.array(
  fc.constantFrom<Fault>('none', 'none', 'lost', 'fails', 'limited', 'twice', 'late'),
  { maxLength: 14 },
);
const story: fc.Arbitrary<Story> = fc.record({
  faults,
  seen: fc.array(
    fc.constantFrom('pending' as const, 'green' as const, 'red' as const, 'review' as const),
    { maxLength: 6 },
  ),
  cancelAt: fc.oneof(fc.constant(-1), fc.constant(-1), fc.integer({ min: 1, max: TURNS - 2 })),
});

async function run(told: Story): Promise<{ one: Engine; forge: ShakyForge }> {
  const one = engine({ policy });
  let next = 0;
  let looks = 0;
  const forge = new ShakyForge(() => told.faults[next++] ?? 'none', oid('tip'), one.clock.now);
  const late: (() => Promise<unknown>)[] = [];
  const setTree = (tree: string) => {
    forge.tree = tree;
  };
  deliverOver(one, forge, setTree, (executor, move, outcome, signal) => {
    const { echo } = forge;
    forge.echo = null;
    if (echo === null) return;
    // What the wire delivers a second time, or after the engine gave up on it.
    late.push(async () => {
      const good = outcome.ok ? outcome : await executor.adopt(move, signal);
      if (good === 'absent') return;
      const { id: task } = await one.task();
      const { key, kind } = move;
      await one.send(
        { type: 'task.settle', task, key, kind, which: null, outcome: good },
        'system:runner',
      );
    });
  });
  await one.runner.start();
  await one.approved();
  for (let turn = 0; turn < TURNS; turn += 1) {
    const task = await one.task();
    if (turn === told.cancelAt) await one.send({ type: 'task.cancel', task: task.id, reason: '' });
    else if (task.hold && 'by' in task.hold.resumes)
      await one.send({ type: 'task.resume', task: task.id });
    if (task.pull && task.status === 'in-review') {
      const seen = (await observePulls(forge, [task.pull.number])).get(task.pull.number);
      const says = told.seen[looks++] ?? 'green';
      const reviews =
        says === 'review'
          ? [
              {
                author: 'anna',
                state: 'changes-requested' as const,
                body: 'Mend it.',
                id: `r${turn}`,
                once: true as const,
              },
            ]
          : [];
      const state = says === 'red' ? 'failure' : says === 'pending' ? 'pending' : 'success';
      const checks = [{ name: 'ci', state, summary: says } as const];
      if (seen)
        await one.send(
          {
            type: 'task.note-pull',
            task: task.id,
            seen: { ...seen, reviews, checks: [...checks] },
          },
          'system:pulls',
        );
    }
    // Late replies arrive in the wrong order, after the world went on.
    if (turn % 3 === 2) for (const again of late.splice(0).reverse()) await again();
    one.clock.advance(900_000);
    await settled();
  }
  await one.runner.stop();
  return { one, forge };
}

test('a good line: one branch, one pull request, one merge', async () => {
  const { one, forge } = await run({ faults: [], seen: [], cancelAt: -1 });
  expect(forge.effects.map((effect) => effect.split(' ')[0])).toEqual([
    'push',
    'open',
    'ready',
    'merge',
  ]);
  expect((await one.mission()).status).toBe('done');
});

test(`${RUNS} deliveries over a bad line: nothing twice, and what was merged is what is told`, {
  timeout: 600_000,
}, async () => {
  const ends: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const { one, forge } = await run(told);
      const { effects, pulls, comments, branches } = forge;
      expect(new Set(effects).size, effects.join('\n')).toBe(effects.length);
      expect(pulls.length).toBeLessThanOrEqual(1);
      expect(branches.size).toBeLessThanOrEqual(1);
      expect(new Set(comments).size).toBe(comments.length);
      const merges = effects.filter((effect) => effect.startsWith('merge'));
      expect(merges.length).toBeLessThanOrEqual(1);
      const task = await one.task();
      const merged = ['merged', 'remembered'].includes(task.status);
      if (merged) expect(merges).toEqual([`merge 1 ${task.head}`]);
      // What is merged is told as merged, also when the reply was lost or the task was cancelled.
      const types = await one.types();
      if (merges.length > 0 && task.status !== 'in-review' && task.status !== 'merging')
        expect(
          types.filter((type) => type === 'task.merged' || type === 'task.cancelled').length,
        ).toBeGreaterThan(0);
      expect(types.filter((type) => type === 'task.merged').length).toBeLessThanOrEqual(1);
      ends[task.status] = (ends[task.status] ?? 0) + 1;
      for (const effect of effects) {
        const [what = ''] = effect.split(' ');
        ends[what] = (ends[what] ?? 0) + 1;
      }
    }),
    { numRuns: RUNS },
  );
  // The stories really end, most of them well, and everything happens in some of them.
  for (const what of [
    'push',
    'open',
    'comment',
    'ready',
    'merge',
    'close',
    'remembered',
    'cancelled',
  ])
    expect(ends[what] ?? 0, what).toBeGreaterThan(RUNS / 100);
  expect(ends['remembered']).toBeGreaterThan(RUNS / 4);
});
