import { describe, expect, it } from 'vitest';
import {
  type RiskFeatures,
  type RiskVerdict,
  riskFeatures,
  riskOf,
  riskOverride,
  riskPolicy,
  tightenRisk,
} from '../../src/control/risk.ts';
import { kindsOf } from '../../src/control/risk-kinds.ts';
import { PATTERNS } from '../../src/control/risk-paths.ts';
import { KINDS, POINTS, SIGNALS, STEPS } from '../../src/control/risk-weights.ts';
import { WORDS } from '../../src/control/risk-words.ts';
import { type Case, LOW, measured, tests } from './risk-cases.ts';
import { HIGH } from './risk-catastrophes.ts';

const policy = riskPolicy.parse({});
const PASSES: RiskVerdict[] = ['openai', 'gemini'].map((family) => ({
  family,
  verdict: 'pass',
  worst: null,
}));
const score = (one: Case, verdicts = PASSES) => riskOf(measured(one), verdicts, policy);
const named = (cases: Case[]): [string, Case][] => cases.map((one) => [one.name, one]);
const change = (path: string, lines = ['+x'], more: Partial<RiskFeatures> = {}): Case => ({
  name: path,
  files: [{ path, lines }],
  more: { redToGreen: true, ...more },
});

describe('bands', () => {
  it('has enough cases', () => {
    expect(LOW.length).toBeGreaterThanOrEqual(25);
    expect(HIGH.length).toBeGreaterThanOrEqual(60);
  });
  it.each(named(LOW))('low: %s', (_name, one) => {
    const risk = score(one);
    expect(risk, JSON.stringify(risk.reasons)).toMatchObject({ band: 'low', neverAutoMerge: [] });
    expect(riskFeatures.parse(measured(one))).toEqual(measured(one));
  });
  it.each(named(HIGH))('high: %s', (_name, one) => {
    const risk = score(one);
    expect(risk.band, JSON.stringify(risk.reasons)).toBe('high');
  });
  it('a low change with minor findings stays low; without its two verdicts it is not', () => {
    const [one] = LOW;
    const minor = PASSES.map((verdict) => ({ ...verdict, worst: 'minor' as const }));
    expect(score(one!, minor).band).toBe('low');
    expect(score(one!, []).band).toBe('medium');
    const twice = [PASSES[0]!, { ...PASSES[0]! }];
    expect(score(one!, twice).score).toBe(POINTS.verdictMissing);
    for (const verdict of ['fail', 'inconclusive'] as const)
      expect(
        score(one!, [PASSES[0]!, { family: 'x', verdict, worst: null }]).score,
      ).toBeGreaterThan(0);
  });
});

describe('what is never merged without an approval', () => {
  const paths = [
    '.github/workflows/ci.yml',
    '.GitHub/workflows/ci.yml',
    '.github/dependabot.yml',
    '.gitlab-ci.yml',
    '.circleci/config.yml',
    'Jenkinsfile',
    '.claude/settings.json',
    'packages/a/.claude/settings.local.json',
    '.mcp.json',
    '.vscode/tasks.json',
    '.cursor/rules/a.mdc',
    '.codex/config.toml',
    'AGENTS.md',
    'docs/AGENTS.md',
    'CLAUDE.md',
    'claude.md',
    '.agent/memory.md',
    '.npmrc',
    'web/.npmrc',
    '.husky/pre-commit',
    '.githooks/pre-push',
    'tools/hooks/post-merge',
    'CODEOWNERS',
    'docs/CODEOWNERS',
    '.gitattributes',
    'a/.gitattributes',
    '.gitmodules',
    '.aedev/config.yaml',
  ];
  it.each(paths)('%s', (path) => {
    const risk = score(change(path));
    expect(risk.neverAutoMerge).toHaveLength(1);
    expect(risk.band).toBe('medium');
  });
  it('holds when such a file is moved away, deleted, or lies in guarded paths', () => {
    const file = {
      path: 'docs/a.yml',
      from: '.github/workflows/a.yml',
      status: 'R' as const,
      lines: [],
    };
    expect(score({ name: '', files: [file] }).neverAutoMerge).toHaveLength(1);
    const guarded = riskPolicy.parse({ sensitive_paths: ['src/core/**'] });
    const risk = riskOf(measured(change('src/core/a.ts')), PASSES, guarded);
    expect(risk).toMatchObject({ band: 'medium' });
    expect(risk.neverAutoMerge).toHaveLength(1);
  });
  it('a medium change elsewhere may be approved and names no such reason', () => {
    for (const path of ['src/auth/a.ts', 'Dockerfile', 'db/migrations/1.sql', 'vitest.config.ts'])
      expect(score(change(path))).toMatchObject({ band: 'medium', neverAutoMerge: [] });
  });
});

