/** No outward write while the gate is off, whenever it flips: the real delivery moves over a forge that only keeps book. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BARRED } from '../../src/control/contract.ts';
import type { Policy } from '../../src/control/policy.ts';
import type { Forge, PullRequest } from '../../src/delivery/forges/forge.ts';
import { ForgeError } from '../../src/delivery/forges/forge.ts';
import { assertOutward } from '../../src/delivery/remote-writes.ts';
import { settled } from '../support/clock.ts';
import { deliverOver } from '../support/deliver.ts';
import { type Engine, engine } from '../support/engine.ts';
import { fail, oid } from '../support/outcomes.ts';
import { policyOf } from '../support/world.ts';

const BASE = oid('tip');
const AUTO = (allow_remote_writes: boolean): Policy =>
  policyOf({
    merge: { auto_merge: true },
    system: { allow_remote_writes },
    rework: { backoff_seconds: 0 },
  });

/** Writes are noted with what the gate would have said at that very moment. */
function bookkeeper(allowed: () => boolean, flip: () => void) {
  const writes: { what: string; allowed: boolean }[] = [];
  let pull: PullRequest | null = null;
  const branches = new Map<string, string>();
  const write = async (what: string, assert: (what: string) => void): Promise<void> => {
    flip();
    await Promise.resolve();
    flip();
    assert(what);
    writes.push({ what, allowed: allowed() });
  };
  const there = (): PullRequest => {
    if (!pull) throw new ForgeError('not-found', 'none');
    return { ...pull, head: branches.get(pull.headBranch) ?? pull.head };
  };
  const forge = (assert: (what: string) => void): Forge => ({
    kind: 'local',
    outward: true,
    tip: async (branch) => branches.get(branch) ?? null,
    async push(_, commit, branch) {
      await write('push', assert);
      branches.set(branch, commit);
    },
    findPull: async () => (pull ? there() : null),
    async openPull({ headBranch, baseBranch }) {
      await write('open', assert);
      pull = {
        number: 7,
        url: '',
        state: 'draft',
        head: branches.get(headBranch) ?? '',
        headBranch,
        baseBranch,
        base: BASE,
        mergeable: 'clean',
        checks: [],
        reviews: [],
        mergeCommit: null,
        mergeTree: null,
      };
      return there();
    },
    pull: async () => there(),
    async markReady() {
      await write('ready', assert);
      pull = { ...there(), state: 'open' };
    },
    comment: () => write('comment', assert),
    setCheck: () => write('check', assert),
    async merge(_, { head }) {
      await write('merge', assert);
      pull = { ...there(), state: 'merged', mergeCommit: oid('merge', head), mergeTree: tree };
      return { commit: oid('merge', head), tree };
    },
    async close() {
      await write('close', assert);
      pull = { ...there(), state: 'closed' };
    },
  });
  let tree = '';
  return {
    writes,
    forge,
    setTree(to: string) {
      tree = to;
    },
  };
}

async function run(
  flips: boolean[],
  cancelAt: number,
): Promise<{ one: Engine; writes: { what: string; allowed: boolean }[] }> {
  const one = engine({ policy: AUTO(true) });
  const [on, off] = [AUTO(true), AUTO(false)];
  let next = 0;
  const flip = (): void => {
    one.policy = flips[next++ % Math.max(1, flips.length)] === false ? off : on;
  };
  const book = bookkeeper(() => one.policy.policies.system.allow_remote_writes, flip);
  const forge = book.forge(() =>
    assertOutward(one.policy, one.halted ? 'halted' : null, 'a write'),
  );
  deliverOver(one, forge, book.setTree);
  await one.runner.start();
  await one.approved();
  for (let turn = 0; turn < 12; turn++) {
    flip();
    const task = await one.task();
    if (turn === cancelAt) await one.send({ type: 'task.cancel', task: task.id, reason: '' });
    else if (task.hold) await one.send({ type: 'task.resume', task: task.id });
    one.clock.advance(900_000);
    await settled();
  }
  await one.runner.stop();
  return { one, writes: book.writes };
}

