/** Moves of the planning plane, wired. */
import type { Forges } from './forges.ts';
import type { Wiring, Workspaces } from './wiring.ts';

export async function planningMoves(wiring: Wiring, forges: Forges, workspaces: Workspaces) {
  const [{ assessMove, writeSpecMove }, { git }, { workspaceFailure }] = await Promise.all([
    import('../../planning/moves.ts'),
    import('../../lib/git.ts'),
    import('../../execution/moves/workspace-failure.ts'),
  ]);
  return [
    assessMove({
      async baseOf(repo) {
        const { source, branch } = await forges.sourceOf(repo);
        const { mirror, base } = await workspaces.sync(repo, source, branch);
        return { gitDir: mirror.gitDir, commit: base };
      },
      git: async (args, options) => (await git(args, options)).stdout,
      policy: () => wiring.policy.current().policies.clarification,
      sourceFailure: workspaceFailure,
    }),
    writeSpecMove(wiring.paths.missions),
  ];
}
