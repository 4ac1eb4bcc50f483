/** Moves of the delivery plane, wired. */
import type { RepoEntry } from '../../control/policy-repo.ts';
import type { Forge } from '../../delivery/forges/forge.ts';
import type { Clock } from '../../engine/clock.ts';
import { lazyPushGate } from './push-gate.ts';
import { rulesOf } from './wiring.ts';

export async function deliveryMoves(
  forgeOf: (repo: string) => Promise<Forge>,
  entryOf: (repo: string) => RepoEntry,
  gitDirOf: (repo: string) => string,
  clock: Clock,
  pausedOf: (repo: string) => Promise<string | null>,
) {
  const { pushMove, openPullMove, mergeMove, closePullMove } = await import(
    '../../delivery/moves.ts'
  );
  const deps = {
    forgeOf,
    gitDirOf,
    gate: lazyPushGate(),
    now: clock.now,
    baseBranchOf: (repo: string) => entryOf(repo).branch,
    rulesOf: (repo: string, allowed: string[]) => rulesOf(entryOf(repo), allowed),
    pausedOf,
  };
  return [pushMove(deps), openPullMove(deps), mergeMove(deps), closePullMove(deps)];
}
