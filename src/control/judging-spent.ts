/** What judging a task used, per family; a verdict is dropped with its head, what it cost is not. */
import type { VerdictSeen } from './task-parts.ts';

export interface JudgingSpent {
  family: string;
  /** Of the last verdict. */
  model: string;
  verdicts: number;
  /** Verdicts whose tokens, or whose cost, are unknown; the sums leave them out. */
  unknownTokens: number;
  unknownCosts: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  durationMs: number;
}

/** Every verdict counts, those that void evidence took away included. */
export function withVerdict(
  all: readonly JudgingSpent[],
  { family, model, usage }: VerdictSeen,
): JudgingSpent[] {
  const before = all.find((one) => one.family === family) ?? {
    verdicts: 0,
    unknownTokens: 0,
    unknownCosts: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    durationMs: 0,
  };
  const { inputTokens = null, outputTokens = null, costUsd = null } = usage ?? {};
  const known = inputTokens !== null && outputTokens !== null;
  const after: JudgingSpent = {
    family,
    model,
    verdicts: before.verdicts + 1,
    unknownTokens: before.unknownTokens + (known ? 0 : 1),
    unknownCosts: before.unknownCosts + (costUsd === null ? 1 : 0),
    inputTokens: before.inputTokens + (known ? inputTokens : 0),
    outputTokens: before.outputTokens + (known ? outputTokens : 0),
    costUsd: Math.round((before.costUsd + (costUsd ?? 0)) * 1e6) / 1e6,
    durationMs: before.durationMs + (usage?.durationMs ?? 0),
  };
  return [...all.filter((one) => one.family !== family), after];
}
