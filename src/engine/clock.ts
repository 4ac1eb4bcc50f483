/** Time as a dependency, so that tests and simulations own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, at or soon after `when` (milliseconds since the epoch); returns a cancel. */
  at(when: number, callback: () => void): () => void;
}

/** setTimeout keeps at most 2^31-1 ms, and a sleeping machine's timers stand still: never sleep longer than this. */
const LONGEST = 30_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  at(when, callback) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = when - Date.now();
      timer = left > LONGEST ? setTimeout(wait, LONGEST) : setTimeout(callback, Math.max(0, left));
      timer.unref();
    };
    wait();
    return () => clearTimeout(timer);
  },
};
