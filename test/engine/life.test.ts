import { describe, expect, test } from 'vitest';
import type { Policy } from '../../src/control/policy.ts';
import { createLife } from '../../src/engine/life.ts';
import { createPullWatch } from '../../src/engine/pulls.ts';
import { createTimers } from '../../src/engine/timers.ts';
import { settled } from '../support/clock.ts';
import { type Engine, engine, hangs, SUBMIT } from '../support/engine.ts';
import { pull, review } from '../support/outcomes.ts';
import { OPERATOR, policyOf } from '../support/world.ts';

let lives = 0;
function live(one: Engine, more: { sweep?: () => Promise<[]>; policy?: Policy } = {}) {
  const files = {
    policy: more.policy ?? one.policy,
    changed: false,
    problems: [] as string[],
    halt: null as { reason: string } | null,
    looks: 0,
    tidied: 0,
  };
  let ids = 0;
  lives += 1;
  const life = createLife({
    store: one.store,
    dispatcher: one.dispatcher,
    runner: one.runner,
    timers: createTimers({
      store: one.store,
      dispatcher: one.dispatcher,
      clock: one.clock,
      log: () => {},
    }),
    pulls: { look: async () => files.looks++ },
    tidy: async () => {
      files.tidied += 1;
    },
    sweep: more.sweep ?? (async () => []),
    conditions: async () => 0,
    policy: {
      current: () => one.policy,
      text: () => '{}',
      refresh() {
        const { changed, problems } = files;
        files.changed = false;
        one.policy = files.policy;
        return { changed, problems };
      },
    },
    haltFile: {
      read: () => files.halt,
      write(reason) {
        files.halt = { reason };
      },
      remove() {
        files.halt = null;
      },
    },
    logPresent: () => true,
    fatal: (reason) => one.logs.push(`fatal ${reason}`),
    clock: one.clock,
    newId: () => `life-${lives}-${++ids}`,
    boot: 'b-1',
    version: '1',
    pid: 1,
    log: (level, message) => one.logs.push(`${level} ${message}`),
  });
  Object.defineProperty(one, 'halted', { get: () => life.barred() !== null });
  return { life, files };
}

