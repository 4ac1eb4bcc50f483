import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/config/explain.ts';
import { repoBudget, taskPolicy } from '../../src/control/policy.ts';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { check } from './support.ts';

function load(policies: string | null, repos: string | null = null) {
  const loaded = check(policies, repos);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
}
const hash = (policies: string | null, repos: string | null = null) =>
  load(policies, repos).policy.hash;

describe('the hash of the policy', () => {
  it('is the sha256 of the canonical effective content', () => {
    const { policy } = load('merge: {method: merge}\n', 'repos: [{id: a, source: /x}]\n');
    const { policies, repos } = policy;
    expect(policy.hash).toBe(sha256Hex(canonicalJson({ policies, repos })));
  });

  it('does not depend on comments, order, layout, or a default written out', () => {
    const plain = hash(null);
    for (const text of ['', '# x\n', '$schema: x\n', 'merge: {method: squash}\n'])
      expect(hash(text)).toBe(plain);
    const a = '{id: a, source: /x}';
    const b = '{source: /y, id: b}';
    expect(hash(null, `repos: [${a}, ${b}]`)).toBe(hash(null, `repos:\n  - ${b}\n  - ${a}\n`));
  });

  it('changes with every number that changes', () => {
    const threshold = (value: number) => `clarification: {trigger_threshold: ${value}}\n`;
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (one, other) => {
        expect(hash(threshold(one)) === hash(threshold(other))).toBe(one === other);
      }),
      { numRuns: 50 },
    );
  });

  it('finds no repo that is not registered, whatever its name', () => {
    const { policy } = load(null);
    for (const id of ['constructor', 'toString', '__proto__'])
      expect(taskPolicy(policy, id)).toBeUndefined();
  });
});

describe('what one setting leaves alone', () => {
  it('keeps the other limits of a day', () => {
    const { policy } = load(
      'budgets: {global: {cost_usd_per_day: 20}}\n',
      'repos:\n  - {id: a, source: /x, budget: {cost_usd_per_day: 15}}\n  - {id: b, source: /y, budget: {runs_per_day: null}}\n',
    );
    expect(policy.policies.budgets.global).toMatchObject({
      runs_per_day: 50,
      cost_usd_per_day: 20,
    });
    expect(repoBudget(policy, 'a')).toMatchObject({ runs_per_day: 25, cost_usd_per_day: 15 });
    expect(repoBudget(policy, 'b')).toMatchObject({ runs_per_day: null, cost_usd_per_day: null });
    expect(repoBudget(policy, 'c').runs_per_day).toBe(25);
  });

  it('lets a repo only tighten the risk limits', () => {
    const { policy } = load(
      'risk: {medium_from: 10, sensitive_paths: [a]}\n',
      'repos: [{id: a, source: /x, risk: {medium_from: 20, sensitive_paths: [b]}}]\n',
    );
    expect(taskPolicy(policy, 'a')?.risk).toEqual({
      medium_from: 10,
      high_from: 70,
      sensitive_paths: ['a', 'b'],
    });
  });
});

describe('explain', () => {
  it('says where each effective value comes from', () => {
    const { policy, sources } = load(
      '# mine\nmerge:\n  method: merge\nrisk: {high_from: 60}\nbudgets:\n  per_repo:\n    runs_per_day: 7\njudges:\n  families:\n    - {family: openai, protocol: openai, model: m, key_env: A}\n',
      'repos:\n  - id: shop\n    source: /x\n    risk: {high_from: 65}\n    verify:\n      - argv: [npm, test]\n',
    );
    const rows = explain(policy, sources);
    const of = (path: string) => {
      const row = rows.find((one) => one.path === path);
      return row && [row.value, row.from];
    };
    expect(of('merge.method')).toEqual(['merge', 'policies.yaml:3']);
    expect(of('merge.auto_merge')).toEqual([false, 'default']);
    expect(of('judges.families[0].family')).toEqual(['openai', 'policies.yaml:10']);
    expect(of('repos[shop].source')).toEqual(['/x', 'repos.yaml:3']);
    expect(of('repos[shop].branch')).toEqual(['main', 'default']);
    expect(of('repos[shop].method')).toEqual(['merge', 'policies.yaml:3']);
    expect(of('repos[shop].coder')).toEqual(['claude', 'default']);
    expect(of('repos[shop].budget.runs_per_day')).toEqual([7, 'policies.yaml:7']);
    expect(of('repos[shop].verify[0].argv')).toEqual([['npm', 'test'], 'repos.yaml:6']);
    expect(of('repos[shop].verify[0].wall_minutes')).toEqual([15, 'default']);
    expect(of('repos[shop].risk.high_from')).toEqual([60, 'repos.yaml:4 and policies.yaml:4']);
    expect(new Set(rows.map((row) => row.path)).size).toBe(rows.length);
    expect(rows.find((row) => row.path === 'system.allow_remote_writes')?.description).toContain(
      'nothing is pushed',
    );
  });

  it('covers every setting of the defaults, each as default', () => {
    const { policy, sources } = load(null);
    const rows = explain(policy, sources);
    expect(rows.length).toBeGreaterThan(50);
    expect(new Set(rows.map((row) => row.from))).toEqual(new Set(['default']));
  });
});
