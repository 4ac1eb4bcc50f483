/** Every judge family must behave alike: one suite, run on both protocols against their doubles. */

import { afterEach, describe, expect, it } from 'vitest';
import type { JudgeReply } from '../../src/demo/doubles/judge-double.ts';
import { INSTRUCTIONS, PROMPT_DIGEST } from '../../src/judgement/judges/prompt.ts';
import {
  answer,
  BUNDLE,
  closeDoubles,
  FAIL,
  FAMILIES,
  MATERIAL,
  never,
  PASS,
  setUpFor,
  sha256,
} from '../support/judges.ts';

afterEach(closeDoubles);

describe.each(FAMILIES)('the %s judge', (protocol, start) => {
  const setUp = setUpFor(protocol, start);

  it('passes, with the digests of what went over the wire and the usage', async () => {
    const recorded: Uint8Array[] = [];
    const { judge, double } = await setUp(
      { kind: 'answer', text: PASS, inputTokens: 321, outputTokens: 12 },
      { deps: { record: (exchange) => recorded.push(exchange.answer) } },
    );
    expect(judge.check()).toEqual([]);
    const verdict = await judge.judge(BUNDLE, never());
    expect(verdict).toEqual({
      family: `family-${protocol}`,
      model: 'model-1',
      verdict: 'pass',
      findings: [],
      reason: null,
      inputDigest: sha256(Buffer.from(MATERIAL)),
      promptDigest: PROMPT_DIGEST,
      answerDigest: sha256(recorded[0]!),
      evidenceDigest: sha256(BUNDLE),
      usage: { inputTokens: 321, outputTokens: 12, durationMs: expect.any(Number) },
    });
    expect(Buffer.from(recorded[0]!).toString()).toContain('pass');
    const [request] = double.requests;
    expect(double.requests).toHaveLength(1);
    expect(sha256(request!.system)).toBe(PROMPT_DIGEST);
    expect(request).toMatchObject({ model: 'model-1', maxOutputTokens: 4000, hasTools: false });
  });

  it('fences exactly the digested bytes', async () => {
    const { judge, double } = await setUp(answer(PASS));
    const { inputDigest } = await judge.judge(BUNDLE, never());
    const { text } = double.requests[0]!;
    const head = `BEGIN EVIDENCE ${inputDigest}\n`;
    const tail = `\nEND EVIDENCE ${inputDigest}`;
    expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
    const inside = text.slice(head.length, -tail.length);
    expect(sha256(Buffer.from(inside))).toBe(inputDigest);
    expect(inside).toBe(Buffer.from(MATERIAL).toString());
  });

  it('asks for a schema whose verdict comes first', async () => {
    const { judge, double } = await setUp(answer(PASS));
    await judge.judge(BUNDLE, never());
    const schema = double.requests[0]!.schema as { properties: Record<string, unknown> };
    expect(Object.keys(schema.properties)).toEqual(['verdict', 'findings']);
    expect(INSTRUCTIONS.indexOf('"verdict"')).toBeLessThan(INSTRUCTIONS.indexOf('"findings"'));
  });

  it('fails with its findings', async () => {
    const { judge } = await setUp(answer(FAIL));
    expect(await judge.judge(BUNDLE, never())).toMatchObject({
      verdict: 'fail',
      reason: null,
      findings: [{ severity: 'blocker', file: 'src/sum.js', line: 3, sentence: 'It subtracts.' }],
    });
  });

  it('takes findings as foreign text: escaped, on one line, bounded', async () => {
    const finding = {
      severity: 'minor',
      file: '\u001b[31ma\u202eb',
      line: -4,
      sentence: `x\ny\u0000\u200b${'long '.repeat(500)}`,
    };
    const { judge } = await setUp(answer(JSON.stringify({ verdict: 'pass', findings: [finding] })));
    const [tidy] = (await judge.judge(BUNDLE, never())).findings;
    expect(tidy!.file).toBe('\\x1b[31ma\\u{202e}b');
    expect(tidy!.line).toBeNull();
    expect(tidy!.sentence).toMatch(/^x y\\x00\\u\{200b\}long /);
    expect(tidy!.sentence).toHaveLength(600);
  });

  it.each([
    ['truncated', () => ({ texts: [MATERIAL], truncated: true }), 'truncated-evidence'],
    ['empty', () => ({ texts: [' \n'], truncated: false }), 'unreadable-evidence'],
    [
      'unreadable',
      () => {
        throw new Error('not a bundle');
      },
      'unreadable-evidence',
    ],
  ])('%s evidence is inconclusive without asking the model', async (_name, material, reason) => {
    const { judge, double } = await setUp(answer(PASS), { deps: { material } });
    expect(await judge.judge(BUNDLE, never())).toMatchObject({
      verdict: 'inconclusive',
      reason,
      answerDigest: null,
      evidenceDigest: sha256(BUNDLE),
    });
    expect(double.requests).toEqual([]);
  });

  it('unknown usage stays unknown', async () => {
    const reply = { ...answer(PASS), inputTokens: null, outputTokens: null } as JudgeReply;
    const { judge } = await setUp(reply);
    const { usage, verdict } = await judge.judge(BUNDLE, never());
    expect(verdict).toBe('pass');
    expect(usage).toMatchObject({ inputTokens: null, outputTokens: null });
  });

  it('a late answer is inconclusive', async () => {
    const { judge, double } = await setUp({ kind: 'hang' }, { config: { timeoutMs: 40 } });
    expect(await judge.judge(BUNDLE, never())).toMatchObject({
      verdict: 'inconclusive',
      reason: 'late',
      answerDigest: null,
    });
    expect(double.requests.length).toBeLessThanOrEqual(1);
  });

  it('ends with the reason of the caller who aborts, during and before', async () => {
    const stop = new AbortController();
    const { judge, double } = await setUp(
      { kind: 'hang' },
      {
        onRequest: () => stop.abort(new Error('operator halted')),
        // Beyond the test's own limit: only the abort can end it.
        config: { timeoutMs: 600_000 },
      },
    );
    await expect(judge.judge(BUNDLE, stop.signal)).rejects.toThrow('operator halted');
    await expect(judge.judge(BUNDLE, stop.signal)).rejects.toThrow('operator halted');
    expect(double.requests).toHaveLength(1);
  });
});

it('both families get the same bytes', async () => {
  const texts: string[] = [];
  for (const [protocol, start] of FAMILIES) {
    const setUp = setUpFor(protocol, start);
    const { judge, double } = await setUp({ kind: 'answer', text: PASS });
    await judge.judge(BUNDLE, never());
    texts.push(JSON.stringify([double.requests[0]!.system, double.requests[0]!.text]));
  }
  expect(texts[0]).toBe(texts[1]);
});
