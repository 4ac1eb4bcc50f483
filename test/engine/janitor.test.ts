import { describe, expect, test } from 'vitest';
import type { RepoEntry } from '../../src/control/policy-repo.ts';
import { projection } from '../../src/engine/dispatch.ts';
import { type JanitorDeps, sweep } from '../../src/engine/janitor.ts';
import type { EventStore, MoveDraft } from '../../src/store/event-store.ts';
import { logIn, tamper, tempFolder } from '../store/kit.ts';
import { settled } from '../support/clock.ts';
import { type Engine, engine, hangs, SUBMIT } from '../support/engine.ts';
import { MemoryEventStore } from '../support/memory-store.ts';
import { START } from '../support/world.ts';

const stray = (stream: string): MoveDraft => ({
  key: `${stream.split('/')[1]}/push/9/9`,
  stream,
  kind: 'push',
  partition: 'shop',
  recovery: 'adopt',
  input: {},
  notBefore: new Date(START).toISOString(),
  deadlineMs: 1000,
});
function janitor(one: Engine, more: Partial<JanitorDeps> = {}) {
  let ids = 0;
  return sweep({
    store: one.store,
    dispatcher: one.dispatcher,
    policy: () => one.policy,
    now: one.clock.now,
    newId: () => `sweep-${one.clock.now()}-${++ids}`,
    log: () => undefined,
    running: () => one.runner.running(),
    sandboxes: [],
    ...more,
  });
}
/** A task whose run goes on, over this store. */
async function running(store?: EventStore): Promise<Engine> {
  const one = engine(store ? { store } : {});
  await one.runner.start();
  one.on.set('perform run-coder', hangs);
  await one.approved();
  return one;
}

