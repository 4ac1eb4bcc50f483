/**
 * The whole demo as somebody runs it: a process of its own, compiled, with its daemon in another.
 * The claude variant runs where the pinned CLI is installed (see claude-cli.test.ts), the docker
 * variant where an engine answers.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CLAUDE_CLI_VERSION } from '../../src/demo/claude-cli.ts';
import type { DemoDoc } from '../../src/demo/document.ts';
import { CLAUDE, CLAUDE_FOLDER, NO_CLAUDE } from '../support/claude-cli.ts';
import { plainGit } from '../support/installation.ts';
import { buildProgram } from '../support/program.ts';
import { NO_DOCKER, NO_SRT } from '../support/sandboxes.ts';
import { until } from '../support/until.ts';

/** Every process whose command line, environment or working folder names this text. */
function processesOf(text: string): string[] {
  if (!existsSync('/proc/self/environ')) {
    const all = execFileSync('ps', ['-axEww', '-o', 'pid=,command='], { encoding: 'utf8' });
    return all.split('\n').filter((line) => line.includes(text));
  }
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      const about = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`));
      return (
        about.some((bytes) => bytes.includes(text)) ||
        readlinkSync(`/proc/${pid}/cwd`).includes(text)
      );
    } catch {
      return false;
    }
  });
}

let root = '';
let build = '';
beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'aedev-demo-test-')));
  build = join(root, 'dist');
  await buildProgram(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

let temporary = '';
afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

/** Its folder lies in a temporary folder of this test's own, so that what is left can be seen. */
function start(options: readonly string[], env: Record<string, string> = {}) {
  temporary = mkdtempSync(join(root, 'tmp-'));
  const argv = [join(build, 'main.js'), 'demo', ...options];
  // A key of the operator's: it must reach neither the daemon nor a run.
  const own = { ANTHROPIC_API_KEY: 'dummy-of-the-operator', TMPDIR: temporary };
  const child = spawn(process.execPath, argv, { env: { ...process.env, ...own, ...env } });
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    ran.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    ran.stderr += text;
  });
  const ended = new Promise<Ran>((resolveRan) =>
    child.on('close', (code) => resolveRan({ ...ran, code })),
  );
  return { child: child as ChildProcess, ran, ended };
}

function documentOf({ code, stdout, stderr }: Ran): DemoDoc {
  expect(code, stderr).toBe(0);
  const doc: DemoDoc = JSON.parse(stdout);
  expect(doc.checks.filter((check) => !check.ok)).toEqual([]);
  return doc;
}

function expectPromised(doc: DemoDoc): void {
  const [merged, waiting, held] = doc.missions;
  expect(doc.missions).toHaveLength(3);
  for (const mission of doc.missions) {
    expect(mission.id).toMatch(/^m-/);
    expect(mission.specDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(mission.approval).toMatchObject({ digest: mission.specDigest, by: 'operator:demo' });
    expect(mission.tasks).toHaveLength(1);
    expect(mission.evidence).toEqual({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      verified: true,
    });
    expect(mission.usage.runs).toBe(1);
  }
  expect(merged).toMatchObject({
    state: 'done',
    hold: null,
    clarification: { score: expect.any(Number), after: 0 },
    tasks: [{ state: 'remembered', verify: { base: [{ code: 1 }], head: [{ code: 0 }] } }],
    risk: { band: 'low', score: expect.any(Number), reasons: expect.any(Array) },
    pull: { number: 1, state: 'merged' },
  });
  const { score, questions, answers, asked } = merged?.clarification ?? {};
  expect(score).toBeGreaterThan(50);
  expect(questions?.length).toBeGreaterThan(0);
  // What was asked is kept by id; the questions stand in the order of their worth.
  expect(asked?.map(({ id }) => id).sort()).toEqual(questions?.map(({ id }) => id).sort());
  expect(answers?.map(({ question }) => question)).toEqual(questions?.map(({ id }) => id));
  const verdicts = merged?.verdicts.map(({ family, verdict }) => `${family} ${verdict}`).sort();
  expect(verdicts).toEqual(['gemini pass', 'openai pass']);
  expect(waiting).toMatchObject({
    state: 'running',
    tasks: [{ state: 'in-review', merged: null }],
    risk: { neverAutoMerge: [expect.stringContaining('.github/workflows/ci.yml')] },
    pull: { number: 2, state: 'draft' },
    hold: { code: 'awaiting-merge-approval', resumes: { by: 'operator' } },
  });
  expect(held).toMatchObject({
    verdicts: [],
    pull: null,
    hold: { code: 'secret-found' },
    clarification: { questions: [] },
  });
}

/** The merged repo, cloned by this test itself. */
function expectFixed(doc: DemoDoc): void {
  const clone = join(temporary, 'own-clone');
  plainGit(temporary, 'clone', '-q', doc.repository, clone);
  const env = { PATH: process.env['PATH'] };
  const said = execFileSync(process.execPath, ['--test', '--test-reporter=tap'], {
    cwd: clone,
    env,
    encoding: 'utf8',
  });
  expect(said).toMatch(/^# pass 2$/m);
  expect(said).toMatch(/^# fail 0$/m);
  expect(plainGit(clone, 'rev-list', '--count', 'HEAD')).toBe('2');
  expect(readFileSync(join(clone, '.github/workflows/ci.yml'), 'utf8')).toContain('[20]\n');
}

describe('the demo', { timeout: 180_000 }, () => {
  it('shows the three outcomes in one document and leaves nothing running', async () => {
    const ran = await start(['--json']).ended;
    const doc = documentOf(ran);
    expect(doc.demo).toMatchObject({
      version: '1.2.3',
      sandbox: 'process',
      coder: 'scripted',
      judges: 'doubles',
      ok: true,
      seconds: expect.any(Number),
    });
    expectPromised(doc);
    expectFixed(doc);
    expect(ran.stderr).toContain('not models');
    expect(ran.stderr).toContain('NOT ISOLATED');
    expect(processesOf(temporary)).toEqual([]);
    expect(existsSync(join(doc.home, 'daemon.json'))).toBe(false);
    expect(doc.next[0]).toBe(`export AEDEV_HOME=${doc.home}`);
  });

  it('tells it on the screen in plain lines when no document is asked for', async () => {
    const { code, stdout, stderr } = await start([]).ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('');
    for (const line of ['  merged  ', '  waits for you  ', '  held  ', 'All as promised'])
      expect(stdout).toContain(line);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });

  it.each([
    'real daemon',
    'asked for a change',
    'question 1',
    ' let in',
    'sealed: verify',
    'merged as',
  ])('ends all it started and takes its folder away when interrupted at "%s"', async (word) => {
    const { child, ran, ended } = start(['--json']);
    await until(word, () => ran.stderr.includes(word));
    child.kill('SIGINT');
    // The set-up script passes a second one on besides the terminal's.
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(ran.stdout).toBe('');
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('takes its daemon with it when it is killed', async () => {
    const { child, ran, ended } = start(['--json']);
    await until('the daemon works', () => ran.stderr.includes('question 1'));
    child.kill('SIGKILL');
    await ended;
    await until('nothing of it runs', () => processesOf(temporary).length === 0);
  });

  it('says what differed, and fails, when a credential would not be found', async () => {
    const planted = /\[\s*"g",\s*"hp",[^;]*/;
    const chunks = readdirSync(join(build, 'chunks')).map((name) => join(build, 'chunks', name));
    const [shop = '', ...more] = chunks.filter((file) => planted.test(readFileSync(file, 'utf8')));
    expect(more).toEqual([]);
    const right = readFileSync(shop, 'utf8');
    writeFileSync(shop, right.replace(planted, '"harmless"'));
    const ran = await start(['--json']).ended.finally(() => writeFileSync(shop, right));
    expect(ran.code).toBe(1);
    const doc: DemoDoc = JSON.parse(ran.stdout);
    expect(doc.demo.ok).toBe(false);
    const differed = doc.checks.filter((check) => !check.ok).map(({ what }) => what);
    expect(differed).toContain('the planted credential was held');
    expect(ran.stderr).toContain('DIFFERS');
    expect(processesOf(temporary)).toEqual([]);
  });

  it('says that its daemon is gone, and keeps the folder to look into', async () => {
    const { ran, ended } = start([]);
    await until('the daemon works', () => ran.stdout.includes('question 1'));
    const [name = ''] = readdirSync(temporary);
    const file = join(temporary, name, 'home', 'daemon.json');
    process.kill(JSON.parse(readFileSync(file, 'utf8')).pid, 'SIGKILL');
    const { code, stderr } = await ended;
    expect(code).toBe(6);
    expect(stderr).toContain(join(temporary, name));
    await until('nothing of it runs', () => processesOf(temporary).length === 0);
  });

  it('says in one sentence that the real CLI and a container do not go together', async () => {
    const { code, stderr } = await start(['--sandbox', 'docker', '--coder', 'claude']).ended;
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('says in one sentence that no container engine answers', async () => {
    const nowhere = { DOCKER_HOST: 'tcp://127.0.0.1:1', DOCKER_CONTEXT: '' };
    const { code, stderr } = await start(['--sandbox', 'docker'], nowhere).ended;
    expect(code).toBe(8);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('lets the real claude CLI do the first mission, and counts what it says', async (context) => {
    context.skip(CLAUDE === null, NO_CLAUDE);
    const doc = documentOf(
      await start(['--json', '--coder', 'claude'], { AEDEV_CLAUDE_BIN: CLAUDE_FOLDER }).ended,
    );
    expectPromised(doc);
    expectFixed(doc);
    const [mission] = doc.missions;
    expect(mission?.usage).toMatchObject({
      unknownRuns: 0,
      inputTokens: 2539,
      outputTokens: 234,
      lanes: ['subscription'],
    });
    expect(mission?.tasks[0]?.runs[0]).toMatchObject({
      coder: 'claude',
      cliVersion: CLAUDE_CLI_VERSION,
    });
    expect(doc.checks.map(({ what }) => what)).toContain(
      'the claude CLI itself ran the tests and saw them pass',
    );
    expect(processesOf(temporary)).toEqual([]);
  });

  it('does the same in containers', async (context) => {
    context.skip(NO_DOCKER !== null, NO_DOCKER ?? '');
    const doc = documentOf(await start(['--json', '--sandbox', 'docker']).ended);
    expectPromised(doc);
    expectFixed(doc);
    for (const { tasks } of doc.missions)
      expect(tasks[0]?.runs[0]).toMatchObject({
        tier: 'docker',
        image: expect.stringMatching(/^sha256:/),
      });
    expect(processesOf(temporary)).toEqual([]);
    const ids = execFileSync('docker', ['ps', '-aq'], { encoding: 'utf8' }).split('\n');
    const mounts = ids
      .filter((id) => id !== '')
      .map((id) =>
        execFileSync('docker', ['inspect', '--format={{json .Mounts}}', id], { encoding: 'utf8' }),
      );
    expect(mounts.filter((mount) => mount.includes(temporary))).toEqual([]);
  });

  it('does the same in the machine’s own sandbox', async (context) => {
    context.skip(NO_SRT !== null, NO_SRT ?? '');
    const doc = documentOf(await start(['--json', '--sandbox', 'srt']).ended);
    expectPromised(doc);
    expectFixed(doc);
    for (const { tasks } of doc.missions)
      expect(tasks[0]?.runs[0]).toMatchObject({ tier: 'srt', image: null });
    expect(processesOf(temporary)).toEqual([]);
  });
});
