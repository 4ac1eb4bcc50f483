/** How well a score tells two groups apart. */

import type { Auc } from '../../control/risk-report.ts';

/** Null when either group is empty: then there is nothing to tell apart. */
export function auc(positives: readonly number[], negatives: readonly number[]): Auc | null {
  const p = positives.length;
  const n = negatives.length;
  if (p === 0 || n === 0) return null;
  const all = [
    ...positives.map((score) => ({ score, positive: true })),
    ...negatives.map((score) => ({ score, positive: false })),
  ].sort((one, other) => one.score - other.score);
  let ranks = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.score === all[from]?.score) to += 1;
    // Equal scores share the middle of their ranks, which are counted from 1.
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if (all[at]?.positive) ranks += rank;
    from = to;
  }
  const value = (ranks - (p * (p + 1)) / 2) / (p * n);
  const q1 = value / (2 - value);
  const q2 = (2 * value * value) / (1 + value);
  const variance =
    (value * (1 - value) + (p - 1) * (q1 - value * value) + (n - 1) * (q2 - value * value)) /
    (p * n);
  const margin = 1.96 * Math.sqrt(Math.max(0, variance));
  return { value, low: Math.max(0, value - margin), high: Math.min(1, value + margin) };
}
