/** What is said of the subscription's windows: known, reset since, or unknown; never a guess. */
import { describe, expect, it } from 'vitest';
import type { WindowSeen } from '../../src/control/windows.ts';
import { windowLines } from '../../src/surfaces/cli/window-text.ts';
import { windowsDoc } from '../../src/surfaces/windows-doc.ts';

const NOW = Date.parse('2026-03-02T10:00:00.000Z');
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const account = (...windows: Partial<WindowSeen>[]) => ({
  id: 'claude',
  windows: windows.map((more) => ({
    ...{ kind: 'five_hour', status: 'allowed', utilization: null, resetsAt: null },
    ...{ seenAt: at(-3), run: 'r-1' },
    ...more,
  })),
});
const lines = async (...accounts: object[]) => {
  const views = async (kind: string) =>
    kind === 'account' ? accounts.map((row) => ({ key: 'claude', row })) : [];
  return windowLines(await windowsDoc({ views }), NOW);
};

describe('windows in words', () => {
  it('says that nothing is known', async () => {
    expect(await lines()).toEqual(['  unknown: no run on a subscription has reported them']);
    expect(await lines(account())).toEqual([
      '  claude  five-hour window: unknown, no run has told',
      '  claude  weekly window: unknown, no run has told',
    ]);
  });
  it.each<[Partial<WindowSeen>, string]>([
    [
      { status: 'allowed_warning', utilization: 0.93, resetsAt: at(120) },
      `five-hour window: 93% used, as told 3 min ago; it resets at ${at(120)} (in 2 h)`,
    ],
    [
      { status: 'rejected', utilization: 1, resetsAt: at(30) },
      `five-hour window: used up, as told 3 min ago; it resets at ${at(30)} (in 30 min)`,
    ],
    [
      {},
      'five-hour window: open, how much of it is used is unknown, as told 3 min ago; when it resets is unknown',
    ],
    [
      { utilization: 0.5, resetsAt: at(-2) },
      'five-hour window: unknown since its reset 2 min ago (50% used before)',
    ],
  ])('%j', async (window, words) => {
    expect((await lines(account(window)))[0]).toBe(`  claude  ${words}`);
  });
  it('keeps the data beside the words, every window in its place', async () => {
    const week = { kind: 'seven_day' as const, utilization: 0.2, resetsAt: at(5000) };
    const row = account(week, { utilization: 0.4 });
    expect(await windowsDoc({ views: async () => [{ key: 'claude', row }] })).toMatchObject([
      { account: 'claude', kind: 'five_hour', state: 'open', utilization: 0.4, resetsAt: null },
      { account: 'claude', kind: 'seven_day', state: 'open', utilization: 0.2, run: 'r-1' },
    ]);
  });
});
