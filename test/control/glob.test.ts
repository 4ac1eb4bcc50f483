import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Glob, globProblem, matches } from '../../src/control/glob.ts';

const TABLE: [glob: string, path: string, hit: boolean][] = [
  ['**', 'a', true],
  ['**', 'a/b/c', true],
  ['*', 'a', true],
  ['*', 'a/b', false],
  ['*.ts', 'a.ts', true],
  ['*.ts', 'src/a.ts', false],
  ['**/*.ts', 'a.ts', true],
  ['**/*.ts', 'src/deep/a.ts', true],
  ['**/*.ts', 'src/a.tsx', false],
  ['src', 'src', true],
  ['src', 'src/a.ts', true],
  ['src', 'srcs/a.ts', false],
  ['src', 'lib/src/a.ts', false],
  ['src/', 'src/a/b.ts', true],
  ['src/', 'src', false],
  ['src/*', 'src/a.ts', true],
  ['src/*', 'src/a/b.ts', false],
  ['src/**', 'src/a/b.ts', true],
  ['src/**/test', 'src/test', true],
  ['src/**/test', 'src/a/b/test', true],
  ['src/**/test', 'src/a/b/test/c', true],
  ['src/**/*.js', 'src/a.js', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a?c', 'ac', false],
  ['a?c', 'a😀c', true],
  ['*a*b*', 'xaxxbx', true],
  ['*a*b*', 'xbxa', false],
  ['a.b', 'axb', false],
  ['(a|b)+$', '(a|b)+$', true],
  ['A.md', 'a.md', false],
  ['**/a/**/b', 'x/a/y/a/z/b', true],
  ['a', 'a\n', false],
  ['.*', '.env', true],
];

describe('matches', () => {
  it.each(TABLE)('%j and %j: %s', (glob, path, hit) => {
    expect(globProblem(glob)).toBeNull();
    expect(matches([glob], path)).toBe(hit);
  });
  it('takes any of several, and none of none', () => {
    expect(matches(['a/**', 'b/**'], 'b/c')).toBe(true);
    expect(matches([], 'a')).toBe(false);
  });
  it('agrees with a regular expression made from the same pattern', () => {
    const piece = fc.constantFrom('a', 'b', '*', '?', 'ab*', '*b', '**');
    const name = fc.stringMatching(/^[ab]{1,4}$/);
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 5 }),
        fc.array(name, { minLength: 1, maxLength: 5 }),
        (pieces, names) => {
          const source = pieces
            .map((one) =>
              one === '**'
                ? '(?:[^/]+/)*'
                : `${one.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}/`,
            )
            .join('');
          const below = /[*?]/.test(pieces.at(-1) ?? '') ? '' : '(?:[^/]+/)*';
          const expected = new RegExp(`^${source}${below}$`).test(`${names.join('/')}/`);
          expect(matches([pieces.join('/')], names.join('/'))).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
  it('does not backtrack', () => {
    // Exponential matchers need longer than the age of the earth for either.
    expect(matches(['*a'.repeat(100)], `${'a'.repeat(4000)}b`)).toBe(false);
    expect(matches([`${'**/a/'.repeat(40)}b`], 'a/'.repeat(2000).concat('c'))).toBe(false);
  });
});

describe('globProblem', () => {
  it.each([
    '',
    '/a',
    '!a',
    'a\\b',
    '[ab]',
    '{a,b}',
    'a//b',
    './a',
    'a/../b',
    'a**',
    'a\u0000',
    '\u202e',
    'a'.repeat(300),
  ])('refuses %j in one sentence', (glob) => {
    expect(globProblem(glob)).toMatch(/^[A-Z].*\.$/);
    expect(Glob.safeParse(glob).success).toBe(false);
  });
});
