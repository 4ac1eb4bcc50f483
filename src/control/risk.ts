/**
 * Risk: a pure function of evidence and policy to a score of 0–100, its band, and every
 * contribution in words. The weights are in `risk-weights.ts`, the kinds of path in `risk-paths.ts`.
 */
import { matches } from './glob.ts';
import type { Said, Severity } from './judge-answer.ts';
import type { RiskFeatures, RiskPolicy } from './risk-features.ts';
import { isCode, kindsOf, type PathKind } from './risk-kinds.ts';
import {
  HIGH_FROM,
  KINDS,
  MEDIUM_FROM,
  POINTS,
  SIGNALS,
  STEPS,
  type Steps,
} from './risk-weights.ts';

export {
  MAX_RISK_FILES,
  type RiskFeatures,
  type RiskPolicy,
  riskFeatures,
  riskOverride,
  riskPolicy,
  tightenRisk,
} from './risk-features.ts';
export { RISK_RULES } from './risk-weights.ts';

export interface RiskVerdict {
  family: string;
  verdict: Said['verdict'];
  worst: Severity | null;
}

export type RiskBand = 'low' | 'medium' | 'high';
export interface Risk {
  /** 0–100. */
  score: number;
  band: RiskBand;
  /** Every contribution; 0 points state what is unknown. The points may sum to more than 100. */
  reasons: { points: number; why: string }[];
  /** Why aedev must not merge this without an approval, whatever the score; empty when it may. */
  neverAutoMerge: string[];
}

type Listed = RiskFeatures['files'][number];

/**
 * A listed file with what its names tell. Both names of a renamed file count: moving a file out of
 * a guarded folder is a change of that folder.
 */
interface File extends Listed {
  names: string[];
  kinds: PathKind[];
}

function step(steps: Steps, value: number): number {
  let points = 0;
  for (const [from, worth] of steps) if (value >= from) points = worth;
  return points;
}

/** A path in a sentence: whatever could steer a terminal, hide or reorder text becomes visible. */
function show(path: string): string {
  const safe = Array.from(path.slice(0, 120), (char) =>
    /[^\p{L}\p{N}\p{P}\p{S} ]/u.test(char)
      ? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
      : char,
  ).join('');
  return path.length > 120 ? `${safe}…` : safe;
}

function some(paths: readonly string[]): string {
  const unique = [...new Set(paths)];
  const more = unique.length > 3 ? ` and ${unique.length - 3} more` : '';
  return `${unique.slice(0, 3).map(show).join(', ')}${more}`;
}

function described(file: Listed): File {
  const names = file.from === null ? [file.path] : [file.path, file.from];
  return { ...file, names, kinds: [...new Set(names.flatMap(kindsOf))] };
}

class Tally {
  readonly reasons: { points: number; why: string }[] = [];
  readonly never: string[] = [];

  add(points: number, why: string): void {
    if (points > 0) this.reasons.push({ points, why });
  }
  unknown(why: string): void {
    this.reasons.push({ points: 0, why: `unknown: ${why}` });
  }
}

function size(tally: Tally, features: RiskFeatures, files: readonly File[]): void {
  const { totals } = features;
  const listed = files.reduce((sum, file) => sum + file.added + file.deleted, 0);
  const code = files
    .filter((file) => isCode(file.kinds))
    .reduce((sum, file) => sum + file.added + file.deleted, 0);
  // Lines of files beyond the list count as program text: what is not seen is not assumed harmless.
  const codeLines = code + Math.max(0, totals.added + totals.deleted - listed);
  tally.add(step(STEPS.codeLines, codeLines), `${codeLines} lines of code change`);
  const other = listed - code;
  tally.add(step(STEPS.otherLines, other), `${other} lines outside code change`);
  tally.add(step(STEPS.files, totals.files), `${totals.files} files change`);
  tally.add(step(STEPS.folders, totals.folders), `${totals.folders} folders are touched`);
  tally.add(step(STEPS.deletedLines, totals.deleted), `${totals.deleted} lines are removed`);
  const gone = totals.deletedFiles;
  tally.add(step(STEPS.deletedFiles, gone), `${gone} files are deleted`);
  if (features.baseFiles === null) tally.unknown('what share of the repo is deleted');
  else if (gone >= 5 && features.baseFiles > 0) {
    const share = Math.floor((100 * gone) / features.baseFiles);
    tally.add(step(STEPS.deletedShare, share), `${share}% of the repo’s files are deleted`);
  }
}

