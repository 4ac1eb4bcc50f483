import type { SandboxExit, SandboxSpec } from './sandbox.ts';

/** setTimeout fires at once above 2^31-1 ms; a longer limit is armed again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export type EndedByHost = Exclude<SandboxExit['ended'], 'exited' | 'memory' | 'disk'>;

export interface LimitWatch {
  /** Settles once, with the first limit that was reached; never when the watch is stopped before. */
  readonly reached: Promise<EndedByHost>;
  /** Tells that an output stream grew: the idle limit starts anew. */
  grew(): void;
  stop(): void;
}

/** Watches wall time, idle time and abort, by the monotonic clock so that clock jumps do not count. */
export function watchLimits(
  limits: Pick<SandboxSpec['limits'], 'wallMs' | 'idleMs'>,
  signal: AbortSignal,
): LimitWatch {
  const start = performance.now();
  let lastGrowth = start;
  let timer: NodeJS.Timeout | undefined;
  let settle: (ended: EndedByHost) => void = () => {};
  const reached = new Promise<EndedByHost>((resolve) => {
    settle = resolve;
  });
  const onAbort = () => finish('aborted');
  const stop = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  const finish = (ended: EndedByHost) => {
    stop();
    settle(ended);
  };
  const arm = () => {
    const now = performance.now();
    const wall = start + limits.wallMs - now;
    const idle = lastGrowth + limits.idleMs - now;
    if (wall <= 0) return finish('wall');
    if (idle <= 0) return finish('idle');
    // One timer for both: output only moves a number, so a chatty program costs nothing here.
    timer = setTimeout(arm, Math.min(Math.ceil(Math.min(wall, idle)), MAX_TIMER_MS));
  };
  if (signal.aborted) finish('aborted');
  else {
    signal.addEventListener('abort', onAbort, { once: true });
    arm();
  }
  return {
    reached,
    grew: () => {
      lastGrowth = performance.now();
    },
    stop,
  };
}

/** Waits for `promise`, but no longer than `ms`. True when it settled in time. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
