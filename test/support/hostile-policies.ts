/** The policies under which random histories are played, well-meant and odd ones. */
import type { Policy } from '../../src/control/policy.ts';
import { family, policyOf } from './world.ts';

export const REPOS = ['a', 'b'];

export function policies(variant: number): Policy {
  const families = [
    ['openai', 'gemini'],
    ['openai', 'gemini', 'qwen'],
    ['openai', 'scripted', 'gemini'],
    ['openai'],
    ['scripted', 'openai'],
    [],
  ];
  const rarely = variant % 7 === 6 ? (variant % 5) + 1 : 0;
  return policyOf(
    {
      judges: { families: families[rarely]?.map(family) },
      rework: { max_rounds: variant % 4, backoff_seconds: (variant % 3) * 10, max_attempts: 2 },
      budgets: {
        global: {
          runs_per_day: 4 + (variant % 9),
          tokens_per_day: variant % 2 ? 20_000_000 : null,
        },
        per_repo: { runs_per_day: 3 + (variant % 5), cost_usd_per_day: variant % 3 ? null : 25 },
      },
      // Some of the histories run on a subscription, whose windows come and go.
      ...(variant % 3 === 1
        ? {
            coders: { default: 'claude' },
            limits: {
              operator_share: (variant % 4) * 0.2,
              stagger_seconds: (variant % 2) * 600,
              max_resumes: variant % 5,
            },
          }
        : {}),
      approvals: { spec_ttl_hours: 24, merge_ttl_hours: 12 },
    },
    REPOS.map((id, index) => ({
      id,
      auto_merge: (variant + index) % 3 !== 0,
      parallel: 1 + ((variant + index) % 2),
      required_checks: variant % 5 === 4 ? ['ci'] : [],
    })),
  );
}
