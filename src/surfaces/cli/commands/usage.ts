import type { JudgingDoc } from '../../judging-doc.ts';
import { usageReport } from '../../usage-report.ts';
import type { Host } from '../host.ts';
import { withReader } from '../open.ts';
import { inkFor, safe, say, sayJson, table } from '../output.ts';
import { usageText } from '../task-text.ts';
import { windowLines } from '../window-text.ts';

export async function usage(host: Host, options: { json?: boolean }): Promise<void> {
  const report = await withReader(host, usageReport);
  if (options.json) return sayJson(host, report);
  const paint = inkFor(host);
  say(host, `${paint.bold('All runs')}: ${usageText(report.total)}`);
  const lanes = report.total.lanes.map((lane) => safe(lane)).join(', ');
  if (lanes !== '') say(host, `Paid by: ${lanes}`);
  const rows = Object.entries(report.spentToday).map(([scope, spent]) => [
    scope === '' ? 'all repos' : safe(scope.replace(/^api:/, 'paid API of ')),
    String(spent.runs),
    spent.tokens.toLocaleString('en-US'),
    `$${Math.round(spent.costUsd * 100) / 100}`,
    `${Math.round(spent.wallMs / 60_000)} min`,
  ]);
  if (report.day !== null) {
    say(host);
    say(
      host,
      `${paint.bold(`Budget of ${safe(report.day)}`)} (UTC), counted (unreported runs at their reservation); ${report.reserved} ${report.reserved === 1 ? 'run' : 'runs'} reserved; limits: aedev config show`,
    );
    if (rows.length > 0)
      say(host, await table(['scope', 'runs', 'tokens', 'cost', 'time'], rows, host.columns));
  }
  if (report.judges.length > 0) {
    say(host);
    say(host, paint.bold('Judges'));
    const head = ['family', 'model', 'verdicts', 'tokens in', 'out', 'cost', 'time'];
    say(host, await table(head, report.judges.map(judgeRow), host.columns));
  }
  say(host);
  say(host, paint.bold('Subscription windows'));
  for (const line of windowLines(report.windows, Date.now())) say(host, line);
  for (const [repo, spent] of Object.entries(report.byRepo))
    say(host, `${safe(repo)}: ${usageText(spent)}`);
}

/** What is unknown is said beside the sum of the rest. */
function judgeRow(judge: JudgingDoc): string[] {
  const more = (unknown: number) => (unknown === 0 ? '' : ` (of ${unknown} unknown)`);
  const tokens = (count: number | null) =>
    count === null ? 'unknown' : `${count.toLocaleString('en-US')}${more(judge.unknownTokens)}`;
  const { costUsd, unknownCosts } = judge;
  return [
    safe(judge.family),
    judge.models.map((model) => safe(model, 200)).join(', '),
    String(judge.verdicts),
    tokens(judge.inputTokens),
    tokens(judge.outputTokens),
    costUsd === null ? 'unknown' : `$${costUsd}${more(unknownCosts)}`,
    `${Math.round(judge.durationMs / 1000)} s`,
  ];
}
