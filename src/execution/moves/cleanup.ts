/** After a merge: the workspaces of a task go; its commits, evidence and logs stay. */
import { join } from 'node:path';
import type { MoveExecutor } from '../../control/executor.ts';
import { success } from '../../control/failure.ts';
import type { Workspaces } from '../workspace/workspace.ts';

export function cleanupMove(workspaces: Workspaces, runs: string): MoveExecutor {
  return {
    kind: 'cleanup',
    async perform(move) {
      const input = move.input as { runs: string[] };
      for (const run of input.runs) await workspaces.discard(join(runs, run, 'workspace'));
      return success(null);
    },
    adopt: async () => 'absent',
  };
}
