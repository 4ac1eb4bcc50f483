/**
 * Reads per-test counts and the names of failing tests from what a verify command printed. The
 * text is hostile and says nothing by itself: the exit code decides whether a command passed, and
 * counts only show that tests became fewer. All patterns run over single lines in linear time.
 */
import type { TestCounts } from './evidence.ts';

const MAX_LINES = 400_000;
const MAX_LINE = 4_000;
const MAX_FAILING = 50;
const MAX_NAME = 200;
const MAX_COUNT = 10_000_000;

export interface TestReport {
  counts: TestCounts;
  /** At most 50 names, raw: escape before showing. */
  failing: string[];
}

interface Sum {
  total: number | null;
  passed: number;
  failed: number;
  skipped: number;
}

/** One runner's way to print. `line` returns true when the line belongs to a summary. */
interface Runner {
  name: string;
  sum: Sum;
  seen: boolean;
  failing: string[];
  line(text: string): void;
  /** Counts come from one line per test, so that a cut log makes them too low. */
  perTest: boolean;
}

/** Colour sequences start with ESC, which a pattern literal may not contain. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[ -/]*[@-~]`, 'g');

function runner(
  name: string,
  perTest: boolean,
  read: (self: Runner) => (text: string) => void,
): Runner {
  const self: Runner = {
    name,
    perTest,
    seen: false,
    failing: [],
    sum: { total: null, passed: 0, failed: 0, skipped: 0 },
    line: () => {},
  };
  self.line = read(self);
  return self;
}

const number = (digits: string | undefined): number =>
  digits === undefined || digits.length > 8 ? 0 : Number(digits);

function fails(self: Runner, name: string | undefined): void {
  const short = name?.trim().slice(0, MAX_NAME) ?? '';
  if (short !== '' && self.failing.length < MAX_FAILING && !self.failing.includes(short))
    self.failing.push(short);
}

/** `1 failed | 2 passed` or `1 failed, 2 passed`: each word's count, or null when any part is not one. */
function parts(text: string, separator: string): Map<string, number> | null {
  const found = new Map<string, number>();
  for (const part of text.split(separator)) {
    const match = /^\s*(\d{1,8}) ([a-z]{1,20})\s*$/.exec(part);
    if (match === null) return null;
    found.set(match[2] ?? '', number(match[1]));
  }
  return found;
}

function add(self: Runner, found: Map<string, number>, names: Record<keyof Sum, string[]>): void {
  const of = (key: keyof Sum): number =>
    names[key].reduce((sum, word) => sum + (found.get(word) ?? 0), 0);
  self.seen = true;
  self.sum.passed += of('passed');
  self.sum.failed += of('failed');
  self.sum.skipped += of('skipped');
  if (names.total.some((word) => found.has(word)))
    self.sum.total = (self.sum.total ?? 0) + of('total');
}

/** node:test prints the same totals after `#` (TAP) or `ℹ` (spec). */
function nodeTest(name: string, mark: string, failed: RegExp): Runner {
  const keys: Record<string, keyof Sum> = {
    tests: 'total',
    pass: 'passed',
    fail: 'failed',
    cancelled: 'failed',
    skipped: 'skipped',
    todo: 'skipped',
  };
  return runner(name, false, (self) => (text) => {
    if (text.startsWith(mark)) {
      const match = /^ ([a-z]{4,9}) (\d{1,8})$/.exec(text.slice(mark.length));
      const key = keys[match?.[1] ?? ''];
      if (key === undefined) return;
      self.seen = true;
      self.sum[key] = (self.sum[key] ?? 0) + number(match?.[2]);
      return;
    }
    const match = failed.exec(text);
    if (match !== null && !/# (TODO|SKIP)\b/.test(text)) fails(self, match[1]);
  });
}

const WORDS: Record<keyof Sum, string[]> = {
  total: ['total'],
  passed: ['passed'],
  failed: ['failed'],
  skipped: ['skipped', 'todo', 'pending'],
};

function runners(): Runner[] {
  return [
    nodeTest('node:test', '#', /^ *not ok \d{1,8} - (.+)$/),
    nodeTest('node:test', 'ℹ', /^ *✖ (.+) \([\d.]{1,20}ms\)$/),
    runner('vitest', false, (self) => (text) => {
      const match = /^ {1,12}Tests {2}(.+) \((\d{1,8})\)$/.exec(text);
      const found = match === null ? null : parts(match[1] ?? '', '|');
      if (found !== null) add(self, found.set('total', number(match?.[2])), WORDS);
      if (/^ FAIL {2}.+ > /.test(text)) fails(self, text.slice(7));
    }),
    runner('jest', false, (self) => (text) => {
      const match = /^Tests: +(.+)$/.exec(text);
      const found = match === null ? null : parts(match[1] ?? '', ',');
      if (found?.has('total')) add(self, found, WORDS);
      if (text.startsWith('  ● ')) fails(self, text.slice(4));
    }),
    runner('mocha', false, (self) => (text) => {
      const match = /^ {2}(\d{1,8}) (passing|failing|pending)(?: \([\d.a-z]{1,20}\))?$/.exec(text);
      if (match !== null) {
        self.seen = true;
        const key = { passing: 'passed', failing: 'failed', pending: 'skipped' } as const;
        self.sum[key[match[2] as keyof typeof key]] += number(match[1]);
      } else if (!self.seen) fails(self, /^ {4,}\d{1,8}\) (.+)$/.exec(text)?.[1]);
    }),
    runner('pytest', false, (self) => (text) => {
      const match =
        /^(?:=+ )?(\d{1,8} [a-z]{4,9}(?:, \d{1,8} [a-z]{4,10}){0,8}) in [\d.]{1,12}s(?: \([\d:]{1,12}\))?(?: =+)?$/.exec(
          text,
        );
      const found = match === null ? null : parts(match[1] ?? '', ',');
      if (found !== null)
        add(self, found, {
          total: [],
          passed: ['passed', 'xpassed'],
          failed: ['failed', 'error', 'errors'],
          skipped: ['skipped', 'xfailed', 'deselected'],
        });
      if (/^=* ?no tests ran in [\d.]{1,12}s(?: =+)?$/.test(text)) self.seen = true;
      const name = /^(?:FAILED|ERROR) (\S+::.+)$/.exec(text)?.[1];
      if (name !== undefined) fails(self, name.split(' - ')[0]);
    }),
    runner('go test', true, (self) => (text) => {
      const match = /^ *--- (PASS|FAIL|SKIP): (\S+) \([\d.]{1,12}s\)$/.exec(text);
      if (match !== null) outcome(self, match[1] ?? '', match[2]);
    }),
    runner('go test -json', true, (self) => (text) => {
      if (!text.startsWith('{"') || !text.includes('"Test":')) return;
      const event = jsonLine(text);
      const action = event?.['Action'];
      if (action === 'pass' || action === 'fail' || action === 'skip')
        outcome(self, action.toUpperCase(), String(event?.['Test']));
    }),
    runner('cargo test', false, (self) => (text) => {
      const match =
        /^test result: (?:ok|FAILED)\. (\d{1,8}) passed; (\d{1,8}) failed; (\d{1,8}) ignored;/.exec(
          text,
        );
      if (match !== null) {
        self.seen = true;
        self.sum.passed += number(match[1]);
        self.sum.failed += number(match[2]);
        self.sum.skipped += number(match[3]);
      }
      fails(self, /^test (\S+) \.\.\. FAILED$/.exec(text)?.[1]);
    }),
    runner('junit', true, junit),
  ];
}

