/** Looking at the risk of any repository of this machine, for `aedev risk`. */
import { invalidConfig } from '../config/errors.ts';
import type { HomePaths } from '../config/home.ts';
import { gitDirOf } from '../config/identify.ts';
import { loadConfig } from '../config/load.ts';
import { type RiskPolicy, tightenRisk } from '../control/risk.ts';
import type { RangeRisk, RiskBacktest } from '../control/risk-report.ts';
import { EvidenceError, type Place } from '../judgement/evidence/change.ts';
import { backtest } from '../judgement/risk/backtest.ts';
import { BadRange, explainRange, resolveRange } from '../judgement/risk/range.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';

/** Where to look, and the policy in force there: a registered repo's own, else the home's. */
function placeOf(
  paths: HomePaths,
  folder: string,
  signal: AbortSignal,
): { place: Place; policy: RiskPolicy } {
  const loaded = loadConfig(paths);
  if (!loaded.ok) throw invalidConfig(loaded.problems);
  const { policies, repos } = loaded.policy;
  const entry = Object.hasOwn(repos, folder) ? repos[folder] : undefined;
  const gitDir = gitDirOf(entry?.source ?? folder);
  if (gitDir === null)
    throw new CliError(
      'not-found',
      `${folder} is neither a registered repo of this machine nor a folder of a git repository.`,
      'Name one, e.g. with `--repo ~/code/shop`.',
    );
  return { place: { gitDir, signal }, policy: tightenRisk(policies.risk, entry?.risk) };
}

function inWords(error: unknown): never {
  if (error instanceof BadRange)
    throw new CliError('usage', error.message, 'Write A..B, A...B or one commit.');
  if (error instanceof EvidenceError) throw new CliError('refused', error.message);
  throw error;
}

export async function riskOfRange(
  paths: HomePaths,
  folder: string,
  range: string,
  signal: AbortSignal,
): Promise<RangeRisk> {
  const { place, policy } = placeOf(paths, folder, signal);
  return explainRange(place, range, policy).catch(inWords);
}

export async function riskBacktest(
  paths: HomePaths,
  folder: string,
  options: { max: number; onProgress(done: number, of: number): void },
  signal: AbortSignal,
): Promise<RiskBacktest> {
  const { place, policy } = placeOf(paths, folder, signal);
  const { head } = await resolveRange(place, 'HEAD..HEAD').catch(inWords);
  return backtest(place, head, policy, options);
}
