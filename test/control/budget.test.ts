/** What may be spent in a day. */
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/control/budget.ts';
import type { Amounts } from '../../src/control/contract.ts';
import { given } from '../support/given.ts';
import { fail, ran } from '../support/outcomes.ts';
import { policyOf, World } from '../support/world.ts';

const DAY = 86_400_000;
/** A run that nobody pays for. */
const FREE = { coder: 'scripted', lane: 'none', approved: false } as const;

describe('budget', () => {
  const amounts = (more: Partial<Amounts> = {}): Amounts => ({
    runs: 1,
    tokens: 100,
    costUsd: 0.1,
    wallMs: 60_000,
    ...more,
  });
  const world = (
    budgets: Record<string, unknown>,
    repos: Record<string, unknown>[] = [{ id: 'a' }, { id: 'b' }],
  ) => {
    const one = new World(policyOf({ budgets }, repos));
    let runs = 0;
    return {
      one,
      reserve(repo = 'a', more: Partial<Amounts> = {}) {
        runs += 1;
        const { events } = one.send({
          type: 'budget.reserve',
          ...FREE,
          task: 't-none',
          repo,
          run: `r-${runs}`,
          amounts: amounts(more),
        });
        return events[0]?.type.slice('budget.'.length);
      },
      /** Until when one more run is denied; null is for good. */
      until(repo: string): unknown {
        const { events } = one.send({
          type: 'budget.reserve',
          ...FREE,
          task: 't-x',
          repo,
          run: 'r-x',
          amounts: amounts(),
        });
        const [denied] = events as { type: string; data: unknown }[];
        expect(denied?.type).toBe('budget.denied');
        return (denied as { data: { until: unknown } }).data.until;
      },
      settle: (run: string, more: Partial<Amounts> = {}) =>
        one.send({ type: 'budget.settle', run, actual: amounts(more) }),
      get spent() {
        return (one.states.get('budget/all') as Budget).spent;
      },
    };
  };
  test.each([
    ['runs_per_day', 2, {}],
    ['tokens_per_day', 200, {}],
    ['cost_usd_per_day', 0.2, {}],
    ['wall_minutes_per_day', 2, {}],
  ])('%s: exactly what it allows, and no more', (limit, value) => {
    for (const scope of ['global', 'per_repo']) {
      const w = world({ [scope]: { [limit]: value } });
      expect([w.reserve(), w.reserve(), w.reserve()]).toEqual(['reserved', 'reserved', 'denied']);
      expect(w.reserve('b')).toBe(scope === 'global' ? 'denied' : 'reserved');
    }
  });
  test('a repo’s own limit replaces the common one, either way', () => {
    const w = world({ per_repo: { runs_per_day: 1 } }, [
      { id: 'a', budget: { runs_per_day: 2 } },
      { id: 'b', budget: { tokens_per_day: 50 } },
    ]);
    expect([w.reserve(), w.reserve(), w.reserve(), w.reserve('b')]).toEqual([
      'reserved',
      'reserved',
      'denied',
      'denied',
    ]);
  });
  test('settled: what was spent counts, not what was reserved', () => {
    const w = world({ global: { tokens_per_day: 250 } });
    w.reserve();
    w.settle('r-1', { tokens: 150, costUsd: 0.3 });
    expect(w.spent).toEqual({
      '': amounts({ tokens: 150, costUsd: 0.3 }),
      a: amounts({ tokens: 150, costUsd: 0.3 }),
    });
    expect([w.reserve(), w.reserve()]).toEqual(['reserved', 'denied']);
    expect(w.settle('r-1').events).toEqual([]);
    expect(w.settle('r-none').events).toEqual([]);
  });
  test('many small amounts do not drift', () => {
    const w = world({});
    for (let run = 1; run <= 20; run++) {
      w.reserve('a', { costUsd: 0.1 });
      w.settle(`r-${run}`, { costUsd: 0.1 });
    }
    expect(w.spent['']?.costUsd).toBe(2);
  });
  test('a new day begins with what is still open, and its end is not counted twice', () => {
    const w = world({ global: { runs_per_day: 2 } });
    w.reserve();
    w.reserve('b');
    w.settle('r-1');
    w.one.now += DAY;
    expect([w.reserve(), w.reserve()]).toEqual(['reserved', 'denied']);
    w.settle('r-2', { tokens: 7 });
    expect(w.spent).toMatchObject({
      '': { runs: 2, tokens: 107 },
      a: { runs: 1 },
      b: { runs: 1, tokens: 7 },
    });
  });
  test('what is open at midnight counts for the first run of the new day too', () => {
    const w = world({ global: { runs_per_day: 2 } });
    w.reserve();
    w.reserve();
    w.one.now += DAY;
    expect(w.reserve()).toBe('denied');
    w.settle('r-1');
    w.one.now += DAY;
    expect(w.reserve()).toBe('reserved');
  });
  test('denied until the next UTC midnight', () => {
    const w = world({ global: { runs_per_day: 1 } });
    w.one.now = Date.parse('2026-03-02T23:59:59.999Z');
    w.reserve();
    expect(w.until('a')).toBe('2026-03-03T00:00:00.000Z');
    w.settle('r-1');
    w.one.now += 1;
    expect(w.reserve()).toBe('reserved');
  });
  test.each([
    ['runs_per_day', 0, 1],
    ['tokens_per_day', 99, 100],
    ['cost_usd_per_day', 0.09, 0.1],
    ['wall_minutes_per_day', 0.5, 1],
  ])(
    '%s: what no day has room for is denied for good, on a full day too',
    (limit, less, enough) => {
      for (const scope of ['global', 'per_repo']) {
        expect(world({ [scope]: { [limit]: less } }).until('a')).toBeNull();
        const w = world({ [scope]: { [limit]: enough } });
        w.reserve();
        expect(w.until('a')).toBe('2026-03-03T00:00:00.000Z');
        const both = world({ global: { runs_per_day: 1 }, per_repo: { [limit]: less } }, [
          { id: 'a' },
          { id: 'b', budget: { [limit]: null } },
        ]);
        both.reserve('b');
        expect(both.until('a')).toBeNull();
      }
    },
  );
  test('a clock that is set back gives no day twice', () => {
    const w = world({ global: { runs_per_day: 2 } });
    w.reserve();
    w.settle('r-1');
    w.one.now -= 3 * DAY;
    expect(w.reserve()).toBe('reserved');
    const reserved = w.one.events.filter(({ type }) => type === 'budget.reserved');
    expect(reserved.map(({ data }) => (data as { day: string }).day)).toEqual([
      '2026-03-02',
      '2026-03-02',
    ]);
    w.settle('r-2');
    expect(w.until('a')).toBe('2026-03-03T00:00:00.000Z');
    w.one.now += 4 * DAY;
    expect(w.reserve()).toBe('reserved');
  });
  test('one run is reserved once', () => {
    const w = world({});
    w.reserve();
    expect(
      w.one.send({
        type: 'budget.reserve',
        ...FREE,
        task: 't-x',
        repo: 'a',
        run: 'r-1',
        amounts: amounts(),
      }).refusal?.code,
    ).toBe('reserved');
  });
  test.each([
    ['all known', {}, { tokens: 1500, costUsd: 0.25, wallMs: 60_000 }],
    ['cache counts', { cacheReadTokens: 10, cacheWriteTokens: 5 }, { tokens: 1515 }],
    ['tokens unknown', { outputTokens: null }, { tokens: 2_000_000, costUsd: 0.25 }],
    ['cost unknown', { costUsd: null }, { tokens: 1500, costUsd: 10 }],
  ])('what is not known counts as reserved: %s', (_, more, spent) => {
    const g = given().at('coding');
    const usage = {
      inputTokens: 1000,
      outputTokens: 500,
      cacheReadTokens: null,
      cacheWriteTokens: 0,
      costUsd: 0.25,
      durationMs: 60_000,
      turns: null,
      model: null,
      lane: 'subscription',
      ...more,
    };
    g.settle('run-coder', ran(undefined, { usage }));
    const { spent: all } = g.world.states.get('budget/all') as Budget;
    // The next round is reserved already.
    expect(all['']).toMatchObject({ runs: 2, tokens: (spent.tokens ?? 0) + 2_000_000 });
    if ('costUsd' in spent) expect(all['']?.costUsd).toBe(spent.costUsd + 10);
  });
  test('a run that never began costs nothing; one that may have begun costs all', () => {
    const spent = (code: string) => {
      const g = given().at('coding').settle('run-coder', fail(code));
      return (g.world.states.get('budget/all') as Budget).spent['']?.runs;
    };
    expect([spent('sandbox-engine'), spent('HOLD-CLAUDE-DOCKER-IMAGE')]).toEqual([0, 0]);
    expect([spent('unexpected'), spent('deadline'), spent('lost')]).toEqual([1, 1, 2]);
  });
});
