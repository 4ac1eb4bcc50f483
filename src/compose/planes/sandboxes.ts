/** Sandboxes of every tier, rebuilt when the policy changes. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../../control/policy.ts';
import type { Sandbox } from '../../execution/sandboxes/sandbox.ts';
import type { Wiring } from './wiring.ts';

export interface Sandboxes {
  byTier: Record<'docker' | 'process', Sandbox>;
  current(): Sandbox;
}

export async function wireSandboxes(wiring: Wiring): Promise<Sandboxes> {
  const [{ ProcessSandbox }, { DockerSandbox }, { withDiskFloor, diskProblem }] = await Promise.all(
    [
      import('../../execution/sandboxes/process.ts'),
      import('../../execution/sandboxes/docker.ts'),
      import('../../execution/sandboxes/disk-floor.ts'),
    ],
  );
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
  const floor = () =>
    diskProblem(wiring.paths.runs, policy.current().policies.retention.min_free_gb * 1000 ** 3);
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
    current: () => withDiskFloor(fresh()[policy.current().policies.sandbox.tier], floor),
  };
}
