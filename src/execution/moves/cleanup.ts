/** After a merge: the workspaces of a task go; its commits, evidence and logs stay. */
import { join } from 'node:path';
import type { MoveExecutor } from '../../control/executor.ts';
import { success } from '../../control/failure.ts';
import { WorkspaceError, type Workspaces } from '../workspace/workspace.ts';

export function cleanupMove(workspaces: Workspaces, runs: string, now: () => number): MoveExecutor {
  return {
    kind: 'cleanup',
    async perform(move) {
      const input = move.input as { repo: string; runs: string[] };
      const mirror = workspaces.mirror(input.repo);
      const left: string[] = [];
      for (const run of input.runs) {
        const time = new Date(now()).toISOString();
        try {
          await workspaces.retire(mirror, join(runs, run, 'workspace'), run, null, time);
        } catch (error) {
          // The work is merged; what cannot be taken away now is pruning's to try again and to tell.
          if (!(error instanceof WorkspaceError)) throw error;
          left.push(run);
        }
      }
      return success({ left });
    },
    adopt: async () => 'absent',
  };
}
