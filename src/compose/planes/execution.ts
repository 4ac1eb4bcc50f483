/** Moves of the execution plane, wired. */
import type { SandboxTier } from '../../execution/sandboxes/sandbox.ts';
import { systemKeychain } from '../../lib/keychain.ts';
import type { Forges } from './forges.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Wiring, Workspaces } from './wiring.ts';

export async function executionMoves(
  wiring: Wiring,
  forges: Forges,
  workspaces: Workspaces,
  sandboxes: Sandboxes,
) {
  const { paths, policy, env, clock } = wiring;
  const [
    { prepareMove },
    { runCoderMove },
    { cleanupMove },
    { createCoder },
    { rebaseOnto, commitTree, messageOf },
  ] = await Promise.all([
    import('../../execution/moves/prepare.ts'),
    import('../../execution/moves/run-coder.ts'),
    import('../../execution/moves/cleanup.ts'),
    import('../../execution/coders/create.ts'),
    import('../../delivery/merge.ts'),
  ]);
  return [
    prepareMove({
      workspaces,
      sourceOf: forges.sourceOf,
      async rebase({ gitDir }, { base, head, onto, task }) {
        const merged = await rebaseOnto(gitDir, base, onto, head);
        if ('conflict' in merged) return merged;
        const commit = await commitTree(
          gitDir,
          merged.tree,
          [onto],
          await messageOf(gitDir, head),
          0,
        );
        await workspaces.keep({ gitDir }, `refreshed/${task}`, commit);
        return { head: commit, tree: merged.tree };
      },
    }),
    runCoderMove({
      workspaces,
      runs: paths.runs,
      hostEnv: env,
      keychain: systemKeychain(env),
      now: clock.now,
      sandboxes: Object.values(sandboxes.byTier),
      settings(_repo, family) {
        const { coders, sandbox, budgets, workspace } = policy.current().policies;
        const tier: SandboxTier = sandbox.tier;
        return {
          sandbox: sandboxes.current(),
          coder: createCoder(family, coders),
          model: coders.claude.model,
          permissionMode: coders.claude.permission_mode,
          allowedTools: coders.claude.allowed_tools,
          maxTurns: budgets.per_run.max_turns,
          maxCostUsd: budgets.per_run.cost_usd,
          limits: {
            wallMs: budgets.per_run.wall_minutes * 60_000,
            idleMs: budgets.per_run.idle_minutes * 60_000,
            memoryMb: sandbox.memory_mb,
            cpus: sandbox.cpus,
            pids: sandbox.pids,
          },
          network: tier === 'process' ? 'host' : 'none',
          egressAllow: sandbox.egress.allow,
          workspace: {
            maxFiles: workspace.max_files,
            maxBytes: workspace.max_bytes,
            maxFileBytes: workspace.max_file_bytes,
            maxDepth: workspace.max_depth,
          },
        };
      },
    }),
    cleanupMove(workspaces, paths.runs, clock.now),
  ];
}
