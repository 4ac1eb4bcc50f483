/** Measures a change for risk: plain, bounded data from git objects and the host's own checks. */

import { MAX_RISK_FILES, type RiskFeatures } from '../../control/risk.ts';
import { isNotable, kindsOf, kindsOnce } from '../../control/risk-kinds.ts';
import { blobText, type ChangedFile, type Place, sectionsOf } from './change.ts';
import type { CommandReport, ScanFinding, TestCounts } from './evidence.ts';
import type { Past } from './past.ts';
import { parsePatch } from './patch.ts';
import { hostsIn, namesSources, type SignalHit, signalsOf } from './signals.ts';

const MAX_PATH = 1024;
const SOURCE_BYTES = 32 * 1024 * 1024;
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

type Entry = RiskFeatures['files'][number];

/** A deleted file whose very blob reappears under another name was moved, not deleted. */
export function withMoves(files: readonly ChangedFile[]): Entry[] {
  const gone = new Map<string, ChangedFile[]>();
  for (const file of files)
    if (file.status === 'D' && file.oldId !== EMPTY_BLOB)
      gone.set(file.oldId, [...(gone.get(file.oldId) ?? []), file]);
  const moved = new Map<ChangedFile, ChangedFile>();
  for (const file of files) {
    const source = file.status === 'A' ? gone.get(file.newId)?.shift() : undefined;
    if (source !== undefined) moved.set(file, source);
  }
  const sources = new Set(moved.values());
  return files
    .filter((file) => !sources.has(file))
    .map((file) => {
      const source = moved.get(file);
      return {
        path: file.path,
        status: source === undefined ? file.status : 'R',
        from: source?.path ?? null,
        added: source === undefined ? file.added : 0,
        deleted: source === undefined ? file.deleted : 0,
        binary: file.binary,
        oldMode: source?.oldMode ?? file.oldMode,
        mode: file.newMode,
      };
    });
}

/** Two levels of folder: `src/auth/a/b.ts` is in `src/auth`. */
const folderOf = (path: string): string => path.split('/').slice(0, -1).slice(0, 2).join('/');

/** Programs that read a file of a known name to find out what to run. */
const STEERED_BY: Readonly<Record<string, RegExp>> = {
  make: /(^|\/)(GNUm|M|m)akefile$|\.mk$/,
  just: /(^|\/)\.?[Jj]ustfile$/,
  task: /(^|\/)[Tt]askfile\.ya?ml$/,
  rake: /(^|\/)[Rr]akefile$/,
  gradle: /gradle/,
  './gradlew': /gradle/,
  mvn: /(^|\/)\.mvn\//,
  './mvnw': /(^|\/)\.mvn\/|(^|\/)mvnw/,
  bazel: /(^|\/)(BUILD|WORKSPACE|MODULE)(\.bazel)?$|\.bzl$|(^|\/)\.bazelrc$/,
};

const runsScripts = ({ argv }: { argv: readonly string[] }): boolean =>
  /^(?:npm|pnpm|yarn|bun)$/.test(argv[0] ?? '');

