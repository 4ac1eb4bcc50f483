/** Before a run: the mirror up to date, the base resolved, and earlier work brought onto a moved base. */
import type { MoveExecutor } from '../../control/executor.ts';
import { success } from '../../control/failure.ts';
import type { Mirror, Workspaces } from '../workspace/workspace.ts';
import { workspaceFailure } from './run-coder.ts';

export interface PrepareDeps {
  workspaces: Workspaces;
  /** Where the repo's truth is read from now; brings the forge up to date with the operator's own repo first. */
  sourceOf(repo: string): Promise<{ source: string; branch: string }>;
  /** The change `base..head` applied onto `onto`: a new commit, or the files that conflict. */
  rebase(
    mirror: Mirror,
    change: { base: string; head: string; onto: string; task: string },
  ): Promise<{ head: string; tree: string } | { conflict: string[] }>;
}

export function prepareMove(deps: PrepareDeps): MoveExecutor {
  return {
    kind: 'prepare',
    async perform(move) {
      const { repo, task, head, base } = move.input as {
        repo: string;
        task: string;
        head: string | null;
        base: string | null;
      };
      try {
        const { source, branch } = await deps.sourceOf(repo);
        const synced = await deps.workspaces.sync(repo, source, branch);
        // What a task starts from must outlive the branch it was read from.
        await deps.workspaces.keep(synced.mirror, `bases/${task}`, synced.base);
        if (!head || !base) return success({ base: synced.base, refreshed: null });
        const refreshed = await deps.rebase(synced.mirror, { base, head, onto: synced.base, task });
        return success({ base: synced.base, refreshed });
      } catch (error) {
        return workspaceFailure(error);
      }
    },
    adopt: async () => 'absent',
  };
}
