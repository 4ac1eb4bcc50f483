import type { Hold } from '../../control/contract.ts';
import { clause } from '../clause.ts';
import type { HoldDoc } from '../documents.ts';
import { ago, type Ink, safe } from './output.ts';

/** Who or what ends a hold, and when. */
export function endsBy(hold: Hold, now: number): string {
  const { resumes } = hold;
  if ('at' in resumes) return `by itself at ${safe(resumes.at, 40)} (${ago(resumes.at, now)})`;
  if ('when' in resumes) return `when ${safe(resumes.when, 200)}`;
  return 'waits for you';
}

export function holdLines(paint: Ink, hold: HoldDoc, now: number): string[] {
  return [
    `${paint.yellow('held')}: ${safe(clause(hold.reason))} (${safe(hold.code)}; ${ago(hold.since, now)})`,
    `  ends ${endsBy(hold, now)}; ${safe(hold.remedy)}`.replace('ends waits', 'waits'),
  ];
}
