/** Follows the log of the demo's daemon, and waits for what it leads to. */
import type { StoredEvent } from '../control/contract.ts';
import type { Client } from '../surfaces/api/client.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';

/** Nothing in the demo takes so long on a machine that is not in trouble. */
const LIMIT_MS = 5 * 60_000;

export interface Watch {
  /** All events so far, in order. */
  readonly events: readonly StoredEvent[];
  /**
   * Asks `probe` at once and after every event until it gives something; null when time runs out.
   * Rejects with CliError `interrupted`, or with what broke the line to the daemon.
   */
  until<T>(probe: () => Promise<T | null>): Promise<T | null>;
  close(): Promise<void>;
}

export function watchLog(
  client: Client,
  signal: AbortSignal,
  onEvent: (event: StoredEvent) => void,
): Watch {
  const events: StoredEvent[] = [];
  const end = new AbortController();
  let broken: unknown = null;
  let wake = (): void => {};
  const wakeUp = () => wake();
  signal.addEventListener('abort', wakeUp);
  const following = client
    .stream(
      1,
      (event) => {
        events.push(event);
        onEvent(event);
        wake();
      },
      end.signal,
    )
    .then(
      () => new CliError('daemon', "The demo's daemon ended before the demo did."),
      (error: unknown) => error,
    )
    .then((error) => {
      broken = error;
      wake();
    });

  /** Resolves when something happened since `seen` events, or when the time is over. */
  const news = (seen: number, ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => done(), ms);
      const done = () => {
        clearTimeout(timer);
        wake = () => {};
        resolve();
      };
      wake = done;
      if (events.length > seen || broken || signal.aborted) done();
    });

  return {
    events,
    async until(probe) {
      const deadline = performance.now() + LIMIT_MS;
      for (;;) {
        const seen = events.length;
        if (signal.aborted) throw new CliError('interrupted', 'Interrupted.');
        if (broken) throw broken;
        const found = await probe();
        if (found !== null) return found;
        const left = deadline - performance.now();
        if (left <= 0) return null;
        await news(seen, left);
      }
    },
    async close() {
      signal.removeEventListener('abort', wakeUp);
      end.abort();
      await following;
    },
  };
}
