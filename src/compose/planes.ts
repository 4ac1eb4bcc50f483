/** The planes wired into the executors of every kind of move. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy, RepoEntry } from '../control/policy.ts';
import type { Repo } from '../control/repo.ts';
import type { Forge } from '../delivery/forges/forge.ts';
import type { Clock } from '../engine/clock.ts';
import type { LivePolicy } from '../engine/life.ts';
import type { Sandbox, SandboxTier } from '../execution/sandboxes/sandbox.ts';
import type { EventStore } from '../store/event-store.ts';
import type { AedevOptions } from './options.ts';

export interface Wiring extends AedevOptions {
  clock: Clock;
  policy: LivePolicy;
  blobs: { put(bytes: Uint8Array): Promise<string>; get(digest: string): Promise<Uint8Array> };
  evidenceKey: { keyId: string; publicKeyPem: string; sign(bytes: Uint8Array): Uint8Array };
  install: string;
  gate: { assertAllowed(what: string): void };
  store: EventStore;
}

export async function wirePlanes(wiring: Wiring) {
  const { paths, policy, clock } = wiring;
  for (const folder of [paths.runs, paths.repos, paths.forge, paths.missions])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { createWorkspaces } = await import('../execution/workspace/workspaces.ts');
  const workspaces = createWorkspaces({ root: paths.repos });
  const entryOf = (repo: string): RepoEntry => {
    const entry = policy.current().repos[repo];
    if (!entry) throw new Error(`repo ${repo} is not registered any more`);
    return entry;
  };
  const pausedOf = async (repo: string) =>
    ((await wiring.store.state(`repo/${repo}`))?.state as Repo | undefined)?.paused ?? null;
  const gitDirOf = (repo: string) => workspaces.mirror(repo).gitDir;
  const forges = await wireForges(wiring, workspaces, entryOf);
  const sandboxes = await wireSandboxes(wiring);
  const executors = [
    ...(await planningMoves(wiring, forges, workspaces)),
    ...(await executionMoves(wiring, forges, workspaces, sandboxes)),
    ...(await judgementMoves(wiring, workspaces, sandboxes, entryOf, gitDirOf)),
    ...(await deliveryMoves(forges.forgeOf, entryOf, gitDirOf, clock, pausedOf)),
  ];
  const { seen } = await import('../delivery/moves.ts');
  const observe = async (repo: string, number: number) =>
    seen(await (await forges.forgeOf(repo)).pull(number));
  return { executors, observe, sandboxes: Object.values(sandboxes.byTier) };
}

type Workspaces = import('../execution/workspace/workspace.ts').Workspaces;

interface Forges {
  forgeOf(repo: string): Promise<Forge>;
  /** Brings the forge up to date with the operator's repo and says where its branch is read from. */
  sourceOf(repo: string): Promise<{ source: string; branch: string }>;
}

async function wireForges(
  wiring: Wiring,
  workspaces: Workspaces,
  entryOf: (repo: string) => RepoEntry,
): Promise<Forges> {
  const [{ createLocalForge }, { initLocalForge }, { sourceRef }] = await Promise.all([
    import('../delivery/forges/local.ts'),
    import('../delivery/forges/local-init.ts'),
    import('../execution/workspace/mirror.ts'),
  ]);
  const { paths, gate } = wiring;
  const pathOf = (repo: string) => entryOf(repo).forge.path ?? join(paths.forge, `${repo}.git`);
  const open = (repo: string) =>
    createLocalForge({ gitDir: pathOf(repo), home: paths.home, gate, remoteName: repo });
  return {
    forgeOf: async (repo) => open(repo),
    async sourceOf(repo) {
      const { source, branch, forge } = entryOf(repo);
      const gitDir = pathOf(repo);
      // A forge of the operator's own is the truth itself; one of ours follows the operator's repo.
      if (forge.path) return { source: gitDir, branch };
      const { mirror, base } = await workspaces.sync(repo, source, branch, 'upstream');
      await initLocalForge(gitDir, mirror.gitDir, branch, sourceRef(branch, 'upstream'));
      await open(repo).syncFromSource(branch, base, mirror.gitDir);
      return { source: gitDir, branch };
    },
  };
}

interface Sandboxes {
  byTier: Record<'docker' | 'process', Sandbox>;
  current(): Sandbox;
}