function outcome(self: Runner, result: string, name: string | undefined): void {
  self.seen = true;
  if (result === 'PASS') self.sum.passed += 1;
  if (result === 'SKIP') self.sum.skipped += 1;
  if (result !== 'FAIL') return;
  self.sum.failed += 1;
  fails(self, name);
}

function jsonLine(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Counts test cases, not the totals of suites, which nest. A case's result tag may be lines below. */
function junit(self: Runner): (text: string) => void {
  let open: { name: string; result: string } | null = null;
  const close = (): void => {
    if (open !== null) outcome(self, open.result, open.name);
    open = null;
  };
  return (text) => {
    if (!text.includes('<')) return;
    for (const [, end, tag, rest] of text.matchAll(
      /<(\/?)(testcase|failure|error|skipped)\b([^<>]*)>/g,
    )) {
      if (tag === 'testcase') {
        close();
        if (end === '/') continue;
        open = { name: / name="([^"<>]{0,400})"/.exec(rest ?? '')?.[1] ?? '', result: 'PASS' };
        if (rest?.endsWith('/')) close();
      } else if (open !== null && end === '' && open.result !== 'FAIL')
        open.result = tag === 'skipped' ? 'SKIP' : 'FAIL';
    }
  };
}

/**
 * Null when no runner is recognised, or when the log was `cut` and the runner prints one line per
 * test. Several summaries (workspaces of one repo) add up.
 */
export function readTests(log: string, cut = false): TestReport | null {
  const all = runners();
  let from = 0;
  for (let lines = 0; from < log.length && lines < MAX_LINES; lines += 1) {
    const found = log.indexOf('\n', from);
    const end = found < 0 ? log.length : found;
    const text = log
      .slice(from, Math.min(end, from + MAX_LINE))
      .replace(COLOUR, '')
      .trimEnd();
    from = end + 1;
    if (text !== '') for (const one of all) one.line(text);
  }
  const seen = all.filter((one) => one.seen);
  if (seen.length === 0 || seen.some((one) => one.perTest && (cut || from < log.length)))
    return null;
  const counts: TestCounts = { runner: '', total: 0, passed: 0, failed: 0, skipped: 0 };
  counts.runner = [...new Set(seen.map((one) => one.name))].join(' + ');
  for (const { sum } of seen) {
    const known = sum.passed + sum.failed + sum.skipped;
    counts.total = Math.min(MAX_COUNT, counts.total + Math.max(known, sum.total ?? 0));
    counts.passed = Math.min(MAX_COUNT, counts.passed + sum.passed);
    counts.failed = Math.min(MAX_COUNT, counts.failed + sum.failed);
    counts.skipped = Math.min(MAX_COUNT, counts.skipped + sum.skipped);
  }
  return { counts, failing: seen.flatMap((one) => one.failing).slice(0, MAX_FAILING) };
}
