/** The push gate, wired. */
import type { PushGate } from '../../delivery/push-gate/push-gate.ts';

/** Loads its rules for the first scan: there are hundreds, and an idle daemon needs none of them. */
export function lazyPushGate(): PushGate {
  let gate: Promise<PushGate> | null = null;
  const load = async (): Promise<PushGate> => {
    const { createPushGate } = await import('../../delivery/push-gate/gate.ts');
    return createPushGate();
  };
  return {
    async scan(...wanted) {
      gate ??= load();
      return (await gate).scan(...wanted);
    },
  };
}
