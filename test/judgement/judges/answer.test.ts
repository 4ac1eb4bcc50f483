/** The strict reading of an answer, by properties. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../src/judgement/judges/answer.ts';

describe('reading an answer', () => {
  const sound = fc.record({
    verdict: fc.constantFrom('pass', 'fail'),
    findings: fc.array(
      fc.record({
        severity: fc.constantFrom('blocker', 'major', 'minor'),
        file: fc.option(fc.string({ unit: 'binary' })),
        line: fc.option(fc.integer()),
        sentence: fc.string({ unit: 'binary' }),
      }),
      { maxLength: 5 },
    ),
  });

  it('is total, and whatever is not one JSON object is no verdict', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readAnswer(text).readable).toBe(false);
      }),
    );
  });

  it('gives a verdict exactly when verdict and findings agree, whatever the texts hold', () => {
    fc.assert(
      fc.property(sound, (answer) => {
        const grave = answer.findings.some((finding) => finding.severity !== 'minor');
        const reading = readAnswer(JSON.stringify(answer, null, 1));
        expect(reading.readable).toBe((answer.verdict === 'fail') === grave);
        for (const { file, sentence } of reading.findings) {
          expect(`${file}${sentence}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        }
      }),
    );
  });

  it('gives none when anything stands around the object', () => {
    fc.assert(
      fc.property(sound, fc.string({ minLength: 1 }), fc.boolean(), (answer, extra, before) => {
        fc.pre(extra.trim() !== '');
        const json = JSON.stringify(answer);
        expect(readAnswer(before ? extra + json : json + extra).readable).toBe(false);
      }),
    );
  });
});
