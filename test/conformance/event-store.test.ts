import { describe, expect, it } from 'vitest';
import { CanonicalError, canonicalJson } from '../../src/lib/canonical.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import type {
  Commit,
  EventStore,
  MoveDraft,
  Receipt,
  StoreTx,
} from '../../src/store/event-store.ts';
import { Upcasters } from '../../src/store/upcast.ts';
import { add, draft, logIn, meta, projection, TIME, tempFolder } from '../store/kit.ts';
import { MemoryEventStore } from '../support/memory-store.ts';

interface Options {
  upcasters?: Upcasters;
  report?: (sentence: string, cause: unknown) => void;
}

const STORES: [string, (options?: Options) => EventStore][] = [
  ['sqlite', (options = {}) => logIn(tempFolder()).open(options)],
  ['memory', (options = {}) => new MemoryEventStore(options)],
];

const move: MoveDraft = {
  key: 't-1/clone/1/1',
  stream: 'task/t-1',
  kind: 'clone',
  partition: 'r-1',
  recovery: 'adopt',
  input: { url: 'file:///x' },
  notBefore: TIME,
  deadlineMs: 60_000,
};
const receipt: Receipt = {
  command: 'c-1',
  outcome: 'refused',
  code: 'not-now',
  sentence: 'Not\nnow.',
  seqs: [],
  data: { id: 'm-1' },
};