describe('single contributions', () => {
  const points = (one: Case) => score(one).score;
  it('dependency and lockfile together need the operator', () => {
    const files = ['package.json', 'package-lock.json'].map((path) => ({ path, lines: ['+x'] }));
    expect(score({ name: '', files }).band).toBe('medium');
  });
  it('weakened tests need the operator, each alone', () => {
    const weak: Partial<RiskFeatures>[] = [
      { tests: { before: tests(10), after: tests(9) } },
      { tests: { before: tests(10), after: tests(10, 1) } },
      { tests: { before: tests(10), after: null } },
      { tests: { before: null, after: tests(0) } },
      { tests: { before: tests(4, 4), after: tests(4, 4) } },
      { verify: 'missing' },
      { runnerFiles: ['scripts/check.sh'] },
    ];
    for (const more of weak) expect(score(change('src/a.ts', ['+x'], more)).band).toBe('medium');
    const gone = { path: 'test/a.test.ts', status: 'D' as const, lines: ['-x'] };
    expect(score({ name: '', files: [gone] }).band).toBe('medium');
    const moved = { path: 'src/a.txt', from: 'test/a.test.ts', status: 'R' as const, lines: [] };
    expect(score({ name: '', files: [moved] }).band).toBe('medium');
  });
  it('links, submodules, binaries and new programs count', () => {
    const file = (mode: string) => ({
      name: '',
      files: [{ path: 'a', lines: [], mode }],
      more: { redToGreen: true },
    });
    expect(points(file('100755'))).toBe(POINTS.executable);
    expect(points(file('120000'))).toBe(POINTS.symlink);
    expect(score(file('160000')).neverAutoMerge).toHaveLength(1);
  });
  it('says what is unknown, at no points', () => {
    const { reasons } = score(change('src/a.ts', ['+x'], { history: null, baseFiles: null }));
    expect(reasons.filter((reason) => reason.points === 0).map((reason) => reason.why)).toEqual([
      'unknown: what share of the repo is deleted',
      'unknown: how often these files changed or were reverted before',
    ]);
  });
  it('makes hostile paths harmless in its words', () => {
    const { reasons, neverAutoMerge } = score(change('.github/\u001b[2J\u202e\u3000evil\n.yml'));
    for (const words of [...reasons.map((reason) => reason.why), ...neverAutoMerge])
      expect(words).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u);
  });
  it('takes words of paths whole', () => {
    expect(kindsOf('src/userSession.ts')).toEqual(['auth']);
    expect(kindsOf('src/OAuth2Client.ts')).toEqual(['auth']);
    expect(kindsOf('src/oauth2/client.ts')).toEqual(['auth']);
    expect(kindsOf('src/author.ts')).toEqual([]);
    expect(kindsOf('src/crypto-utils/a.ts')).toEqual(['crypto']);
  });
});

describe('the table', () => {
  it('has no negative weight and rising steps', () => {
    for (const steps of Object.values(STEPS))
      for (let at = 0; at < steps.length; at += 1) {
        const [from, worth] = steps[at]!;
        const [before, less] = steps[at - 1] ?? [0, 0];
        expect(from).toBeGreaterThan(before);
        expect(worth).toBeGreaterThan(less);
      }
    const all = [
      ...Object.values(KINDS).map((kind) => kind.points),
      ...Object.values(SIGNALS).map(([worth]) => worth),
      ...Object.values(POINTS),
    ];
    expect(all.every((worth) => Number.isInteger(worth) && worth > 0)).toBe(true);
  });
  it('is frozen: a change of it must raise RISK_RULES and this number', () => {
    const words = Object.entries(WORDS).map(([kind, set]) => [kind, ...set]);
    const table = JSON.stringify([STEPS, KINDS, SIGNALS, POINTS, PATTERNS, words]);
    let sum = 0;
    for (const char of table) sum = (Math.imul(sum, 31) + (char.codePointAt(0) ?? 0)) | 0;
    expect(sum).toMatchInlineSnapshot(`849614471`);
  });
});

describe('policy', () => {
  it('may only tighten', () => {
    expect(riskPolicy.safeParse({ medium_from: 31 }).success).toBe(false);
    expect(riskPolicy.safeParse({ high_from: 71 }).success).toBe(false);
    expect(riskPolicy.safeParse({ medium_from: 0 }).success).toBe(false);
    expect(riskPolicy.safeParse({ sensitive_paths: ['/abs'] }).success).toBe(false);
    expect(riskPolicy.safeParse({ more: 1 }).success).toBe(false);
    const strict = riskPolicy.parse({ medium_from: 1, high_from: 2 });
    expect(riskOf(measured(LOW[2]!), PASSES, strict).band).toBe('high');
  });
  it('of a repo never loosens what the installation set', () => {
    const global = riskPolicy.parse({ medium_from: 10, sensitive_paths: ['a/**'] });
    expect(riskOverride.parse({})).toEqual({});
    expect(tightenRisk(global, undefined)).toEqual(global);
    expect(tightenRisk(global, riskOverride.parse({ high_from: 50 }))).toEqual({
      medium_from: 10,
      high_from: 50,
      sensitive_paths: ['a/**'],
    });
    const both = riskOverride.parse({ medium_from: 20, sensitive_paths: ['b/**', 'a/**'] });
    expect(tightenRisk(global, both)).toEqual({ ...global, sensitive_paths: ['a/**', 'b/**'] });
  });
});
