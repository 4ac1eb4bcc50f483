import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../src/control/contract.ts';
import type { Api } from '../../../src/surfaces/api/app.ts';
import type { ApiDeps } from '../../../src/surfaces/api/deps.ts';
import { type Serving, serve } from '../../../src/surfaces/api/serve.ts';
import { sseMessages } from '../../../src/surfaces/api/sse.ts';
import { MemoryEventStore } from '../../support/memory-store.ts';
import { AGENT, OPERATOR, PORT, submit, world } from './world.ts';

const open: AbortController[] = [];
afterEach(() => {
  for (const controller of open.splice(0)) controller.abort();
});

function request(path: string, headers: Record<string, string> = {}) {
  return new Request(`http://127.0.0.1:${PORT}${path}`, {
    headers: { host: `127.0.0.1:${PORT}`, authorization: `Bearer ${OPERATOR}`, ...headers },
  });
}

/** Reads a stream by the event. */
class Reading {
  readonly #messages: AsyncGenerator<string>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  raw = '';

  constructor(answer: Response) {
    this.#reader = answer.body!.getReader();
    this.#messages = sseMessages(this.#pieces());
  }

  static async of(api: Api, path: string, headers: Record<string, string> = {}) {
    return new Reading(await api.fetch(request(path, headers), { port: PORT }));
  }

  async *#pieces() {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.raw += new TextDecoder().decode(value);
      yield value;
    }
  }

  /** null when the server has ended it. */
  async next(): Promise<StoredEvent | null> {
    const { done, value } = await this.#messages.next();
    return done ? null : (JSON.parse(value) as StoredEvent);
  }

  async until(seq: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    while ((events.at(-1)?.seq ?? 0) < seq) {
      const event = await this.next();
      if (!event) break;
      events.push(event);
    }
    return events;
  }

  cancel = () => this.#reader.cancel();
}

let number = 0;
const commit = (one: ReturnType<typeof world>) =>
  one.command(submit(`m-${String(++number).padStart(8, '0')}`));

