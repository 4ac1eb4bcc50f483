/** What looking at risk outside a task tells: of a range of commits, and of a whole history. */
import type { Risk, RiskBand } from './risk.ts';

/** The risk of a range of commits by the change alone; nothing was run or judged. */
export interface RangeRisk extends Risk {
  /** Full object ids. */
  base: string;
  head: string;
  files: number;
  added: number;
  deleted: number;
}

export interface Auc {
  /** Chance that a random positive scores above a random negative; ties count half. 0.5 is a coin. */
  value: number;
  /** 95% interval after Hanley and McNeil (1982), cut to 0–1. */
  low: number;
  high: number;
}

export interface RiskBacktest {
  /** Commits scored; merges, first commits and reverts themselves are not. */
  commits: number;
  reverted: number;
  /** Could not be read, e.g. in a shallow clone. */
  skipped: number;
  /** Null when nothing or everything was reverted. */
  auc: Auc | null;
  bands: Record<RiskBand, { commits: number; reverted: number }>;
  /** The reverted commits that scored lowest: what the rules did not see. */
  missed: { id: string; subject: string; score: number }[];
}
