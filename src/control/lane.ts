/**
 * Lanes: who pays for a run. Subscription, bought credit and the paid API are apart, and no run goes
 * from one to another by itself: the lane that was wanted is in the log before it starts, the lane that
 * was proven after its end, and a difference is a hold.
 */
import type { Lane } from './contract.ts';
import type { HoldCode } from './hold-codes.ts';
import type { Policies } from './policy.ts';

export type { Lane };

/** Lanes on which money is spent beyond the subscription. */
export const PAID: readonly string[] = ['api', 'sdk-credit'];

/**
 * The lane that policy names for a coder; `none` where no model is asked. Coders that know no
 * subscription of aedev's pay by key, and so never without a budget.
 */
export function laneOf(policies: Policies, coder: string): Lane {
  if (coder === 'scripted') return 'none';
  return coder === 'claude' ? policies.coders.claude.lane : 'api';
}

/** What the paid API may cost per day for this coder, US dollars; null when policy allows no such lane. */
export function apiBudget(policies: Policies, coder: string): number | null {
  if (laneOf(policies, coder) !== 'api') return null;
  const section = (policies.coders as Readonly<Record<string, unknown>>)[coder];
  const limit = (section as { api_usd_per_day?: unknown } | undefined)?.api_usd_per_day;
  // A lane without its budget is refused when the file is read; here it would still buy nothing.
  return typeof limit === 'number' ? limit : 0;
}

/**
 * Why what a run proved is not what was wanted; null when it is. A run that never got an answer
 * proves nothing and has cost nothing.
 */
export function laneProblem(
  wanted: Lane | undefined,
  proven: string,
  answered: boolean,
): { code: HoldCode; reason: string } | null {
  if (proven === wanted) return null;
  if (PAID.includes(proven)) {
    const reason = `the run used the paid lane ${proven}, ${wanted ? `and ${wanted} was wanted` : 'not the subscription'}`;
    return { code: 'paid-lane', reason };
  }
  if (!answered || wanted === undefined || wanted === 'none' || wanted === 'unknown') return null;
  const reason =
    proven === 'unknown'
      ? `nothing proves that the run used the lane ${wanted}`
      : `the run used the lane ${proven}, and ${wanted} was wanted`;
  return { code: 'lane-unproven', reason };
}
