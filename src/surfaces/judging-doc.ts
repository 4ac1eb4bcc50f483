/** What judges used, per family, summed only over what is known. */
import type { JudgingRow } from '../control/views.ts';

/** null is unknown; sums leave out what is unknown and say so by the counts beside them. */
export interface JudgingDoc {
  family: string;
  models: string[];
  verdicts: number;
  unknownTokens: number;
  unknownCosts: number;
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  durationMs: number;
}

export function judgingDocs(rows: readonly JudgingRow[]): JudgingDoc[] {
  const families = [...new Set(rows.map(({ family }) => family))].sort();
  return families.map((family) => {
    const own = rows.filter((row) => row.family === family);
    const sum = (pick: (row: JudgingRow) => number) =>
      own.reduce((total, row) => total + pick(row), 0);
    const verdicts = sum((row) => row.verdicts);
    const unknownTokens = sum((row) => row.unknownTokens);
    const unknownCosts = sum((row) => row.unknownCosts);
    const tokens = unknownTokens < verdicts;
    return {
      family,
      models: [...new Set(own.map(({ model }) => model))],
      verdicts,
      unknownTokens,
      unknownCosts,
      inputTokens: tokens ? sum((row) => row.inputTokens) : null,
      outputTokens: tokens ? sum((row) => row.outputTokens) : null,
      costUsd: unknownCosts < verdicts ? Math.round(sum((row) => row.costUsd) * 1e6) / 1e6 : null,
      durationMs: sum((row) => row.durationMs),
    };
  });
}
