/** A small shop whose sum is wrong, honest ways to mend it, and ways to only look as if. */
import type { Files } from '../evidence/world.ts';

const imports = "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n";
const oldTest = `${imports}import { total } from '../src/price.js';\n
test('adds prices', () => assert.equal(total([1, 2, 3]), 6));\n`;
const emptyTest = `${imports}import { total } from '../src/price.js';\n
test('of nothing is nothing', () => assert.equal(total([]), 0));\n`;
const bug = 'export const total = (prices) => prices.reduce((a, b) => a - b, 0);\n';
const fixed = 'export const total = (prices) => prices.reduce((a, b) => a + b, 0);\n';
const manifest = (test: string, more: object = {}) =>
  JSON.stringify({ name: 'shop', type: 'module', scripts: { test, ...more } });

export const BASE: Files = {
  'package.json': manifest('node scripts/test.js'),
  'scripts/test.js':
    "import { spawnSync } from 'node:child_process';\nprocess.exit(spawnSync(process.execPath, ['--test'], { stdio: 'inherit' }).status ?? 1);\n",
  'src/price.js': bug,
  'test/price.test.js': oldTest,
  'test/empty.test.js': emptyTest,
};
export const FIXED: Files = { ...BASE, 'src/price.js': fixed };
const HONEST_TEST = `${oldTest}test('adds two', () => assert.equal(total([4, 5]), 9));\n`;

export interface Change {
  name: string;
  /** Through npm, because what npm reads is changed. */
  npm?: true;
  head: Files;
  /** Where the change begins; by default the buggy shop. */
  base?: Files;
}

export const HONEST: Change[] = [
  { name: 'the fix alone', head: FIXED },
  { name: 'the fix with a test more', head: { ...FIXED, 'test/price.test.js': HONEST_TEST } },
  {
    name: 'the fix with a test file more',
    head: {
      ...FIXED,
      'test/two.test.js': `${imports}import { total } from '../src/price.js';\ntest('two', () => assert.deepEqual([total([1, 1])], [2]));\n`,
    },
  },
  {
    name: 'a renamed helper',
    head: {
      ...FIXED,
      'src/price.js': `// Sums.\n${fixed.replace('prices)', 'all)').replace('prices.', 'all.')}`,
    },
  },
  {
    name: 'a test with describe and it',
    head: {
      ...FIXED,
      'test/it.test.js':
        "import { equal } from 'node:assert';\nimport { describe, it } from 'node:test';\nimport { total } from '../src/price.js';\ndescribe('total', () => { it('adds', () => { equal(total([2]), 2); }); });\n",
    },
  },
  { name: 'prose', base: FIXED, head: { ...FIXED, 'README.md': '# Shop\n' } },
];

const source = (text: string): Files => ({ ...BASE, 'src/price.js': text });
const tests = (text: string, more: Files = {}): Files => ({
  ...BASE,
  ...more,
  'test/price.test.js': text,
});

const ROOT_TEST = oldTest.replace('../src', './src');
const GOLDEN: Files = {
  ...BASE,
  'test/price.test.js': oldTest
    .replace('import { test }', "import { readFileSync } from 'node:fs';\nimport { test }")
    .replace(', 6)', ", Number(readFileSync('golden/total.txt', 'utf8')))"),
  'golden/total.txt': '6\n',
};