function kinds(
  tally: Tally,
  features: RiskFeatures,
  files: readonly File[],
  policy: RiskPolicy,
): void {
  const byKind = new Map<PathKind, string[]>();
  for (const file of files) {
    for (const kind of file.kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), ...file.names]);
  }
  for (const name of features.runnerFiles) {
    const known = byKind.get('runner-config') ?? [];
    byKind.set('runner-config', [...known, name]);
  }
  for (const [kind, paths] of byKind) {
    const rule = KINDS[kind];
    if (rule === undefined) continue;
    tally.add(rule.points, `${rule.words}: ${some(paths)}`);
    if (rule.never !== null) tally.never.push(`changes ${rule.never}: ${some(paths)}`);
  }
  if (byKind.has('lockfile') && !byKind.has('manifest'))
    tally.add(POINTS.lockfileAlone, 'a lockfile changes without its manifest');
  const guarded = files
    .flatMap((file) => file.names)
    .filter((name) => matches(policy.sensitive_paths, name));
  if (guarded.length > 0) {
    tally.add(POINTS.policyPath, `touches paths the policy guards: ${some(guarded)}`);
    tally.never.push(`touches paths the policy guards: ${some(guarded)}`);
  }
}

function modes(tally: Tally, features: RiskFeatures, files: readonly File[]): void {
  const paths = (test: (file: File) => boolean): string[] =>
    files.filter(test).map((file) => file.path);
  const changed = (file: File): boolean => file.mode !== file.oldMode && file.status !== 'D';
  const executable = paths((file) => changed(file) && file.mode === '100755');
  const links = paths((file) => file.mode === '120000' || file.oldMode === '120000');
  const modules = paths((file) => file.mode === '160000' || file.oldMode === '160000');
  if (executable.length > 0)
    tally.add(POINTS.executable, `files become executable: ${some(executable)}`);
  if (links.length > 0) tally.add(POINTS.symlink, `symbolic links change: ${some(links)}`);
  if (modules.length > 0) {
    tally.add(POINTS.submodule, `submodules change: ${some(modules)}`);
    tally.never.push(`changes submodules: ${some(modules)}`);
  }
  if (features.totals.binary > 0)
    tally.add(
      POINTS.binary,
      `${features.totals.binary} binary files change, which no one can read`,
    );
}

function testFiles(tally: Tally, files: readonly File[]): void {
  const inTests = files.filter((file) => file.kinds.includes('test'));
  const deleted = inTests
    .filter((file) => file.status === 'D' || !kindsOf(file.path).includes('test'))
    .map((file) => file.from ?? file.path);
  if (deleted.length > 0) tally.add(POINTS.testFileDeleted, `tests are deleted: ${some(deleted)}`);
  const lost = inTests.reduce((sum, file) => sum + Math.max(0, file.deleted - file.added), 0);
  tally.add(step(STEPS.testLinesLost, lost), `tests lose ${lost} lines`);
}

function testRuns(tally: Tally, features: RiskFeatures, files: readonly File[]): void {
  if (features.verify === 'failed') tally.add(POINTS.verifyFailed, 'the verify commands fail');
  if (features.verify === 'missing') {
    tally.add(POINTS.verifyMissing, 'no verify command is configured, so nothing was run');
    return;
  }
  const { before, after } = features.tests;
  if (after !== null && after.total - after.skipped <= 0)
    tally.add(POINTS.testsNone, 'the verify commands ran no test');
  if (before !== null && after !== null) {
    if (after.total < before.total)
      tally.add(POINTS.testsFewer, `tests fall from ${before.total} to ${after.total}`);
    if (after.skipped > before.skipped)
      tally.add(
        POINTS.testsSkippedMore,
        `skipped tests rise from ${before.skipped} to ${after.skipped}`,
      );
  } else if (before !== null)
    tally.add(POINTS.testCountsLost, 'the test output can no longer be read');
  else if (after === null)
    tally.add(POINTS.testCountsUnknown, 'no test count could be read from the output');
  const morePass = before !== null && after !== null && after.passed > before.passed;
  const code = features.cut || files.some((file) => isCode(file.kinds));
  if (code && !features.redToGreen && !morePass)
    tally.add(POINTS.noTestShowsIt, 'no test that failed before, or is new, shows the change');
}

