/** Hand-made changes, measured as the evidence plane would, and those that everyone would call low. */
import type { RiskFeatures } from '../../src/control/risk.ts';
import { hostsIn, signalsOf } from '../../src/judgement/evidence/signals.ts';

/** A changed file: path, then changed lines with their sign; `D` and `A` come from the lines. */
export interface Case {
  name: string;
  files: {
    path: string;
    lines: string[];
    status?: 'A' | 'M' | 'D' | 'R';
    from?: string;
    mode?: string;
  }[];
  /** Text of the files before, for package sources. */
  before?: string;
  more?: Partial<RiskFeatures>;
}

export const tests = (total: number, skipped = 0) => ({
  total,
  passed: total - skipped,
  failed: 0,
  skipped,
});

/** A change as the evidence plane would measure it: checks pass, no count changes. */
export function measured({ files, more, before }: Case): RiskFeatures {
  const patches = files.map(({ path, lines }) => ({
    path,
    binary: false,
    lines: lines.map((line, at) => ({
      sign: line.startsWith('-') ? ('-' as const) : ('+' as const),
      line: at + 1,
      text: line.slice(1),
    })),
  }));
  const listed = files.map(({ path, lines, status = 'M', from = null, mode = '100644' }) => ({
    path,
    status,
    from,
    added: lines.filter((line) => line.startsWith('+')).length,
    deleted: lines.filter((line) => line.startsWith('-')).length,
    binary: false,
    oldMode: status === 'A' ? '000000' : '100644',
    mode: status === 'D' ? '000000' : mode,
  }));
  const sum = (of: (file: (typeof listed)[number]) => number) =>
    listed.reduce((total, file) => total + of(file), 0);
  return {
    files: listed,
    cut: false,
    totals: {
      files: listed.length,
      added: sum((file) => file.added),
      deleted: sum((file) => file.deleted),
      binary: 0,
      deletedFiles: sum((file) => (file.status === 'D' ? 1 : 0)),
      folders: new Set(
        listed.map((file) => file.path.split('/').slice(0, -1).slice(0, 2).join('/')),
      ).size,
    },
    baseFiles: 400,
    tests: { before: tests(120), after: tests(120) },
    redToGreen: false,
    verify: 'passed',
    runnerFiles: [],
    signals: signalsOf(patches, () => (before === undefined ? null : hostsIn(before))),
    secrets: 0,
    findings: 0,
    truncated: false,
    history: { commits: 500, touching: 3, reverts: 0 },
    ...more,
  };
}

export const plus = (count: number, text = '  work(step);'): string[] =>
  Array.from({ length: count }, () => `+${text}`);
export const minus = (count: number, text = '  work(step);'): string[] =>
  Array.from({ length: count }, () => `-${text}`);
export const edit = (path: string, added = 3, removed = 2) => ({
  path,
  lines: [...minus(removed), ...plus(added)],
});
const proven: Partial<RiskFeatures> = {
  redToGreen: true,
  tests: { before: tests(120), after: tests(121) },
};
export const test = (path = 'test/add.test.ts') => ({
  path,
  lines: ["+it('adds', () => {", '+  expect(add(1, 2)).toBe(3);', '+});'],
});

export const LOW: Case[] = [
  {
    name: 'one-file fix with a test red to green',
    files: [edit('src/add.ts'), test()],
    more: proven,
  },
  {
    name: 'one-file fix, the test was there',
    files: [edit('src/add.ts')],
    more: { redToGreen: true },
  },
  { name: 'one-file fix without a new test', files: [edit('src/add.ts')] },
  { name: 'typo in the README', files: [edit('README.md', 1, 1)] },
  {
    name: 'new page of docs',
    files: [{ path: 'docs/guide.md', status: 'A', lines: plus(200, 'Words.') }],
  },
  { name: 'changelog entry', files: [edit('CHANGELOG.md', 4, 0)] },
  { name: 'new tests only', files: [{ ...test(), status: 'A' }], more: proven },
  { name: 'small feature with tests', files: [edit('src/list.ts', 40, 5), test()], more: proven },
  {
    name: 'feature over five files',
    files: ['a', 'b', 'c', 'd'].map((n) => edit(`src/${n}.ts`, 15, 3)).concat(test()),
    more: proven,
  },
  { name: 'feature of 200 lines', files: [edit('src/table.ts', 200, 10), test()], more: proven },
  {
    name: 'rename without change',
    files: [
      { path: 'src/new.ts', from: 'src/old.ts', status: 'R', lines: [] },
      edit('src/index.ts', 1, 1),
    ],
  },
  { name: 'comment in code', files: [edit('src/add.ts', 1, 0)] },
  { name: 'error message', files: [edit('src/messages.ts', 1, 1)], more: proven },
  { name: 'a style sheet', files: [edit('web/site.css', 30, 10)] },
  { name: 'translation', files: [edit('locales/de.json', 20, 20)] },
  { name: 'an image described', files: [edit('web/index.html', 2, 2)] },
  {
    name: 'Python fix with a test',
    files: [edit('app/util.py'), edit('tests/test_util.py', 6, 0)],
    more: proven,
  },
  {
    name: 'Go fix with a test',
    files: [edit('pkg/util/util.go'), edit('pkg/util/util_test.go', 8, 0)],
    more: proven,
  },
  {
    name: 'Rust fix with a test',
    files: [edit('src/lib.rs'), edit('tests/lib.rs', 8, 0)],
    more: proven,
  },
  { name: 'author list', files: [edit('src/authors.ts', 2, 0)] },
  { name: 'tokeniser of a parser', files: [edit('src/parser/tokenizer.ts', 9, 3)], more: proven },
  {
    name: 'one dead file deleted',
    files: [{ path: 'src/unused.ts', status: 'D', lines: minus(40) }],
  },
  { name: 'manifest description', files: [edit('package.json', 1, 1)] },
  {
    name: 'snapshots updated',
    files: [edit('src/view.ts', 4, 4), edit('src/__snapshots__/view.snap', 9, 9)],
    more: proven,
  },
  { name: 'judges found minor points only', files: [edit('src/add.ts'), test()], more: proven },
  {
    name: 'unknown history',
    files: [edit('src/add.ts'), test()],
    more: { ...proven, history: null },
  },
  {
    name: 'test counts not readable',
    files: [edit('src/add.ts')],
    more: { tests: { before: null, after: null } },
  },
  {
    name: 'often changed file',
    files: [edit('src/add.ts')],
    more: { history: { commits: 500, touching: 60, reverts: 1 } },
  },
];
