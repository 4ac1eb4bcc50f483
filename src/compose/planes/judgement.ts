/** Moves of the judgement plane, wired. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { MoveExecutor } from '../../control/executor.ts';
import type { RepoEntry } from '../../control/policy-repo.ts';
import type { Sandbox } from '../../execution/sandboxes/sandbox.ts';
import type { WiredCaches } from './caches.ts';
import { lazyPushGate } from './push-gate.ts';
import type { Sandboxes } from './sandboxes.ts';
import { rulesOf, type Wiring, type Workspaces } from './wiring.ts';

export async function judgementMoves(
  wiring: Wiring,
  workspaces: Workspaces,
  sandboxes: Sandboxes,
  caches: WiredCaches,
  entryOf: (repo: string) => RepoEntry,
  gitDirOf: (repo: string) => string,
) {
  const { paths, policy, clock, env, blobs, evidenceKey, store } = wiring;
  const [
    { verifyMove, judgeMove },
    { createCollector },
    { material },
    { judgeFrom, costOf },
    { cliHost },
    { verifyRunner },
    { heldBySandbox },
    { headOf },
  ] = await Promise.all([
    import('../../judgement/moves.ts'),
    import('../../judgement/evidence/collect.ts'),
    import('../../judgement/evidence/material.ts'),
    import('../judges.ts'),
    import('../judge-cli.ts'),
    import('../../execution/verify-runner.ts'),
    import('../../execution/moves/sandbox-failure.ts'),
    import('../../store/head.ts'),
  ]);
  const gate = lazyPushGate();
  const kept = new Map<string, Uint8Array>();
  const cache = {
    get: async (key: string) => kept.get(key) ?? null,
    async set(key: string, bytes: Uint8Array) {
      if (kept.size >= 200) kept.delete(kept.keys().next().value ?? '');
      kept.set(key, bytes);
    },
  };
  const collectorIn = ({ tier }: Sandbox, repo: string) => {
    const { image } = policy.current().policies.sandbox;
    return createCollector({
      signer: evidenceKey,
      cache,
      environment: `${tier} ${tier === 'docker' ? (image.digest ?? '') : ''} ${caches.nameOf(repo)}`,
    });
  };
  const cli = cliHost({
    env,
    homedir: homedir(),
    scratch: join(paths.runs, '.judges'),
    install: `${wiring.install}-judges`,
    alone: true,
  });
  const limits = () => policy.current().policies;
  /** With the sandbox chosen once: base and head are checked in the same. */
  const verifyIn = (sandbox: Sandbox) =>
    verifyMove({
      collector: {
        collect: (git, input, ...rest) =>
          collectorIn(sandbox, input.repo).collect(git, input, ...rest),
      },
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
      runner: () => verifyRunner(sandbox, limits().sandbox),
      checkout: (use, signal) => async (commit, dir) => {
        // Of the base for both sides: nothing of the head decides what is installed.
        const given = await caches.furnishing(use, sandbox, signal);
        await workspaces.checkout(workspaces.mirror(use.repo), commit, join(dir, 'repo'), given);
      },
      scanner: (repo, allowed) => (base, head) =>
        gate.scan({ gitDir: gitDirOf(repo) }, base, head, rulesOf(entryOf(repo), allowed)),
    });
  const verify: MoveExecutor = {
    kind: 'verify',
    async perform(move, signal) {
      const sandbox = await sandboxes.current();
      return heldBySandbox(sandbox, () => verifyIn(sandbox).perform(move, signal));
    },
    adopt: async (move, signal) => verifyIn(await sandboxes.current()).adopt(move, signal),
  };
  return [
    verify,
    judgeMove({
      blobs,
      costOf(family, usage) {
        const { families } = limits().judges;
        return costOf(
          families.find((one) => one.family === family),
          usage,
        );
      },
      judgeOf(family) {
        const { judges } = limits();
        const found = judges.families.find((one) => one.family === family);
        if (!found) return null;
        return judgeFrom(found, judges, {
          env,
          cli,
          material: (bundle) => material(bundle, evidenceKey.publicKeyPem, judges.max_part_chars),
        });
      },
    }),
  ];
}
