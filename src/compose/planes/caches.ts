/** Dependency caches, wired: what the policy says of a repo and of the sandbox that makes them. */
import type { Caches } from '../../execution/caches/caches.ts';
import type { Sandbox } from '../../execution/sandboxes/sandbox.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { entryIn, type Wiring, type Workspaces } from './wiring.ts';

export interface WiredCaches extends Caches {
  /** Names what a repo's work trees are given, for whoever keeps results of running in them. */
  nameOf(repo: string): string;
}

export async function wireCaches(wiring: Wiring, workspaces: Workspaces): Promise<WiredCaches> {
  const { createCaches } = await import('../../execution/caches/caches.ts');
  const { paths, policy, clock } = wiring;
  const entryOf = entryIn(policy);
  const caches = createCaches({
    root: paths.caches,
    workspaces,
    now: clock.now,
    settings(repo, { tier }: Sandbox) {
      const { caches: rules, registries } = entryOf(repo);
      const { image, memory_mb, cpus, pids } = policy.current().policies.sandbox;
      return {
        rules,
        registries,
        limits: { memoryMb: memory_mb, cpus, pids },
        // Compiled parts fit the system and the Node that they were made with.
        environment:
          tier === 'docker'
            ? `docker ${image.digest}`
            : `${tier} ${process.platform} ${process.arch} ${process.versions.modules}`,
      };
    },
  });
  return {
    ...caches,
    nameOf(repo) {
      const { caches: rules, registries } = entryOf(repo);
      return rules.length === 0 ? 'none' : sha256Hex(canonicalJson({ rules, registries }));
    },
  };
}
