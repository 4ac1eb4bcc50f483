/** What every measurement shares: the form of a result, and taking two sides in turn. */

/** One line of the table: `value` compared with `goal`. */
export interface Ratio {
  name: string;
  value: number;
  goal: number;
  better: 'lower' | 'higher';
  /** How it came about, for the table only: the two sides' own medians. */
  note: string;
}

/** A group of ratios that are measured together. */
export interface Bench {
  names: readonly string[];
  run(rounds: number): Promise<Ratio[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Measures two sides `rounds` times, one directly after the other, taking turns at going first, so
 * that a slow moment of the machine meets both. `ratio` is the median of the rounds' own ratios.
 */
export async function inTurn(
  rounds: number,
  ours: (round: number) => Promise<number>,
  other: (round: number) => Promise<number>,
): Promise<{ ours: number; other: number; ratio: number }> {
  const seen: { ours: number; other: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) {
      const first = await ours(round);
      seen.push({ ours: first, other: await other(round) });
    } else {
      const first = await other(round);
      seen.push({ ours: await ours(round), other: first });
    }
  }
  return {
    ours: median(seen.map((one) => one.ours)),
    other: median(seen.map((one) => one.other)),
    ratio: median(seen.map((one) => one.ours / one.other)),
  };
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
