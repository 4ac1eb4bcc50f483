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

const importer = (specifier: string, version: string) =>
  `${PNPM}importers:\n  .:\n    dependencies:\n      lodash:\n        specifier: ${specifier}\n        version: ${version}\n`;
const locked = (key: string, resolution: string) =>
  `${BERRY}"${key}":\n  version: 1.0.0\n  resolution: "${resolution}"\n`;
const npm = (range: string, more: object = {}) =>
  JSON.stringify({
    packages: {
      '': { dependencies: { lodash: range } },
      'node_modules/lodash': { name: 'evil-pkg', version: '1.0.0' },
      ...more,
    },
  });

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
    ['a resolution without a source', 'pnpm-lock.yaml', entry('    resolution: {type: x}\n')],
    ['a resolution that is a word', 'pnpm-lock.yaml', entry('    resolution: x\n')],
    ['none', 'pnpm-lock.yaml', entry('    engines: {node: x}\n')],
    ['two colons too many', 'yarn.lock', locked('x@npm:1', `x@npm:::__archiveUrl=${EVIL}`)],
    ['a broken percent sign', 'yarn.lock', locked('x@npm:1', 'x@patch:x@npm%3#a')],
    [
      'an address for the other yarn',
      'yarn.lock',
      `${locked('x@npm:1', 'x@npm:1.0.0')}  resolved: "${EVIL}"\n`,
    ],
    [
      'deeper than classic yarn writes',
      'yarn.lock',
      `x@^1:\n    version "1.0.0"\n    resolved "${EVIL}"\n`,
    ],
    ['packages in a list', 'package-lock.json', '{"packages":[],"dependencies":{}}'],
    ['a source that is a word', 'uv.lock', `${crate}source = "x"\n`],
    ['a source of an unknown kind', 'uv.lock', `${crate}source = { archive = "${EVIL}" }\n`],
    ['a source that is a table', 'Cargo.lock', `${crate}source = { git = "${EVIL}" }\n`],
    ['quotes of Go', 'go.mod', 'module a\nrequire `b.test/x` v1.0.0\n'],
    [
      'an address that is no text',
      'package-lock.json',
      JSON.stringify({ packages: { 'node_modules/x': { resolved: [EVIL] } } }),
    ],
  ])('%s', (_what, path, text) => expect(look(path, text)).toEqual(UNREAD));
});

describe('what is asked for under another name is no finding', () => {
  test.each<[path: string, text: string]>([
    ['pnpm-lock.yaml', importer('npm:evil-pkg@^1', 'evil-pkg@1.0.0')],
    ['pnpm-lock.yaml', importer('^4', '4.17.21(react@18.0.0)')],
    ['pnpm-lock.yaml', importer('workspace:*', 'link:../lodash')],
    [
      'pnpm-lock.yaml',
      `${importer("'catalog:'", 'evil-pkg@1.0.0')}catalogs:\n  default:\n    lodash:\n      specifier: npm:evil-pkg@^1\n      version: 1.0.0\n`,
    ],
    ['yarn.lock', '"a@npm:evil-pkg@1", evil-pkg@^1:\n  version "1.0.0"\n'],
    ['yarn.lock', locked('lodash@npm:evil-pkg@^1', 'evil-pkg@npm:1.0.0')],
    ['yarn.lock', locked('x@npm:latest, x@npm:^1.0.0 || ^2', 'x@npm:1.0.0-rc.1')],
    ['yarn.lock', locked('x@file:../x#../x::locator=a%40workspace%3A.', 'x@file:../x#../x')],
    ['package-lock.json', npm('npm:evil-pkg@^1')],
    [
      'package-lock.json',
      npm('^4', { 'node_modules/a': { dependencies: { lodash: 'npm:evil-pkg@1' } } }),
    ],
    [
      'uv.lock',
      '[[package]]\nname = "x"\nversion = "1"\nsource = { registry = "../wheels" }\nwheels = [{ path = "x.whl" }]\n',
    ],
  ])('%s (%#)', (path, text) => expect(look(path, text)).toEqual([]));
});