describe.each(STORES)('event store: %s', (_name, make) => {
  it('chains events by hash, numbers them without gaps and reads them back', async () => {
    const store = make();
    const data = { z: 1.5, a: ['é', null, true, { deep: '\u0000\u2028😀' }] };
    const [first] = await store.transact((tx) =>
      tx.append(0, [draft('task/t-1', 0, { data })], meta('c-0')),
    );
    const rest = await store.transact((tx) =>
      tx.append(1, [draft('task/t-1', 1), draft('task/t-1', 2)], meta('c-1')),
    );
    const other = await store.transact((tx) => tx.append(0, [draft('mission/m-1', 3)], meta()));
    const all = [first, ...rest, ...other];

    expect(await store.read({})).toEqual(all);
    expect(all.map((event) => event?.seq)).toEqual([1, 2, 3, 4]);
    expect(all.map((event) => event?.version)).toEqual([1, 2, 3, 1]);
    expect(all.map((event) => event?.prev)).toEqual([
      '0'.repeat(64),
      ...all.slice(0, 3).map((event) => event?.hash),
    ]);
    for (const event of all) {
      const { hash, ...covered } = event!;
      expect(hash).toBe(sha256Hex(canonicalJson(covered)));
    }
    expect(await store.read({ fromSeq: 3 })).toEqual(all.slice(2));
    expect(await store.read({ fromSeq: 2, limit: 1 })).toEqual([all[1]]);
    expect(await store.read({ stream: 'task/t-1', fromSeq: 2 })).toEqual(rest);
    expect(await store.read({ stream: 'task/none' })).toEqual([]);
    expect(await store.lastSeq()).toBe(4);
    expect(await store.verify()).toEqual([]);
  });

  it('is empty and sound at first', async () => {
    const store = make();
    expect(await store.lastSeq()).toBe(0);
    expect(await store.read({})).toEqual([]);
    expect(await store.state('task/t-1')).toBeUndefined();
    expect(await store.receipt('c-1')).toBeUndefined();
    expect(await store.view('sums', 'x')).toBeUndefined();
    expect(await store.verify(projection)).toEqual([]);
  });

  it('refuses an append at another version and keeps the transaction usable', async () => {
    const store = make();
    await add(store, 'task/t-1', 1);
    await expect(
      store.transact((tx) => tx.append(0, [draft('task/t-1', 2)], meta())),
    ).rejects.toMatchObject({ tag: 'conflict' });
    await store.transact(async (tx) => {
      await expect(tx.append(2, [draft('task/t-1', 2)], meta())).rejects.toMatchObject({
        tag: 'conflict',
      });
      await tx.append(1, [draft('task/t-1', 2)], meta());
      await tx.append(2, [draft('task/t-1', 3)], meta());
    });
    expect(await store.lastSeq()).toBe(3);
    expect(await store.verify()).toEqual([]);
  });

  it('writes everything of a transaction or nothing', async () => {
    const store = make();
    const everything = async (tx: StoreTx): Promise<void> => {
      await tx.append(0, [draft('task/t-1', 4)], meta());
      await tx.putState({ stream: 'task/t-1', version: 1, state: { sum: 4, count: 1 } });
      await tx.putView({ kind: 'sums', key: 'task/t-1', row: { sum: 4 } });
      await tx.putView({ kind: 'even', key: 'task/t-1', row: { stream: 'task/t-1' } });
      await tx.putTimer('task/t-1', TIME);
      await tx.enqueue(move);
      await tx.putReceipt(receipt);
    };
    await expect(
      store.transact(async (tx) => {
        await everything(tx);
        throw new RangeError('the caller changed its mind');
      }),
    ).rejects.toThrow(RangeError);
    expect(await store.lastSeq()).toBe(0);
    expect(await store.openMoves()).toEqual([]);
    expect(await store.receipt('c-1')).toBeUndefined();

    await store.transact(everything);
    expect(await store.state('task/t-1')).toEqual({
      stream: 'task/t-1',
      version: 1,
      state: { sum: 4, count: 1 },
    });
    expect(await store.views('sums')).toEqual([{ kind: 'sums', key: 'task/t-1', row: { sum: 4 } }]);
    expect(await store.view('even', 'task/t-1')).toEqual({ stream: 'task/t-1' });
    expect(await store.timers()).toEqual([{ stream: 'task/t-1', at: TIME }]);
    expect(await store.openMoves()).toEqual([{ ...move, status: 'queued', startedBy: null }]);
    expect(await store.receipt('c-1')).toEqual(receipt);
    expect(await store.verify(projection)).toEqual([]);
  });

  it('shows a transaction its own writes and nobody else before the commit', async () => {
    const store = make();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let wrote = (): void => undefined;
    const written = new Promise<void>((resolve) => {
      wrote = resolve;
    });
    const running = store.transact(async (tx) => {
      await tx.append(0, [draft('task/t-1', 1)], meta());
      await tx.putState({ stream: 'task/t-1', version: 1, state: 'mine' });
      await tx.putReceipt(receipt);
      wrote();
      await gate;
      return [await tx.state('task/t-1'), await tx.receipt('c-1')];
    });
    await written;
    expect(await store.lastSeq()).toBe(0);
    expect(await store.state('task/t-1')).toBeUndefined();
    expect(await store.receipt('c-1')).toBeUndefined();
    release();
    expect(await running).toEqual([{ stream: 'task/t-1', version: 1, state: 'mine' }, receipt]);
    expect(await store.lastSeq()).toBe(1);
  });

  it('runs concurrent transactions one after the other', async () => {
    const store = make();
    const running: string[] = [];
    const work = (name: string) =>
      store.transact(async (tx) => {
        running.push(`${name}+`);
        const version = (await tx.state('task/t-1'))?.version ?? 0;
        await new Promise(setImmediate);
        await tx.append(version, [draft('task/t-1', 1)], meta(name));
        await tx.putState({ stream: 'task/t-1', version: version + 1, state: {} });
        running.push(`${name}-`);
      });
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(running).toEqual(['a+', 'a-', 'b+', 'b-', 'c+', 'c-']);
    expect((await store.state('task/t-1'))?.version).toBe(3);
  });

  it('refuses writes through a transaction that has ended', async () => {
    const store = make();
    let leaked: StoreTx | undefined;
    await store.transact(async (tx) => {
      leaked = tx;
    });
    await expect(leaked?.append(0, [draft('task/t-1', 1)], meta())).rejects.toMatchObject({
      tag: 'invalid',
    });
    await expect(leaked?.state('task/t-1')).rejects.toMatchObject({ tag: 'invalid' });
  });

  it.each<[string, (tx: StoreTx) => Promise<unknown>]>([
    ['undefined', (tx) => tx.append(0, [draft('s/1', 0, { data: { a: undefined } })], meta())],
    ['NaN', (tx) => tx.putState({ stream: 's/1', version: 1, state: [Number.NaN] })],
    ['a date', (tx) => tx.putView({ kind: 'k', key: 'x', row: new Date(0) })],
    ['a bigint', (tx) => tx.enqueue({ ...move, input: 1n })],
    ['a function', (tx) => tx.putReceipt({ ...receipt, data: () => 1 })],
  ])('refuses to store %s', async (_what, write) => {
    const store = make();
    await expect(store.transact(write)).rejects.toBeInstanceOf(CanonicalError);
    expect(await store.lastSeq()).toBe(0);
  });

  it.each<[string, (tx: StoreTx) => Promise<unknown>]>([
    ['an empty stream', (tx) => tx.append(0, [draft('', 1)], meta())],
    ['a NUL in a stream', (tx) => tx.append(0, [draft('task/\0', 1)], meta())],
    [
      'a lone surrogate in a type',
      (tx) => tx.append(0, [draft('s', 1, { type: '\ud800' })], meta()),
    ],
    ['schema 0', (tx) => tx.append(0, [draft('s', 1, { schema: 0 })], meta())],
    ['a local time', (tx) => tx.append(0, [draft('s', 1)], { ...meta(), time: '2026-01-01' })],
    ['two streams at once', (tx) => tx.append(0, [draft('s', 1), draft('t', 1)], meta())],
    ['a timer that is no time', (tx) => tx.putTimer('s', 'soon')],
    ['a deadline of half a millisecond', (tx) => tx.enqueue({ ...move, deadlineMs: 0.5 })],
  ])('refuses %s', async (_what, write) => {
    const store = make();
    await expect(store.transact(write)).rejects.toMatchObject({ tag: 'invalid' });
    expect(await store.lastSeq()).toBe(0);
  });

  it('stores hostile text unchanged', async () => {
    const store = make();
    const text = '\ud800 \u0000 \u001b[31m " \\ \u2028 ';
    const data = JSON.parse('{"__proto__": 1, "constructor": {"é": "x"}}');
    data.text = text;
    await store.transact((tx) => tx.append(0, [draft('s/1', 0, { data })], meta()));
    const [event] = await store.read({});
    expect(canonicalJson(event?.data)).toBe(canonicalJson(data));
    expect(event?.data).toMatchObject({ text });
    expect(await store.verify()).toEqual([]);
  });

  it('keeps the first receipt of a command and the first move of a key', async () => {
    const store = make();
    await store.transact(async (tx) => {
      await tx.putReceipt(receipt);
      await tx.enqueue(move);
      await expect(tx.putReceipt(receipt)).rejects.toMatchObject({ tag: 'conflict' });
      await expect(tx.enqueue(move)).rejects.toMatchObject({ tag: 'conflict' });
    });
    await expect(
      store.transact((tx) => tx.putReceipt({ ...receipt, outcome: 'accepted' })),
    ).rejects.toMatchObject({ tag: 'conflict' });
    await store.transact((tx) => tx.endMove(move.key, 'done'));
    await expect(store.transact((tx) => tx.enqueue(move))).rejects.toMatchObject({
      tag: 'conflict',
    });
    expect(await store.receipt('c-1')).toEqual(receipt);
  });

  it('takes moves from queued to started to ended', async () => {
    const store = make();
    const second = { ...move, key: 't-1/run/1/1', recovery: 'lost' as const };
    await store.transact(async (tx) => {
      await tx.enqueue(second);
      await tx.enqueue(move);
    });
    expect((await store.openMoves()).map(({ key }) => key)).toEqual([second.key, move.key]);
    await store.markStarted(move.key, 'boot-1');
    await store.markStarted(move.key, 'boot-2');
    expect(await store.openMoves()).toEqual([
      { ...second, status: 'queued', startedBy: null },
      { ...move, status: 'started', startedBy: 'boot-2' },
    ]);
    await store.transact(async (tx) => {
      await tx.endMove(move.key, 'done');
      await tx.endMove(second.key, 'cancelled');
      await tx.endMove('unknown', 'done');
    });
    expect(await store.openMoves()).toEqual([]);
    for (const key of [move.key, 'unknown']) {
      await expect(store.markStarted(key, 'boot-3')).rejects.toMatchObject({ tag: 'not-found' });
    }
  });

  it('tells listeners of each commit in order, and survives one that throws', async () => {
    const reports: string[] = [];
    const store = make({ report: (sentence) => reports.push(sentence) });
    const heard: Commit[] = [];
    const stopFirst = store.onCommit(() => {
      throw new Error('listener');
    });
    const stop = store.onCommit((commit) => heard.push(commit));
    await add(store, 'task/t-1', 1);
    await store.transact((tx) => tx.enqueue(move));
    await store.transact(async (tx) => {
      await tx.endMove(move.key, 'done');
      await tx.endMove(move.key, 'cancelled');
      await tx.endMove('unknown', 'done');
    });
    await store.transact(async () => 'nothing written, nothing told');
    await store.transact((tx) => Promise.reject(tx)).catch(() => undefined);
    expect(heard.map(({ events, enqueued, ended }) => [events.length, enqueued, ended])).toEqual([
      [1, [], []],
      [0, [move], []],
      [0, [], [move.key]],
    ]);
    expect(reports).toHaveLength(3);
    stopFirst();
    stop();
    await add(store, 'task/t-1', 1);
    expect(heard).toHaveLength(3);
    expect(reports).toHaveLength(3);
  });

  it('replaces and deletes view rows and timers, listed in byte order', async () => {
    const store = make();
    const keys = ['b', '\u{1f600}', '\uff5e', 'a'];
    await store.transact(async (tx) => {
      for (const key of keys) await tx.putView({ kind: 'k', key, row: { key } });
      await tx.putView({ kind: 'other', key: 'a', row: 0 });
      await tx.putView({ kind: 'k', key: 'a', row: null });
      await tx.putView({ kind: 'k', key: 'b', row: 'second' });
      await tx.putTimer('s/2', '2026-01-02T00:00:00.000Z');
      await tx.putTimer('s/1', '2026-01-02T00:00:00.000Z');
      await tx.putTimer('s/3', '2026-01-01T00:00:00.000Z');
      await tx.putTimer('s/4', '2026-01-01T00:00:00.000Z');
      await tx.putTimer('s/4', null);
    });
    expect((await store.views('k')).map(({ key }) => key)).toEqual(['b', '\uff5e', '\u{1f600}']);
    expect(await store.view('k', 'b')).toBe('second');
    expect((await store.timers()).map(({ stream }) => stream)).toEqual(['s/3', 's/1', 's/2']);
  });

  it('finds derived rows that do not follow from the log, and a rebuild corrects them', async () => {
    const store = make();
    for (const amount of [1, 2, 3]) await add(store, 'task/t-1', amount);
    await add(store, 'task/t-2', 1);
    expect(await store.verify(projection)).toEqual([]);
    const sound = [await store.views('sums'), await store.views('even'), await store.timers()];

    await store.transact(async (tx) => {
      await tx.putState({ stream: 'task/t-1', version: 3, state: { sum: 7, count: 3 } });
      await tx.putView({ kind: 'even', key: 'task/t-1', row: null });
      await tx.putView({ kind: 'sums', key: 'task/t-9', row: { sum: 1 } });
      await tx.putTimer('task/t-2', TIME);
    });
    const problems = await store.verify(projection);
    expect(problems.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['view-differs', 3],
      ['view-differs', null],
      ['view-differs', null],
      ['view-differs', 4],
    ]);
    expect(await store.verify()).toEqual([]);
    expect(await store.rebuild(projection)).toEqual({ rows: 6 });
    expect(await store.verify(projection)).toEqual([]);
    expect([await store.views('sums'), await store.views('even'), await store.timers()]).toEqual(
      sound,
    );
    expect((await store.state('task/t-1'))?.state).toEqual({ sum: 6, count: 3 });
  });

  it('folds old events through upcasters and leaves what is stored alone', async () => {
    const upcasters = new Upcasters()
      .register('counted', 1, (data) => ({ total: (data as { amount: number }).amount }))
      .register('counted', 2, (data) => ({ amount: (data as { total: number }).total * 10 }));
    const store = make({ upcasters });
    await store.transact(async (tx) => {
      await tx.append(0, [draft('task/t-1', 2)], meta());
      await tx.append(1, [draft('task/t-1', 5, { schema: 3 })], meta());
    });
    await store.rebuild(projection);
    expect((await store.state('task/t-1'))?.state).toEqual({ sum: 25, count: 2 });
    expect((await store.read({}))[0]).toMatchObject({ schema: 1, data: { amount: 2 } });
    expect(await store.verify(projection)).toEqual([]);
  });

  it('ends what was asked for before close, and refuses everything after', async () => {
    const store = make();
    const pending = add(store, 'task/t-1', 1);
    const closing = store.close();
    const late = expect(add(store, 'task/t-1', 1)).rejects.toMatchObject({ tag: 'closed' });
    expect((await pending).seq).toBe(1);
    await closing;
    await late;
    await store.close();
    await expect(store.read({})).rejects.toMatchObject({ tag: 'closed' });
    await expect(store.verify()).rejects.toMatchObject({ tag: 'closed' });
    await expect(store.rebuild(projection)).rejects.toMatchObject({ tag: 'closed' });
    await expect(store.markStarted('k', 'b')).rejects.toMatchObject({ tag: 'closed' });
  });
});
