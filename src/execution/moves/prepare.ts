/** Before a run: the mirror up to date, the base resolved, and earlier work brought onto a moved base. */
import type { Outcome } from '../../control/contract.ts';
import type { MoveExecutor } from '../../control/executor.ts';
import { success } from '../../control/failure.ts';
import type { CacheUse } from '../caches/caches.ts';
import type { Mirror, Workspaces } from '../workspace/workspace.ts';
import { workspaceFailure } from './workspace-failure.ts';

export interface PrepareDeps {
  workspaces: Workspaces;
  /** Where the repo's truth is read from now; brings the forge up to date with the operator's own repo first. */
  sourceOf(repo: string): Promise<{ source: string; branch: string }>;
  /** Makes the dependency caches of a base that are not there yet, or says why it cannot. */
  furnish(use: CacheUse, signal: AbortSignal): Promise<(Outcome & { ok: false }) | null>;
  /** The change `base..head` applied onto `onto`: a new commit, or the files that conflict with both sides. */
  rebase(
    mirror: Mirror,
    change: { base: string; head: string; onto: string; task: string },
  ): Promise<
    | { head: string; tree: string }
    | { empty: true }
    | { conflict: string[]; sides: { file: string; theirs: string; ours: string }[] }
  >;
}

export function prepareMove(deps: PrepareDeps): MoveExecutor {
  return {
    kind: 'prepare',
    async perform(move, signal) {
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
        // Here rather than when the run starts, where it would count as the run's time.
        const failed = await deps.furnish({ repo, base: synced.base, task }, signal);
        if (failed) return failed;
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
