/**
 * Events as server-sent events. The log is the only buffer: a commit merely wakes the stream, which
 * then reads on from where it stands. So between backlog and live nothing is missed or sent twice,
 * and a slow reader costs one batch of memory however far it falls behind.
 */
import type { StoredEvent } from '../../control/contract.ts';
import type { EventSource } from './deps.ts';

/** Events per chunk. */
const BATCH = 32;

export interface StreamOptions {
  events: EventSource;
  /** First event to send. */
  fromSeq: number;
  /** Of this stream only. */
  stream?: string;
  keepAliveMs: number;
  /** Called once, when the stream has ended, whoever ended it. */
  onEnd(): void;
  onError(error: unknown): void;
}

export interface EventStream {
  body: ReadableStream<Uint8Array>;
  /** Ends it from the server's side. */
  end(): void;
}

/** Wire format: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const frame = (event: StoredEvent) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;

export function openEventStream(options: StreamOptions): EventStream {
  const { events, stream } = options;
  const encoder = new TextEncoder();
  let next = options.fromSeq;
  let greeted = false;
  let over = false;
  let cancelled = false;
  /** A commit since the last read began: what was read may lack it. */
  let news = false;
  let wake = (): void => {};

  const unsubscribe = events.onCommit((commit) => {
    if (stream !== undefined && !commit.events.some((event) => event.stream === stream)) return;
    news = true;
    wake();
  });
  const finish = (): void => {
    if (over) return;
    over = true;
    unsubscribe();
    wake();
    options.onEnd();
  };

  const close = (controller: ReadableStreamDefaultController): void => {
    finish();
    if (!cancelled) controller.close();
  };

  /** Resolves false when only time passed. */
  const newsOrTime = (): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => done(false), options.keepAliveMs);
      timer.unref();
      const done = (something: boolean): void => {
        clearTimeout(timer);
        wake = () => {};
        resolve(something);
      };
      wake = () => done(true);
      if (news || over) done(true);
    });

  async function nextChunk(): Promise<string | null> {
    if (!greeted) {
      greeted = true;
      // Sends the headers off, and asks browsers to come back soon when the daemon restarts.
      return ': aedev events\nretry: 2000\n\n';
    }
    while (!over) {
      news = false;
      const batch = await events.read({
        fromSeq: next,
        limit: BATCH,
        ...(stream === undefined ? {} : { stream }),
      });
      const last = batch.at(-1);
      if (last) {
        next = last.seq + 1;
        return batch.map(frame).join('');
      }
      if (!(await newsOrTime())) return ': keep-alive\n\n';
    }
    return null;
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = over ? null : await nextChunk();
          if (chunk !== null && !over) controller.enqueue(encoder.encode(chunk));
          else close(controller);
        } catch (error) {
          options.onError(error);
          // The reader comes back with the last id it saw: nothing is lost by ending here.
          close(controller);
        }
      },
      cancel() {
        cancelled = true;
        finish();
      },
    },
    // Nothing is read ahead of what the socket takes.
    { highWaterMark: 0 },
  );
  return { body, end: finish };
}
