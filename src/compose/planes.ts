/** The planes wired into the executors of every kind of move. */
import { mkdirSync } from 'node:fs';
import type { Repo } from '../control/repo.ts';
import { streamOf } from '../control/streams.ts';
import { wireCaches } from './planes/caches.ts';
import { conditionsOf } from './planes/conditions.ts';
import { deliveryMoves } from './planes/delivery.ts';
import { executionMoves } from './planes/execution.ts';
import { wireForges } from './planes/forges.ts';
import { judgementMoves } from './planes/judgement.ts';
import { planningMoves } from './planes/planning.ts';
import { wireSandboxes } from './planes/sandboxes.ts';
import { entryIn, type Wiring } from './planes/wiring.ts';

export async function wirePlanes(wiring: Wiring) {
  const { paths, policy, clock } = wiring;
  for (const folder of [paths.runs, paths.repos, paths.forge, paths.missions])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { createWorkspaces } = await import('../execution/workspace/workspaces.ts');
  const { createGitHubForges } = await import('./planes/github.ts');
  const github = createGitHubForges(wiring);
  const workspaces = createWorkspaces({ root: paths.repos, network: github.network });
  const entryOf = entryIn(policy);
  const pausedOf = async (repo: string) =>
    ((await wiring.store.state(streamOf.repo(repo)))?.state as Repo | undefined)?.paused ?? null;
  const gitDirOf = (repo: string) => workspaces.mirror(repo).gitDir;
  const forges = await wireForges(wiring, workspaces, entryOf, github);
  const sandboxes = await wireSandboxes(wiring);
  const caches = await wireCaches(wiring, workspaces);
  const executors = [
    ...(await planningMoves(wiring, forges, workspaces)),
    ...(await executionMoves(wiring, forges, workspaces, sandboxes, caches)),
    ...(await judgementMoves(wiring, workspaces, sandboxes, caches, entryOf, gitDirOf)),
    ...(await deliveryMoves(forges.forgeOf, entryOf, gitDirOf, clock, pausedOf)),
  ];
  const { observePulls } = await import('../delivery/moves.ts');
  const observe = async (repo: string, numbers: number[]) =>
    observePulls(await forges.forgeOf(repo), numbers);
  const met = await conditionsOf(wiring, sandboxes);
  return {
    executors,
    observe,
    met,
    workspaces,
    caches,
    sandboxes: Object.values(sandboxes.byTier),
  };
}
