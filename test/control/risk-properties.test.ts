import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RiskFeatures, type RiskVerdict, riskOf, riskPolicy } from '../../src/control/risk.ts';
import { SIGNAL_NAMES } from '../../src/control/risk-weights.ts';

const policy = riskPolicy.parse({});
const path = fc.constantFrom(
  'src/a.ts',
  'src/auth/b.ts',
  'test/c.test.ts',
  'docs/d.md',
  '.npmrc',
  'package.json',
  'yarn.lock',
  'x.sql',
  '\u202e',
);
const count = fc.oneof(fc.nat(5), fc.nat(20_000));
const modes = fc.constantFrom('000000', '100644', '100755', '120000', '160000');
const totals = fc.record({ total: count, passed: count, failed: count, skipped: count });
const features: fc.Arbitrary<RiskFeatures> = fc.record({
  files: fc.array(
    fc.record({
      path,
      status: fc.constantFrom('A', 'M', 'D', 'R', 'T'),
      from: fc.option(path),
      added: count,
      deleted: count,
      binary: fc.boolean(),
      oldMode: modes,
      mode: modes,
    }),
    { maxLength: 12 },
  ),
  cut: fc.boolean(),
  totals: fc.record({
    files: count,
    added: count,
    deleted: count,
    binary: count,
    deletedFiles: count,
    folders: count,
  }),
  baseFiles: fc.option(count),
  tests: fc.record({ before: fc.option(totals), after: fc.option(totals) }),
  redToGreen: fc.boolean(),
  verify: fc.constantFrom('passed', 'failed', 'missing'),
  runnerFiles: fc.array(path, { maxLength: 3 }),
  signals: fc.array(
    fc.record({ signal: fc.constantFrom(...SIGNAL_NAMES), path, line: fc.constant(null) }),
    { maxLength: 6 },
  ),
  secrets: fc.nat(3),
  findings: fc.nat(3),
  truncated: fc.boolean(),
  history: fc.option(fc.record({ commits: count, touching: count, reverts: count })),
});
const verdict: fc.Arbitrary<RiskVerdict> = fc.record({
  family: fc.constantFrom('a', 'b', 'c'),
  verdict: fc.constantFrom('pass', 'fail', 'inconclusive'),
  worst: fc.constantFrom(null, 'minor', 'major', 'blocker'),
});
const verdicts = fc.array(verdict, { maxLength: 4 });
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null)
    Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

describe('properties', () => {
  it('is pure, bounded, and its reasons add up to its score', () => {
    fc.assert(
      fc.property(features, verdicts, (seen, judged) => {
        const risk = riskOf(frozen(seen), frozen(judged), frozen(policy));
        expect(riskOf(structuredClone(seen), structuredClone(judged), policy)).toEqual(risk);
        const sum = risk.reasons.reduce((total, reason) => total + reason.points, 0);
        expect(risk.score).toBe(Math.min(100, sum));
        expect(risk.score).toBeGreaterThanOrEqual(0);
        expect(risk.reasons.every((reason) => reason.points >= 0 && reason.why !== '')).toBe(true);
        expect(risk.band).toBe(risk.score >= 70 ? 'high' : risk.score >= 30 ? 'medium' : 'low');
      }),
    );
  });

  type Worse = (seen: RiskFeatures) => RiskFeatures;
  const worse: [string, Worse][] = [
    ['a secret', (seen) => ({ ...seen, secrets: seen.secrets + 1 })],
    ['a finding', (seen) => ({ ...seen, findings: seen.findings + 1 })],
    ['a cut', (seen) => ({ ...seen, truncated: true, cut: true })],
    [
      'a signal',
      (seen) => ({
        ...seen,
        signals: [...seen.signals, { signal: 'sql-drop', path: 'x', line: 1 }],
      }),
    ],
    [
      'a deleted file',
      (seen) => ({
        ...seen,
        files: [
          ...seen.files,
          {
            path: 'src/z.ts',
            status: 'D',
            from: null,
            added: 0,
            deleted: 9,
            binary: false,
            oldMode: '100644',
            mode: '000000',
          },
        ],
        totals: {
          ...seen.totals,
          files: seen.totals.files + 1,
          deleted: seen.totals.deleted + 9,
          deletedFiles: seen.totals.deletedFiles + 1,
        },
      }),
    ],
    [
      'removed lines',
      (seen) => ({ ...seen, totals: { ...seen.totals, deleted: seen.totals.deleted + 500 } }),
    ],
    ['a failed check', (seen) => (seen.verify === 'passed' ? { ...seen, verify: 'failed' } : seen)],
    ['no red to green', (seen) => ({ ...seen, redToGreen: false })],
  ];
  it.each(worse)('%s never lowers the score, nor takes a reason away', (_name, worsen) => {
    fc.assert(
      fc.property(features, verdicts, (seen, judged) => {
        const before = riskOf(seen, judged, policy);
        const after = riskOf(worsen(seen), judged, policy);
        expect(after.score).toBeGreaterThanOrEqual(before.score);
        expect(after.neverAutoMerge.length).toBeGreaterThanOrEqual(before.neverAutoMerge.length);
      }),
    );
  });

  it('a worse verdict or a tighter policy never lowers it', () => {
    fc.assert(
      fc.property(features, verdicts, fc.integer({ min: 1, max: 30 }), (seen, judged, from) => {
        const before = riskOf(seen, judged, policy);
        const bad = judged.map((one) => ({
          ...one,
          verdict: 'fail' as const,
          worst: 'blocker' as const,
        }));
        expect(riskOf(seen, bad, policy).score).toBeGreaterThanOrEqual(before.score);
        const bands = ['low', 'medium', 'high'];
        const tight = riskPolicy.parse({
          medium_from: from,
          high_from: from + 20,
          sensitive_paths: ['**'],
        });
        const after = riskOf(seen, judged, tight);
        expect(bands.indexOf(after.band)).toBeGreaterThanOrEqual(bands.indexOf(before.band));
      }),
    );
  });
});
