/** Moves of the execution plane, wired. */
import type { MoveExecutor } from '../../control/executor.ts';
import type { Sandbox } from '../../execution/sandboxes/sandbox.ts';
import { systemKeychain } from '../../lib/keychain.ts';
import type { WiredCaches } from './caches.ts';
import type { Forges } from './forges.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Wiring, Workspaces } from './wiring.ts';

export async function executionMoves(
  wiring: Wiring,
  forges: Forges,
  workspaces: Workspaces,
  sandboxes: Sandboxes,
  caches: WiredCaches,
) {
  const { paths, policy, env, clock } = wiring;
  const [
    { prepareMove },
    { runCoderMove },
    { cleanupMove },
    { cacheFailure },
    { createCoder, modelOf },
    { rebaseOnto, commitTree, messageOf, treeOf },
    { bothSides },
  ] = await Promise.all([
    import('../../execution/moves/prepare.ts'),
    import('../../execution/moves/run-coder.ts'),
    import('../../execution/moves/cleanup.ts'),
    import('../../execution/moves/cache-failure.ts'),
    import('../../execution/coders/create.ts'),
    import('../../delivery/merge.ts'),
    import('../../delivery/both-sides.ts'),
  ]);
  /** With the sandbox chosen once, so that all of one run is in the same. */
  const runIn = (sandbox: Sandbox) =>
    runCoderMove({
      workspaces,
      runs: paths.runs,
      hostEnv: env,
      keychain: systemKeychain(env),
      now: clock.now,
      heard: wiring.heard,
      sandboxes: Object.values(sandboxes.byTier),
      furnishing: (use, signal) => caches.furnishing(use, sandbox, signal),
      settings(repo, family) {
        const { coders, sandbox: room, budgets, workspace } = policy.current().policies;
        return {
          sandbox,
          coder: createCoder(family, coders),
          model: modelOf(family, coders),
          permissionMode: coders.claude.permission_mode,
          allowedTools: coders.claude.allowed_tools,
          maxTurns: budgets.per_run.max_turns,
          maxCostUsd: budgets.per_run.cost_usd,
          limits: {
            wallMs: budgets.per_run.wall_minutes * 60_000,
            idleMs: budgets.per_run.idle_minutes * 60_000,
            memoryMb: room.memory_mb,
            cpus: room.cpus,
            pids: room.pids,
          },
          network: sandbox.tier === 'process' ? 'host' : 'none',
          // What is registered of the repo, never what its tree says.
          egressAllow: [...room.egress.allow, ...(policy.current().repos[repo]?.registries ?? [])],
          workspace: {
            maxFiles: workspace.max_files,
            maxBytes: workspace.max_bytes,
            maxFileBytes: workspace.max_file_bytes,
            maxDepth: workspace.max_depth,
          },
        };
      },
    });
  const run: MoveExecutor = {
    kind: 'run-coder',
    perform: async (move, signal) => runIn(await sandboxes.current()).perform(move, signal),
    adopt: async (move, signal) => runIn(await sandboxes.current()).adopt(move, signal),
    lost: async (move) => runIn(await sandboxes.current()).lost(move),
  };
  return [
    prepareMove({
      workspaces,
      sourceOf: forges.sourceOf,
      async furnish(use, signal) {
        if ((policy.current().repos[use.repo]?.caches ?? []).length === 0) return null;
        const sandbox = await sandboxes.current();
        try {
          await caches.furnishing(use, sandbox, signal);
          return null;
        } catch (error) {
          const failed = await cacheFailure(sandbox, error);
          if (failed) return failed;
          throw error;
        }
      },
      async rebase({ gitDir }, { base, head, onto, task }) {
        const merged = await rebaseOnto(gitDir, base, onto, head);
        if ('conflict' in merged) {
          const sides = await bothSides(gitDir, { base, head, onto }, merged.conflict);
          return { ...merged, sides };
        }
        if (merged.tree === (await treeOf(gitDir, onto))) return { empty: true };
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
    run,
    cleanupMove(workspaces, paths.runs, clock.now),
  ];
}
