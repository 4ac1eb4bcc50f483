import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Commit, EventStore, StoreTx } from '../../src/store/event-store.ts';
import { MemoryEventStore } from '../support/memory-store.ts';
import { logIn, projection, TIME, tempFolder } from './kit.ts';

const name = fc.constantFrom('a', 'b', 'é', '\uff5e', '\u{1f600}');
const json = fc.jsonValue({ maxDepth: 2 });
const small = fc.nat({ max: 3 });

const operation = fc.oneof(
  fc.record({
    op: fc.constant('append' as const),
    stream: name,
    version: fc.option(small),
    data: fc.array(json, { maxLength: 3 }),
  }),
  fc.record({ op: fc.constant('state' as const), stream: name, state: json }),
  fc.record({ op: fc.constant('view' as const), key: name, row: fc.option(json) }),
  fc.record({ op: fc.constant('timer' as const), stream: name, on: fc.boolean() }),
  fc.record({ op: fc.constant('enqueue' as const), key: name, input: json }),
  fc.record({
    op: fc.constant('end' as const),
    key: name,
    status: fc.constantFrom('done' as const, 'cancelled' as const),
  }),
  fc.record({ op: fc.constant('receipt' as const), command: name, data: json }),
  fc.record({ op: fc.constant('fail' as const) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
const step = fc.oneof(
  { weight: 8, arbitrary: fc.array(operation, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.record({ start: name }) },
  { weight: 1, arbitrary: fc.constant('rebuild' as const) },
);

async function apply(tx: StoreTx, o: Operation): Promise<unknown> {
  const meta = { time: TIME, actor: 'system:test', causation: 'c' };
  switch (o.op) {
    case 'append': {
      const version = o.version ?? (await tx.state(o.stream))?.version ?? 0;
      const { stream } = o;
      const drafts = o.data.map((data) => ({ stream, type: 'counted', schema: 1, data: { data } }));
      const events = await tx.append(version, drafts, meta);
      return events.map(({ hash }) => hash);
    }
    case 'state': {
      const version = ((await tx.state(o.stream))?.version ?? 0) + 1;
      return tx.putState({ stream: o.stream, version, state: o.state });
    }
    case 'view':
      return tx.putView({ kind: 'k', key: o.key, row: o.row });
    case 'timer':
      return tx.putTimer(o.stream, o.on ? TIME : null);
    case 'enqueue': {
      const move = { stream: 's', kind: 'k', partition: 'p', recovery: 'lost' as const };
      return tx.enqueue({ ...move, key: o.key, input: o.input, notBefore: TIME, deadlineMs: 1 });
    }
    case 'end':
      return tx.endMove(o.key, o.status);
    case 'receipt': {
      const rest = { code: null, sentence: null, seqs: [1], data: o.data };
      await tx.putReceipt({ command: o.command, outcome: 'accepted', ...rest });
      return tx.receipt(o.command);
    }
    case 'fail':
      throw new RangeError('on purpose');
  }
}

/** Everything that can be seen of a store after the steps, errors by their tags. */
async function observe(
  store: EventStore,
  steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const seen: unknown[] = [];
  const commits: Commit[] = [];
  store.onCommit((commit) => commits.push(commit));
  const attempt = (work: Promise<unknown>) =>
    work.catch((error: { tag?: string; name: string }) => error.tag ?? error.name);
  for (const one of steps) {
    if (one === 'rebuild') seen.push(await store.rebuild(projection));
    else if (!Array.isArray(one)) seen.push(await attempt(store.markStarted(one.start, 'boot')));
    else {
      const transaction = store.transact(async (tx) => {
        const results: unknown[] = [];
        for (const o of one) {
          // Conflicts are swallowed half of the time, as a caller that goes on would do.
          results.push(o.op === 'append' ? await attempt(apply(tx, o)) : await apply(tx, o));
        }
        return results;
      });
      seen.push(await attempt(transaction));
    }
  }
  const streams = ['a', 'b', 'é', '\uff5e', '\u{1f600}'];
  return {
    seen,
    commits,
    events: await store.read({}),
    byStream: await Promise.all(streams.map((stream) => store.read({ stream, limit: 2 }))),
    states: await Promise.all(streams.map((stream) => store.state(stream))),
    receipts: await Promise.all(streams.map((command) => store.receipt(command))),
    views: [await store.views('k'), await store.views('sums'), await store.views('even')],
    view: await store.view('k', 'a'),
    moves: await store.openMoves(),
    timers: await store.timers(),
    last: await store.lastSeq(),
    sound: await store.verify(),
    derived: await store.verify(projection),
  };
}

it('memory and sqlite give the same results for any operations', async () => {
  const folder = tempFolder();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      count += 1;
      const sqlite = logIn(folder, `${count}.db`).open();
      const ours = await observe(sqlite, steps);
      await sqlite.close();
      expect(ours).toEqual(await observe(new MemoryEventStore(), steps));
      expect(ours.sound).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
