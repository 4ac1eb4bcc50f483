/** The policies under which tasks are tried, tasks that wait in review, and what executors say of their moves. */
import type { Outcome } from '../../src/control/contract.ts';
import type { Move } from '../../src/control/steps.ts';
import { type Given, given } from './given.ts';
import { evidence, features, oid, ok, ran, type Told, verdict } from './outcomes.ts';
import { policyOf } from './world.ts';

export const HOUR = 3_600_000;
/** Tries follow one another at once. */
export const rework = { backoff_seconds: 0 };
export const AUTO = policyOf({ merge: { auto_merge: true }, rework });
export const MANUAL = policyOf({ approvals: { merge_ttl_hours: 2 }, rework });
const CHECKED = policyOf({ rework }, [{ id: 'shop', auto_merge: true, required_checks: ['ci'] }]);

export const auto = (): Given => given(AUTO);
export const limited = (limits: Record<string, unknown>): Given =>
  given(policyOf({ merge: { auto_merge: true }, rework: { ...rework, ...limits } }));
/** In review under {@link MANUAL}, where the operator is asked. */
export const asked = (): Given => given(MANUAL).at('in-review').held('awaiting-merge-approval');
/** In review with auto-merge, where only the required check `ci` is missing. */
export const checked = (): Given => given(CHECKED).at('in-review').held(null);

export const ci = (state: 'pending' | 'success' | 'failure', name = 'ci') => ({
  checks: [{ name, state, summary: `${name} says so` }],
});
export const about = (move: Move): Told => move.input as Told;
export const sealed = (more: Parameters<typeof evidence>[2], hash = AUTO.hash) => ({
  verify: (move: Move): Outcome => ok(evidence(about(move), hash, more)),
});
export const sized = (size: 'medium' | 'high' | 'never', hash: string) =>
  sealed({ features: features(size) }, hash);
/** A run that changed something, another each time. */
export const work = (move: Move): Outcome =>
  ran(undefined, {
    collected: {
      commit: oid('commit', about(move).run),
      tree: oid('tree', about(move).run),
      notes: [],
    },
  });
/** A run that left everything as the base has it. */
export const nothing = ran(undefined, {
  collected: { commit: null, tree: oid('same'), notes: [] },
});
export const says = (said: 'pass' | 'fail' | 'inconclusive', more = {}) => ({
  judge: (move: Move): Outcome =>
    ok(verdict(about(move).family, about(move), { verdict: said, ...more })),
});
export const red = {
  verify: { configured: true, passed: false, base: [], head: [], failures: ['1 test fails'] },
};
