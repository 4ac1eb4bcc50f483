/** What all runs used, per repo and today, and what is known of the subscription's windows. */
import type { Budget } from '../control/budget.ts';
import type { Run } from '../control/task.ts';
import type { JudgingRow, RunRow } from '../control/views.ts';
import { type JudgingDoc, judgingDocs } from './judging-doc.ts';
import type { Reader } from './reader.ts';
import { type UsageDoc, usageDoc } from './usage-doc.ts';
import { type WindowDoc, windowsDoc } from './windows-doc.ts';

export interface UsageReport {
  day: string | null;
  /** Counted against the day's budget: settled and still reserved. */
  spentToday: Budget['spent'];
  reserved: number;
  total: UsageDoc;
  byRepo: Record<string, UsageDoc>;
  /** What judging used, per family. */
  judges: JudgingDoc[];
  runs: (RunRow & { usage: Run['usage'] })[];
  /** Of the subscriptions, as their CLIs reported them. */
  windows: WindowDoc[];
}

export async function usageReport(reader: Reader): Promise<UsageReport> {
  const rows = (await reader.views('run')).map(({ row }) => row as RunRow);
  const budget = (await reader.view('budget', 'all')) as Budget | undefined;
  const repos = [...new Set(rows.map((row) => row.repo))].sort();
  const of = (repo: string) => rows.filter((row) => row.repo === repo).map((row) => row.run);
  return {
    day: budget?.day ?? null,
    spentToday: budget?.spent ?? {},
    reserved: Object.keys(budget?.open ?? {}).length,
    total: usageDoc(rows.map((row) => row.run)),
    byRepo: Object.fromEntries(repos.map((repo) => [repo, usageDoc(of(repo))])),
    judges: judgingDocs((await reader.views('judging')).map(({ row }) => row as JudgingRow)),
    runs: rows.map((row) => ({ ...row, usage: row.run.usage })),
    windows: await windowsDoc(reader),
  };
}
