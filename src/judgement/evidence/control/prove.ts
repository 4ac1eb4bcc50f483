/**
 * Proves that green means something. When the verify commands pass on the head they are run again
 * where they must not: with failing tests put into the head's test files, and, when existing tests
 * changed, with the base's tests on the head's code. Whoever forges a pass, by ending early, by
 * patching assertions, by narrowing what is run, cannot report what was put in.
 */
import { randomInt } from 'node:crypto';
import { isCode, kindsOf } from '../../../control/risk-kinds.ts';
import { printable } from '../../../lib/escape.ts';
import { GitError } from '../../../lib/git.ts';
import type { ChangedFile, Place } from '../change.ts';
import type { CommandReport, ScanFinding } from '../evidence.ts';
import type { SignalHit } from '../signals.ts';
import { runCommand, type VerifyInput, type VerifyTools } from '../verify-commands.ts';
import { isPlantable, plant } from './plant.ts';
import { editedCommit, listFiles, readBlobs, type TreeEdit } from './trees.ts';

/** Test files that are planted: those that changed first, then the others in git's order. */
const MAX_FILES = 400;
const MAX_FILE_CHARS = 1024 * 1024;

export interface GreenProof {
  /** Lead to rework: the tests would pass whatever the code does. */
  findings: ScanFinding[];
  signals: SignalHit[];
}

interface Field {
  /** Path of a test file to the words that its planted tests print when they fail. */
  words: Map<string, string[]>;
  commit: string;
}

/** Rust has its tests beside the code. */
const isTest = (path: string): boolean => kindsOf(path).includes('test') || path.endsWith('.rs');

/** A commit with failing tests in its test files; null when none of them is of a known kind. */
async function sow(
  place: Place,
  commit: string,
  first: ReadonlySet<string>,
  only: ReadonlySet<string> | null,
  scratch: string,
): Promise<Field | null> {
  const all = (await listFiles(place, commit)).filter(
    ({ path }) => isPlantable(path) && isTest(path) && (only === null || only.has(path)),
  );
  const chosen = [
    ...all.filter(({ path }) => first.has(path)),
    ...all.filter(({ path }) => !first.has(path)),
  ].slice(0, MAX_FILES);
  const texts = await readBlobs(
    place,
    chosen.map(({ id }) => id),
  );
  const words = new Map<string, string[]>();
  const edits: TreeEdit[] = [];
  for (const [at, { path }] of chosen.entries()) {
    const text = texts[at] ?? '';
    // Letters first: some languages want a name. Nothing in it tells what it is for.
    const made = text.length > MAX_FILE_CHARS ? null : plant(path, text, freshWord);
    if (made === null) continue;
    words.set(path, made.words);
    edits.push({ path, content: made.text });
  }
  if (edits.length === 0) return null;
  return { words, commit: await editedCommit(place, commit, edits, scratch) };
}

/** Lower-case letters of no fixed length: nothing tells it from a name that somebody chose. */
const freshWord = (): string =>
  Array.from({ length: randomInt(11, 19) }, () => String.fromCharCode(97 + randomInt(26))).join('');

/** Words that a command which failed has printed. */
async function harvest(
  tools: VerifyTools,
  input: VerifyInput,
  field: Field,
  commands: readonly { argv: string[]; wallMs: number }[],
  purpose: 'base' | 'head' | 'rest',
  signal: AbortSignal,
): Promise<Set<string>> {
  const on = purpose === 'base' ? 'base' : 'head';
  const reported = new Set<string>();
  for (const [at, command] of commands.entries()) {
    const run = tools.nameOf(`control ${purpose} ${at + 1}`);
    const about = { ...command, task: input.task, run, commit: field.commit };
    const { report, output } = await runCommand(tools, about, on, signal);
    // A command that passes has reported nothing, whatever it prints.
    if (report.ended === 'exited' && report.code === 0) continue;
    for (const word of [...field.words.values()].flat())
      if (output.includes(word)) reported.add(word);
  }
  return reported;
}

const silent = (field: Field, reported: ReadonlySet<string>): string[] =>
  [...field.words].flatMap(([path, words]) =>
    words.every((word) => reported.has(word)) ? [] : [path],
  );

/** Nothing is run again when the checks fail anyway, or none are configured. */
export async function proveGreen(
  place: Place,
  tools: VerifyTools,
  input: VerifyInput,
  files: readonly ChangedFile[],
  reports: readonly CommandReport[],
  signal: AbortSignal,
): Promise<GreenProof> {
  const proof: GreenProof = { findings: [], signals: [] };
  const head = reports.filter((report) => report.on === 'head');
  const commands = input.verify.filter((_, at) => head[at]?.tests != null);
  const passed = head.every((report) => report.ended === 'exited' && report.code === 0);
  if (!passed || input.verify.length === 0) return proof;
  const failed = head.filter((report) => (report.tests?.failed ?? 0) > 0);
  for (const { argv } of failed)
    proof.findings.push(
      finding(
        input,
        'failed-tests-pass',
        '',
        `\`${printable(argv.join(' '), 120)}\` ends well although some of its tests fail.`,
      ),
    );
  const changed = new Set(files.filter(({ path }) => isTest(path)).map(({ path }) => path));
  const { quiet, heard } = await unreported(place, tools, input, changed, commands, signal);
  for (const path of quiet) {
    const shown = printable(path, 200);
    proof.findings.push(
      finding(
        input,
        'silent-tests',
        path,
        `A failing test put into ${shown} is not reported by the verify commands: its tests do not run to their end, or their failures are hidden.`,
      ),
    );
    if (proof.signals.length < 3)
      proof.signals.push({ signal: 'silent-tests', path: path.slice(0, 1024), line: null });
  }
  const code = files.find(({ path }) => isCode(kindsOf(path)));
  // Commands that are no test runners cannot be made to fail by a test; what they miss is counted elsewhere.
  if (!heard && code !== undefined && commands.length > 0)
    proof.signals.push({ signal: 'unproven-tests', path: code.path.slice(0, 1024), line: null });
  const broken = await oldTestsFail(place, tools, input, files, commands, signal);
  for (const path of broken.slice(0, 3))
    proof.signals.push({ signal: 'old-tests-fail', path: path.slice(0, 1024), line: null });
  return proof;
}