function content(tally: Tally, features: RiskFeatures): void {
  const bySignal = new Map<keyof typeof SIGNALS, string[]>();
  for (const { signal, path, line } of features.signals) {
    const place = line === null ? path : `${path}:${line}`;
    bySignal.set(signal, [...(bySignal.get(signal) ?? []), place]);
  }
  for (const [signal, places] of bySignal) {
    const [points, words] = SIGNALS[signal];
    tally.add(points, `${words}: ${some(places)}`);
  }
  if (features.secrets > 0) {
    tally.add(POINTS.secret, `the scan found ${features.secrets} secrets`);
    tally.never.push('contains secrets');
  }
  if (features.findings > 0)
    tally.add(POINTS.finding, `the scan found ${features.findings} other problems`);
  if (features.cut) {
    tally.add(POINTS.listCut, 'more files change than can be listed');
    tally.never.push('more files change than can be listed');
  }
  if (features.truncated) {
    tally.add(POINTS.truncated, 'the diff was too long to be read whole');
    tally.never.push('the diff was too long to be read whole');
  }
}

function history(tally: Tally, features: RiskFeatures): void {
  if (features.history === null) {
    tally.unknown('how often these files changed or were reverted before');
    return;
  }
  const { touching, reverts, commits } = features.history;
  tally.add(step(STEPS.churn, touching), `${touching} of the last ${commits} commits touch them`);
  tally.add(step(STEPS.revertedBefore, reverts), `${reverts} recent changes here were reverted`);
}

function verdictQuality(tally: Tally, verdicts: readonly RiskVerdict[]): void {
  const families = new Set(verdicts.map((verdict) => verdict.family));
  for (let missing = families.size; missing < 2; missing += 1)
    tally.add(POINTS.verdictMissing, 'a verdict of a second family is missing');
  for (const { family, verdict, worst } of verdicts) {
    const who = show(family);
    if (verdict === 'fail') tally.add(POINTS.verdictFail, `${who} judges it a fail`);
    if (verdict === 'inconclusive')
      tally.add(POINTS.verdictInconclusive, `${who} could not conclude`);
    if (worst === 'blocker') tally.add(POINTS.worstBlocker, `${who} found a blocker`);
    if (worst === 'major') tally.add(POINTS.worstMajor, `${who} found a major problem`);
    if (worst === 'minor') tally.add(POINTS.worstMinor, `${who} found a minor problem`);
  }
}

function change(features: RiskFeatures, policy: RiskPolicy): { tally: Tally; files: File[] } {
  const tally = new Tally();
  const files = features.files.map(described);
  size(tally, features, files);
  kinds(tally, features, files, policy);
  modes(tally, features, files);
  testFiles(tally, files);
  content(tally, features);
  history(tally, features);
  return { tally, files };
}

function scored({ reasons, never }: Tally, policy: RiskPolicy): Risk {
  const score = Math.min(
    100,
    reasons.reduce((sum, reason) => sum + reason.points, 0),
  );
  const high = Math.min(policy.high_from, HIGH_FROM);
  const medium = Math.min(policy.medium_from, MEDIUM_FROM);
  // Limits set the wrong way round cannot loosen: the higher band wins.
  const band = score >= high ? 'high' : score >= medium ? 'medium' : 'low';
  return { score, band, reasons, neverAutoMerge: never };
}

/**
 * What the change itself tells, before anything was run or judged: never more than {@link riskOf}
 * says of the same change. For looking at a range of commits; merging asks for the whole.
 */
export function riskOfChange(features: RiskFeatures, policy: RiskPolicy): Risk {
  return scored(change(features, policy).tally, policy);
}

/** Total and pure: the same evidence, verdicts and policy give the same risk anywhere. */
export function riskOf(
  features: RiskFeatures,
  verdicts: readonly RiskVerdict[],
  policy: RiskPolicy,
): Risk {
  const { tally, files } = change(features, policy);
  testRuns(tally, features, files);
  verdictQuality(tally, verdicts);
  return scored(tally, policy);
}
