import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PruneReport } from '../../../src/control/prune-report.ts';
import { bytesText } from '../../../src/surfaces/cli/bytes.ts';
import { type Cli, cli } from './host.ts';

let aedev: Cli;
let asked: boolean[];
const report: PruneReport = {
  removed: [
    {
      kind: 'workspace',
      what: 'r-1\u001b[2J',
      why: 'its task t-1 ended (cancelled)',
      bytes: 1_234_567,
      saved: 'refs/aedev/salvage/r-1',
    },
    { kind: 'mirror', what: 'shop', why: 'joined', bytes: null, saved: null },
  ],
  left: [],
  bytes: 1_234_567,
  more: false,
};
beforeEach(async () => {
  asked = [];
  aedev = await cli({
    prune: async ({ dryRun }) => {
      asked.push(dryRun);
      return report;
    },
  });
});
afterEach(() => aedev.end());

test('with a daemon it is the daemon that prunes; without one, this process', async () => {
  const told = await aedev('prune');
  expect([told.code, told.out]).toEqual([0, 'Nothing was pruned.\n']);
  expect(asked).toEqual([]);
  await aedev.stopDaemon();
  expect((await aedev('prune', '--dry-run', '--json')).json).toEqual({ dryRun: true, ...report });
  expect(asked).toEqual([true]);
});

test('it tells what went, how large it was, and where its work is', async () => {
  await aedev.stopDaemon();
  const told = await aedev('prune');
  expect(asked).toEqual([false]);
  expect(told.out).toContain('refs/aedev/salvage/r-1');
  expect(told.out).toContain('1.2 MB in all were freed.');
  expect(told.out).not.toContain('\u001b');
});

test('what could not go is told, with an exit code of its own', async () => {
  await aedev.stopDaemon();
  report.left.push({ kind: 'workspace', what: 'r-2', reason: 'the disk is full' });
  const told = await aedev('prune');
  report.left.pop();
  expect(told.code).toBe(8);
  expect(told.out).toContain('The workspace r-2 stays: the disk is full');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [123_456, '123 kB'],
  [999_999, '1.0 MB'],
  [2.5e12, '2.5 TB'],
  [7e15, '7000 TB'],
])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));
