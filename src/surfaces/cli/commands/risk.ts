import { resolve } from 'node:path';
import type { RiskBand } from '../../../control/risk.ts';
import { CliError } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { type Ink, inkFor, safe, say, sayJson, table } from '../output.ts';

const INK: Record<RiskBand, keyof Pick<Ink, 'green' | 'yellow' | 'red'>> = {
  low: 'green',
  medium: 'yellow',
  high: 'red',
};

/** A registered id stays as it is; whatever looks like a path is one. */
const folderOf = (host: Host, repo: string | undefined): string =>
  repo === undefined ? host.cwd : /[/\\.~]/.test(repo) ? resolve(host.cwd, repo) : repo;

export async function explain(
  host: Host,
  options: { repo?: string; json?: boolean },
  range = 'HEAD',
): Promise<void> {
  const risk = await host.riskOfRange(folderOf(host, options.repo), range);
  if (options.json) return sayJson(host, risk);
  const paint = inkFor(host);
  say(host, paint[INK[risk.band]](`risk ${risk.score} of 100: ${risk.band}`));
  const { base, head, files, added, deleted } = risk;
  say(host, `${base.slice(0, 12)}..${head.slice(0, 12)}  ${files} files, +${added} -${deleted}`);
  for (const { points, why } of risk.reasons)
    say(host, `${String(points).padStart(4)}  ${safe(why, 400)}`);
  for (const why of risk.neverAutoMerge)
    say(host, `${paint.red(' never merged by itself:')} ${safe(why, 400)}`);
  say(host, 'By the change alone: tests and verdicts are not counted here.');
}

export async function backtest(
  host: Host,
  options: { max?: string; json?: boolean },
  repo?: string,
): Promise<void> {
  const max = Number(options.max ?? 1000);
  if (!Number.isInteger(max) || max < 1 || max > 1_000_000)
    throw new CliError('usage', '--max must be a whole number from 1 to 1000000.');
  const paint = inkFor(host);
  let told = 0;
  const result = await host.riskBacktest(folderOf(host, repo), {
    max,
    onProgress(done, of) {
      const share = Math.floor((10 * done) / of);
      if (options.json || share === told) return;
      told = share;
      host.err(`${done} of ${of} commits\n`);
    },
  });
  if (options.json) return sayJson(host, result);
  const { auc, commits, reverted, skipped } = result;
  say(
    host,
    `${commits} commits scored, ${reverted} of them reverted later${skipped > 0 ? `, ${skipped} could not be read` : ''}.`,
  );
  if (auc === null) say(host, 'No AUC: there is nothing to tell apart.');
  else
    say(
      host,
      `AUC ${paint.bold(auc.value.toFixed(2))} (95% from ${auc.low.toFixed(2)} to ${auc.high.toFixed(2)}): the chance that a reverted commit scores above one that stayed; 0.50 is a coin.`,
    );
  const rows = (['low', 'medium', 'high'] as const).map((band) => {
    const { commits: all, reverted: bad } = result.bands[band];
    return [band, `${all}`, `${bad}`, all === 0 ? '' : `${((100 * bad) / all).toFixed(1)}%`];
  });
  say(host, await table(['band', 'commits', 'reverted', 'share'], rows, host.columns));
  if (result.missed.length > 0) say(host, 'Reverted, and scored lowest:');
  for (const { id, subject, score } of result.missed)
    say(host, `${String(score).padStart(4)}  ${id.slice(0, 12)}  ${safe(subject, 100)}`);
}
