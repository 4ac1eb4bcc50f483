/** What holds may wait for, found out. */
import { join } from 'node:path';
import { CONDITIONS } from '../../control/contract.ts';
import type { Task } from '../../control/task.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Wiring } from './wiring.ts';

export async function conditionsOf({ policy, store, paths }: Wiring, sandboxes: Sandboxes) {
  const [{ roomProblems }, { notedTier }, { createCoder }] = await Promise.all([
    import('../../execution/preflight.ts'),
    import('../../execution/moves/cut-run.ts'),
    import('../../execution/coders/create.ts'),
  ]);
  return async (condition: string, task: string): Promise<boolean> => {
    if (condition !== CONDITIONS.sandboxReady) return false;
    const state = (await store.state(`task/${task}`))?.state as Task | undefined;
    if (!state) return false;
    const coder = createCoder(state.coder, policy.current().policies.coders);
    // A run that was cut off waits for the sandbox that it ran in, whichever the next would get.
    const own = state.run ? await notedTier(join(paths.runs, state.run)) : null;
    const noted = Object.values(sandboxes.byTier).find(({ tier }) => tier === own);
    const sandbox = noted ?? (await sandboxes.current());
    return (await roomProblems(sandbox, coder)).length === 0;
  };
}
