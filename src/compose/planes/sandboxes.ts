/** Sandboxes of every tier, rebuilt when the policy changes. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HomePaths } from '../../config/home.ts';
import type { Policy } from '../../control/policy.ts';
import type { Sandbox, SandboxTier } from '../../execution/sandboxes/sandbox.ts';
import type { SrtOptions } from '../../execution/sandboxes/srt.ts';
import type { Wiring } from './wiring.ts';

export interface Sandboxes {
  byTier: Record<SandboxTier, Sandbox>;
  /** The one for what starts now. Asked once for each move, which stays with the answer. */
  current(): Promise<Sandbox>;
}

export async function wireSandboxes(wiring: Wiring): Promise<Sandboxes> {
  const [
    { ProcessSandbox },
    { DockerSandbox },
    { SrtSandbox },
    { chooseTier },
    { withDiskFloor, diskProblem, freeBytes },
  ] = await Promise.all([
    import('../../execution/sandboxes/process.ts'),
    import('../../execution/sandboxes/docker.ts'),
    import('../../execution/sandboxes/srt.ts'),
    import('../../execution/sandboxes/choose.ts'),
    import('../../execution/sandboxes/disk-floor.ts'),
  ]);
  const { records, scratch } = sandboxFolders(wiring.paths);
  for (const folder of [records, scratch]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { install, policy } = wiring;
  const path = wiring.env['PATH'];
  const build = (settings: Policy['policies']['sandbox']): Record<SandboxTier, Sandbox> => ({
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
    srt: new SrtSandbox(srtOptions(wiring.paths, settings, install, path)),
  });
  const minBytes = () => policy.current().policies.retention.min_free_gb * 1000 ** 3;
  const floor = () => diskProblem(wiring.paths.runs, minBytes());
  // A quarter of what keeps new runs from starting: enough for the log and for what is collected.
  const scarce = async () =>
    ((await freeBytes(wiring.paths.runs)) ?? Number.POSITIVE_INFINITY) < minBytes() / 4;
  const all = () => {
    const { hash, policies } = policy.current();
    const byTier = build(policies.sandbox);
    const floored = {
      docker: withDiskFloor(byTier.docker, floor, scarce),
      srt: withDiskFloor(byTier.srt, floor, scarce),
      process: withDiskFloor(byTier.process, floor, scarce),
    };
    return { hash, byTier, floored };
  };
  let known = all();
  const fresh = () => {
    if (policy.current().hash !== known.hash) known = all();
    return known;
  };
  return {
    get byTier() {
      return fresh().byTier;
    },
    async current() {
      const tier = await chooseTier(policy.current().policies.sandbox.tier);
      return fresh().floored[tier];
    },
  };
}

/** Below the folder of runs: records of what lives, and what is short-lived. */
export const sandboxFolders = ({ runs }: Pick<HomePaths, 'runs'>) => ({
  records: join(runs, '.records'),
  scratch: join(runs, '.scratch'),
});

/** Records of its own: the plain tier would look for processes by other marks. */
export const srtOptions = (
  paths: HomePaths,
  settings: Policy['policies']['sandbox'],
  install: string,
  path: string | undefined,
): SrtOptions => ({
  records: join(sandboxFolders(paths).records, 'srt'),
  scratch: sandboxFolders(paths).scratch,
  install,
  read: settings.srt.read,
  hidden: [paths.home],
  ...(path ? { path } : {}),
});
