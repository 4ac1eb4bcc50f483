/** Reads a judge's answer strictly. What a judge writes is foreign data, like what it judged. */
import { z } from 'zod';
import type { JudgeFinding } from '../../control/judge-answer.ts';
import { printable } from '../../lib/escape.ts';
import type { Verdict } from './judge.ts';

/** Why a verdict is `inconclusive`; `Verdict.reason` carries one of these. */
export type InconclusiveReason =
  /** The evidence was cut, so judging it would prove nothing; the model was not asked. */
  | 'truncated-evidence'
  /** The bundle gave no text to judge; the model was not asked. */
  | 'unreadable-evidence'
  /** No answer within the time limit. */
  | 'late'
  | 'refusal'
  /** A content filter held back the question or the answer. */
  | 'blocked'
  | 'empty'
  /** The answer ended at its length limit. */
  | 'cut'
  /** The model's input limit is smaller than the evidence. */
  | 'too-long'
  /** Not one JSON object: prose, fences, broken JSON, a key given twice, or no answer at all. */
  | 'malformed'
  /** JSON of another shape. */
  | 'schema'
  | 'oversized'
  /** It tried to call a tool. */
  | 'tool-call'
  /** It ended in a way that says nothing about being complete. */
  | 'unexpected-finish'
  /** It said pass and named a blocker or major finding. */
  | 'contradiction'
  | 'fail-without-finding'
  /** The judge itself could not decide. */
  | 'undecided';

const MAX_ANSWER_CHARS = 64 * 1024;
const MAX_FINDINGS = 50;
const MAX_SENTENCE = 600;
const MAX_FILE = 300;
const MAX_LINE = 10_000_000;

const ANSWER = z.strictObject({
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  findings: z.array(
    z.strictObject({
      severity: z.enum(['blocker', 'major', 'minor']),
      file: z.string().nullable(),
      line: z.int().nullable(),
      sentence: z.string(),
    }),
  ),
});

/**
 * JSON Schema of the answer for the wire. Bounds are left out and checked on reading: providers
 * refuse some of them in strict mode, and a refused schema is no judge at all.
 */
export const ANSWER_JSON_SCHEMA = z.toJSONSchema(ANSWER, {
  override: ({ jsonSchema }) => {
    delete jsonSchema.minimum;
    delete jsonSchema.maximum;
  },
});

export type Reading =
  | { readable: true; verdict: Verdict['verdict']; findings: JudgeFinding[] }
  | { readable: false; reason: InconclusiveReason; findings: JudgeFinding[] };

/** Total: every text gives a reading, and only a whole, consistent answer is a pass or a fail. */
export function readAnswer(text: string): Reading {
  const odd = (reason: InconclusiveReason, findings: JudgeFinding[] = []): Reading => ({
    readable: false,
    reason,
    findings,
  });
  if (text.trim() === '') return odd('empty');
  if (text.length > MAX_ANSWER_CHARS) return odd('oversized');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return odd('malformed');
  }
  const parsed = ANSWER.safeParse(json);
  if (!parsed.success) return odd('schema');
  const { verdict } = parsed.data;
  if (countKeys(text) !== 2 + 4 * parsed.data.findings.length) return odd('malformed');
  if (parsed.data.findings.length > MAX_FINDINGS) return odd('oversized');
  const findings = parsed.data.findings.map(tidy);
  const grave = findings.some((finding) => finding.severity !== 'minor');
  if (verdict === 'pass' && grave) return odd('contradiction', findings);
  if (verdict === 'fail' && !grave) return odd('fail-without-finding', findings);
  if (verdict === 'inconclusive') return odd('undecided', findings);
  return { readable: true, verdict, findings };
}

/**
 * How many keys valid JSON text spells out. JSON.parse keeps the last of two equal keys, so a text
 * that says both fail and pass would otherwise be a pass.
 */
function countKeys(json: string): number {
  const strings = json.match(/"(?:[^"\\]|\\.)*"\s*:?/g) ?? [];
  return strings.filter((string) => string.endsWith(':')).length;
}

function tidy(finding: JudgeFinding): JudgeFinding {
  const { severity, file, line, sentence } = finding;
  return {
    severity,
    file: file === null || file.trim() === '' ? null : oneLine(file, MAX_FILE),
    line: line !== null && line >= 1 && line <= MAX_LINE ? line : null,
    sentence: oneLine(sentence, MAX_SENTENCE),
  };
}

function oneLine(text: string, max: number): string {
  return printable(text.replace(/[\r\n\t\u2028\u2029]+/g, ' ').trim(), max);
}