describe('the event stream', () => {
  it('has every event once and in order, wherever it begins and whatever is committed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(90),
        fc.array(fc.record({ from: fc.nat(100), before: fc.nat(3), burst: fc.nat(40) }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.scheduler(),
        async (backlog, readers, scheduler) => {
          const store = new MemoryEventStore();
          /** Reads and commits come to an end in any order that the scheduler thinks of. */
          const events: ApiDeps['events'] = {
            read: scheduler.scheduleFunction((options) => store.read(options)),
            lastSeq: () => store.lastSeq(),
            onCommit: (listener) => store.onCommit(listener),
          };
          const one = world({ events, keepAliveMs: 600_000 });
          let seq = 0;
          const append = async (count: number) => {
            for (let i = 0; i < count; i++) {
              const n = seq++;
              const draft = { stream: `s/${n % 3}`, type: 't', schema: 1, data: { n } };
              const meta = {
                time: new Date(0).toISOString(),
                actor: 'system:test',
                causation: 'c',
              };
              await store.transact((tx) => tx.append(Math.floor(n / 3), [draft], meta));
            }
          };
          await append(backlog);
          const running: Promise<void>[] = [];
          const total =
            backlog + readers.reduce((sum, { before, burst }) => sum + before + burst, 0);
          for (const { from, before, burst } of readers) {
            await append(before);
            const start = Math.min(Math.max(1, from), seq + 1);
            const reading = await Reading.of(one.api, `/v1/stream?from=${start}`);
            if (start > total) {
              await reading.cancel();
              continue;
            }
            running.push(scheduler.schedule(Promise.resolve(burst)).then(append));
            running.push(
              reading
                .until(total)
                .then((got) => {
                  expect(got.map((event) => event.seq)).toEqual(
                    Array.from({ length: total - start + 1 }, (_, i) => start + i),
                  );
                  expect(got.map((event) => event.data)).toEqual(
                    got.map((event) => ({ n: event.seq - 1 })),
                  );
                })
                .finally(reading.cancel),
            );
          }
          await scheduler.waitFor(Promise.all(running));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on after Last-Event-ID, whatever the URL says', async () => {
    const one = world();
    for (let i = 0; i < 5; i++) await commit(one);
    const reading = await Reading.of(one.api, '/v1/stream?from=1', { 'last-event-id': '3' });
    expect((await reading.until(5)).map(({ seq }) => seq)).toEqual([4, 5]);
    await reading.cancel();
    const bad = await one.call('GET', '/v1/stream', { headers: { 'last-event-id': '3; DROP' } });
    expect([bad.status, bad.json.code]).toEqual([400, 'invalid']);
  });

  it('refuses to wait beyond the end of the log, where it could skip events', async () => {
    const one = world();
    await commit(one);
    const ahead = await one.call('GET', '/v1/stream?from=3');
    expect([ahead.status, ahead.json.code]).toEqual([409, 'ahead-of-log']);
    const next = await Reading.of(one.api, '/v1/stream?from=2');
    await commit(one);
    expect(await next.next()).toMatchObject({ seq: 2 });
    await next.cancel();
  });

  it('is given by Accept on /v1/events and on a task’s history, of that task only', async () => {
    const one = world();
    const digest = await one.awaiting('m-aaaa0001');
    await one.command({ type: 'mission.approve', mission: 'm-aaaa0001', digest });
    const [task] = (await one.call('GET', '/v1/tasks')).json.tasks;
    const accept = { accept: 'text/event-stream' };
    const { events } = (await one.call('GET', `/v1/tasks/${task.id}/history`)).json;
    const history = await Reading.of(one.api, `/v1/tasks/${task.id}/history`, accept);
    expect(await history.until(events.at(-1).seq)).toEqual(events);
    await one.command(submit('m-aaaa0002'));
    await one.command({ type: 'task.cancel', task: task.id, reason: 'test' });
    expect(await history.next()).toMatchObject({
      stream: `task/${task.id}`,
      type: 'task.cancelled',
    });
    await history.cancel();
    const all = await Reading.of(one.api, '/v1/events?from=1', accept);
    expect(await all.until(3)).toEqual((await one.events()).slice(0, 3));
    await all.cancel();
  });

  it('keeps quiet connections alive with comments', async () => {
    const one = world({ keepAliveMs: 5 });
    const answer = await one.api.fetch(request('/v1/stream'), { port: PORT });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = answer.body!.getReader();
    let text = '';
    while (!text.includes(': keep-alive'))
      text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toMatch(/^: aedev events\nretry: 2000\n\n(: keep-alive\n\n)+$/);
    await reader.cancel();
  });

  it('reads no further than a slow reader takes, and loses nothing by it', async () => {
    let reads = 0;
    const store = new MemoryEventStore();
    const one = world({
      events: {
        read: (options) => {
          reads += 1;
          return store.read(options);
        },
        lastSeq: () => store.lastSeq(),
        onCommit: (listener) => store.onCommit(listener),
      },
    });
    const meta = { time: new Date(0).toISOString(), actor: 'system:test', causation: 'c' };
    const add = (from: number, count: number) =>
      store.transact((tx) =>
        tx.append(
          from,
          Array.from({ length: count }, () => ({
            stream: 's/1',
            type: 't',
            schema: 1,
            data: 'x'.repeat(10_000),
          })),
          meta,
        ),
      );
    await add(0, 500);
    const reading = await Reading.of(one.api, '/v1/stream');
    expect(await reading.next()).toMatchObject({ seq: 1 });
    const readsBefore = reads;
    await add(500, 500);
    await new Promise(setImmediate);
    expect(readsBefore).toBe(1);
    expect(reads).toBe(1);
    expect((await reading.until(1000)).at(-1)).toMatchObject({ seq: 1000 });
    await reading.cancel();
  });

  it('is limited in number, and gives its place back', async () => {
    const one = world({ maxStreams: 2 });
    const first = await Reading.of(one.api, '/v1/stream');
    await Reading.of(one.api, '/v1/stream');
    const third = await one.call('GET', '/v1/stream');
    expect([third.status, third.json.code]).toEqual([503, 'too-many-streams']);
    const other = await one.api.fetch(request('/v1/stream', { authorization: `Bearer ${AGENT}` }), {
      port: PORT,
    });
    expect(other.status).toBe(200);
    await first.cancel();
    const again = await one.api.fetch(request('/v1/stream'), { port: PORT });
    expect(again.status).toBe(200);
    one.api.endStreams();
  });

  it('ends without an error when the daemon stops, and when the log fails', async () => {
    let broken = false;
    const store = new MemoryEventStore();
    const one = world({
      events: {
        read: (options) => (broken ? Promise.reject(new Error('disk')) : store.read(options)),
        lastSeq: () => store.lastSeq(),
        onCommit: (listener) => store.onCommit(listener),
      },
    });
    const reading = await Reading.of(one.api, '/v1/stream');
    const waiting = reading.next();
    one.api.endStreams();
    expect(await waiting).toBeNull();
    broken = true;
    expect(await (await Reading.of(one.api, '/v1/stream')).next()).toBeNull();
    expect(one.calls.logged).toMatchObject([{ message: 'an event stream failed' }]);
  });
});

describe('over a real socket', () => {
  it('a reader that never reads holds back neither the log nor the end of the daemon', async () => {
    let port = 0;
    const one = world({}, () => port);
    const server: Serving = await serve(one.api, { port: 0 });
    port = server.port;
    for (let i = 0; i < 50; i++)
      await one.command({
        ...submit(`m-big${String(i).padStart(5, '0')}`),
        text: 'x'.repeat(60_000),
      });
    const controller = new AbortController();
    open.push(controller);
    const url = `http://127.0.0.1:${port}/v1/stream`;
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const stuck = await fetch(url, { headers, signal: controller.signal });
    expect(stuck.status).toBe(200);
    expect((await commit(one)).status).toBe(200);
    await server.close(50);
    await expect(fetch(url, { headers })).rejects.toThrow();
  });
});
