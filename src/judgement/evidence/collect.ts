/** Gathers evidence about one task's change: objects, scan, verify runs, features; then seals it. */
import { RISK_RULES } from '../../control/risk.ts';
import { printable } from '../../lib/escape.ts';
import { sha256Hex } from '../../lib/hash.ts';
import {
  MAX_FILES,
  MAX_FINDINGS,
  type Predicate,
  plainUsage,
  predicate as predicateSchema,
  statementOf,
} from './bundle.ts';
import { EvidenceError, readChange, treesOf } from './change.ts';
import { proveGreen } from './control/prove.ts';
import type {
  CommandReport,
  EvidenceCollector,
  EvidenceInput,
  EvidenceSummary,
  ScanFinding,
} from './evidence.ts';
import { featuresOf } from './features.ts';
import { pastOf } from './past.ts';
import { type EvidenceSigner, seal } from './seal.ts';
import { type BaseRunCache, runVerify } from './verify-commands.ts';

export interface CollectorParts {
  signer: EvidenceSigner;
  /** Null: base runs are never reused. */
  cache: BaseRunCache | null;
  /** Tier and image that verify commands run in, e.g. `docker sha256:…`; names kept base runs. */
  environment: string;
}

/** The beginning of a diff up to a limit, ending with a whole line. */
function cutDiff(bytes: Buffer, max: number): Buffer {
  if (bytes.length <= max) return bytes;
  return bytes.subarray(0, bytes.subarray(0, max).lastIndexOf(10) + 1);
}

const words = (argv: readonly string[]): string => printable(argv.join(' '), 120);

/** What a failed verify command did, for the coder's next round; test output only as names. */
export function failureOf(report: CommandReport): string | null {
  const command = `\`${words(report.argv)}\``;
  if (report.ended === 'not-started') return `${command} could not be started.`;
  if (report.ended === 'wall') return `${command} did not end within its time.`;
  if (report.ended !== 'exited') return `${command} was ended: ${printable(report.ended, 40)}.`;
  if (report.code === 0) return null;
  const how = report.code === null ? 'was killed by a signal' : `ended with code ${report.code}`;
  const counts =
    report.tests === null ? '' : `, ${report.tests.failed} of ${report.tests.total} tests failed`;
  const names = report.failing.slice(0, 5).map((name) => printable(name, 120));
  const more = report.failing.length > 5 ? ` and ${report.failing.length - 5} more` : '';
  return `${command} ${how}${counts}${names.length > 0 ? `: ${names.join('; ')}${more}` : ''}.`;
}

function verifySummary(
  configured: boolean,
  passed: boolean,
  reports: readonly CommandReport[],
): EvidenceSummary['verify'] {
  const on = (side: 'base' | 'head') =>
    reports
      .filter((report) => report.on === side)
      .map(({ argv, code, tests }) => ({ argv, code, tests }));
  return {
    configured,
    passed,
    base: on('base'),
    head: on('head'),
    failures: reports
      .filter((report) => report.on === 'head')
      .flatMap((report) => failureOf(report) ?? []),
  };
}

/** Only the known fields, whatever else a scanner's objects carry. */
const plainFinding = ({ rule, kind, commit, path, line, sentence }: ScanFinding): ScanFinding => ({
  rule,
  kind,
  commit,
  path,
  line,
  sentence,
});

const plainRun = (run: EvidenceInput['runs'][number]): Predicate['runs'][number] => ({
  run: run.run,
  role: run.role,
  coder: run.coder,
  model: run.model,
  cliVersion: run.cliVersion,
  tier: run.tier,
  image: run.image,
  engine: run.engine,
  egress: run.egress,
  lane: run.lane,
  laneProof: run.laneProof,
  usage: plainUsage(run.usage),
  ...(run.notes ? { notes: run.notes } : {}),
});

/**
 * Collectors share nothing but the cache. `collect` rejects with {@link EvidenceError}, the git
 * module's and the runner's errors, or the abort reason; a rejection means that there is no evidence.
 */
