/**
 * DOUBLE: the judge's "brain" of the demo. A few plain rules over the evidence text, no model and
 * no judgement: it reads what the checks and the scan said and nothing of what the code means.
 */
import type { JudgeFinding } from '../../control/judge-answer.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { JudgeReply, JudgeRequest } from './judge-double.ts';

interface Check {
  number: number;
  on: 'base' | 'head';
  ok: boolean;
  /** Null: the runner's counts were not recognised. */
  tests: { total: number; passed: number; failed: number; skipped: number } | null;
}

const FENCE = /^BEGIN EVIDENCE ([0-9a-f]{64})\n([\s\S]*)\nEND EVIDENCE \1$/;
const CHECK =
  /^command (\d+) on (base|head): .*: (exit code -?\d+|could not be started|did not end by itself \(.*\)|was killed by a signal); (?:tests \(.*\): (\d+) in all, (\d+) passed, (\d+) failed, (\d+) skipped|test counts: not recognised)$/;
const LISTED = /^\| [AMDT] \d{6} \d{6} \+\d+ -\d+(?: binary)? (.*)$/;

/** For the doubles' `reply`: answers any request by the rules below. */
export function brainReply(request: JudgeRequest): JudgeReply {
  const text = JSON.stringify(decide(request.text));
  // Four characters per token is a common rule of thumb; the double counts nothing real.
  const inputTokens = Math.ceil((request.system.length + request.text.length) / 4);
  return { kind: 'answer', text, inputTokens, outputTokens: Math.ceil(text.length / 4) };
}

/** Total: a message that is not intact evidence is `inconclusive`. */
export function decide(message: string): { verdict: string; findings: JudgeFinding[] } {
  const [, digest, evidence] = FENCE.exec(message) ?? [];
  const undecided = (sentence: string) => ({
    verdict: 'inconclusive',
    findings: [{ severity: 'minor' as const, file: null, line: null, sentence }],
  });
  if (evidence === undefined || sha256Hex(evidence) !== digest) {
    return undecided('This is no intact evidence.');
  }
  const lines = evidence.split('\n');
  // Lines with a bar are quoted from others: only the evidence's own lines count as its words.
  const own = lines.filter((line) => !line.startsWith('| '));
  const checks = own.map(readCheck).filter((check) => check !== null);
  if (!own.some((line) => line.startsWith('## SCAN'))) return undecided('The scan is missing.');
  if (!checks.some((check) => check.on === 'head')) {
    return undecided('No check ran on the head, so nothing shows whether the change works.');
  }
  const firstFile = lines.map((line) => LISTED.exec(line)?.[1]).find((path) => path !== undefined);
  const findings = [...scanFindings(own), ...checks.flatMap((check) => regressions(check, checks))];
  if (firstFile === undefined) findings.push(blocker('The change touches no file.'));
  const placed = findings.map((finding) => ({ ...finding, file: firstFile ?? null }));
  return { verdict: placed.length === 0 ? 'pass' : 'fail', findings: placed };
}

function readCheck(line: string): Check | null {
  const found = CHECK.exec(line);
  if (found === null) return null;
  const [, number, on, result, total, passed, failed, skipped] = found;
  const tests =
    total === undefined
      ? null
      : {
          total: Number(total),
          passed: Number(passed),
          failed: Number(failed),
          skipped: Number(skipped),
        };
  return {
    number: Number(number),
    on: on === 'base' ? 'base' : 'head',
    ok: result === 'exit code 0',
    tests,
  };
}

function scanFindings(own: string[]): JudgeFinding[] {
  const clean = own.includes('The scan of every commit found nothing.');
  return clean ? [] : [blocker('The scan of the commits found problems.')];
}

/** A check on the head must succeed and count no fewer passing and no more skipped tests. */
function regressions(check: Check, all: Check[]): JudgeFinding[] {
  if (check.on === 'base') return [];
  const name = `Command ${check.number}`;
  const findings: JudgeFinding[] = [];
  const failed = check.tests?.failed ?? 0;
  if (!check.ok) findings.push(blocker(`${name} fails on the head, with ${failed} failing tests.`));
  else if (failed > 0) findings.push(blocker(`${name} counts ${failed} failing tests.`));
  const before = all.find((other) => other.on === 'base' && other.number === check.number);
  const [then, now] = [before?.tests, check.tests];
  if (then && !now)
    findings.push(blocker(`${name} counted tests on the base but not on the head.`));
  if (then && now && now.passed < then.passed) {
    findings.push(blocker(`${name} passed ${then.passed} tests before and ${now.passed} now.`));
  }
  if (then && now && now.skipped > then.skipped) {
    findings.push(blocker(`${name} skips more tests than before.`));
  }
  return findings;
}

const blocker = (sentence: string): JudgeFinding => ({
  severity: 'blocker',
  file: null,
  line: null,
  sentence,
});
