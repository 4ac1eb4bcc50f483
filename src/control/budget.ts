/**
 * Budgets per UTC day, global and per repo: reserved before a run, settled after it. What is
 * reserved counts as spent until it is settled, and what a run did not report counts as reserved,
 * so that spending can be overstated but never understated.
 */
import type { Command, WantedRun } from './commands.ts';
import type { Context } from './context.ts';
import { type Amounts, type Refusal, refuse } from './contract.ts';
import { apiBudget } from './lane.ts';
import { repoBudget } from './policy.ts';

type Scope = { [id: string]: Amounts };

export interface Budget {
  /** UTC date of the counts, `YYYY-MM-DD`. */
  day: string;
  /** Settled and reserved amounts of this day: `''` is all repos together, `api:claude` a paid lane. */
  spent: Scope;
  /** Reservations of runs that are not settled yet. */
  open: { [run: string]: { repo: string; task: string; paid?: string; amounts: Amounts } };
}

export type BudgetEvent =
  | {
      type: 'budget.reserved';
      data: {
        run: string;
        task: string;
        repo: string;
        day: string;
        /** Scope of the paid lane that it uses. */
        paid?: string;
        amounts: Amounts;
      };
    }
  | {
      type: 'budget.denied';
      data: { run: string; task: string; repo: string; reason: string; until: string | null };
    }
  | { type: 'budget.settled'; data: { run: string; actual: Amounts } };

export const NOTHING: Amounts = { runs: 0, tokens: 0, costUsd: 0, wallMs: 0 };
const combine = (a: Amounts, b: Amounts, sign: 1 | -1): Amounts => ({
  runs: a.runs + sign * b.runs,
  tokens: a.tokens + sign * b.tokens,
  // Cents would drift in binary; a millionth of a dollar is exact enough and stays byte-equal.
  costUsd: Math.round((a.costUsd + sign * b.costUsd) * 1e6) / 1e6,
  wallMs: a.wallMs + sign * b.wallMs,
});

export function evolveBudget(state: Budget | null, event: BudgetEvent): Budget | null {
  const before = state ?? { day: '', spent: {}, open: {} };
  switch (event.type) {
    case 'budget.reserved': {
      const { run, task, repo, day, paid, amounts } = event.data;
      const spent = day === before.day ? before.spent : carried(before);
      const kept = { repo, task, ...(paid === undefined ? {} : { paid }), amounts };
      return { day, spent: add(spent, kept, amounts, 1), open: { ...before.open, [run]: kept } };
    }
    case 'budget.settled': {
      const reserved = before.open[event.data.run];
      if (!reserved) return state;
      const { [event.data.run]: _, ...open } = before.open;
      const spent = add(
        add(before.spent, reserved, reserved.amounts, -1),
        reserved,
        event.data.actual,
        1,
      );
      return { ...before, spent, open };
    }
    default:
      return state;
  }
}

/** A new day begins with what is still reserved: it will be spent on it. */
function carried(state: Budget): Scope {
  let spent: Scope = {};
  for (const open of Object.values(state.open)) spent = add(spent, open, open.amounts, 1);
  return spent;
}

function add(
  spent: Scope,
  of: { repo: string; paid?: string },
  amounts: Amounts,
  sign: 1 | -1,
): Scope {
  const after = { ...spent };
  for (const scope of ['', of.repo, ...(of.paid === undefined ? [] : [of.paid])])
    after[scope] = combine(after[scope] ?? NOTHING, amounts, sign);
  return after;
}

type BudgetCommand = Extract<Command, { type: `budget.${string}` }>;

export function decideBudget(
  state: Budget | null,
  command: BudgetCommand,
  ctx: Context,
): BudgetEvent[] | Refusal {
  if (command.type === 'budget.settle') {
    const reserved = state?.open[command.run];
    if (!reserved) return [];
    const actual = { ...reserved.amounts, ...command.actual };
    return [{ type: 'budget.settled', data: { run: command.run, actual } }];
  }
  if (state?.open[command.run])
    return refuse('reserved', `Run ${command.run} has its reservation already.`);
  // A clock that is set back must not give the day's budget twice.
  const today = ctx.now.slice(0, 10);
  const day = state && state.day > today ? state.day : today;
  const spent = state?.day === day ? state.spent : state ? carried(state) : {};
  const { global } = ctx.policy.policies.budgets;
  const reason =
    exceeded(spent[''] ?? NOTHING, command.amounts, global, 'the daily budget of all repos') ??
    exceeded(
      spent[command.repo] ?? NOTHING,
      command.amounts,
      repoBudget(ctx.policy, command.repo),
      `the daily budget of ${command.repo}`,
    ) ??
    exceededPaid(spent, command, ctx);
  const { run, task, repo, amounts } = command;
  const paid = paidScope(command);
  if (!reason) {
    const data = { run, task, repo, day, ...(paid === null ? {} : { paid }), amounts };
    return [{ type: 'budget.reserved', data }];
  }
  // What one run reserves may be more than a whole day has: then no tomorrow helps.
  const never =
    exceeded(NOTHING, amounts, global, '') ??
    exceeded(NOTHING, amounts, repoBudget(ctx.policy, repo), '') ??
    exceededPaid({}, command, ctx);
  const until = never
    ? null
    : new Date(Date.parse(`${day}T00:00:00.000Z`) + 86_400_000).toISOString();
  return [
    { type: 'budget.denied', data: { run, task, repo, reason: `${reason} (${day}, UTC)`, until } },
  ];
}

/** A repo's id holds no colon, so that none is taken for this. */
const paidScope = ({ lane, coder }: WantedRun): string | null =>
  lane === 'api' ? `api:${coder}` : null;

/** The paid lane has a budget of its own, unless the operator approved this very run. */
function exceededPaid(spent: Scope, command: WantedRun, ctx: Context): string | null {
  const scope = paidScope(command);
  if (scope === null || command.approved) return null;
  const limits = {
    runs_per_day: null,
    tokens_per_day: null,
    cost_usd_per_day: apiBudget(ctx.policy.policies, command.coder) ?? 0,
    wall_minutes_per_day: null,
  };
  const what = `the daily budget of the paid API for ${command.coder}`;
  return exceeded(spent[scope] ?? NOTHING, command.amounts, limits, what);
}

interface Limits {
  runs_per_day: number | null;
  tokens_per_day: number | null;
  cost_usd_per_day: number | null;
  wall_minutes_per_day: number | null;
}

function exceeded(spent: Amounts, wanted: Amounts, limits: Limits, what: string): string | null {
  const checks: [string, number, number | null][] = [
    ['runs', spent.runs + wanted.runs, limits.runs_per_day],
    ['tokens', spent.tokens + wanted.tokens, limits.tokens_per_day],
    ['dollars', spent.costUsd + wanted.costUsd, limits.cost_usd_per_day],
    ['minutes', (spent.wallMs + wanted.wallMs) / 60_000, limits.wall_minutes_per_day],
  ];
  for (const [unit, would, limit] of checks) {
    if (limit !== null && would > limit + 1e-9)
      return `${what} would be exceeded: ${round(would)} of ${limit} ${unit} with what is reserved`;
  }
  return null;
}
const round = (value: number) => Math.round(value * 100) / 100;
