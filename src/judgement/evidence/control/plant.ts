/**
 * Puts tests that must fail into a test file, in the file's own terms: one that throws, and one for
 * each way of asserting that the file uses. A runner that reports them really runs this file to its
 * end and really hears its assertions.
 */

import { randomInt } from 'node:crypto';

export interface Planted {
  text: string;
  /**
   * Words that only the failures print. In the source each stands in two pieces, because some
   * runners show the lines around a failure.
   */
  words: string[];
}

const JS = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/**
 * Assertions that compare: these arguments must fail. A and B become numbers that nobody can know
 * before, so that no assertion can be made to fail for them alone.
 */
const ASSERTIONS: Readonly<Record<string, string>> = {
  equal: 'A, B',
  strictEqual: 'A, B',
  deepEqual: '[A], [B]',
  deepStrictEqual: '[A], [B]',
  notEqual: 'A, A',
  notStrictEqual: 'A, A',
  ok: 'false',
  is: 'A, B',
};
const MATCHERS: Readonly<Record<string, string>> = {
  toBe: 'toBe(B)',
  toEqual: 'toEqual(B)',
  toStrictEqual: 'toStrictEqual(B)',
  toMatchObject: 'toEqual(B)',
  'to.equal': 'to.equal(B)',
  'to.eql': 'to.eql(B)',
};
const MAX_ASSERTIONS = 4;

/** Can this kind of file be planted at all? By name alone. */
export const isPlantable = (path: string): boolean =>
  JS.test(path) || /\.py$|_test\.go$|\.rs$/.test(path);

/** `fresh` gives new words of letters and digits; null when the file holds no test we know. */
export function plant(path: string, text: string, fresh: () => string): Planted | null {
  if (JS.test(path)) return inScript(text, fresh);
  if (path.endsWith('.py')) return inPython(text, fresh);
  if (path.endsWith('_test.go')) return inGo(text, fresh);
  return path.endsWith('.rs') ? inRust(text, fresh) : null;
}

/** Two numbers, never equal, for A and B. */
function numbered(assertion: string): string {
  const one = randomInt(10, 100_000);
  const other = one + randomInt(1, 100_000);
  return assertion.replaceAll(/\bA\b/g, `${one}`).replaceAll(/\bB\b/g, `${other}`);
}

const halves = (word: string, between: string, quote: string): string =>
  `${quote}${word.slice(0, 5)}${between}${word.slice(5)}${quote}`;

function inScript(text: string, fresh: () => string): Planted | null {
  const run = testFunction(text);
  if (run === null) return null;
  const words: string[] = [];
  const lines: string[] = [];
  const add = (assertion: string | null): void => {
    const word = fresh();
    words.push(word);
    const fail = `throw new Error(${halves(word, "' + '", "'")});`;
    // An assertion that does not throw says nothing, and the test passes.
    const body = assertion === null ? fail : `try { ${numbered(assertion)} } catch { ${fail} }`;
    lines.push(`;${run}('${fresh()}', () => { ${body} });`);
  };
  add(null);
  for (const assertion of assertions(text).slice(0, MAX_ASSERTIONS)) add(assertion);
  return { text: `${text}\n${lines.join('\n')}\n`, words };
}

/** What the file calls to declare a test at its top level; null when it declares none. */
function testFunction(text: string): string | null {
  const imported =
    /\bimport\s+([A-Za-z_$][\w$]{0,60})\s*(?:,\s*\{[^}]{0,400}\}\s*)?from\s*['"](?:node:test|ava|tape)['"]/.exec(
      text,
    )?.[1] ??
    /\b(?:const|let|var)\s+([A-Za-z_$][\w$]{0,60})\s*=\s*require\(\s*['"](?:node:test|ava|tape)['"]\s*\)/.exec(
      text,
    )?.[1];
  const braces =
    /\bimport\s+(?:[\w$]{1,60}\s*,\s*)?\{([^}]{0,400})\}\s*from\s*['"](?:node:test|vitest|@jest\/globals|bun:test|mocha)['"]/.exec(
      text,
    )?.[1] ??
    /\b(?:const|let|var)\s*\{([^}]{0,400})\}\s*=\s*require\(\s*['"](?:node:test|vitest|@jest\/globals|mocha)['"]\s*\)/.exec(
      text,
    )?.[1];
  for (const part of (braces ?? '').split(',')) {
    const match = /^\s*(test|it)\s*(?:(?:as|:)\s*([A-Za-z_$][\w$]{0,60}))?\s*$/.exec(part);
    if (match) return match[2] ?? match[1] ?? null;
  }
  if (imported !== undefined) return imported;
  if (braces !== undefined) return null;
  // Runners that make them global.
  return /(?:^|[^\w$.])(test|it)\s*\(/.exec(text)?.[1] ?? null;
}

function assertions(text: string): string[] {
  const found = new Set<string>();
  for (const [, method] of text.matchAll(/\bassert\.(?:strict\.)?(\w{1,40})\s*\(/g)) {
    const args = ASSERTIONS[method ?? ''];
    if (args !== undefined) found.add(`assert.${method}(${args});`);
  }
  if (/(?:^|[^\w$.])assert\s*\(/.test(text)) found.add('assert(false);');
  for (const [matcher, call] of Object.entries(MATCHERS)) {
    if (text.includes(`.${matcher}(`) && /(?:^|[^\w$.])expect\s*\(/.test(text))
      found.add(`expect(A).${call};`);
  }
  // Named imports: `import { equal } from 'node:assert/strict'`.
  for (const [method, args] of Object.entries(ASSERTIONS)) {
    const named = new RegExp(
      `\\{[^}]{0,200}\\b${method}\\b[^}]{0,200}\\}\\s*(?:from\\s*|=\\s*require\\(\\s*)['"]`,
    );
    if (method.length > 2 && named.test(text)) found.add(`${method}(${args});`);
  }
  return [...found];
}

function inPython(text: string, fresh: () => string): Planted | null {
  const functions = /^(?:async )?def test_?\w*\s*\(/m.test(text);
  const classes = /\bTestCase\b/.test(text);
  if (!functions && !classes) return null;
  const own = fresh();
  const word = fresh();
  const message = halves(word, '" "', '"');
  const body = functions
    ? `def test_${own}():\n    assert 1 == 2, ${message}\n`
    : `import unittest as _u_${own}\nclass Test_${own}(_u_${own}.TestCase):\n    def test_${own}(self):\n        self.assertEqual(1, 2, ${message})\n`;
  // `unittest.main()` at the end of a file runs what stands above it.
  const main = /^if __name__\s*==/m.exec(text);
  const at = main?.index ?? text.length;
  return { text: `${text.slice(0, at)}\n\n${body}\n\n${text.slice(at)}`, words: [word] };
}

function inGo(text: string, fresh: () => string): Planted | null {
  if (!/^func Test\w*\s*\(\s*\w+\s+\*testing\.T\s*\)/m.test(text)) return null;
  const word = fresh();
  const fail = halves(word, '" + "', '"');
  return {
    text: `${text}\n\nfunc TestX${fresh()}(t *testing.T) {\n\tt.Fatal(${fail})\n}\n`,
    words: [word],
  };
}

function inRust(text: string, fresh: () => string): Planted | null {
  if (!/#\[(?:\w+::)?test\b/.test(text)) return null;
  const word = fresh();
  const message = `"{}", concat!(${halves(word, '", "', '"')})`;
  return {
    text: `${text}\n\n#[cfg(test)]\n#[test]\nfn x${fresh()}() {\n    assert_eq!(1, 2, ${message});\n}\n`,
    words: [word],
  };
}
