/** Coders that pay by key: never without a budget, and judged by others alone. */
import { describe, expect, test } from 'vitest';
import { given } from '../support/given.ts';
import { oid, ran, usage } from '../support/outcomes.ts';
import { policyOf } from '../support/world.ts';

const of = (coder: string, section: object = {}) =>
  policyOf({ coders: { default: coder, [coder]: section }, rework: { backoff_seconds: 0 } });
const done = (more: object = {}) =>
  ran(undefined, {
    collected: { commit: oid('c'), tree: oid('t'), notes: [] },
    usage: usage({ lane: 'api', costUsd: null }),
    ...more,
  });

describe.each(['codex', 'gemini'])('the coder %s', (coder) => {
  test('starts no run without its budget, and waits for the operator', () => {
    const g = given(of(coder)).at('coding');
    g.held('budget-exhausted').is({ run: null });
    expect(g.task.hold).toMatchObject({
      reason: expect.stringContaining(`the paid API for ${coder}`),
      resumes: { by: 'operator' },
    });
    expect(g.wanted()).toEqual([]);
  });

  test('runs in the lane api within its budget; a run without a price counts in full', () => {
    const g = given(of(coder, { api_usd_per_day: 15 })).at('coding');
    expect(g.task.runs).toMatchObject([{ lane: 'api' }]);
    g.settle('run-coder', done()).held(null);
    g.is({ status: 'verifying', head: oid('c') });
  });

  test.each(['coder-auth', 'coder-credit', 'coder-model'])(
    'waits for the operator at %s',
    (code) => {
      const outcome = {
        kind: 'hold' as const,
        code,
        reason: 'said',
        remedy: 'do',
        resumesAt: null,
      };
      const g = given(of(coder, { api_usd_per_day: 15 })).at('coding');
      g.settle('run-coder', done({ outcome, collected: null })).held(code);
      expect(g.task.hold).toMatchObject({ remedy: 'do', resumes: { by: 'operator' } });
    },
  );

  test('goes on by itself when a quota opens again', () => {
    const at = '2026-11-23T08:00:00.000Z';
    const outcome = { kind: 'hold' as const, code: 'coder-quota', reason: 'said', remedy: 'wait' };
    const g = given(of(coder, { api_usd_per_day: 15 })).at('coding');
    g.settle('run-coder', done({ outcome: { ...outcome, resumesAt: at }, collected: null }));
    g.held('coder-quota');
    expect(g.task.hold).toMatchObject({ resumes: { at } });
  });
});