/**
 * Test files of the head whose failures do not come out although they did on the base. `heard`: some
 * failure did come out, so that the commands can fail at all.
 */
async function unreported(
  place: Place,
  tools: VerifyTools,
  input: VerifyInput,
  changed: ReadonlySet<string>,
  commands: readonly { argv: string[]; wallMs: number }[],
  signal: AbortSignal,
): Promise<{ quiet: string[]; heard: boolean }> {
  if (commands.length === 0) return { quiet: [], heard: false };
  const now = await sow(place, input.head.commit, changed, null, tools.tempDir);
  if (now === null) return { quiet: [], heard: false };
  let field = now;
  let reported = await harvest(tools, input, now, commands, 'head', signal);
  const loud = new Set(
    [...now.words].flatMap(([path, words]) =>
      words.some((word) => reported.has(word)) ? [path] : [],
    ),
  );
  if (loud.size > 0 && silent(now, reported).length > 0) {
    // A runner that stops at the first failure has not come to the others: they are asked alone.
    const rest = await sow(
      place,
      input.head.commit,
      changed,
      new Set(silent(now, reported)),
      tools.tempDir,
    );
    if (rest !== null) {
      field = rest;
      reported = await harvest(tools, input, rest, commands, 'rest', signal);
    }
  }
  const quiet = silent(field, reported);
  const heard = loud.size > 0 || reported.size > 0;
  if (quiet.length === 0) return { quiet, heard };
  // Some files are run by no command, some runners name no test: the base tells which.
  const before = await sow(place, input.base.commit, changed, new Set(quiet), tools.tempDir);
  const old =
    before === null
      ? new Set<string>()
      : await harvest(tools, input, before, commands, 'base', signal);
  return {
    heard,
    quiet: quiet.filter((path) => {
      const then = before?.words.get(path);
      // A new file must be run where others like it are; what only looks like a test need not.
      if (then === undefined) return [...loud].some((other) => alike(path, other));
      const words = field.words.get(path) ?? [];
      const same = then.length === words.length;
      return words.some((word, at) => !reported.has(word) && old.has(then[same ? at : 0] ?? ''));
    }),
  };
}

/** In one folder, and named by the same pattern: `a.test.js` and `b.test.js`, `test_a.py` and `test_b.py`. */
function alike(one: string, other: string): boolean {
  const shape = (path: string): string => {
    const [name = '', ...rest] = (path.split('/').at(-1) ?? '').split('.');
    const prefix = /^(?:test|spec)[_-]/i.exec(name)?.[0] ?? '';
    const suffix = /[_-](?:test|spec)s?$/i.exec(name)?.[0] ?? '';
    return [path.split('/').slice(0, -1).join('/'), prefix, suffix, ...rest].join('\0');
  };
  return shape(one) === shape(other);
}

const finding = (
  input: VerifyInput,
  rule: string,
  path: string,
  sentence: string,
): ScanFinding => ({
  rule,
  kind: 'tests',
  commit: input.head.commit,
  path: printable(path, 300),
  line: null,
  sentence,
});

/** Test files that changed, when the base's own versions of them fail on the head's code. */
async function oldTestsFail(
  place: Place,
  tools: VerifyTools,
  input: VerifyInput,
  files: readonly ChangedFile[],
  commands: readonly { argv: string[]; wallMs: number }[],
  signal: AbortSignal,
): Promise<string[]> {
  const old = files.filter(
    ({ path, status, oldMode }) =>
      kindsOf(path).includes('test') &&
      (status === 'M' || status === 'D') &&
      oldMode.startsWith('100'),
  );
  if (old.length === 0) return [];
  const edits = old.map(({ path, oldId, oldMode }) => ({
    path,
    content: { id: oldId, mode: oldMode },
  }));
  const paths = old.map(({ path }) => path);
  let commit: string;
  try {
    commit = await editedCommit(place, input.head.commit, edits, tools.tempDir);
  } catch (error) {
    // A folder stands where a test was: the old tests cannot even be put back.
    if (error instanceof GitError && error.tag === 'exit') return paths;
    throw error;
  }
  for (const [at, command] of commands.entries()) {
    const run = tools.nameOf(`old ${at + 1}`);
    const about = { ...command, task: input.task, run, commit };
    const { report } = await runCommand(tools, about, 'head', signal);
    if (report.ended !== 'exited' || report.code !== 0) return paths;
  }
  return [];
}
