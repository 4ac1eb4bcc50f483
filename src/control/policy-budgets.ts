/** `budgets` of policies.yaml: limits per day and per run. */
import { z } from 'zod';

const runsPerDay = z.int().min(0).nullable().meta({
  description: 'runs started per UTC day; null is no limit',
});
const tokensPerDay = z.int().min(0).nullable();
const costPerDay = z.number().min(0).nullable();
const minutesPerDay = z.number().min(0).nullable();

/** `runs` stands whenever the operator does not name another: setting one limit drops no other. */
const perDay = (runs: number) =>
  z.strictObject({
    runs_per_day: runsPerDay.default(runs),
    tokens_per_day: tokensPerDay.default(null),
    cost_usd_per_day: costPerDay.default(null),
    wall_minutes_per_day: minutesPerDay.default(null),
  });

/** For one repo: what is not said stays as `budgets.per_repo` has it. */
export const perDayOverride = z.strictObject({
  runs_per_day: runsPerDay.optional(),
  tokens_per_day: tokensPerDay.optional(),
  cost_usd_per_day: costPerDay.optional(),
  wall_minutes_per_day: minutesPerDay.optional(),
});

export const budgetsPolicy = z
  .strictObject({
    global: perDay(50).prefault({}),
    per_repo: perDay(25).prefault({}),
    per_run: z
      .strictObject({
        tokens: z.int().positive().default(2_000_000),
        cost_usd: z.number().positive().default(10),
        wall_minutes: z
          .number()
          .positive()
          .max(24 * 60)
          .default(60),
        idle_minutes: z
          .number()
          .positive()
          .max(24 * 60)
          .default(15),
        max_turns: z.int().positive().default(80),
      })
      .prefault({}),
  })
  .prefault({});
