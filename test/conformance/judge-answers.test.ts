/** Conformance of both judge families: every odd answer is inconclusive, never a pass. */

import { afterEach, describe, expect, it } from 'vitest';
import type { JudgeReply } from '../../src/demo/doubles/judge-double.ts';
import {
  answer,
  BUNDLE,
  closeDoubles,
  FAIL,
  FAMILIES,
  never,
  PASS,
  setUpFor,
} from '../support/judges.ts';

afterEach(closeDoubles);

describe.each(FAMILIES)('the %s judge', (protocol, start) => {
  const setUp = setUpFor(protocol, start);

  const finding = { severity: 'minor', file: null, line: null, sentence: 's' };
  const json = (value: unknown) => answer(JSON.stringify(value));
  const none = protocol === 'openai' ? 'malformed' : 'empty';
  const odd: [string, JudgeReply, string][] = [
    ['prose around the JSON', answer(`Sure! ${PASS}`), 'malformed'],
    ['a code fence', answer(`\`\`\`json\n${PASS}\n\`\`\``), 'malformed'],
    ['broken JSON', answer(PASS.slice(0, -2)), 'malformed'],
    ['two objects', answer(`${PASS}${PASS}`), 'malformed'],
    ['a key given twice', answer('{"verdict":"fail","findings":[],"verdict":"pass"}'), 'malformed'],
    [
      'a hidden second key',
      answer('{"verdict":"fail","findings":[],"v\\u0065rdict":"pass"}'),
      'malformed',
    ],
    ['an extra field', json({ verdict: 'pass', findings: [], note: 'x' }), 'schema'],
    [
      'an extra field in a finding',
      json({ verdict: 'pass', findings: [{ ...finding, x: 1 }] }),
      'schema',
    ],
    ['a verdict of its own', json({ verdict: 'PASS', findings: [] }), 'schema'],
    ['no findings list', json({ verdict: 'pass' }), 'schema'],
    ['a list', json([{ verdict: 'pass', findings: [] }]), 'schema'],
    ['a bare word', answer('"pass"'), 'schema'],
    [
      'an odd severity',
      json({ verdict: 'pass', findings: [{ ...finding, severity: 'none' }] }),
      'schema',
    ],
    ['a pass with a blocker', answer(FAIL.replace('"fail"', '"pass"')), 'contradiction'],
    ['a fail without a finding', json({ verdict: 'fail', findings: [] }), 'fail-without-finding'],
    ['an undecided judge', json({ verdict: 'inconclusive', findings: [] }), 'undecided'],
    [
      'a flood of findings',
      json({ verdict: 'pass', findings: Array(51).fill(finding) }),
      'oversized',
    ],
    [
      'a huge answer',
      json({ verdict: 'pass', findings: [{ ...finding, sentence: 'x'.repeat(70_000) }] }),
      'oversized',
    ],
    ['a huge body', { kind: 'raw', body: ' '.repeat(5_000_000) }, 'oversized'],
    ['nothing', { kind: 'empty' }, 'empty'],
    ['blanks', answer(' \n'), 'empty'],
    ['an answer cut short', { kind: 'cut', text: PASS.slice(0, 12) }, 'cut'],
    ['a whole answer that claims to be cut', { kind: 'cut', text: PASS }, 'cut'],
    ['a blocked answer', { kind: 'blocked' }, 'blocked'],
    ['a tool call', { kind: 'tool-call' }, 'tool-call'],
    ['an unknown finish', { kind: 'odd-finish', text: PASS }, 'unexpected-finish'],
    ['no JSON body', { kind: 'raw', body: '<html>' }, 'malformed'],
    ['an empty body', { kind: 'raw', body: '' }, 'malformed'],
    // The Gemini wire makes candidates optional, so their absence is an answer without content.
    ['another JSON body', { kind: 'raw', body: '{"hello":1}' }, none],
    ['no choice', { kind: 'raw', body: '{"choices":[],"candidates":[]}' }, none],
    ['a question too large', { kind: 'status', status: 413 }, 'too-long'],
  ];
  it.each(odd)('%s is inconclusive', async (_name, reply, reason) => {
    const { judge, double } = await setUp(reply);
    expect(await judge.judge(BUNDLE, never())).toMatchObject({ verdict: 'inconclusive', reason });
    expect(double.requests).toHaveLength(1);
  });

  it('a refusal is inconclusive', async () => {
    const { judge } = await setUp({ kind: 'refusal', text: PASS });
    const verdict = await judge.judge(BUNDLE, never());
    expect(verdict.verdict).toBe('inconclusive');
    // Gemini has no refusal of its own; it blocks the prompt.
    expect(verdict.reason).toBe(protocol === 'openai' ? 'refusal' : 'blocked');
  });
});