test('with the gate open the change is pushed, opened, marked ready and merged, each once', async () => {
  const { one, writes } = await run([true], -1);
  expect(writes.map(({ what }) => what)).toEqual(['push', 'open', 'ready', 'merge']);
  expect((await one.mission()).status).toBe('done');
});

test('with the gate shut nothing is written, and the task says why it waits', async () => {
  const { one, writes } = await run([false], -1);
  expect(writes).toEqual([]);
  expect((await one.task()).hold?.code).toBe('remote-writes-off');
});

test('with a gate that flips at any moment no write happens while it is shut, and none twice', {
  timeout: 60_000,
}, async () => {
  let shut = 0;
  let written = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: -1, max: 10 }),
      async (flips, cancelAt) => {
        const { one, writes } = await run(flips, cancelAt);
        expect(writes.filter(({ allowed }) => !allowed)).toEqual([]);
        written += writes.length;
        const done = writes.map(({ what }) => what);
        expect(new Set(done).size).toBe(done.length);
        if ((await one.types()).includes('task.held')) shut += 1;
      },
    ),
    { numRuns: 60 },
  );
  expect([shut, written].every((count) => count > 0)).toBe(true);
});

describe('barred by a halt or a broken policy file, whatever the setting', () => {
  for (const [why, said] of [
    ['halted', 'aedev is halted; push was not done'],
    ['policy-broken', 'a policy file is broken; push was not done'],
  ] as const)
    test(`${why}: refused, and no advice to allow anything`, () => {
      for (const policy of [AUTO(true), AUTO(false)]) {
        const refused = refusal(() => assertOutward(policy, why, 'push'));
        expect(refused).toMatchObject({ tag: 'barred', message: said, remedy: '' });
      }
    });
  test('only the setting itself is answered by the advice to change it', () => {
    expect(refusal(() => assertOutward(AUTO(false), null, 'push'))).toMatchObject({
      tag: 'remote-writes-off',
      remedy: expect.stringContaining('allow_remote_writes: true'),
    });
    expect(() => assertOutward(AUTO(true), null, 'push')).not.toThrow();
  });

  for (const step of ['push', 'open', 'ready', 'merge'])
    test(`a ${step} that meets it keeps its place, counts as no try, and is done once afterwards`, async () => {
      const one = engine({
        policy: policyOf({
          merge: { auto_merge: true },
          system: { allow_remote_writes: true },
          rework: { max_attempts: 1 },
        }),
      });
      let bars = 3;
      const book = bookkeeper(
        () => !one.halted,
        () => {},
      );
      const forge = book.forge((what) => {
        // The bar comes up while the move is under way: nothing has interrupted it.
        one.halted = what === step && bars-- > 0;
        assertOutward(one.policy, one.halted ? 'policy-broken' : null, what);
      });
      deliverOver(one, forge, book.setTree);
      await one.runner.start();
      await one.approved();
      for (let turn = 0; turn < 3; turn++) {
        expect([one.halted, one.runner.running()]).toEqual([true, []]);
        expect((await one.task()).hold).toBeNull();
        expect(await one.open()).toHaveLength(1);
        // As long as it lasts nothing starts; afterwards it does, without another event.
        const before = one.calls.length;
        one.clock.advance(60_000);
        await settled();
        expect(one.calls).toHaveLength(before);
        one.halted = false;
        await one.runner.poke();
        await settled();
      }
      expect(book.writes.map(({ what }) => what)).toEqual(['push', 'open', 'ready', 'merge']);
      expect(await one.types()).not.toContain('task.move-failed');
      expect((await one.mission()).status).toBe('done');
      await one.runner.stop();
    });
  test('a move that is withdrawn while it meets it does not come back', async () => {
    const one = engine({ policy: AUTO(true) });
    one.on.set('perform push', async () => {
      one.halted = true;
      await one.send({ type: 'task.cancel', task: (await one.task()).id, reason: '' });
      return fail(BARRED, { retryable: true });
    });
    await one.runner.start();
    await one.approved();
    one.halted = false;
    one.clock.advance(60_000);
    await one.runner.poke();
    await settled();
    expect(one.calls.filter((call) => /^perform .*\/push\//.test(call))).toHaveLength(1);
    await one.runner.stop();
  });
});

function refusal(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return null;
}
