/** The small reader of YAML: what it reads, a parser of all of YAML reads alike. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readIndented, type Tree } from '../../src/delivery/push-gate/packages/indented.ts';

const plain = (value: unknown): unknown => {
  if (value instanceof Map)
    return Object.fromEntries([...(value as Tree)].map(([key, one]) => [`k${key}`, plain(one)]));
  return value;
};
/** As the whole parser reads it: blocks of text and keys without a value are not kept here. */
const whole = (value: unknown): unknown => {
  if (value instanceof Map) {
    const entries = [...value].filter(
      ([, one]) =>
        one !== null && !(typeof one === 'string' && (one === '' || one.startsWith('BLOCK'))),
    );
    return Object.fromEntries(entries.map(([key, one]) => [`k${key}`, whole(one)]));
  }
  return Array.isArray(value) ? value.map(whole) : value;
};

function both(text: string): { ours: unknown; theirs: unknown } | null {
  const ours = readIndented(text);
  if (ours === null) return null;
  const documents = parseAllDocuments(text, { schema: 'failsafe', version: '1.2' });
  if (!Array.isArray(documents)) return null;
  const theirs = documents.map((one) => {
    // The tool refuses it, too: then it takes nothing in.
    if (one.errors.length > 0) return null;
    return whole(one.toJS({ mapAsMap: true })) ?? {};
  });
  if (theirs.includes(null)) return null;
  const kept = (some: unknown[]) =>
    some.filter((one) => one !== '' && JSON.stringify(one) !== '{}');
  return { ours: kept(ours.map(plain)), theirs: kept(theirs) };
}

test('the forms that pnpm and yarn write', () => {
  const text = `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
importers:

  .:
    dependencies:
      '@scope/it''s':
        specifier: ^1.0.0
        version: 1.0.0(react@18.0.0)
  packages/a b: {}
packages:
  a@1.0.0:
    resolution: {integrity: sha512-x==, tarball: https://a.test/x.tgz}
    deprecated: |-
      BLOCK of text: {with}
        - anything
    os: [darwin, '!win32']
    bundled:
    - b
    - c
    engines: {node: '>=6, <8'}
    hasBin: true
`;
  const found = both(text);
  expect(found?.ours).toEqual(found?.theirs);
  const long =
    '__metadata:\n  version: 8\n? "a@npm:1, b@npm:2"\n:\n  version: 1\n  x: "y\\u0041"\n';
  const berry = both(long);
  expect(berry?.ours).toEqual(berry?.theirs);
  expect(readIndented(long)?.[0]?.get('a@npm:1, b@npm:2')).toEqual(
    new Map([
      ['version', '1'],
      ['x', 'yA'],
    ]),
  );
});

test.each([
  'a: &x b',
  'a: *x',
  'a: !!str b',
  'a: b\n  c',
  'a: "b',
  'a: b: c',
  'a: b # c',
  '<<: {a: b}\n? c\n',
  'a: {b: {c: d}}',
  'a: [b, [c]]',
  'a:\n\tb: c',
  'a: 1\na: 2',
  '- a',
  '<<<<<<< HEAD\na: b',
  'a: b\n...\n',
  '%YAML 1.2\n---\na: b',
  'a: >-x\n  b',
  'a: b\n   c: d',
  '{a: b}',
])('anything else is not read: %j', (text) => expect(readIndented(text)).toBeNull());

test('whatever it reads, the whole parser reads alike', () => {
  const word = fc.constantFrom(
    ...[
      'a',
      'b',
      'a b',
      "'c'",
      '"d"',
      "'e: f'",
      'g@1',
      '/h@2',
      '@i',
      '*',
      '&x',
      '!t',
      '#k',
      '1.0',
      '-',
      '--',
    ],
    ...[
      '~',
      'null',
      'x:y',
      'x#y',
      'x #y',
      '<<',
      '?',
      '? z',
      "'",
      '"',
      '{}',
      '[]',
      '{a: b}',
      '[a, b]',
      '{a}',
      '[a: b]',
    ],
    ...[
      'a,b',
      'a]',
      '{a: b, c: "d"}',
      '{a:b}',
      "'it''s'",
      '"\\n"',
      '"\\u0041"',
      '',
      ' ',
      '%a',
      '`',
      '...',
      '---',
    ],
  );
  const line = fc
    .tuple(
      fc.integer({ min: 0, max: 3 }),
      word,
      fc.constantFrom(':', ': ', ':  ', '', ' :', '- '),
      word,
    )
    .map(([deep, key, colon, value]) =>
      colon === '- '
        ? `${'  '.repeat(deep)}- ${value}`
        : `${'  '.repeat(deep)}${key}${colon}${colon === ': ' || colon === ':  ' ? value : ''}`,
    );
  let read = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const found = both(lines.join('\n'));
      if (found === null) return;
      read += 1;
      expect(found.ours).toEqual(found.theirs);
    }),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(500);
});