async function wireSandboxes(wiring: Wiring): Promise<Sandboxes> {
  const [{ ProcessSandbox }, { DockerSandbox }] = await Promise.all([
    import('../execution/sandboxes/process.ts'),
    import('../execution/sandboxes/docker.ts'),
  ]);
  const records = join(wiring.paths.runs, '.records');
  const scratch = join(wiring.paths.runs, '.scratch');
  for (const folder of [records, scratch]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { install, policy } = wiring;
  const path = wiring.env['PATH'];
  const build = (
    settings: Policy['policies']['sandbox'],
  ): Record<'docker' | 'process', Sandbox> => ({
    process: new ProcessSandbox({
      optedIn: settings.allow_process,
      records,
      install,
      ...(path ? { path } : {}),
    }),
    docker: new DockerSandbox({
      image: { name: settings.image.name, digest: settings.image.digest ?? '' },
      scratch,
      install,
    }),
  });
  let hash = policy.current().hash;
  let byTier = build(policy.current().policies.sandbox);
  const fresh = () => {
    if (policy.current().hash !== hash) {
      hash = policy.current().hash;
      byTier = build(policy.current().policies.sandbox);
    }
    return byTier;
  };
  return {
    get byTier() {
      return fresh();
    },
    current: () => fresh()[policy.current().policies.sandbox.tier],
  };
}

async function planningMoves(wiring: Wiring, forges: Forges, workspaces: Workspaces) {
  const [{ assessMove, writeSpecMove }, { git }, { workspaceFailure }] = await Promise.all([
    import('../planning/moves.ts'),
    import('../lib/git.ts'),
    import('../execution/moves/run-coder.ts'),
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

async function executionMoves(
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
    import('../execution/moves/prepare.ts'),
    import('../execution/moves/run-coder.ts'),
    import('../execution/moves/cleanup.ts'),
    import('../execution/coders/create.ts'),
    import('../delivery/merge.ts'),
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
    cleanupMove(workspaces, paths.runs),
  ];
}

async function judgementMoves(
  wiring: Wiring,
  workspaces: Workspaces,
  sandboxes: Sandboxes,
  entryOf: (repo: string) => RepoEntry,
  gitDirOf: (repo: string) => string,
) {
  const { paths, policy, clock, env, blobs, evidenceKey, store } = wiring;
  const [
    { verifyMove, judgeMove },
    { createCollector },
    { material },
    { createJudge },
    { createPushGate },
    { verifyRunner },
    { headOf },
  ] = await Promise.all([
    import('../judgement/moves.ts'),
    import('../judgement/evidence/collect.ts'),
    import('../judgement/evidence/material.ts'),
    import('../judgement/judges/create.ts'),
    import('../delivery/push-gate/gate.ts'),
    import('../execution/verify-runner.ts'),
    import('../store/head.ts'),
  ]);
  const gate = createPushGate();
  const kept = new Map<string, Uint8Array>();
  const cache = {
    get: async (key: string) => kept.get(key) ?? null,
    async set(key: string, bytes: Uint8Array) {
      if (kept.size >= 200) kept.delete(kept.keys().next().value ?? '');
      kept.set(key, bytes);
    },
  };
  const collector = () => {
    const { tier, image } = policy.current().policies.sandbox;
    return createCollector({
      signer: evidenceKey,
      cache,
      environment: `${tier} ${tier === 'docker' ? (image.digest ?? '') : ''}`,
    });
  };
  const limits = () => policy.current().policies;
  return [
    verifyMove({
      collector: { collect: (...args) => collector().collect(...args) },
      blobs,
      gitDirOf,
      now: clock.now,
      tempDir: join(paths.runs, '.scratch'),
      logHead: () => headOf(store),
      settings(repo) {
        const { verify, allowed_paths } = entryOf(repo);
        return {
          policyHash: policy.current().hash,
          maxDiffBytes: limits().judges.max_diff_bytes,
          allowedPaths: allowed_paths,
          verify: verify.map(({ argv, wall_minutes }) => ({ argv, wallMs: wall_minutes * 60_000 })),
        };
      },
      runner: () => verifyRunner(sandboxes.current(), limits().sandbox),
      checkout: (repo) => (commit, dir) =>
        workspaces.checkout(workspaces.mirror(repo), commit, join(dir, 'repo')),
      scanner: (repo, allowed) => (base, head) =>
        gate.scan({ gitDir: gitDirOf(repo) }, base, head, rulesOf(entryOf(repo), allowed)),
    }),
    judgeMove({
      blobs,
      judgeOf(family) {
        const { families, timeout_seconds, max_output_tokens } = limits().judges;
        const found = families.find((one) => one.family === family);
        if (!found) return null;
        return createJudge(
          {
            family,
            protocol: found.protocol,
            model: found.model,
            baseUrl: found.base_url,
            keyEnv: found.key_env,
            timeoutMs: timeout_seconds * 1000,
            maxOutputTokens: max_output_tokens,
          },
          {
            env: (name) => env[name],
            material: (bundle) => material(bundle, evidenceKey.publicKeyPem),
          },
        );
      },
    }),
  ];
}

async function deliveryMoves(
  forgeOf: (repo: string) => Promise<Forge>,
  entryOf: (repo: string) => RepoEntry,
  gitDirOf: (repo: string) => string,
  clock: Clock,
  pausedOf: (repo: string) => Promise<string | null>,
) {
  const [{ pushMove, openPullMove, mergeMove, closePullMove }, { createPushGate }] =
    await Promise.all([import('../delivery/moves.ts'), import('../delivery/push-gate/gate.ts')]);
  const deps = {
    forgeOf,
    gitDirOf,
    gate: createPushGate(),
    now: clock.now,
    baseBranchOf: (repo: string) => entryOf(repo).branch,
    rulesOf: (repo: string, allowed: string[]) => rulesOf(entryOf(repo), allowed),
    pausedOf,
  };
  return [pushMove(deps), openPullMove(deps), mergeMove(deps), closePullMove(deps)];
}

/** A task's own paths narrow the repo's; the repo's forbidden ones always count. */
const rulesOf = (entry: RepoEntry, allowed: string[]) => ({
  allowedPaths: allowed.length > 0 ? allowed : entry.allowed_paths,
  forbiddenPaths: entry.forbidden_paths,
  maxFileBytes: entry.max_push_file_bytes,
  allowBinary: entry.allow_binary,
});
