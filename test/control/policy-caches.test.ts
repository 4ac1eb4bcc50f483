import { describe, expect, test } from 'vitest';
import { policiesFile } from '../../src/control/policy.ts';
import { reposFile } from '../../src/control/policy-repo.ts';

const parse = (more: object) =>
  reposFile.safeParse({ repos: [{ id: 'shop', source: '/x', ...more }] });
const cache = { path: 'node_modules', key: ['package-lock.json'], setup: ['npm', 'ci'] };

describe('caches of a repo', () => {
  test('have defaults, and may be several', () => {
    const parsed = parse({ caches: [cache, { ...cache, path: 'packages/a/node_modules' }] });
    expect(parsed.data?.repos[0]).toMatchObject({
      registries: [],
      caches: [{ ...cache, wall_minutes: 15 }, { path: 'packages/a/node_modules' }],
    });
    expect(parse({}).data?.repos[0]?.caches).toEqual([]);
  });

  test.each([
    '/node_modules',
    '~/.npm',
    '../out',
    'a/../../b',
    './a',
    'a//b',
    'a/',
    '',
    'C:\\x',
    'a\\b',
    'pkg/*/node_modules',
    '.git',
    'a/.GIT/hooks',
    'git~1',
    'a\u202eb',
    'a\nb',
  ])('do not lie at %j', (path) => {
    expect(parse({ caches: [{ ...cache, path }] }).success).toBe(false);
  });

  test.each([
    ['node_modules', 'node_modules'],
    ['a', 'a/b'],
    ['a/b', 'a'],
  ])('do not overlap: %s and %s', (one, two) => {
    const caches = [one, two].map((path) => ({ ...cache, path }));
    const parsed = parse({ caches });
    expect(parsed.error?.issues[0]?.path).toEqual(['repos', 0, 'caches', 1, 'path']);
    expect(parse({ caches: [cache, { ...cache, path: 'node_modules2' }] }).success).toBe(true);
  });

  test.each([
    { ...cache, key: [] },
    { ...cache, setup: [] },
    { ...cache, wall_minutes: 31 },
    { ...cache, token: 'x' },
    { ...cache, key: ['!lock'] },
  ])('are refused: %j', (one) => expect(parse({ caches: [one] }).success).toBe(false));

  test.each(['https://registry.example.test', '*.example.test', '10.0.0.1', 'host:0', 'a b'])(
    'a registry is not %s',
    (registry) => expect(parse({ registries: [registry] }).success).toBe(false),
  );
  test('a registry is a host, with or without a port', () =>
    expect(parse({ registries: ['r.example.test', 'r.example.test:8443'] }).success).toBe(true));
});

test('retention has defaults and bounds', () => {
  const { retention } = policiesFile.parse({});
  expect(retention).toEqual({ runs_days: 14, caches_days: 30, caches_gb: 20, min_free_gb: 2 });
  for (const wrong of [{ runs_days: 0 }, { min_free_gb: -1 }, { caches_gb: 0 }, { logs: 1 }])
    expect(policiesFile.safeParse({ retention: wrong }).success).toBe(false);
  expect(policiesFile.parse({ retention: { min_free_gb: 0 } }).retention.min_free_gb).toBe(0);
});