test.each<[what: string, path: string, text: string, found: string]>([
  [
    'an address without a protocol is none of this machine',
    'package-lock.json',
    JSON.stringify({ packages: { 'node_modules/x': { resolved: '//evil.test/x.tgz' } } }),
    'foreign-source //evil.test/x.tgz',
  ],
  [
    'an address under the snapshots of pnpm 9',
    'pnpm-lock.yaml',
    `${PNPM}packages:\n  x@1.0.0:\n    resolution: {integrity: a}\nsnapshots:\n  x@1.0.0:\n    resolution: {tarball: ${EVIL}}\n`,
    'foreign-source archive evil.test',
  ],
  [
    'a registry of its own in pnpm',
    'pnpm-lock.yaml',
    `${PNPM}packages:\n  x@1.0.0:\n    resolution: {integrity: a, registry: https://evil.test/}\n`,
    'foreign-source registry evil.test',
  ],
  [
    'a version of another package in pnpm',
    'pnpm-lock.yaml',
    importer('^4', 'evil-pkg@1.0.0(react@18.0.0)'),
    'foreign-source lodash evil-pkg',
  ],
  [
    'the same in pnpm 6',
    'pnpm-lock.yaml',
    importer('^4', '/@evil/pkg@1.0.0').replace('9.0', '6.0'),
    'foreign-source lodash @evil/pkg',
  ],
  [
    'the same in pnpm 5',
    'pnpm-lock.yaml',
    'lockfileVersion: 5.4\nspecifiers:\n  lodash: ^4\ndependencies:\n  lodash: /evil-pkg/1.0.0_react@18.0.0\n',
    'foreign-source lodash evil-pkg',
  ],
  [
    'a package of pnpm that names itself otherwise',
    'pnpm-lock.yaml',
    `${PNPM}packages:\n  lodash@4.0.0:\n    resolution: {integrity: a}\n    name: evil-pkg\n`,
    'foreign-source lodash evil-pkg',
  ],
  [
    'several names in one entry of classic yarn',
    'yarn.lock',
    '"evil-pkg@^1", lodash@^4:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/evil-pkg/-/evil-pkg-1.0.0.tgz#a"\n',
    'foreign-source lodash evil-pkg',
  ],
  [
    'an address behind another range of the same package',
    'yarn.lock',
    '"lodash@https://a.test/x.tgz", lodash@^4:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/evil-pkg/-/evil-pkg-1.0.0.tgz#a"\n',
    'foreign-source lodash evil-pkg',
  ],
  [
    'a bound address, its key written in percent signs',
    'yarn.lock',
    locked('x@npm:^1', `x@npm:1.0.0::a=b&__archive%55rl=${encodeURIComponent(EVIL)}`),
    'foreign-source archive evil.test',
  ],
  [
    'a bound address inside of a patch',
    'yarn.lock',
    locked(
      'x@patch:x@npm%3A1.0.0#./a.patch',
      `x@patch:x@${encodeURIComponent(`npm:1.0.0::__archiveUrl=${encodeURIComponent(EVIL)}`)}#./a.patch::version=1.0.0`,
    ),
    'foreign-source archive evil.test',
  ],
  [
    'a patch of another package',
    'yarn.lock',
    locked('x@patch:x@npm%3A1.0.0#./a', 'x@patch:evil-pkg@npm%3A1.0.0#./a::version=1.0.0'),
    'foreign-source x evil-pkg',
  ],
  [
    'another package in berry',
    'yarn.lock',
    locked('lodash@npm:^4', 'evil-pkg@npm:1.0.0'),
    'foreign-source lodash evil-pkg',
  ],
  ['another package in npm', 'package-lock.json', npm('^4'), 'foreign-source lodash evil-pkg'],
  [
    'the tree beside the list of npm',
    'package-lock.json',
    JSON.stringify({
      lockfileVersion: 2,
      packages: { 'node_modules/y': {} },
      dependencies: { x: { version: '1.0.0', resolved: EVIL } },
    }),
    'foreign-source archive evil.test',
  ],
  [
    'the same place in both is said once',
    'package-lock.json',
    JSON.stringify({
      packages: { 'node_modules/x': { resolved: EVIL } },
      dependencies: { x: { version: '1.0.0', resolved: EVIL } },
    }),
    'foreign-source archive evil.test',
  ],
  [
    'a registry of uv with one slash',
    'uv.lock',
    '[[package]]\nname = "x"\nversion = "1"\nsource = { registry = "https:/evil.test/simple" }\n',
    'foreign-source registry https',
  ],
])('%s', (_what, path, text, found) => expect(look(path, text)).toEqual([found]));

test('the mark of byte order hides no manifest', () =>
  expect(look('package.json', '\ufeff{"dependencies":{"loadsh":"1"}}')).toEqual([
    'lookalike-package loadsh',
  ]));
