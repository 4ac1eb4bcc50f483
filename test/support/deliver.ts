/** The real delivery moves, performed by an engine of the tests over any forge. */

import type { Outcome } from '../../src/control/contract.ts';
import type { MoveExecutor, MoveOrder } from '../../src/control/executor.ts';
import type { Forge } from '../../src/delivery/forges/forge.ts';
import {
  closePullMove,
  type DeliveryDeps,
  mergeMove,
  openPullMove,
  pushMove,
} from '../../src/delivery/moves.ts';
import type { Engine } from './engine.ts';

/** `done` is told of every performed move, and what came of it. */
export function deliverOver(
  one: Engine,
  forge: Forge,
  setTree: (tree: string) => void,
  done: (
    executor: MoveExecutor,
    move: MoveOrder,
    outcome: Outcome,
    signal: AbortSignal,
  ) => void = () => {},
): void {
  const deps: DeliveryDeps = {
    forgeOf: async () => forge,
    gitDirOf: () => '',
    baseBranchOf: () => 'main',
    gate: { scan: async () => ({ findings: [], commits: [], rulesVersion: '' }) },
    rulesOf: () => ({
      allowedPaths: ['**'],
      forbiddenPaths: [],
      maxFileBytes: 1,
      allowBinary: false,
      trustedActions: [],
      deniedLicences: [],
      registries: [],
    }),
    now: one.clock.now,
    pausedOf: async () => null,
  };
  for (const move of [pushMove, openPullMove, mergeMove, closePullMove]) {
    const executor = move(deps);
    one.on.set(`perform ${executor.kind}`, async (order, signal) => {
      setTree((await one.task()).tree ?? '');
      const outcome = await executor.perform(order, signal);
      done(executor, order, outcome, signal);
      return outcome;
    });
    one.on.set(`adopt ${executor.kind}`, (order, signal) => executor.adopt(order, signal));
  }
}