/** What the scripts say that `npm test` or `npm run NAME` would run, those before and after it too. */
function scriptWords(argv: readonly string[], scripts: Readonly<Record<string, string>>): string[] {
  const [, first = '', second = ''] = argv;
  if (!runsScripts({ argv })) return [];
  const name = first === 'run' || first === 'run-script' ? second : first === 't' ? 'test' : first;
  return [`pre${name}`, name, `post${name}`].flatMap((one) =>
    Object.hasOwn(scripts, one) ? (scripts[one] ?? '').split(/[\s;&|()"'=]+/) : [],
  );
}

/** The scripts of the base's package.json; none when there is no such file, or nothing runs them. */
async function scriptsOf(
  place: Place,
  base: string,
  verify: FeatureInput['verify'],
): Promise<Record<string, string>> {
  if (!verify.some(runsScripts)) return {};
  try {
    const text = await blobText(place, `${base}:package.json`, 1024 * 1024);
    const parsed = JSON.parse(text ?? '{}') as { scripts?: Record<string, unknown> };
    return Object.fromEntries(
      Object.entries(parsed.scripts ?? {}).filter(
        (one): one is [string, string] => typeof one[1] === 'string',
      ),
    );
  } catch {
    // No such file, or no JSON: then nothing is known of scripts.
    return {};
  }
}

/** Changed files that a verify command names or its program obeys; tests named to be run do not count. */
export function runnerFiles(
  entries: readonly Entry[],
  verify: readonly { argv: readonly string[] }[],
  scripts: Readonly<Record<string, string>> = {},
): string[] {
  const words = verify.flatMap(({ argv }) => [...argv, ...scriptWords(argv, scripts)]);
  const named = new Set(words.map((word) => word.replace(/^\.\//, '')));
  const patterns = verify.flatMap(({ argv }) => STEERED_BY[argv[0] ?? ''] ?? []);
  return entries
    .flatMap((entry) => (entry.from === null ? [entry.path] : [entry.path, entry.from]))
    .filter(
      (path) =>
        (named.has(path) && !kindsOf(path).includes('test')) ||
        patterns.some((pattern) => pattern.test(path)),
    )
    .map((path) => path.slice(0, MAX_PATH))
    .slice(0, 20);
}

function sum(
  reports: readonly CommandReport[],
  on: 'base' | 'head',
): Omit<TestCounts, 'runner'> | null {
  const counts = reports.filter((report) => report.on === on).flatMap(({ tests }) => tests ?? []);
  if (counts.length === 0) return null;
  const total = { total: 0, passed: 0, failed: 0, skipped: 0 };
  for (const count of counts) {
    total.total += count.total;
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
  }
  return total;
}

const passes = (report: CommandReport | undefined): boolean =>
  report?.ended === 'exited' && report.code === 0;

/** A command that ran to its end and failed on the base passes on the head. */
function redToGreen(reports: readonly CommandReport[]): boolean {
  const base = reports.filter((report) => report.on === 'base');
  const head = reports.filter((report) => report.on === 'head');
  return head.some((report, at) => {
    const before = base[at];
    return passes(report) && before?.ended === 'exited' && before.code !== 0;
  });
}

export interface FeatureInput {
  base: { commit: string; tree: string };
  files: ChangedFile[];
  diff: { text: string; files: ChangedFile[]; cut: boolean };
  /** The bundle's diff is not the whole diff. */
  truncated: boolean;
  verify: { argv: readonly string[] }[];
  reports: CommandReport[];
  findings: ScanFinding[];
  /** What running the checks told beyond the diff. */
  signals?: SignalHit[];
  past: Past;
}

export async function featuresOf(place: Place, input: FeatureInput): Promise<RiskFeatures> {
  const { files, diff, reports, findings } = input;
  const kinds = kindsOnce();
  const patches = parsePatch(
    diff.text,
    diff.files.map((file) => ({ path: file.path, sections: sectionsOf(file) })),
    diff.cut,
  );
  const known = new Map<string, ReadonlySet<string>>();
  for (const file of files) {
    if (file.status !== 'M' || !namesSources(kinds(file.path))) continue;
    const text = await blobText(place, file.oldId, SOURCE_BYTES);
    if (text !== null) known.set(file.path, hostsIn(text));
  }
  const entries = withMoves(files);
  const nul = new Set(patches?.filter((patch) => patch.binary).map((patch) => patch.path));
  for (const entry of entries) entry.binary ||= nul.has(entry.path);
  const listable = entries.filter((entry) => fits(entry.path) && fits(entry.from ?? ''));
  // What matters for risk stays when the list must be cut; within that, git's order.
  const ordered = [
    ...listable.filter((entry) => isNotable(kinds(entry.path))),
    ...listable.filter((entry) => !isNotable(kinds(entry.path))),
  ];
  const total = (of: (entry: Entry) => number): number =>
    entries.reduce((total, entry) => total + of(entry), 0);
  return {
    files: ordered.slice(0, MAX_RISK_FILES),
    cut: entries.length > MAX_RISK_FILES || listable.length < entries.length,
    totals: {
      files: entries.length,
      added: total((entry) => entry.added),
      deleted: total((entry) => entry.deleted),
      binary: total((entry) => (entry.binary ? 1 : 0)),
      deletedFiles: total((entry) => (entry.status === 'D' ? 1 : 0)),
      folders: new Set(entries.map((entry) => folderOf(entry.path))).size,
    },
    baseFiles: input.past.baseFiles,
    tests: { before: sum(reports, 'base'), after: sum(reports, 'head') },
    redToGreen: redToGreen(reports),
    verify: verifyState(input.verify.length, reports),
    runnerFiles: runnerFiles(
      entries,
      input.verify,
      await scriptsOf(place, input.base.commit, input.verify),
    ),
    signals: [
      ...(patches === null ? [] : signalsOf(patches, (path) => known.get(path) ?? null, kinds)),
      ...(input.signals ?? []),
    ],
    secrets: findings.filter((finding) => finding.kind === 'secret').length,
    findings: findings.filter((finding) => finding.kind !== 'secret').length,
    // A patch that could not be matched to the list was not read either.
    truncated: input.truncated || diff.cut || patches === null,
    history: input.past.history,
  };
}

const fits = (path: string): boolean => path.length <= MAX_PATH;

export function verifyState(
  configured: number,
  reports: readonly CommandReport[],
): RiskFeatures['verify'] {
  if (configured === 0) return 'missing';
  const head = reports.filter((report) => report.on === 'head');
  return head.length === configured && head.every(passes) ? 'passed' : 'failed';
}