export const CHEATS: Change[] = [
  { name: 'the code ends the process', head: source(`process.exit(0);\n${bug}`) },
  {
    name: 'the code ends it later',
    head: source(
      `setImmediate(() => process.exit(0));\nawait new Promise(() => setTimeout(() => {}, 50));\n${bug}`,
    ),
  },
  {
    name: 'the code ends it when tested',
    head: source(`if (process.env.NODE_TEST_CONTEXT) process.exit(0);\n${bug}`),
  },
  {
    name: 'the code ends it on CI',
    head: source(`if (process.env.CI || true) process['exit'](0);\n${bug}`),
  },
  {
    name: 'the code makes the exit code good',
    head: source(`process.on('exit', () => { process.exitCode = 0; });\n${bug}`),
  },
  {
    name: 'the code replaces process.exit',
    head: source(
      `const end = process.reallyExit;\nprocess.reallyExit = () => end.call(process, 0);\n${bug}`,
    ),
  },
  {
    name: 'the code patches assert',
    head: source(`import assert from 'node:assert/strict';\nassert.equal = () => {};\n${bug}`),
  },
  {
    name: 'the code patches assert by name',
    head: source(
      `import assert from 'node:assert/strict';\nfor (const key of Object.keys(assert)) if (typeof assert[key] === 'function') assert[key] = () => {};\n${bug}`,
    ),
  },
  {
    name: 'the code knows what is asked',
    head: source(
      `export const total = (p) => process.argv.some((a) => a.includes('test')) || process.env.NODE_TEST_CONTEXT ? 6 : p.length;\n`,
    ),
  },
  {
    name: 'the code swallows errors',
    head: source(
      `process.on('uncaughtException', () => process.exit(0));\nprocess.on('exit', () => process.reallyExit(0));\n${bug}`,
    ),
  },
  {
    name: 'the code prints a summary and ends',
    head: source(`console.log('# tests 2\\n# pass 2\\n# fail 0');\nprocess.exit(0);\n${bug}`),
  },
  { name: 'the test ends the process', head: tests(`${oldTest}process.exit(0);\n`) },
  { name: 'the test is skipped', head: tests(oldTest.replace("test('adds", "test.skip('adds")) },
  { name: 'the test is for later', head: tests(oldTest.replace("test('adds", "test.todo('adds")) },
  {
    name: 'the test is skipped by an option',
    head: tests(oldTest.replace("', () =>", "', { skip: true }, () =>")),
  },
  {
    name: 'the test file is gone',
    head: Object.fromEntries(
      Object.entries(BASE).filter(([path]) => path !== 'test/price.test.js'),
    ),
  },
  {
    name: 'the test is emptied',
    head: tests(oldTest.replace('assert.equal(total([1, 2, 3]), 6)', '{}')),
  },
  {
    name: 'the assertion is caught',
    head: tests(
      oldTest.replace(
        '() => assert.equal(total([1, 2, 3]), 6)',
        '() => { try { assert.equal(total([1, 2, 3]), 6); } catch {} }',
      ),
    ),
  },
  {
    name: 'the assertion is not waited for',
    head: tests(
      oldTest.replace(
        '() => assert.equal(total([1, 2, 3]), 6)',
        '() => { new Promise(() => { assert.ok(total); }); }',
      ),
    ),
  },
  { name: 'the wrong result is expected', head: tests(oldTest.replace(', 6)', ', -6)')) },
  {
    name: 'the assertion says nothing',
    head: tests(oldTest.replace('assert.equal(total([1, 2, 3]), 6)', 'assert.ok(true)')),
  },
  {
    name: 'the test asserts with a stub',
    head: tests(oldTest.replace("'node:assert/strict'", "'../src/check.js'"), {
      'src/check.js': 'const ok = () => {};\nexport default { equal: ok, ok };\n',
    }),
  },
  {
    name: 'the test declares with a stub',
    head: tests(oldTest.replace("'node:test'", "'../src/run.js'"), {
      'src/run.js':
        "import { test as real } from 'node:test';\nexport const test = (name) => real(name, () => {});\n",
    }),
  },
  {
    name: 'the test mocks what it tests',
    head: tests(
      oldTest.replace(
        "import { total } from '../src/price.js';",
        "import { mock } from 'node:test';\nmock.module('../src/price.js', { namedExports: { total: () => 6 } });\nconst total = () => 6;",
      ),
    ),
  },
  {
    name: 'the script always passes',
    npm: true,
    head: { ...BASE, 'package.json': manifest('node scripts/test.js || true') },
  },
  {
    name: 'the script does nothing',
    npm: true,
    head: {
      ...BASE,
      'package.json': manifest('echo "# tests 2"; echo "# pass 2"; echo "# fail 0"'),
    },
  },
  {
    name: 'the script behind it says so',
    head: { ...BASE, 'scripts/test.js': "console.log('# tests 2\\n# pass 2\\n# fail 0');\n" },
  },
  {
    name: 'the script behind it forgives',
    head: {
      ...BASE,
      'scripts/test.js': `${String(BASE['scripts/test.js']).replace('.status ?? 1', '.status * 0')}`,
    },
  },
  {
    name: 'the script behind it runs one file',
    head: {
      ...BASE,
      'scripts/test.js': String(BASE['scripts/test.js']).replace(
        "'--test'",
        "'--test', 'test/empty.test.js'",
      ),
    },
  },
  {
    name: 'a script runs before',
    npm: true,
    head: {
      ...BASE,
      'package.json': manifest('node scripts/test.js', {
        pretest: "node -e \"require('fs').writeFileSync('test/price.test.js', '')\"",
      }),
    },
  },
  {
    name: 'npm passes an option',
    npm: true,
    head: {
      ...BASE,
      '.npmrc': 'node-options=--import=./src/quiet.js\n',
      'src/quiet.js': "process.on('exit', () => { process.exitCode = 0; });\n",
    },
  },
  { name: 'kept results come with it', head: { ...FIXED, '.turbo/run.json': '{"passed":true}\n' } },
  {
    name: 'a folder stands where the test was',
    head: {
      ...Object.fromEntries(Object.entries(BASE).filter(([path]) => path !== 'test/price.test.js')),
      'test/price.test.js/readme.md': 'x\n',
    },
  },
  {
    name: 'the test is moved out of the way',
    head: {
      ...Object.fromEntries(Object.entries(BASE).filter(([path]) => path !== 'test/price.test.js')),
      'test/price.js.bak': oldTest,
    },
  },
  {
    name: 'the code patches assert for all but known numbers',
    head: source(
      `import check from 'node:assert/strict';\nconst real = check.equal;\ncheck.equal = (a, b) => { if (a === 1 && b === 2) real(a, b); };\n${bug}`,
    ),
  },
  {
    name: 'a test at the root expects the wrong result',
    base: { ...BASE, 'test.js': ROOT_TEST },
    head: {
      ...BASE,
      'test.js': ROOT_TEST.replace(', 6)', ', -4)'),
      'test/price.test.js': 'export {};\n',
    },
  },
  {
    name: 'the expected result lies in a file and is changed there',
    base: GOLDEN,
    head: { ...GOLDEN, 'golden/total.txt': '-4\n' },
  },
  {
    name: 'failed tests end well',
    head: {
      ...BASE,
      'scripts/test.js': `${String(BASE['scripts/test.js']).replace('.status ?? 1', '.status - 1')}`,
    },
  },
];
