import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlantable, plant } from '../../../src/judgement/evidence/control/plant.ts';

const fresh = () => {
  let at = 0;
  return () => {
    at += 1;
    return `c${String(at).padStart(11, '0')}`;
  };
};
const added = (path: string, text: string) => {
  const made = plant(path, text, fresh());
  return made === null ? null : made.text.split('\n').filter((line) => !text.includes(line));
};
const calls = (text: string) =>
  added('a.test.ts', text)?.map((line) => /^;([\w$]+)\('c\d+'/.exec(line)?.[1]);

describe('a script', () => {
  it.each([
    ["import { test } from 'node:test';\ntest('a', () => {});", 'test'],
    ["import { describe, it } from 'vitest';\n", 'it'],
    ["import { it as should } from 'node:test';\n", 'should'],
    ["import check from 'node:test';\n", 'check'],
    ["import test, { mock } from 'node:test';\n", 'test'],
    ["const { test: t } = require('node:test');\n", 't'],
    ["const test = require('node:test');\n", 'test'],
    ["import test from 'ava';\n", 'test'],
    ["describe('x', () => { it('y', () => {}); });\n", 'it'],
    ["test('x', () => {});\n", 'test'],
  ])('%j is planted with its own word', (text, name) => {
    expect(new Set(calls(text))).toEqual(new Set([name]));
  });
  it('without tests is left alone', () => {
    for (const text of [
      '',
      'export const helper = 1;\n',
      "import { describe } from 'node:test';\n",
      'latest(1);\n',
    ])
      expect(plant('test/helper.js', text, fresh())).toBeNull();
  });
  it('gets one test for each way of asserting, four at most', () => {
    const text =
      "import assert from 'node:assert';\ntest('a', () => { assert.equal(1, 1); assert.deepEqual([], []); assert(true); });\n";
    const lines = added('a.test.js', text)?.join('\n') ?? '';
    for (const call of [
      /assert\.equal\((\d+), (?!\1\))\d+\);/,
      /assert\.deepEqual\(\[\d+\], \[\d+\]\);/,
      /assert\(false\);/,
    ])
      expect(lines).toMatch(new RegExp(`try \\{ ${call.source} \\} catch`));
    const many =
      "test('a', () => { expect(1).toBe(1); expect(1).toEqual(1); expect(1).toStrictEqual(1); assert.ok(1); assert.is(1, 1); assert.equal(1, 1); });\n";
    expect(plant('a.test.js', many, fresh())?.words).toHaveLength(5);
  });
});

it('plants Python above main, Go and Rust at the end, each in its own terms', () => {
  const python =
    "import x\n\ndef test_a():\n    assert x.a() == 1\n\nif __name__ == '__main__':\n    main()\n";
  expect(plant('tests/test_a.py', python, fresh())?.text).toMatch(
    /def test_c0+1\(\):\n {4}assert 1 == 2, "c0000" "0+2"\n[\s\S]*if __name__/,
  );
  const unit = 'class A(unittest.TestCase):\n    def test_a(self): pass\n';
  expect(plant('test_u.py', unit, fresh())?.text).toContain('self.assertEqual(1, 2, "c0000" "');
  const go = 'package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n';
  expect(plant('a_test.go', go, fresh())?.text).toMatch(
    /func TestXc\d+\(t \*testing\.T\) \{\n\tt\.Fatal\("c0000" \+ "/,
  );
  const rust = '#[test]\nfn a() {}\n';
  expect(plant('src/lib.rs', rust, fresh())?.text).toContain('#[cfg(test)]\n#[test]\nfn xc');
  for (const [path, text] of [
    ['a.py', 'x = 1\n'],
    ['a_test.go', 'package a\n'],
    ['lib.rs', 'fn a() {}\n'],
    ['a.rb', 'it "x"\n'],
  ] as const)
    expect(plant(path, text, fresh()), path).toBeNull();
  expect(
    ['a.test.tsx', 'a.mjs', 'test_a.py', 'a_test.go', 'lib.rs', 'a.go', 'a.rb'].map(isPlantable),
  ).toEqual([true, true, true, true, true, false, false]);
});

it('writes no word whole, because some runners show the lines around a failure', () => {
  const path = fc.constantFrom('a.test.ts', 'test_a.py', 'a_test.go', 'lib.rs');
  const text = fc.constantFrom(
    "test('a', () => { assert.equal(1, 1); expect(1).toBe(1); });",
    'def test_a():\n  pass',
    'func TestA(t *testing.T) {}',
    '#[test]\nfn a() {}',
  );
  fc.assert(
    fc.property(path, text, fc.string(), (name, known, more) => {
      const made = plant(name, `${known}\n${more}`, fresh());
      for (const word of made?.words ?? []) expect(made?.text).not.toContain(word);
    }),
  );
});
