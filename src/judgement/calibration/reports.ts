/** What the verify command of a scenario prints, as its runner would, by the number of tests. */
import type { Language } from './scenario.ts';

export const COMMAND: Readonly<Record<Language, string[]>> = {
  javascript: ['node', '--test'],
  typescript: ['npm', 'test'],
  python: ['python3', '-m', 'pytest', '-q'],
  go: ['go', 'test', '-v', './...'],
  sql: ['npm', 'test'],
  workflow: ['npm', 'test'],
};

const node = (tests: number): string =>
  [
    `1..${tests}`,
    `# tests ${tests}`,
    '# suites 0',
    `# pass ${tests}`,
    '# fail 0',
    '# cancelled 0',
    '# skipped 0',
    '# todo 0',
    '# duration_ms 84',
    '',
  ].join('\n');

const python = (tests: number): string =>
  `${'.'.repeat(tests)}  [100%]\n${tests} passed in 0.02s\n`;

function go(tests: number): string {
  const lines = Array.from({ length: tests }, (_, at) => `--- PASS: Test${at + 1} (0.00s)`);
  return [...lines, 'PASS', 'ok  \texample.com/sample\t0.004s', ''].join('\n');
}

/** Of a run in which every test passed. */
export const outputOf = (language: Language, tests: number): string =>
  language === 'python' ? python(tests) : language === 'go' ? go(tests) : node(tests);
