/** What is known of the subscription's windows, and whether a run may start. */
import { describe, expect, test } from 'vitest';
import { blockOf, mergeWindows, readWindows, type WindowSeen } from '../../src/control/windows.ts';

const NOW = '2026-03-02T10:00:00.000Z';
const at = (hours: number): string => new Date(Date.parse(NOW) + hours * 3_600_000).toISOString();
const LIMITS = { operatorShare: 0.2, lookAgainMs: 1_800_000 };
const seen = (more: Partial<WindowSeen> = {}): WindowSeen => ({
  kind: 'five_hour',
  status: 'allowed',
  utilization: null,
  resetsAt: at(3),
  seenAt: NOW,
  run: 'r-1',
  ...more,
});

describe('what a CLI reports', () => {
  test('has the shape, or is passed over; odd fields are unknown', () => {
    const read = readWindows(
      [
        { kind: 'five_hour', status: 'allowed_warning', utilization: 0.9, resetsAt: at(2) },
        { kind: 'opus', status: 'rejected', utilization: 1.5, resetsAt: '9999-01-01T00:00:00Z' },
        { kind: 'five_hour', status: 'fine' },
        null,
        'x',
      ],
      NOW,
      'r-9',
    );
    expect(read).toEqual([
      seen({ status: 'allowed_warning', utilization: 0.9, resetsAt: at(2), run: 'r-9' }),
      seen({ kind: 'unknown', status: 'rejected', utilization: null, resetsAt: null, run: 'r-9' }),
    ]);
    expect(readWindows(Array(5000).fill({ status: 'rejected' }), NOW, 'r')).toHaveLength(20);
  });
});

describe('may a run start', () => {
  test.each<[string, Partial<WindowSeen>[], string | null, string]>([
    ['nothing known', [], null, ''],
    ['allowed', [{ utilization: 0.5 }], null, ''],
    ['allowed, utilization unknown', [{}], null, ''],
    ['exactly the share left', [{ utilization: 0.8 }], null, ''],
    ['into the share', [{ utilization: 0.81 }], 'window-share', at(3)],
    ['used up', [{ status: 'rejected' }], 'claude-window', at(3)],
    ['used up, and reset since', [{ status: 'rejected', resetsAt: at(-1) }], null, ''],
    ['into the share, and reset since', [{ utilization: 1, resetsAt: NOW }], null, ''],
    ['used up without a time', [{ status: 'rejected', resetsAt: null }], 'claude-window', at(0.5)],
    [
      'both: the later one counts',
      [{ status: 'rejected' }, { kind: 'seven_day', utilization: 0.95, resetsAt: at(40) }],
      'window-share',
      at(40),
    ],
  ])('%s', (_name, windows, code, until) => {
    const block = blockOf(windows.map(seen), LIMITS, NOW);
    expect(block?.code ?? null).toBe(code);
    expect(block?.until ?? '').toBe(until);
  });
  test('the reason says what is known, in words', () => {
    expect(blockOf([seen({ utilization: 0.93 })], LIMITS, NOW)?.reason).toBe(
      `93% of the five-hour window is used, and 20% of it is kept for the operator; it opens again at ${at(3)}`,
    );
    const unsaid = seen({ kind: 'seven_day', status: 'rejected', resetsAt: null });
    expect(blockOf([unsaid], LIMITS, NOW)?.reason).toBe(
      'the weekly window is used up; when it opens again was not said',
    );
  });
  test('without a share only a used-up window keeps a run from starting', () => {
    const none = { ...LIMITS, operatorShare: 0 };
    expect(blockOf([seen({ utilization: 1 })], none, NOW)).toBeNull();
  });
});

describe('what stands after a report', () => {
  const rejected = seen({ status: 'rejected', utilization: 1 });
  const merge = (told: WindowSeen[], began: string | null, answered = true, known = [rejected]) =>
    mergeWindows(known, told, { began, answered });
  test('older news takes nothing back', () => {
    expect(merge([seen({ utilization: 0.7 })], at(-1))).toMatchObject([
      { status: 'rejected', utilization: 1 },
    ]);
    expect(merge([], at(-1))).toEqual([rejected]);
  });
  test('a run that began later and was answered proves that it is open', () => {
    expect(merge([], at(1))).toMatchObject([{ status: 'allowed', utilization: null }]);
    expect(merge([], at(1), false)).toEqual([rejected]);
    expect(merge([seen({ utilization: 0.1 })], at(1))).toMatchObject([
      { status: 'allowed', utilization: 0.1 },
    ]);
  });
  test('another window of the same kind replaces the last one', () => {
    const next = seen({ utilization: 0.05, resetsAt: at(8), seenAt: at(4) });
    expect(merge([next], at(-1))).toEqual([next]);
  });
  test('a known reset time is kept as long as it is ahead', () => {
    const unsaid = seen({ status: 'rejected', resetsAt: null, seenAt: at(1) });
    expect(merge([unsaid], at(0.5))[0]?.resetsAt).toBe(at(3));
    expect(merge([{ ...unsaid, seenAt: at(5) }], at(4))[0]?.resetsAt).toBeNull();
  });
  test('each kind is remembered, whatever the last report was about', () => {
    const week = seen({ kind: 'seven_day', utilization: 0.4, resetsAt: at(90) });
    expect(merge([week], at(-1)).map(({ kind }) => kind)).toEqual(['five_hour', 'seven_day']);
  });
});
