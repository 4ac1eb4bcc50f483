import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanonicalError, canonicalJson } from '../../src/lib/canonical.ts';
import { isSha256Hex, sha256Hex } from '../../src/lib/hash.ts';

/** The same value with its keys in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  const copy = Object.create(null);
  for (const [key, member] of Object.entries(value).reverse()) copy[key] = shuffled(member);
  return copy;
}

describe('canonical JSON', () => {
  it('writes the example of RFC 8785, section 3.2.2', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as RFC 8785, section 3.2.3, shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    expect(canonicalJson(value)).toBe(
      `{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`,
    );
  });

  it('is one text per value, and reads back as that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.stringify(shuffled(JSON.parse(text)))).toBe(
          JSON.stringify(shuffled(sortedCopy(value))),
        );
      }),
    );
  });

  it('keeps hostile keys and escapes what UTF-8 cannot hold', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"x":1},"\\ud800":"\\udfff"}'))).toBe(
      '{"__proto__":{"x":1},"\\ud800":"\\udfff"}',
    );
    expect(canonicalJson(-0)).toBe('0');
  });

  const holed: unknown[] = [1];
  holed[2] = 3;
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  it.each<[string, unknown, string]>([
    ['undefined', undefined, '$'],
    ['an undefined member', { a: [{ b: undefined }] }, '$.a[0].b'],
    ['a hole', holed, '$[1]'],
    ['NaN', { a: Number.NaN }, '$.a'],
    ['Infinity', [-1, Number.POSITIVE_INFINITY], '$[1]'],
    ['a bigint', 1n, '$'],
    ['a symbol', Symbol('x'), '$'],
    ['a function', { toJSON: () => 'x' }, '$.toJSON'],
    ['a date', { at: new Date(0) }, '$.at'],
    ['a map', new Map(), '$'],
    ['bytes', new Uint8Array(1), '$'],
    ['a symbol key', { [Symbol('x')]: 1 }, '$'],
  ])('refuses %s and says where', (_what, value, path) => {
    expect(() => canonicalJson(value)).toThrow(CanonicalError);
    expect(() => canonicalJson(value)).toThrow(
      expect.objectContaining({ tag: 'not-canonical', path }),
    );
  });

  it('refuses a loop instead of overflowing the stack', () => {
    expect(() => canonicalJson(loop)).toThrow(/nested deeper than 256/);
    expect(() => canonicalJson(JSON.parse('['.repeat(10_000) + ']'.repeat(10_000)))).toThrow(
      CanonicalError,
    );
  });
});

function sortedCopy(value: unknown): unknown {
  return JSON.parse(canonicalJson(value));
}

describe('sha256', () => {
  it('matches the published vector, for text and bytes', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256Hex('abc')).toBe(abc);
    expect(sha256Hex(new TextEncoder().encode('abc'))).toBe(abc);
    expect(isSha256Hex(abc)).toBe(true);
    expect([abc.toUpperCase(), `${abc}\n`, abc.slice(1)].some(isSha256Hex)).toBe(false);
  });
});
