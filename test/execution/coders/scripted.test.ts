import { lstatSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClaudeCoder } from '../../../src/execution/coders/claude.ts';
import { ScriptedCoder } from '../../../src/execution/coders/scripted.ts';
import { claudeSamples, leave, stdoutOf } from '../../support/claude-samples.ts';
import { NOW, runCoder } from '../../support/coder-run.ts';
import { type SandboxBed, sandboxBed } from '../../support/sandboxes.ts';

let bed: SandboxBed;
beforeAll(() => {
  bed = sandboxBed('process');
});
afterAll(() => bed.remove());

let runs = 0;
function coderOf(script: unknown): ScriptedCoder {
  const scriptFile = join(bed.root, `script-${runs}.json`);
  writeFileSync(scriptFile, typeof script === 'string' ? script : JSON.stringify(script));
  return new ScriptedCoder({ scriptFile });
}
const play = (script: unknown, prompt = 'do it', tree = {}, start = {}) =>
  runCoder(bed, coderOf(script), `scripted-${runs++}`, prompt, tree, { start });
const steps = (...list: object[]) => ({ entries: [{ steps: list }] });

describe('steps of a script', () => {
  it('write, replace, delete, mkdir, symlink, run and print', async () => {
    const { result, repo, spec } = await play(
      steps(
        { write: { path: 'a/b.txt', content: 'new\n' } },
        { write: { path: 'run.sh', content: '#!/bin/sh\n', mode: '755' } },
        { replace: { path: 'old.txt', find: 'two', with: 'zwei' } },
        { delete: 'gone' },
        { mkdir: 'made' },
        { symlink: { path: 'link', target: 'old.txt' } },
        { run: { argv: ['sh', '-c', 'echo ran > ran; exit 4'], expect: 4 } },
        { run: ['test', '-f', 'ran'] },
        { print: 'hello' },
      ),
      'x',
      { 'old.txt': 'one two three', 'gone/x': '' },
    );
    expect(result.outcome).toEqual({ kind: 'success', summary: 'Done.' });
    const read = (path: string) => readFileSync(join(repo, path), 'utf8');
    expect(read('a/b.txt')).toBe('new\n');
    expect(statSync(join(repo, 'run.sh')).mode & 0o777).toBe(0o755);
    expect(read('old.txt')).toBe('one zwei three');
    expect(lstatSync(join(repo, 'gone'), { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(join(repo, 'made')).isDirectory()).toBe(true);
    expect(readlinkSync(join(repo, 'link'))).toBe('old.txt');
    expect(read('ran')).toBe('ran\n');
    expect(readFileSync(spec.stdout, 'utf8')).toMatch(/^hello\n/);
  });

  it.each([
    ['text that is not there', { replace: { path: 'f', find: 'zzz', with: '' } }, '0 times'],
    ['text that is there twice', { replace: { path: 'f', find: 'ab', with: '' } }, '2 times'],
    ['a command with another code', { run: ['sh', '-c', 'exit 9'] }, 'ended with 9, not 0'],
    ['a command that is missing', { run: ['/no/such'] }, 'cannot be started'],
    ['a file that is missing', { delete: 'nothing' }, 'ENOENT'],
  ])('fail the run for %s, and keep what was done', async (_name, step, says) => {
    const done = { write: { path: 'done', content: '' } };
    const { result, repo } = await play(steps(done, step), 'x', { f: 'abab' });
    expect(result.outcome).toMatchObject({ kind: 'failure', code: 'execution' });
    expect(result.outcome.kind === 'failure' && result.outcome.reason).toContain(says);
    expect(statSync(join(repo, 'done')).isFile()).toBe(true);
  });

  it('end with a code of their own', async () => {
    const { exit, result } = await play(steps({ exit: 3 }));
    expect(exit.code).toBe(3);
    expect(result.outcome.kind).toBe('failure');
  });

  it('emit progress at a pace', async () => {
    const { spec } = await play({ pace: 1, ...steps({ print: 'a' }, { print: 'b' }) });
    const lines = readFileSync(spec.stdout, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('"subtype":"progress"'))).toHaveLength(2);
  });

  it('leave usage unknown that the script does not tell', async () => {
    const { result } = await play(steps());
    expect(result.usage).toMatchObject({ inputTokens: null, outputTokens: null, costUsd: null });
  });
});

describe('the entry of a script', () => {
  const script = {
    entries: [
      { role: 'planner', steps: [], summary: 'planned' },
      { when: { promptContains: 'finding: off by one' }, steps: [], summary: 'right' },
      { when: { generation: 3 }, steps: [], summary: 'third' },
      { when: { attempt: 2, promptLacks: 'calm' }, steps: [], summary: 'again' },
      { role: 'coder', steps: [], summary: 'wrong' },
    ],
  };
  it.each([
    ['wrong', 'do it', {}],
    ['right', 'do it\nfinding: off by one', {}],
    ['planned', 'do it', { role: 'planner' }],
    ['third', 'do it', { generation: 3 }],
    ['again', 'do it', { attempt: 2 }],
    ['wrong', 'keep calm', { attempt: 2 }],
  ])('is %s for %j %j', async (summary, prompt, start) => {
    const { result } = await play(script, prompt, {}, start);
    expect(result.outcome).toEqual({ kind: 'success', summary });
  });

  it('is missing where none fits, and says so', async () => {
    const { result } = await play({ entries: [{ role: 'planner', steps: [] }] });
    expect(result.outcome).toMatchObject({ kind: 'failure' });
    expect(JSON.stringify(result.outcome)).toContain('No entry of the script fits the role coder');
  });
});

describe('a wrong script', () => {
  it.each([
    ['{', 'cannot be read as JSON'],
    [{}, '"entries" is missing'],
    [{ entries: [], more: 1 }, '"more" is unknown'],
    [steps({ wirte: {} }), 'a step is an object with one of write, replace'],
    [steps({ print: 'a', delete: 'b' }), 'a step is an object with one of'],
    [steps({ write: { path: 'a' } }), '"content" is missing'],
    [
      steps({ write: { path: 'a', content: 1 } }),
      'steps[0].write.content: this value does not fit',
    ],
    [steps({ run: [] }), 'run.argv: this value does not fit'],
    [{ entries: [{ steps: [], when: { prompt: 'x' } }] }, '"prompt" is unknown'],
    [{ entries: [{ steps: [], usage: { inputTokens: -1 } }] }, 'inputTokens: this value'],
    [{ entries: [{ steps: [], role: 'judge' }] }, 'role: this value does not fit'],
  ])('%j is refused before anything is done', async (script, says) => {
    const [problem] = await coderOf(script).check();
    expect(problem).toMatchObject({ code: 'coder-missing' });
    expect(problem?.sentence).toContain(says);
    const { result, exit } = await play(script);
    expect(exit.code).toBe(64);
    expect(JSON.stringify(result.outcome)).toContain(says.replaceAll('"', '\\"'));
  });

  it('is told when there is none', async () => {
    const none = new ScriptedCoder({ scriptFile: null });
    expect((await none.check())[0]?.sentence).toContain('neither a script nor a command');
    const gone = new ScriptedCoder({ scriptFile: join(bed.root, 'gone.json') });
    expect((await gone.check())[0]?.sentence).toContain('cannot be read');
    expect(await coderOf(steps()).check()).toEqual([]);
  });
});

describe('a replayed recording', () => {
  const samples = claudeSamples().filter((sample) => !sample.name.startsWith('streams/'));
  it.each(samples.map((sample) => [sample.name, sample] as const))(
    '%s means what it meant',
    async (name, sample) => {
      const { stdout, exit_code, stderr } = sample;
      const { result, exit } = await play(
        steps({ fail: { envelope: stdout, exit: exit_code, stderr } }),
      );
      expect(exit.code).toBe(exit_code);
      const left = leave(bed.root, `again-${name}`, stdoutOf(sample), stderr);
      const end = { code: exit_code, signal: null, ended: 'exited', durationMs: 1 };
      const real = await new ClaudeCoder().read({ ...left, exit: end, now: NOW });
      expect(result.outcome).toEqual(real.outcome);
      expect(result.windows).toEqual(real.windows);
      expect(result.usage.inputTokens).toBe(real.usage.inputTokens);
    },
  );
});

describe('a plain command as coder', () => {
  const run = (script: string, prompt = 'hello') => {
    const path = join(bed.root, `command-${runs}.sh`);
    writeFileSync(path, script);
    return runCoder(bed, new ScriptedCoder({ argv: ['sh', path] }), `command-${runs++}`, prompt);
  };

  it('gets the prompt as input and succeeds by its exit code', async () => {
    const { result, repo } = await run('cat > prompt; echo chatter');
    expect(result.outcome).toEqual({ kind: 'success', summary: '' });
    expect(result.usage).toMatchObject({ inputTokens: null, costUsd: null, lane: 'none' });
    expect(readFileSync(join(repo, 'prompt'), 'utf8')).toBe('hello');
  });

  it('fails by its exit code, with its last words', async () => {
    const { result } = await run('echo one >&2; echo two >&2; exit 5');
    expect(result.outcome).toEqual({ kind: 'failure', code: 'exit-code', reason: 'two' });
  });

  it('may speak for itself in events', async () => {
    const { result } = await run(
      `echo '{"type":"result","subtype":"error_max_turns","is_error":true}'; exit 1`,
    );
    expect(result.outcome).toMatchObject({ kind: 'failure', code: 'max-turns' });
  });
});