export function createCollector(parts: CollectorParts): EvidenceCollector {
  return {
    async collect({ gitDir }, input, tools, signal) {
      const place = { gitDir, signal };
      const [baseTree = '', headTree = ''] = await treesOf(place, [input.base, input.head]);
      const base = { commit: input.base, tree: baseTree };
      const head = { commit: input.head, tree: headTree };
      // The scan first: what it asks of git leads to most of the work.
      const scanning = tools.scan(base.commit, head.commit);
      const change = readChange(place, base.commit, head.commit);
      const listed = change.then(({ files }) => files);
      const [scan, { files: all, diff }, past] = await Promise.all([
        scanning,
        change,
        pastOf(place, base, listed),
      ]);
      const kept = cutDiff(diff.bytes, input.maxDiffBytes);
      const truncatedDiff = diff.cut || kept.length < diff.bytes.length;
      const runTools = {
        run: tools.run,
        checkout: tools.checkout,
        tempDir: tools.tempDir,
        cache: parts.cache,
        environment: parts.environment,
        nameOf: (purpose: string) => {
          // Signatures of Ed25519 are deterministic, and nobody else can make them.
          const about = `aedev execution ${input.task} ${head.commit} ${purpose}`;
          const seed = sha256Hex(parts.signer.sign(Buffer.from(about, 'utf8')));
          return `${input.task}-verify-${seed.slice(0, 12)}`;
        },
      };
      const runInput = { task: input.task, base, head, verify: input.verify };
      const verify = await runVerify(runTools, runInput, signal);
      const reports = verify.map((one) => one.report);
      const proof = await proveGreen(place, runTools, runInput, all, reports, signal);
      const found = [...scan.findings, ...proof.findings];
      const features = await featuresOf(place, {
        base,
        files: all,
        past,
        diff: { text: diff.bytes.toString('utf8'), files: diff.files, cut: diff.cut },
        truncated: truncatedDiff,
        verify: input.verify,
        reports,
        findings: found,
        signals: proof.signals,
      });
      const findings = found.slice(0, MAX_FINDINGS).map(plainFinding);
      const scanCut = findings.length < found.length;
      const filesCut = all.length > MAX_FILES;
      const truncated = features.truncated || filesCut || scanCut;
      const checked = predicateSchema.safeParse({
        task: {
          id: input.task,
          repo: input.repo,
          request: input.request,
          acceptance: input.acceptance,
          allowedPaths: input.allowedPaths,
          specDigest: input.specDigest,
        },
        base,
        head,
        policyHash: input.policyHash,
        runs: input.runs.map(plainRun),
        verify: reports,
        scan: { rulesVersion: scan.rulesVersion, commits: scan.commits, findings, cut: scanCut },
        files: all.slice(0, MAX_FILES),
        filesCut,
        features,
        riskRules: RISK_RULES,
        diff: { sha256: sha256Hex(kept), bytes: kept.length, truncated: features.truncated },
        truncated,
        log: input.log,
        time: input.time,
        keyId: parts.signer.keyId,
      } satisfies Predicate);
      if (!checked.success) {
        const issue = checked.error.issues[0];
        throw new EvidenceError(
          'unreadable',
          `The evidence is malformed at ${printable(issue?.path.join('.') ?? '', 200)}: ${printable(issue?.message ?? '', 200)}`,
        );
      }
      const blobs = [kept, ...verify.flatMap(({ logs }) => [logs.stdout, logs.stderr])];
      const bundle = seal(statementOf(checked.data), blobs, parts.signer);
      return {
        summary: {
          digest: sha256Hex(bundle),
          base: base.commit,
          head: head.commit,
          tree: head.tree,
          policyHash: input.policyHash,
          features,
          verify: verifySummary(input.verify.length > 0, features.verify === 'passed', reports),
          findings,
          truncated,
        },
        bundle,
      };
    },
  };
}
