/** What holds may wait for, found out. */
import { CONDITIONS } from '../../control/contract.ts';
import type { Task } from '../../control/task.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Wiring } from './wiring.ts';

export async function conditionsOf({ policy, store }: Wiring, sandboxes: Sandboxes) {
  const [{ roomProblems }, { createCoder }] = await Promise.all([
    import('../../execution/preflight.ts'),
    import('../../execution/coders/create.ts'),
  ]);
  return async (condition: string, task: string): Promise<boolean> => {
    if (condition !== CONDITIONS.sandboxReady) return false;
    const state = (await store.state(`task/${task}`))?.state as Task | undefined;
    if (!state) return false;
    const coder = createCoder(state.coder, policy.current().policies.coders);
    return (await roomProblems(await sandboxes.current(), coder)).length === 0;
  };
}
