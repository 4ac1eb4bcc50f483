import { describe, expect, test } from 'vitest';
import { riskPolicy } from '../../../src/control/risk.ts';
import { auc } from '../../../src/judgement/risk/auc.ts';
import { backtest } from '../../../src/judgement/risk/backtest.ts';
import { isRevert, pastCommits, revertedOf } from '../../../src/judgement/risk/history.ts';
import { explainRange, resolveRange } from '../../../src/judgement/risk/range.ts';
import { historyRepo } from './history-repo.ts';

const policy = riskPolicy.parse({});
const signal = new AbortController().signal;

describe('auc', () => {
  test('is 1 for perfect order, 0 for the reverse, half for ties, and null for one group', () => {
    expect(auc([5, 6], [1, 2])?.value).toBe(1);
    expect(auc([1, 2], [5, 6])?.value).toBe(0);
    expect(auc([3, 3], [3, 3])?.value).toBe(0.5);
    expect(auc([2], [1, 3])?.value).toBe(0.5);
    expect(auc([], [1])).toBeNull();
    expect(auc([1], [])).toBeNull();
  });
  test('equals the share of pairs in the right order', () => {
    const bad = [30, 12, 12, 70];
    const good = [0, 12, 4, 31, 30];
    let sum = 0;
    for (const b of bad) for (const g of good) sum += b > g ? 1 : b === g ? 0.5 : 0;
    expect(auc(bad, good)?.value).toBeCloseTo(sum / 20, 12);
  });
});

describe('a history with reverts', () => {
  const repo = historyRepo();
  const place = { gitDir: repo.gitDir, signal };
  test('knows which commits were taken back, by id, by subject, and not when brought back', async () => {
    const commits = await pastCommits(place, 'HEAD', 100);
    const subjects = new Map(commits.map(({ id, subject }) => [id, subject]));
    expect([...revertedOf(commits)].map((id) => subjects.get(id)).sort()).toEqual([
      'drop the users table',
      'turn off certificates',
    ]);
    expect(commits.map(({ subject }) => subject)).not.toContain('begin');
  });
  test('tells reverts from other subjects', () => {
    expect(['Revert "x"', 'revert: x', 'Reverted: x', 'Reverts (x)'].every(isRevert)).toBe(true);
    expect(['Revertable x', 'Do not revert x', 'reverting'].some(isRevert)).toBe(false);
  });
  test('scores what was reverted above the rest here', async () => {
    const seen: number[] = [];
    const result = await backtest(place, 'HEAD', policy, {
      max: 100,
      onProgress: (done) => seen.push(done),
    });
    expect(result.auc?.value).toBe(1);
    expect(result).toMatchObject({ commits: 10, reverted: 2, skipped: 0 });
    expect(result.bands.high.reverted + result.bands.medium.reverted).toBe(2);
    expect(result.missed.map(({ subject }) => subject).sort()).toEqual([
      'drop the users table',
      'turn off certificates',
    ]);
    expect(seen.at(-1)).toBe(14);
  });
  test('explains a range with every reason, and says what names no change', async () => {
    const drop = await repo.find('drop the users table');
    const told = await explainRange(place, drop, policy);
    expect(told.reasons.map(({ why }) => why).join('\n')).toMatch(/table, column or database/);
    expect(told.score).toBe(
      Math.min(
        100,
        told.reasons.reduce((sum, { points }) => sum + points, 0),
      ),
    );
    expect(await resolveRange(place, `${drop}^..${drop}`)).toEqual({
      base: told.base,
      head: told.head,
    });
    expect(await resolveRange(place, `${drop}~2...${drop}`)).toMatchObject({ head: told.head });
    for (const bad of ['nowhere', '--output=x', 'a..b..c', '', 'HEAD:file', `${drop}..nowhere`])
      await expect(resolveRange(place, bad)).rejects.toMatchObject({ tag: 'bad-range' });
    const [root] = await repo.roots();
    await expect(resolveRange(place, root ?? '')).rejects.toThrow('first commit');
  });
});
