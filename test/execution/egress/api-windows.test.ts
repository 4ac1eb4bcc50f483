/** Rate-limit windows from the provider's own headers. */
import { describe, expect, it } from 'vitest';
import type { WindowReport } from '../../../src/execution/coders/coder.ts';
import { ApiWindows, withProviders } from '../../../src/execution/egress/api-windows.ts';

const NOW = Date.parse('2026-11-22T15:00:00.000Z');
const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();
const seconds = (hours: number) => String((NOW + hours * 3_600_000) / 1000);
const header = (fields: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value]),
  );
const read = (...answers: Record<string, string>[]) => {
  const windows = new ApiWindows(() => NOW);
  for (const answer of answers) windows.note(header(answer));
  return windows.list();
};

describe('windows from headers', () => {
  it('are those of five hours and of the week, whole, at every status', () => {
    const both = {
      ...{ '5h-status': 'allowed', '5h-utilization': '0.41', '5h-reset': seconds(2) },
      ...{ '7d-status': 'allowed_warning', '7d-utilization': '0.83', '7d-reset': seconds(70) },
      status: 'allowed_warning',
    };
    expect(read(both)).toEqual([
      { kind: 'five_hour', status: 'allowed', utilization: 0.41, resetsAt: at(2) },
      { kind: 'seven_day', status: 'allowed_warning', utilization: 0.83, resetsAt: at(70) },
    ]);
  });
  it('are told at once where there is news to the percent', () => {
    const told: (number | null | undefined)[] = [];
    const windows = new ApiWindows(
      () => NOW,
      ([first]) => told.push(first?.utilization),
    );
    for (const used of ['0.2', '0.201', '0.21', '0.21', '0.9'])
      windows.note(header({ '5h-status': 'allowed', '5h-utilization': used }));
    windows.note({});
    expect(told).toEqual([0.2, 0.21, 0.9]);
  });
  it('of the last answer count', () => {
    const answers = [0.2, 0.9].map((used) => ({
      ...{ '5h-status': 'allowed', '5h-utilization': String(used) },
    }));
    expect(read(...answers)).toMatchObject([{ utilization: 0.9 }]);
    expect(read(...answers, {})).toMatchObject([{ utilization: 0.9 }]);
  });
  it.each([
    [{ '5h-status': 'fine', '5h-utilization': '0.5' }, []],
    [{ '5h-utilization': '0.5' }, []],
    [{ '5h-status': 'allowed', '5h-utilization': '1e9' }, [{ utilization: null }]],
    [{ '5h-status': 'allowed', '5h-utilization': '-1' }, [{ utilization: null }]],
    [{ '5h-status': 'rejected', '5h-utilization': '1.07' }, [{ utilization: 1 }]],
    [{ '5h-status': 'rejected', '5h-reset': seconds(9000) }, [{ resetsAt: null }]],
    [{ '7d_opus-status': 'rejected' }, []],
  ])('%j', (answer, expected) => {
    expect(read(answer)).toMatchObject(expected);
    expect(read(answer)).toHaveLength(expected.length);
  });
});

it('the provider’s word goes before the CLI’s, which fills the gaps', () => {
  const window = (more: Partial<WindowReport>): WindowReport => ({
    ...{ kind: 'five_hour', status: 'allowed', utilization: null, resetsAt: null },
    ...more,
  });
  const cli = [
    window({ status: 'rejected', utilization: 1, resetsAt: at(1) }),
    window({ kind: 'unknown', status: 'rejected' }),
  ];
  expect(withProviders(cli, [window({ utilization: 0.4 })])).toEqual([
    window({ utilization: 0.4, resetsAt: at(1) }),
    window({ kind: 'unknown', status: 'rejected' }),
  ]);
  expect(withProviders(cli, [])).toEqual(cli);
});
