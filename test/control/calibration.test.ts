import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CalibrationResult, calibrationReport, rate } from '../../src/control/calibration.ts';
import type { JudgeAnswer } from '../../src/control/judge-answer.ts';

type Said = 'pass' | 'fail' | 'inconclusive' | null;
const answer = (family: string, verdict: Said, inputTokens: number | null = 100): JudgeAnswer => ({
  family,
  model: `${family}-1`,
  said:
    verdict === null
      ? null
      : {
          verdict,
          findings:
            verdict === 'fail'
              ? [{ severity: 'blocker', file: null, line: null, sentence: 'It is wrong.' }]
              : [],
          reason: verdict === 'inconclusive' ? 'malformed' : null,
          inputDigest: '',
          promptDigest: '',
          answerDigest: null,
          evidenceDigest: '',
        },
  trouble:
    verdict === null
      ? { code: 'judge-unavailable', sentence: 'It is down.', remedy: '', retryAt: null }
      : null,
  usage: { inputTokens, outputTokens: inputTokens, costUsd: null, durationMs: 10 },
});
const results = (...rows: [fault: string | null, a: Said, b: Said][]): CalibrationResult[] =>
  rows.map(([fault, a, b], at) => ({
    id: `c${at}`,
    fault,
    answers: [answer('a', a), answer('b', b)],
  }));

describe('Wilson’s interval', () => {
  // Computed by hand from the formula, and known from the literature (Newcombe 1998: 81 of 263).
  it.each([
    [81, 263, 0.2553, 0.3662],
    [0, 24, 0, 0.138],
    [24, 24, 0.862, 1],
    [1, 10, 0.0179, 0.4042],
  ])('of %d among %d', (count, of, low, high) => {
    const found = rate(count, of);
    expect(found.low).toBeCloseTo(low, 3);
    expect(found.high).toBeCloseTo(high, 3);
  });
  it('holds the share and stays between 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (of, some) => {
        const { share, low, high } = rate(Math.min(of, some), of);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(share! + 1e-12);
        expect(high).toBeGreaterThanOrEqual(share! - 1e-12);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });
  it('claims nothing about nothing', () => {
    expect(rate(0, 0)).toEqual({ count: 0, of: 0, share: null, low: null, high: null });
  });
});

describe('the report', () => {
  const report = calibrationReport(
    results(
      ['bug', 'pass', 'pass'],
      ['bug', 'pass', 'fail'],
      ['bug', 'fail', 'fail'],
      ['bug', 'inconclusive', 'pass'],
      [null, 'pass', 'pass'],
      [null, 'pass', 'fail'],
      [null, 'inconclusive', 'pass'],
      [null, 'pass', null],
      ['bug', 'fail', null],
    ),
  );
  it('counts per family', () => {
    const [a, b] = report.families;
    expect(a).toMatchObject({
      falseAccept: { count: 2, of: 5 },
      falseReject: { count: 1, of: 4 },
      inconclusive: { count: 2, of: 9 },
      unanswered: 0,
      trouble: null,
    });
    expect(a!.wrong.map(({ id }) => id)).toEqual(['c0', 'c1', 'c6']);
    expect(b).toMatchObject({
      falseAccept: { count: 2, of: 4 },
      falseReject: { count: 1, of: 3 },
      inconclusive: { count: 0, of: 7 },
      unanswered: 2,
      trouble: { code: 'judge-unavailable' },
    });
    expect(b!.wrong).toContainEqual({ id: 'c5', fault: null, said: 'fail', why: 'It is wrong.' });
  });
  it('counts together as aedev decides: all pass, one fails, else unclear', () => {
    expect(report.joint).toMatchObject({
      families: ['a', 'b'],
      falseAccept: { count: 1, of: 5 },
      falseReject: { count: 2, of: 3 },
      inconclusive: { count: 2, of: 8 },
      unanswered: 1,
    });
    expect(report.joint!.wrong.map(({ id }) => id)).toEqual(['c0', 'c5', 'c6']);
  });
  it('sums what is known and says what is not', () => {
    const one = { id: 'x', fault: null, answers: [answer('a', 'pass', null)] };
    const two = { id: 'y', fault: null, answers: [answer('a', 'pass', 7)] };
    const [a] = calibrationReport([one, two]).families;
    expect(a).toMatchObject({ inputTokens: 7, costUsd: null, unknownUsage: 1, durationMs: 20 });
    expect(calibrationReport([one]).families[0]!.inputTokens).toBeNull();
    expect(calibrationReport([one]).joint).toBeNull();
  });
});
