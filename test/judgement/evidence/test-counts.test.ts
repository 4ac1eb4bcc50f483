import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTests } from '../../../src/judgement/evidence/test-counts.ts';

const ESC = '\u001b';
const of = (lines: string[]) => {
  const read = readTests(lines.join('\n'));
  if (read === null) return null;
  const { runner, total, passed, failed, skipped } = read.counts;
  return [runner, total, passed, failed, skipped, ...read.failing];
};

/** Outputs as the runners print them; pytest, cargo and vitest were taken from real runs. */
const OUTPUTS: [string, string[], (string | number)[] | null][] = [
  [
    'vitest with colours',
    [
      `${ESC}[41m${ESC}[1m FAIL ${ESC}[22m${ESC}[49m x.test.ts${ESC}[2m > ${ESC}[22ms${ESC}[2m > ${ESC}[22mbad`,
      `${ESC}[2m Test Files ${ESC}[22m ${ESC}[1m${ESC}[31m1 failed${ESC}[39m${ESC}[22m${ESC}[90m (1)${ESC}[39m`,
      `${ESC}[2m      Tests ${ESC}[22m ${ESC}[31m1 failed${ESC}[39m${ESC}[2m | ${ESC}[22m${ESC}[32m1 passed${ESC}[39m${ESC}[2m | ${ESC}[22m${ESC}[33m1 skipped${ESC}[39m${ESC}[2m | ${ESC}[22m${ESC}[90m1 todo${ESC}[39m${ESC}[90m (4)${ESC}[39m`,
    ],
    ['vitest', 4, 1, 1, 2, 'x.test.ts > s > bad'],
  ],
  [
    'vitest, all passed',
    [' Test Files  2 passed (2)', '      Tests  14 passed (14)'],
    ['vitest', 14, 14, 0, 0],
  ],
  [
    'jest',
    [
      '  ● suite › adds',
      'Test Suites: 1 failed, 2 total',
      'Tests:       1 failed, 2 skipped, 10 passed, 13 total',
    ],
    ['jest', 13, 10, 1, 2, 'suite › adds'],
  ],
  [
    'mocha',
    [
      '  suite',
      '    ✔ works',
      '    1) adds',
      '',
      '  10 passing (20ms)',
      '  2 pending',
      '  1 failing',
      '',
      '  1) suite',
      '       adds:',
    ],
    ['mocha', 13, 10, 1, 2, 'adds'],
  ],
  [
    'pytest',
    [
      'FAILED test_a.py::test_bad - AssertionError: a - b',
      'ERROR test_a.py::test_err - RuntimeError: x',
      '========== 1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error in 0.94s ==========',
    ],
    ['pytest', 5, 1, 2, 2, 'test_a.py::test_bad', 'test_a.py::test_err'],
  ],
  [
    'pytest -q with colours',
    [
      `${ESC}[31m${ESC}[31m${ESC}[1m1 failed${ESC}[0m, ${ESC}[32m1 passed${ESC}[0m${ESC}[31m in 0.76s${ESC}[0m${ESC}[0m`,
    ],
    ['pytest', 2, 1, 1, 0],
  ],
  [
    'pytest that took long',
    ['=== 3 passed, 2 warnings in 75.10s (0:01:15) ==='],
    ['pytest', 3, 3, 0, 0],
  ],
  [
    'pytest without tests',
    ['============================ no tests ran in 0.50s ============================='],
    ['pytest', 0, 0, 0, 0],
  ],
  [
    'go test -v',
    [
      '=== RUN   TestA',
      '--- PASS: TestA (0.00s)',
      '    --- FAIL: TestB/sub (0.01s)',
      '--- FAIL: TestB (0.01s)',
      '--- SKIP: TestC (0.00s)',
      'FAIL',
    ],
    ['go test', 4, 1, 2, 1, 'TestB/sub', 'TestB'],
  ],
  [
    'go test -json',
    [
      '{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"p","Test":"TestA"}',
      '{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}',
      '{"Action":"fail","Package":"p","Test":"TestB","Elapsed":0}',
      '{"Action":"fail","Package":"p","Elapsed":0}',
      '{"Action":"skip","Package":"p","Test":"TestC"',
    ],
    ['go test -json', 2, 1, 1, 0, 'TestB'],
  ],
  [
    'cargo, two crates',
    [
      'test tests::bad ... FAILED',
      'test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.11s',
      'test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    ],
    ['cargo test', 7, 5, 1, 1, 'tests::bad'],
  ],
  [
    'JUnit XML',
    [
      '<testsuites tests="99"><testsuite name="s" tests="4"><testcase name="a" time="1"/>',
      '<testcase name="b"><failure message="x">',
      'text</failure></testcase><testcase name="c"><skipped/></testcase>',
      '<testcase name="d"></testcase></testsuite></testsuites>',
    ],
    ['junit', 4, 2, 1, 1, 'b'],
  ],
  ['go test without -v', ['ok  \tpkg\t0.1s'], null],
  ['nothing', [], null],
  ['prose', ['All 12 tests passed, honestly.', 'Tests: all fine', '# tests many'], null],
];

describe('readTests', () => {
  it.each(OUTPUTS)('reads %s', (_name, lines, expected) => {
    expect(of(lines)).toEqual(expected);
  });

  it('reads what this node’s own runner prints, in both forms', () => {
    const dir = mkdtempSync(join(tmpdir(), 'aedev-counts-'));
    try {
      mkdirSync(join(dir, 'test'));
      writeFileSync(
        join(dir, 'test', 'a.test.mjs'),
        "import test from 'node:test';\nimport assert from 'node:assert';\ntest('good', () => {});\ntest('bad one', () => assert.fail('x'));\ntest.skip('skipped', () => {});\ntest.todo('later');\n",
      );
      for (const reporter of ['tap', 'spec']) {
        const env = { PATH: process.env['PATH'] ?? '' };
        const args = ['--test', `--test-reporter=${reporter}`, 'test/'];
        const { stdout } = spawnSync(process.execPath, args, { cwd: dir, env, encoding: 'utf8' });
        expect(of([stdout])?.slice(0, 5)).toEqual(['node:test', 4, 1, 1, 2]);
        expect(of([stdout])).toContain('bad one');
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('adds up several runners and workspaces', () => {
    expect(of(['# tests 2', '# pass 2', '# tests 3', '# pass 3', '4 passed in 0.1s'])).toEqual([
      'node:test + pytest',
      9,
      9,
      0,
      0,
    ]);
  });

  it('does not count lines of a cut log, but believes a summary at its end', () => {
    expect(readTests('--- PASS: TestA (0.00s)', true)).toBeNull();
    expect(readTests('4 passed in 0.1s', true)?.counts.passed).toBe(4);
  });

  it('bounds numbers, names and lines', () => {
    const names = Array.from({ length: 200 }, (_, at) => `not ok ${at} - ${'n'.repeat(999)}${at}`);
    const read = readTests(
      [...names, '# tests 99999999', '# tests 99999999', '# pass 1e9'].join('\n'),
    );
    expect(read?.counts.total).toBe(10_000_000);
    expect(read?.counts.passed).toBe(0);
    expect(read?.failing.every((name) => name.length <= 200)).toBe(true);
    expect(read?.failing.length).toBeLessThanOrEqual(50);
  });

  it('never throws, and its counts agree with each other', () => {
    const words = fc.constantFrom(
      '# tests 5',
      '# pass 9',
      'ℹ fail 3',
      ' FAIL  a > b',
      '      Tests  1 failed (1)',
      'Tests: 2 total',
      '  1 failing',
      '3 passed in 1s',
      '--- FAIL: X (0s)',
      '<testcase',
      '/>',
      '{"Test":1,"Action":"pass"}',
      'test result: ok. 1 passed; 0 failed; 0 ignored;',
      '\u0000',
      '<testcase name="',
      '>',
      '<error',
      '\r',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(words, fc.string({ unit: 'binary' }))),
        fc.boolean(),
        (parts, cut) => {
          const read = readTests(parts.join('\n'), cut);
          if (read === null) return;
          const { total, passed, failed, skipped } = read.counts;
          expect(total).toBeGreaterThanOrEqual(passed + failed + skipped);
        },
      ),
    );
  });

  it('reads eight megabytes of hostile text without getting stuck', () => {
    // A pattern that backtracked would take hours here; vitest's own time limit is the judge.
    for (const piece of [
      '<testcase name="',
      '1 failed, ',
      ' FAIL  x > ',
      '--- PASS: ',
      `${ESC}[1;`,
    ])
      expect(readTests(piece.repeat((8 * 1024 * 1024) / piece.length))).toBeNull();
  });
});