describe.each([
  ['memory', () => ({ store: new MemoryEventStore() as EventStore, path: '' })],
  [
    'sqlite',
    () => {
      const { open, path } = logIn(tempFolder());
      return { store: open(), path };
    },
  ],
])('over %s', (name, make) => {
  test('at a fixpoint it mends nothing and says nothing', async () => {
    const one = await running(make().store);
    const seq = await one.store.lastSeq();
    expect(await janitor(one)).toEqual([]);
    expect(await one.store.lastSeq()).toBe(seq);
    await one.runner.stop();
  });
  test('moves that nobody wants go, of whatever stream', async () => {
    const one = await running(make().store);
    await one.runner.stop();
    const { id } = await one.task();
    await one.send({ ...SUBMIT, mission: 'm-ended' });
    await one.send({ type: 'mission.cancel', mission: 'm-ended', reason: '' });
    const strays = [`task/${id}`, 'task/t-unknown', 'mission/m-ended'].map(stray);
    await one.store.transact(async (tx) => {
      for (const move of strays) await tx.enqueue(move);
    });
    expect(await janitor(one)).toEqual(
      expect.arrayContaining(
        strays.map(({ key }) => ({ what: 'a queued move was not wanted', detail: key })),
      ),
    );
    expect(await one.open()).toEqual([expect.stringContaining('run-coder')]);
    one.clock.advance(1);
    expect(await janitor(one)).toEqual([]);
    expect((await one.store.state('system/main'))?.state).toMatchObject({ repairs: 3 });
  });
  test('a wanted move that is gone comes back', async () => {
    const { store, path } = make();
    const one = await running(store);
    await one.runner.stop();
    const [row] = await one.open();
    if (name === 'memory') {
      // The store in memory cannot lose a row, so a look at it that shows none stands for that.
      const draft: MoveDraft[] = [];
      const blind: Partial<EventStore> = {
        openMoves: async () => [],
        views: (kind) => store.views(kind),
        state: (stream) => store.state(stream),
        transact: (fn) =>
          store.transact((tx) =>
            fn(
              Object.assign(Object.create(tx), {
                state: (stream: string) => tx.state(stream),
                enqueue: async (move: MoveDraft) => void draft.push(move),
              }),
            ),
          ),
      };
      expect(await janitor({ ...one, store: blind } as Engine, { running: () => [] })).toEqual([
        { what: 'a wanted move was not queued', detail: row?.split(' ')[1] },
      ]);
      expect(draft).toMatchObject([
        { kind: 'run-coder', recovery: 'lost', input: { run: (await one.task()).run } },
      ]);
      return;
    }
    tamper(path, 'DELETE FROM moves');
    expect(await janitor(one)).toEqual([
      { what: 'a wanted move was not queued', detail: row?.split(' ')[1] },
    ]);
    expect((await one.open()).map((line) => line.split(' ')[1])).toEqual([row?.split(' ')[1]]);
    one.clock.advance(1);
    expect(await janitor(one)).toEqual([]);
    expect(await one.store.verify(projection)).toEqual([]);
  });
  test('a task that wants a slot but stands in no queue is queued again', async () => {
    const one = engine({ store: make().store });
    await one.runner.start();
    const entry = one.policy.repos['shop'] as RepoEntry;
    await one.send({ type: 'repo.register', repo: 'shop', entry });
    await one.send({ type: 'repo.pause', repo: 'shop', reason: 'x' });
    await one.approved();
    const { id } = await one.task();
    const repo = async () => (await one.store.state('repo/shop'))?.state;
    expect(await repo()).toMatchObject({ slots: [], queue: [id] });
    expect(await janitor(one)).toEqual([]);
    await one.send({ type: 'repo.release-slot', repo: 'shop', task: id });
    expect(await repo()).toMatchObject({ slots: [], queue: [] });
    expect(await janitor(one)).toEqual([
      { what: 'a task waited for a slot without being queued', detail: id },
    ]);
    expect(await repo()).toMatchObject({ slots: [], queue: [id] });
    one.clock.advance(1);
    expect(await janitor(one)).toEqual([]);
    await one.send({ type: 'repo.resume', repo: 'shop' });
    await settled();
    expect((await one.mission()).status).toBe('done');
    await one.runner.stop();
  });
  test('a slot that nobody works in is given to the next', async () => {
    const one = await running(make().store);
    await one.runner.stop();
    const { id } = await one.task();
    await one.send({ type: 'task.cancel', task: id, reason: '' });
    await one.send({ type: 'repo.request-slot', repo: 'shop', task: 't-ghost' });
    expect(await janitor(one)).toEqual([
      { what: 'a slot was held by nobody', detail: 't-ghost in shop' },
    ]);
    one.clock.advance(1);
    await one.send({ type: 'repo.request-slot', repo: 'shop', task: id });
    expect(await janitor(one)).toEqual([
      { what: 'a slot was held by nobody', detail: `${id} in shop` },
    ]);
    expect((await one.store.state('repo/shop'))?.state).toMatchObject({ slots: [], queue: [] });
  });
});

test('what is left of a run is ended unless its move executes in this life', async () => {
  const one = await running();
  const { run, id } = await one.task();
  const reaped: string[] = [];
  const sandboxes = [
    {
      orphans: async () => [run ?? '', 'r-old'],
      reap: async (which: string) => ({ found: 1, ended: reaped.push(which), detail: 'x' }),
    },
  ];
  expect(await janitor(one, { sandboxes })).toMatchObject([
    { what: 'something of a run outlived it', detail: expect.stringContaining('r-old') },
  ]);
  expect(reaped).toEqual(['r-old']);
  await one.runner.stop();
  await settled();
  await janitor(one, { sandboxes, running: () => [`${id}x/run-coder/1/1`], newId: () => 'other' });
  expect(reaped).toEqual(['r-old', run, 'r-old']);
});

test('a verify command of a task that is at work is let live', async () => {
  const one = await running();
  const { id } = await one.task();
  const reaped: string[] = [];
  const other = `${id}x-verify-base-1-abc`;
  const sandboxes = [
    {
      orphans: async () => [`${id}-verify-base-1-abc`, other],
      reap: async (which: string) => ({ found: 1, ended: reaped.push(which), detail: 'x' }),
    },
  ];
  await janitor(one, { sandboxes, running: () => [`${id}/verify/1/1`] });
  expect(reaped).toEqual([other]);
  await one.runner.stop();
});
