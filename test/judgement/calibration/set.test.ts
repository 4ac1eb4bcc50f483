/** The shipped calibration set: real bundles, and what it says of tests is what they really do (15 s). */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildCalibration } from '../../../src/judgement/calibration/build.ts';
import type { Files, Scenario } from '../../../src/judgement/calibration/scenario.ts';
import { SCENARIOS } from '../../../src/judgement/calibration/set.ts';
import { material } from '../../../src/judgement/evidence/material.ts';
import { openBundle } from '../../../src/judgement/evidence/read.ts';
import { PROOFS, proofOf } from './proofs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aedev-set-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const { signal } = new AbortController();
const build = (limit: number, into = folder) =>
  buildCalibration(SCENARIOS, { folder: into, limit, maxPartChars: 300_000, signal });

const RUN_HERE = SCENARIOS.filter(({ language }) =>
  ['javascript', 'sql', 'workflow'].includes(language),
);

/** Runs the tests of a tree; how many passed, null when one failed. */
function passing(...layers: readonly Files[]): number | null {
  const dir = mkdtempSync(join(folder, 'tree-'));
  for (const [path, text] of Object.entries(Object.assign({}, ...layers) as Files)) {
    if (text === null) continue;
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const env = { PATH: process.env['PATH'] ?? '' };
  const args = ['--test', '--test-reporter=tap'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: dir, env, encoding: 'utf8' });
  return status === 0 ? Number(/^# pass (\d+)$/m.exec(stdout)?.[1]) : null;
}

describe('the calibration set', () => {
  it('has at least 24 faults of every kind of language, each beside its right change', () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(24);
    expect(new Set(SCENARIOS.map(({ id }) => id)).size).toBe(SCENARIOS.length);
    expect(new Set(SCENARIOS.map(({ language }) => language)).size).toBe(6);
    for (const { good, bad } of SCENARIOS) expect(good).not.toEqual(bad);
  });

  it.each(RUN_HERE.map((one): [string, Scenario] => [one.id, one]))(
    'tells the truth about the tests of %s: they pass with the fault, too',
    (_id, { base, shared = {}, good, bad, tests }) => {
      const seen = [passing(base), passing(base, shared, good), passing(base, shared, bad)];
      expect(seen).toEqual(tests);
    },
  );

  it('has a proof for each fault that can be shown here', () => {
    expect(Object.keys(PROOFS).sort()).toEqual(RUN_HERE.map(({ id }) => id).sort());
  });

  it.each(RUN_HERE.map((one): [string, Scenario] => [one.id, one]))(
    'has a real fault in %s, and none beside it',
    (id, { base, shared = {}, good, bad, tests }) => {
      expect(passing(base, shared, good, proofOf(id))).toBeGreaterThan(tests[1]);
      expect(passing(base, shared, bad, proofOf(id))).toBeNull();
    },
  );

  it('makes sound bundles that say nothing of which is which, the same texts every time', async () => {
    const set = await build(2 * SCENARIOS.length);
    expect(set.cases).toHaveLength(2 * SCENARIOS.length);
    const texts: string[] = [];
    for (const { bundle, questions, characters, id, fault } of set.cases) {
      const { predicate } = openBundle(bundle, set.publicKeyPem);
      expect(predicate.features).toMatchObject({ verify: 'passed', truncated: false });
      const of = material(bundle, set.publicKeyPem);
      expect(of.truncated).toBe(false);
      expect([of.texts.length, of.texts.join('').length]).toEqual([questions, characters]);
      expect(of.texts.join('')).not.toMatch(/calibrat|seeded/i);
      expect(of.texts.join('')).not.toContain(id);
      if (fault !== null) expect(of.texts.join('')).not.toContain(fault);
      texts.push(...of.texts);
    }
    const again = join(folder, 'again');
    mkdirSync(again);
    const other = await build(6, again);
    const first = other.cases.flatMap(({ bundle }) => material(bundle, other.publicKeyPem).texts);
    expect(first).toEqual(texts.slice(0, 6));
    expect(other.cases.map(({ fault }) => fault === null)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});
