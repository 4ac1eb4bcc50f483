import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dependencyProblems, isDependencyFile } from '../../src/delivery/push-gate/dependencies.ts';
import { POPULAR } from '../../src/delivery/push-gate/popular.ts';

const DENIED = ['AGPL-*', 'GPL-*'];
const RULES = { deniedLicences: DENIED, registries: [] };
const look = (path: string, text: string) =>
  dependencyProblems(path, text, RULES).map(({ rule, key }) => `${rule} ${key}`);
const npm = (...names: string[]) =>
  look(
    'package.json',
    JSON.stringify({ dependencies: Object.fromEntries(names.map((n) => [n, '1'])) }),
  );

describe('names of packages', () => {
  test.each([
    'expresss',
    'exress',
    'loadsh',
    'l0dash',
    'cross_env',
    'crossenv',
    'typescrlpt',
    'axi0s',
    'reаct',
  ])('%s imitates', (name) => expect(npm(name)).toEqual([`lookalike-package ${name}`]));
  test.each([
    'express',
    'lodash-es',
    'mysql2',
    'preact',
    'reactive',
    '@acme/lodash',
    'color',
    'p-limit',
    'left-pad',
  ])('%s does not', (name) => expect(npm(name)).toEqual([]));
  test('no well-known name imitates another', () => {
    expect(npm(...POPULAR.npm)).toEqual([]);
    expect(look('requirements.txt', POPULAR.pypi.join('\n'))).toEqual([]);
    const table = POPULAR.cargo.map((name) => `${name} = "1"`).join('\n');
    expect(look('Cargo.toml', `[dependencies]\n${table}\n`)).toEqual([]);
  });
  test('are read from every format', () => {
    expect(look('requirements-dev.txt', '# c\n-r x.txt\nreqeusts==2 # typo\nnumpy\n')).toEqual([
      'lookalike-package reqeusts',
    ]);
    expect(
      look('pyproject.toml', '[project]\ndependencies = ["reqeusts>=2", "numpy>1"]\n'),
    ).toEqual(['lookalike-package reqeusts']);
    expect(
      look('pyproject.toml', '[tool.poetry.dependencies]\npython = "^3"\nflaskk = "1"\n'),
    ).toEqual(['lookalike-package flaskk']);
    expect(
      look('Cargo.toml', '[package]\nname = "tokioo"\n[dev-dependencies]\ntokioo = "1"\n'),
    ).toEqual(['lookalike-package tokioo']);
    expect(look('Cargo.toml', '[dependencies.serde_jsom]\nversion = "1"\n')).toEqual([
      'lookalike-package serde_jsom',
    ]);
    const lock = {
      packages: { '': {}, 'node_modules/a/node_modules/expresss': {}, src: { link: true } },
    };
    // A lockfile names what packages chose themselves.
    expect(look('package-lock.json', JSON.stringify(lock))).toEqual([]);
  });
  test('files are known by name', () => {
    for (const path of [
      'package.json',
      'a/package-lock.json',
      'requirements.txt',
      'Cargo.toml',
      'x/pyproject.toml',
    ])
      expect(isDependencyFile(path), path).toBe(true);
    for (const path of ['src/requirements.ts', 'package.json.md'])
      expect(isDependencyFile(path), path).toBe(false);
  });
});

describe('licences', () => {
  const locked = (license: string) =>
    look('package-lock.json', JSON.stringify({ packages: { 'node_modules/x': { license } } }));
  test.each([
    ['MIT', false],
    ['GPL-3.0-only', true],
    ['gpl-2.0', true],
    ['LGPL-3.0', false],
    ['(MIT OR GPL-3.0)', false],
    ['MIT AND GPL-3.0', true],
    ['(AGPL-3.0 OR GPL-2.0)', true],
    ['GPL-2.0 WITH Classpath-exception-2.0', true],
  ])('%s', (license, denied) => expect(locked(license).length === 1).toBe(denied));
  test('of Composer are lists', () => {
    const lock = {
      packages: [
        { name: 'a/b', license: ['GPL-3.0'] },
        { name: 'c/d', license: ['MIT'] },
      ],
    };
    expect(look('composer.lock', JSON.stringify(lock))).toEqual(['denied-licence a/b GPL-3.0']);
  });
});

test('whatever stands in such a file, it is looked at without an error', () => {
  const path = fc.constantFrom(
    'package.json',
    'package-lock.json',
    'composer.lock',
    'Cargo.toml',
    'pyproject.toml',
    'requirements.txt',
  );
  fc.assert(
    fc.property(path, fc.oneof(fc.string(), fc.json()), (name, text) => {
      for (const { what } of dependencyProblems(name, text, RULES))
        expect(what.length).toBeLessThan(400);
    }),
  );
});
