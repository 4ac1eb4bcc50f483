/** What holds may wait for, found out. */
import { join } from 'node:path';
import { CONDITIONS } from '../../control/contract.ts';
import { laneOf } from '../../control/lane.ts';
import { streamOf } from '../../control/streams.ts';
import type { Task } from '../../control/task.ts';
import type { Sandbox } from '../../execution/sandboxes/sandbox.ts';
import { type Keychain, systemKeychain } from '../../lib/keychain.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Wiring } from './wiring.ts';

export async function conditionsOf(wiring: Wiring, sandboxes: Sandboxes) {
  const { policy, store, paths, env, clock } = wiring;
  const [{ preflight, roomProblems }, { resolveCredential }, { notedTier }, { createCoder }] =
    await Promise.all([
      import('../../execution/preflight.ts'),
      import('../../execution/credentials.ts'),
      import('../../execution/moves/cut-run.ts'),
      import('../../execution/coders/create.ts'),
    ]);
  const keychain = seldom(systemKeychain(env), () => clock.now());

  /** A run that was cut off waits for the sandbox that it ran in, whichever the next would get. */
  async function sandboxOf({ run }: Task): Promise<Sandbox> {
    const own = run ? await notedTier(join(paths.runs, run)) : null;
    const noted = Object.values(sandboxes.byTier).find(({ tier }) => tier === own);
    return noted ?? (await sandboxes.current());
  }

  return async (condition: string, task: string): Promise<boolean> => {
    const state = (await store.state(streamOf.task(task)))?.state as Task | undefined;
    if (!state) return false;
    const { policies } = policy.current();
    const coder = createCoder(state.coder, policies.coders);
    if (condition === CONDITIONS.sandboxReady)
      return (await roomProblems(await sandboxOf(state), coder)).length === 0;
    if (condition !== CONDITIONS.coderReady) return false;
    const lane = laneOf(policies, state.coder);
    const found = await resolveCredential(coder, lane, env, keychain);
    return (await preflight(await sandboxes.current(), coder, found.env, lane)).length === 0;
  };
}

/** A locked keychain may ask its owner to unlock it: not every few seconds. */
const ASK_AGAIN_MS = 5 * 60_000;

function seldom(inner: Keychain, now: () => number): Keychain {
  const known = new Map<string, { at: number; answer: ReturnType<Keychain['get']> }>();
  return {
    get(name) {
      const last = known.get(name);
      if (last && Math.abs(now() - last.at) < ASK_AGAIN_MS) return last.answer;
      const answer = inner.get(name);
      known.set(name, { at: now(), answer });
      return answer;
    },
  };
}
