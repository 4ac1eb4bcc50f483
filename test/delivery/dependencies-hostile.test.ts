/** Lockfiles that were made to be missed, or to stop the gate: each is a finding, and soon. */
import { describe, expect, test } from 'vitest';
import { dependencyProblems } from '../../src/delivery/push-gate/dependencies.ts';

const look = (path: string, text: string) =>
  dependencyProblems(path, text, { deniedLicences: [], registries: [] }).map(
    ({ rule, key }) => `${rule} ${key}`,
  );
const UNREAD = ['lockfile-unread '];
const PNPM = "lockfileVersion: '9.0'\n";
const BERRY = '__metadata:\n  version: 8\n';
const HEX = '\\u006f';
const EVIL = 'https://evil.test/x/-/x-1.0.0.tgz';

describe('too much of something', () => {
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`a${at}`, '1']));
  const million = (text: string, times = 1_000_000) => text.repeat(times);
  test.each<[what: string, path: string, text: string]>([
    ['a file', 'yarn.lock', million('# nothing\n')],
    ['a file of JSON', 'package-lock.json', `{"packages":{}}${million(' ', 9_000_000)}`],
    ['a manifest', 'package.json', `{}${million(' ', 9_000_000)}`],
    ['a key of classic yarn', 'yarn.lock', `"${million('a')}":\n  version "1"\n`],
    ['a word of classic yarn', 'yarn.lock', `a@1:\n  version "${million('a')}"\n`],
    ['a key of YAML', 'pnpm-lock.yaml', `${PNPM}"${million('a')}": b\n`],
    ['a plain key', 'pnpm-lock.yaml', `${PNPM}${million('a')}: b\n`],
    ['a text of TOML', 'Cargo.lock', `a = "${million('a')}"\n`],
    ['an override', 'pnpm-lock.yaml', `${PNPM}overrides:\n  ${million('"a@', 100_000)}": b\n`],
    ['git in a key', 'pnpm-lock.yaml', `${PNPM}packages:\n  a${million('@git+', 60_000)}: {}\n`],
    ['a path in npm', 'package-lock.json', `{"packages":{"node_modules/${million('a')}":{}}}`],
    [
      'an address in npm',
      'package-lock.json',
      JSON.stringify({ packages: { 'node_modules/a': { resolved: `x:${million('@')}\n` } } }),
    ],
    ['packages', 'package.json', JSON.stringify({ dependencies: many })],
  ])('%s', (_what, path, text) => expect(look(path, text)).toEqual(UNREAD));

  test('long lists are read once', () => {
    const list = `${PNPM}packages:\n  a@1.0.0:\n    resolution: {integrity: a}\n    bundled:\n`;
    expect(look('pnpm-lock.yaml', list + million('    - a\n', 200_000))).toEqual([]);
    expect(look('Cargo.lock', million('\n'))).toEqual([]);
    expect(look('Cargo.lock', `a = [${million('\n')}]\n`)).toEqual([]);
  });
});

describe('written otherwise than its tool writes it', () => {
  const entry = (lines: string) => `${PNPM}packages:\n  x@1.0.0:\n${lines}`;
  const crate = '[[package]]\nname = "x"\nversion = "1"\n';
  test.each<[what: string, path: string, text: string]>([
    [
      'a line end that only YAML sees',
      'pnpm-lock.yaml',
      entry(`    resolution: {integrity: a}\r  y@1.0.0: {resolution: {tarball: ${EVIL}}}\n`),
    ],
    ['a separator of lines', 'pnpm-lock.yaml', entry('    resolution: {integrity: a\u2028}\n')],
    [
      'a block of text as an address',
      'pnpm-lock.yaml',
      entry(`    resolution:\n      integrity: a\n      tarball: >-\n        ${EVIL}\n`),
    ],
    [
      'a block of text as a resolution',
      'yarn.lock',
      `${BERRY}"x@npm:1":\n  version: 1\n  resolution: |\n    x@${EVIL}\n`,
    ],
    [
      'a merged map',
      'pnpm-lock.yaml',
      entry(`    resolution:\n      integrity: a\n      <<: {tarball: ${EVIL}}\n`),
    ],
    [
      'a key of a short map that hides the next',
      'pnpm-lock.yaml',
      entry(`    resolution: {integrity: a, z, tarball: ${EVIL}}\n`),
    ],
    [
      'an escape in classic yarn',
      'yarn.lock',
      `x@^1:\n  version "1"\n  "res${HEX}lved" "${EVIL}"\n`,
    ],
    ['an escape in a name of it', 'yarn.lock', `"x${HEX}@^1":\n  version "1"\n`],
    [
      'a source in a section of its own',
      'uv.lock',
      `${crate}[package.source]\ngit = "https://evil.test/x"\n`,
    ],
    ['wheels in sections', 'uv.lock', `${crate}[[package.wheels]]\nurl = "${EVIL}"\n`],
    ['the sdist in a section', 'uv.lock', `${crate}[package.sdist]\nurl = "${EVIL}"\n`],
    ['a source in a section', 'Cargo.lock', `${crate}[package.source]\ngit = "${EVIL}"\n`],
    [
      'an address that is no text',
      'package-lock.json',
      JSON.stringify({ packages: { 'node_modules/x': { resolved: [EVIL] } } }),
    ],
  ])('%s', (_what, path, text) => expect(look(path, text)).toEqual(UNREAD));
});

test.each<[what: string, path: string, text: string, found: string]>([
  [
    'an address without a protocol is none of this machine',
    'package-lock.json',
    JSON.stringify({ packages: { 'node_modules/x': { resolved: '//evil.test/x.tgz' } } }),
    'foreign-source //evil.test/x.tgz',
  ],
])('%s', (_what, path, text, found) => expect(look(path, text)).toEqual([found]));

test('the mark of byte order hides no manifest', () =>
  expect(look('package.json', '\ufeff{"dependencies":{"loadsh":"1"}}')).toEqual([
    'lookalike-package loadsh',
  ]));
