import { afterAll, beforeAll, expect, test } from 'vitest';
import { riskBacktest, riskOfRange } from '../../../src/compose/risk.ts';
import { historyRepo } from '../../judgement/risk/history-repo.ts';
import { type Cli, cli } from './host.ts';

const repo = historyRepo();
const { signal } = new AbortController();
let aedev: Cli;
beforeAll(async () => {
  aedev = await cli({
    cwd: repo.dir,
    riskOfRange: (folder, range) => riskOfRange(aedev.host.paths(), folder, range, signal),
    riskBacktest: (folder, options) => riskBacktest(aedev.host.paths(), folder, options, signal),
  });
});
afterAll(() => aedev.end());

test('explains a range with every reason, and says that tests and verdicts are not in it', async () => {
  const drop = await repo.find('drop the users table');
  const told = await aedev('risk', 'explain', drop);
  expect(told.code).toBe(0);
  expect(told.out).toContain('high');
  expect(told.out).toContain('a table, column or database is dropped');
  expect(told.out).toContain('tests and verdicts are not counted');
  const { json } = await aedev('risk', 'explain', `${drop}^..${drop}`, '--json');
  expect(json).toMatchObject({ head: drop, band: 'high', files: 1 });
});
test('backtests a folder and tells the share of each band', async () => {
  const told = await aedev('risk', 'backtest', repo.dir);
  expect([told.code, told.out]).toEqual([0, expect.stringContaining('AUC 1.00')]);
  expect(told.out).toMatch(/^low\t8\t0\t0\.0%$/m);
  expect((await aedev('risk', 'backtest', '.', '--json')).json).toMatchObject({ reverted: 2 });
  expect((await aedev('risk', 'backtest', '.', '--max', '3', '--json')).json.commits).toBe(1);
});
test.each([
  [['risk', 'explain', 'nowhere'], 2, 'names no commit'],
  [['risk', 'explain', '--repo', 'shop'], 3, 'neither a registered repo'],
  [['risk', 'backtest', '/nowhere'], 3, 'neither a registered repo'],
  [['risk', 'backtest', '--max', 'many'], 2, 'whole number'],
])('%j: one sentence, exit %d', async (argv, code, sentence) => {
  const told = await aedev(...argv);
  expect([told.code, told.err.trim().split('\n').length]).toEqual([code, 1]);
  expect(told.err).toContain(sentence);
});
