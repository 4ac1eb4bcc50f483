/** A change too long for one question: dealt out by file, covered wholly, or inconclusive. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { dealOut } from '../../../src/judgement/evidence/parts.ts';
import {
  closeDoubles,
  FAIL,
  FAMILIES,
  never,
  PASS,
  setUpFor,
  sha256,
} from '../../support/judges.ts';

afterEach(closeDoubles);

describe('dealing a diff out', () => {
  const file = (name: string, lines: number) =>
    `diff --git a/${name} b/${name}\n@@ -0,0 +1,${lines} @@\n${'+line\n'.repeat(lines)}`;
  it('keeps every file whole, in order, and covers all that fits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(60), { maxLength: 20 }),
        fc.integer({ min: 60, max: 900 }),
        (sizes, room) => {
          const diff = sizes.map((size, at) => file(`f${at}`, size)).join('');
          const { groups, uncovered, files } = dealOut(diff, room, (text) => text.length);
          expect(files).toBe(sizes.length);
          const all = [...groups.flat(), ...uncovered];
          expect(all.map(({ text }) => text).sort()).toEqual(
            sizes.map((size, at) => file(`f${at}`, size)).sort(),
          );
          for (const group of groups)
            expect(group.reduce((sum, one) => sum + one.length, 0)).toBeLessThanOrEqual(room);
          for (const { length } of uncovered) expect(length).toBeGreaterThan(room);
        },
      ),
    );
  });
  it('is not fooled by content that looks like the beginning of a file', () => {
    const tricky = `diff --git a/x b/x\n@@ -1 +1 @@\n-diff --git a/y b/y\n+diff --git a/z b/z\n diff --git a/w b/w\n`;
    expect(dealOut(tricky, 1000, (text) => text.length).groups.flat()).toHaveLength(1);
  });
});

describe.each(FAMILIES)('the %s judge of a change in parts', (protocol, start) => {
  const setUp = setUpFor(protocol, start);
  const texts = ['part one', 'part two', 'part three'];
  const deps = { material: () => ({ texts, truncated: false }) };
  const reply = (text: string) => ({ kind: 'answer' as const, text });
  const INCONCLUSIVE = JSON.stringify({ verdict: 'inconclusive', findings: [] });

  it('passes only when every part passes, and is asked each with its own digest', async () => {
    const { judge, double } = await setUp(reply(PASS), { deps });
    const verdict = await judge.judge(new Uint8Array([1]), never());
    expect(verdict).toMatchObject({ verdict: 'pass', reason: null });
    const lines = texts.map((text) => sha256(text)).join('\n');
    expect(verdict.inputDigest).toBe(createHash('sha256').update(lines).digest('hex'));
    expect(double.requests).toHaveLength(3);
    for (const [at, text] of texts.entries())
      expect(JSON.stringify(double.requests[at])).toContain(`BEGIN EVIDENCE ${sha256(text)}`);
  });
  it('fails when one part fails, whatever the others say', async () => {
    const { judge, double } = await setUp([reply(INCONCLUSIVE), reply(FAIL), reply(PASS)], {
      deps,
    });
    const verdict = await judge.judge(new Uint8Array([1]), never());
    expect(verdict).toMatchObject({ verdict: 'fail', reason: null });
    expect(verdict.findings).toHaveLength(1);
    expect(double.requests).toHaveLength(2);
  });
  it.each([
    ['undecided', INCONCLUSIVE],
    ['malformed', 'PASS'],
  ])('is inconclusive when one part is %s', async (reason, text) => {
    const { judge } = await setUp([reply(PASS), reply(text), reply(PASS)], { deps });
    expect(await judge.judge(new Uint8Array([1]), never())).toMatchObject({
      verdict: 'inconclusive',
      reason,
    });
  });
});
