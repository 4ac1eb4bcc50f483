/** A clock that a test owns: nothing happens by itself. */
import type { Clock } from '../../src/engine/clock.ts';

export interface FakeClock extends Clock {
  /** Sets the time, forward or back, and calls what has become due, in order. */
  set(to: number): void;
  advance(ms: number): void;
  /** Times that callbacks wait for. */
  pending(): number[];
}

export function fakeClock(start = Date.parse('2026-03-02T10:00:00.000Z')): FakeClock {
  let now = start;
  const waiting = new Set<{ when: number; callback: () => void }>();
  const clock: FakeClock = {
    now: () => now,
    at(when, callback) {
      const entry = { when, callback };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    set(to) {
      now = to;
      for (;;) {
        const [due] = [...waiting]
          .filter(({ when }) => when <= now)
          .sort((a, b) => a.when - b.when);
        if (!due) return;
        waiting.delete(due);
        due.callback();
      }
    },
    advance: (ms) => clock.set(now + ms),
    pending: () => [...waiting].map(({ when }) => when).sort((a, b) => a - b),
  };
  return clock;
}

/** The real clock, which a test can push forward: what has become due by that happens at once. */
export interface SkippingClock extends Clock {
  skip(ms: number): void;
}

export function skippingClock(): SkippingClock {
  let ahead = 0;
  const waiting = new Set<{ when: number; fire(): void }>();
  const now = () => Date.now() + ahead;
  return {
    now,
    at(when, callback) {
      const entry = {
        when,
        fire() {
          cancel();
          callback();
        },
      };
      const timer = setTimeout(entry.fire, Math.min(Math.max(0, when - now()), 2 ** 31 - 1));
      timer.unref();
      const cancel = () => {
        clearTimeout(timer);
        waiting.delete(entry);
      };
      waiting.add(entry);
      return cancel;
    },
    skip(ms) {
      ahead += ms;
      for (const entry of [...waiting]) if (entry.when <= now()) entry.fire();
    },
  };
}

/** Lets everything that is not waiting for the clock run its course. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