describe('a life', () => {
  test('begins and ends in the log, with policy and repos as the operator’s', async () => {
    const one = engine();
    const { life } = live(one);
    await life.start();
    await life.stop('enough');
    expect((await one.store.read({})).map(({ type, actor }) => `${type} ${actor}`)).toEqual([
      'system.started system:daemon',
      'system.policy-adopted operator:owner',
      'repo.registered operator:owner',
      'system.stopped system:daemon',
    ]);
    const again = live(one).life;
    await again.start();
    expect((await one.types()).slice(4)).toEqual(['system.started']);
    await again.stop('x');
    expect(one.clock.pending()).toEqual([]);
  });
  test('a changed policy reaches the log even when somebody else read the files first', async () => {
    const one = engine();
    const { life, files } = live(one);
    await life.start();
    files.policy = policyOf({}, [{ id: 'other' }]);
    files.changed = false;
    one.clock.advance(2000);
    await settled();
    expect((await one.types()).slice(-3)).toEqual([
      'system.policy-adopted',
      'repo.registered',
      'repo.removed',
    ]);
    await life.refresh();
    expect((await one.types()).at(-1)).toBe('repo.removed');
    files.problems = ['line 3 is wrong'];
    expect(await life.refresh()).toEqual(['line 3 is wrong']);
    expect(life.policyProblems()).toEqual(['line 3 is wrong']);
    await life.stop('x');
  });
  test('the halt file stops everything at the next look, and the log is told who did it', async () => {
    const one = engine();
    const { life, files } = live(one);
    await life.start();
    one.on.set('perform run-coder', hangs);
    await one.approved();
    expect(one.runner.running()).toHaveLength(1);
    files.halt = { reason: 'enough' };
    expect(life.halted()).toBe(true);
    one.clock.advance(500);
    await settled();
    expect(one.runner.running()).toEqual([]);
    expect((await one.store.read({})).at(-1)).toMatchObject({
      type: 'system.halted',
      actor: 'operator:owner',
      data: { reason: 'enough' },
    });
    await life.stop('x');
    const { store, clock } = one;
    const next = engine({ store, clock });
    const second = live(next);
    await second.life.start();
    await settled();
    expect([second.life.halted(), next.calls]).toEqual([true, []]);
    await next.send({ type: 'system.unhalt' }, OPERATOR, 'c-unhalt');
    await settled();
    expect(second.files.halt).toBeNull();
    expect(next.calls.some((call) => call.includes('lost t-'))).toBe(true);
    await second.life.stop('x');
  });
  test('a broken policy file bars everything from that moment on, until it is mended', async () => {
    const one = engine();
    const { life, files } = live(one);
    await life.start();
    files.problems = ['line 3 is wrong'];
    // Nobody has looked at the files meanwhile: whoever asks is told how they are now.
    expect([life.barred(), life.halted()]).toEqual(['policy-broken', false]);
    await one.approved();
    expect(one.calls).toEqual([]);
    one.clock.advance(5 * 60_000);
    await settled();
    expect([files.tidied, await one.types()]).toEqual([
      0,
      expect.arrayContaining(['system.policy-noted']),
    ]);
    files.problems = [];
    one.clock.advance(500);
    await settled();
    expect(one.calls[0]).toContain('perform m-test1/assess');
    one.clock.advance(5 * 60_000);
    await settled();
    expect(files.tidied).toBe(1);
    await life.stop('x');
  });
  test('a file that was broken for a moment only leaves nothing waiting', async () => {
    const one = engine();
    const { life, files } = live(one);
    await life.start();
    files.problems = ['half written'];
    await one.send(SUBMIT);
    await settled();
    expect(one.calls).toEqual([]);
    files.problems = [];
    // The look of every two seconds never saw it.
    one.clock.advance(500);
    await settled();
    expect(one.calls[0]).toContain('perform m-test1/assess');
    expect(await one.types()).not.toContain('system.policy-noted');
    await life.stop('x');
  });
  test('the halt bars pruning', async () => {
    const one = engine();
    const { life, files } = live(one);
    await life.start();
    files.halt = { reason: 'enough' };
    expect(life.barred()).toBe('halted');
    one.clock.advance(5 * 60_000);
    await settled();
    expect(files.tidied).toBe(0);
    await life.stop('x');
  });
  test('a halt by command writes the file, so that it outlives the daemon', async () => {
    const one = engine();
    const { life, files } = live(one);
    await life.start();
    one.on.set('perform run-coder', hangs);
    await one.approved();
    await one.send({ type: 'system.halt', reason: 'now' });
    await settled();
    expect(files.halt).toEqual({ reason: 'now' });
    expect(one.runner.running()).toEqual([]);
    await life.stop('x');
  });
  test('the halt file takes effect though the log cannot be told', async () => {
    const one = engine();
    const { dispatcher } = one;
    one.dispatcher = {
      dispatch: (request) =>
        request.command.type === 'system.halt'
          ? Promise.reject(new Error('disk full'))
          : dispatcher.dispatch(request),
    };
    const { life, files } = live(one);
    await life.start();
    one.on.set('perform run-coder', hangs);
    await one.approved();
    files.halt = { reason: 'enough' };
    one.clock.advance(500);
    await settled();
    expect(one.runner.running()).toEqual([]);
    await life.stop('x');
  });
  test('a look that fails is tried again', async () => {
    const one = engine();
    let looks = 0;
    const { life, files } = live(one, {
      sweep: async () => {
        looks += 1;
        if (looks === 2) throw new Error('x');
        return [];
      },
    });
    await life.start();
    for (let turn = 0; turn < 3; turn++) {
      one.clock.advance(30_000);
      await settled();
    }
    expect([looks, files.looks]).toEqual([4, 3]);
    expect(one.logs).toContain('error the janitor failed');
    await life.stop('x');
    one.clock.advance(90_000);
    await settled();
    expect(looks).toBe(4);
  });
});

describe('the watch over pull requests', () => {
  async function watched() {
    const one = engine({ policy: policyOf() });
    await one.runner.start();
    await one.approved();
    const { id, head, base } = await one.task();
    const state = { seen: pull(head ?? '', base ?? ''), broken: false, asked: 0, logs: 0 };
    let ids = 0;
    const watch = createPullWatch({
      store: one.store,
      dispatcher: one.dispatcher,
      newId: () => `look-${++ids}`,
      observe: async (_repo, numbers) => {
        state.asked += 1;
        if (state.broken) throw new Error('unreachable');
        return new Map(numbers.map((number) => [number, state.seen]));
      },
      log: () => {
        state.logs += 1;
      },
    });
    return { one, watch, state, id };
  }
  test('tells only what has changed', async () => {
    const { one, watch, state } = await watched();
    const seq = await one.store.lastSeq();
    await watch.look();
    expect(await watch.look()).toBe(0);
    expect(await one.store.lastSeq()).toBe(seq);
    state.seen = { ...state.seen, reviews: [review('r-1', 'comment')] };
    expect(await watch.look()).toBe(1);
    expect((await one.types()).at(-1)).toBe('task.pull-observed');
    expect(await watch.look()).toBe(0);
  });
  test('a forge that does not answer is asked again, and harms no other task', async () => {
    const { watch, state } = await watched();
    state.broken = true;
    expect([await watch.look(), state.logs]).toEqual([0, 1]);
    // The same trouble is told once.
    expect([await watch.look(), state.logs, state.asked]).toEqual([0, 1, 2]);
    state.broken = false;
    expect(await watch.look()).toBe(1);
    state.broken = true;
    expect([await watch.look(), state.logs]).toEqual([0, 2]);
  });
  test('looks at what is in review, and at nothing else', async () => {
    const { one, watch, state, id } = await watched();
    await one.send({ type: 'task.cancel', task: id, reason: '' });
    await settled();
    expect([await watch.look(), state.asked]).toEqual([0, 0]);
  });
});
