import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evolveMission } from '../../../src/control/mission.ts';
import { viewsOf } from '../../../src/control/views.ts';
import { CliError } from '../../../src/surfaces/cli/exit-codes.ts';
import type { Diagnosis } from '../../../src/surfaces/cli/host.ts';
import { wordsOf } from '../../../src/surfaces/cli/words-of.ts';
import { startTimeOf, writeDaemonFile } from '../../../src/surfaces/daemon-file.ts';
import { until } from '../../support/until.ts';
import { type Cli, cli, withRepo } from './host.ts';

const M = 'm-0000000001';
let aedev: Cli;
beforeEach(async () => {
  aedev = await cli();
});
afterEach(() => aedev.end());

/** A small repository with one commit. */
function repository(name: string): string {
  const dir = join(aedev.dir, name);
  mkdirSync(dir);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', dir, '-c', 'user.name=x', '-c', 'user.email=x@x.invalid', ...args]);
  git('init', '-q', '-b', 'main');
  writeFileSync(join(dir, 'package.json'), '{"scripts":{"test":"node --test"}}');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return dir;
}

describe('the command line', () => {
  test.each([
    [['statsu'], "Unknown command 'statsu'; did you mean status?"],
    [['mission', 'aprove', M], "Unknown command 'aprove'; did you mean approve?"],
    [['status', '--jsn'], "Unknown option '--jsn'; did you mean --json?"],
    [['status', 'now'], 'Too many arguments'],
    [['mission', 'show'], "Missing required argument 'id'"],
    [['daemon', 'start', '--port', '99999'], 'A port is a number from 0 to 65535'],
    [['states', 'daemon'], 'There is no machine daemon'],
    [['completion', 'tcsh'], 'There is for: bash, zsh, fish'],
    [['watch', 'x'], 'neither the id of a mission'],
  ])('%j: one sentence, exit 2', async (argv, sentence) => {
    const told = await aedev(...argv);
    expect([told.code, told.out]).toEqual([2, '']);
    expect(told.err).toContain(sentence);
    expect(told.err.trim().split('\n')).toHaveLength(1);
  });

  test('help is no error; a group without a word shows its help with exit 2', async () => {
    expect((await aedev('--help')).out).toContain('aedev mission approve');
    expect((await aedev('help', 'repo', 'add')).code).toBe(0);
    expect((await aedev('repo')).code).toBe(2);
    expect((await aedev('--version')).out).toBe('9.9.9\n');
    expect((await aedev('daemon', '--help')).out).not.toContain('run');
  });

  test('an unexpected error: one sentence, the stack only for those who ask', async () => {
    const broken = async () => {
      throw new TypeError('\u001b[2Jcannot read x');
    };
    aedev.host.openReader = broken;
    const told = await aedev('status');
    expect([told.code, told.err.trim().split('\n').length]).toEqual([1, 1]);
    expect(told.err).not.toContain('\u001b');
    aedev.host.env = { AEDEV_DEBUG: '1' };
    expect((await aedev('status')).err).toContain('commands.test.ts');
  });

  test('a reader that went away is no error', async () => {
    aedev.host.out = () => {
      throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    };
    expect(await aedev('states')).toMatchObject({ code: 0, err: '' });
  });

  test('completion for each shell names every command', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { out } = await aedev('completion', shell);
      for (const word of ['approve', 'evidence', 'halt', 'digest']) expect(out).toContain(word);
      expect(out).not.toContain("'daemon run'");
    }
    const script = join(aedev.dir, 'completion.bash');
    writeFileSync(script, (await aedev('completion', 'bash')).out);
    const words = (line: string, at: number) =>
      execFileSync(
        'bash',
        [
          '-c',
          `source ${script}; COMP_WORDS=(${line}); COMP_CWORD=${at}; _aedev; echo "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      ).trim();
    expect(words('aedev mis', 1)).toBe('mission');
    expect(words('aedev mission app', 2)).toBe('approve');
    expect(words('aedev mission approve --di', 3)).toBe('--digest');
  });
});

describe('without a daemon', () => {
  test('looking works, changing says how to start it', async () => {
    withRepo(aedev);
    await aedev.world.awaiting(M);
    await aedev.stopDaemon();
    expect((await aedev('status')).code).toBe(0);
    expect((await aedev('mission', 'show', M)).code).toBe(0);
    for (const argv of [
      ['intake', 'x'],
      ['mission', 'approve', M, '--yes'],
      ['task', 'retry', 't-00000001'],
      ['hold', 'resume', 'app'],
      ['watch'],
    ]) {
      const told = await aedev(...argv);
      expect([told.code, told.err]).toEqual([6, expect.stringContaining('aedev daemon start')]);
    }
  });

  test('halt works all the same, and says that nobody could be told', async () => {
    await aedev.stopDaemon();
    const told = await aedev('halt', 'smoke', 'in', 'the', 'room', '--json');
    expect(told.json).toMatchObject({ halted: true, daemon: 'not-told' });
    expect(readFileSync(join(aedev.home, 'HALT'), 'utf8')).toBe('smoke in the room\n');
    expect((await aedev('status', '--plain')).out).toContain('HALTED');
    expect((await aedev('halt', '--end')).code).toBe(0);
    expect(existsSync(join(aedev.home, 'HALT'))).toBe(false);
  });

  test('daemon status and stop tell the truth', async () => {
    expect((await aedev('daemon', 'status', '--json')).json).toMatchObject({ answers: true });
    await aedev.stopDaemon();
    const told = await aedev('daemon', 'status', '--json');
    expect([told.code, told.json]).toMatchObject([6, { running: false, answers: false }]);
    expect((await aedev('daemon', 'stop', '--json')).json).toEqual({
      stopped: false,
      running: false,
    });
  });

  test('daemon stop waits until it has ended', async () => {
    expect((await aedev('daemon', 'stop', '--json')).json).toEqual({
      stopped: true,
      running: false,
    });
    expect(aedev.world.calls.stops).toEqual([]);
  });

  test('daemon start passes on why it cannot', async () => {
    await aedev.stopDaemon();
    const script = join(aedev.dir, 'daemon.mjs');
    writeFileSync(
      script,
      `console.log('starting'); console.log(JSON.stringify({ error: { code: 'port-taken', sentence: 'Port 7247 is taken.', remedy: 'Free it.', exit: 8 } })); process.exit(8);`,
    );
    aedev.host.program = [process.execPath, script];
    const told = await aedev('daemon', 'start');
    expect([told.code, told.err]).toEqual([8, 'error: Port 7247 is taken. Free it.\n']);
    writeFileSync(script, `console.error('\\u001b[31mkaboom'); process.exit(1);`);
    const other = await aedev('daemon', 'start');
    expect([other.code, other.err]).toEqual([6, expect.stringContaining('\\x1b[31mkaboom')]);
  });

  test('daemon start that another start outran finds that one', async () => {
    const { daemonFile, logs } = aedev.host.paths();
    const written = readFileSync(daemonFile);
    rmSync(daemonFile);
    const script = join(aedev.dir, 'daemon.mjs');
    const error = { code: 'daemon-running', sentence: 'It runs already.', remedy: '', exit: 6 };
    writeFileSync(
      script,
      `console.log('pid=' + process.pid + '.'); console.log(${JSON.stringify(JSON.stringify({ error }))}); process.exit(6);`,
    );
    aedev.host.program = [process.execPath, script];
    const told = aedev('daemon', 'start');
    const log = join(logs, 'daemon.log');
    const ended = () => {
      const pid = existsSync(log) && /pid=(\d+)\./.exec(readFileSync(log, 'utf8'))?.[1];
      return pid ? startTimeOf(Number(pid)) === null : false;
    };
    await until('the end of the slower daemon', ended);
    writeFileSync(daemonFile, written, { mode: 0o600 });
    expect(await told).toMatchObject({ code: 0, out: expect.stringContaining('runs already') });
  });

  test('daemon start does not wait for one that lives and does not answer', async () => {
    const file = JSON.parse(readFileSync(aedev.host.paths().daemonFile, 'utf8'));
    await aedev.stopDaemon();
    writeDaemonFile(aedev.host.paths().daemonFile, file);
    const script = join(aedev.dir, 'daemon.mjs');
    const error = { code: 'daemon-running', sentence: 'It runs already.', remedy: '', exit: 6 };
    writeFileSync(script, `console.log(${JSON.stringify(JSON.stringify({ error }))});`);
    aedev.host.program = [process.execPath, script];
    expect(await aedev('daemon', 'start')).toMatchObject({
      code: 6,
      err: 'error: It runs already.\n',
    });
    const { out } = await aedev('daemon', 'status');
    expect(out).toContain(`\`kill ${process.pid}\` and \`aedev daemon start\``);
  });

  test('daemon start finds one that runs; run is the host’s', async () => {
    const told = await aedev('daemon', 'start', '--json');
    expect(told.json).toMatchObject({ started: false, daemon: { pid: process.pid } });
    const ports: unknown[] = [];
    aedev.host.serve = async ({ port }) => {
      ports.push(port);
      return 0;
    };
    await aedev('daemon', 'run', '--port', '0');
    await aedev('daemon', 'start', '--foreground');
    expect(ports).toEqual([0, null]);
  });
});

describe('repo', () => {
  test('add finds out branch and check, list and show tell, remove takes it out', async () => {
    const dir = repository('shop');
    const added = await aedev('repo', 'add', 'shop', '--forbid', 'migrations/**', '--json');
    expect(added.json).toMatchObject({
      repo: { id: 'shop', branch: 'main', verify: [{ argv: ['npm', 'test'] }] },
      daemon: 'told',
    });
    expect(aedev.world.calls.refreshes).toBe(1);
    expect((await aedev('repo', 'list', '--json')).json.repos).toMatchObject([{ id: 'shop' }]);
    expect((await aedev('repo', 'show', 'shop')).out).toContain('migrations/**');
    const again = await aedev('repo', 'add', dir, '--id', 'shop');
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('registered already')]);
    expect((await aedev('repo', 'remove', 'shop')).code).toBe(0);
    expect((await aedev('repo', 'show', 'shop')).code).toBe(3);
    expect((await aedev('repo', 'remove', 'shop')).code).toBe(3);
  });

  test.each([
    [['absent'], 2, 'does not exist'],
    [['.'], 2, 'not in a git repository'],
    [['shop', '--branch', 'nope'], 2, 'has no branch nope; it has: main'],
    [['shop', '--verify', 'npm test | tee log'], 2, 'uses |'],
    [['shop', '--id', 'A B'], 5, 'id'],
    [['shop', '--allow', ''], 5, 'allowed_paths'],
    [['shop', '--forge', 'github'], 2, 'is no repository on GitHub'],
    [['shop', '--api-url', 'https://x.example'], 2, '--api-url is for repositories on GitHub'],
    [['acme/shop', '--forge', 'github', '--api-url', 'https://evil.example'], 5, 'another host'],
  ])('add %j is refused and writes nothing', async (argv, code, sentence) => {
    repository('shop');
    const before = readFileSync(join(aedev.home, 'config', 'repos.yaml'), 'utf8');
    const told = await aedev('repo', 'add', ...argv);
    expect([told.code, told.err]).toEqual([code, expect.stringContaining(sentence)]);
    expect(readFileSync(join(aedev.home, 'config', 'repos.yaml'), 'utf8')).toBe(before);
  });

  test('on GitHub is registered by its name or its address', async () => {
    const argv = ['--forge', 'github', '--verify', 'make', '--json'];
    const short = await aedev('repo', 'add', 'acme/Shop.js', ...argv);
    expect(short.json.repo).toMatchObject({
      id: 'shop.js',
      source: 'https://github.com/acme/Shop.js.git',
      forge: { kind: 'github', repo: 'acme/Shop.js', api_url: null },
    });
    const own = [
      'https://git.example.com/acme/shop/',
      '--api-url',
      'https://git.example.com/api/v3',
    ];
    expect((await aedev('repo', 'add', ...own, ...argv)).json.repo).toMatchObject({
      source: 'https://git.example.com/acme/shop.git',
      forge: { repo: 'acme/shop', api_url: 'https://git.example.com/api/v3' },
    });
    expect((await aedev('repo', 'show', 'shop')).out).toContain('acme/shop on GitHub');
  });

  test('a URL needs no folder', async () => {
    const told = await aedev(
      'repo',
      'add',
      'https://example.invalid/team/Web.git',
      '--verify',
      'make',
      '--json',
    );
    expect(told.json.repo).toMatchObject({ id: 'web', branch: 'main' });
  });
});

describe('verify commands', () => {
  test.each([
    ['npm test', ['npm', 'test']],
    ['  node   --test "a b"  ', ['node', '--test', 'a b']],
    [`sh -c 'x | y && z'`, ['sh', '-c', 'x | y && z']],
    ['a\\ b ""', ['a b', '']],
    ['say "a \\"b\\" $"'.replace(' $', ''), ['say', 'a "b"']],
    ['pytest -k not#slow', ['pytest', '-k', 'not#slow']],
  ])('%j', (line, words) => expect(wordsOf(line)).toEqual(words));

  test.each([
    'a | b',
    'a && b',
    'a; b',
    'a > f',
    'a $HOME',
    'a `b`',
    'a "$x"',
    'a *',
    '"a',
    "a '",
    'a \\',
    '',
    '  ',
    'A=1 b',
    'a\nb',
    '~/x',
    '(a)',
  ])('%j is refused: a shell would do something else', (line) =>
    expect(() => wordsOf(line)).toThrow(CliError),
  );

  test('quoted words come back as they were', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'grapheme' }).filter((word) => !/['\r\n]/.test(word)),
          { minLength: 1 },
        ),
        (words) => {
          const [first = ''] = words;
          fc.pre(first !== '' && !/^\w+=/.test(first));
          expect(wordsOf(words.map((word) => `'${word}'`).join(' '))).toEqual(words);
        },
      ),
    );
  });
});

describe('the rest', () => {
  test('init says what it made, and a second time that it changed nothing', async () => {
    rmSync(aedev.home, { recursive: true });
    expect((await aedev('init', '--operator', 'ada', '--json')).json.made).toContain('config/');
    expect((await aedev('init')).out).toContain('nothing was changed');
    expect((await aedev('config', 'show', '--json')).json.values).toContainEqual(
      expect.objectContaining({ path: 'system.operator', value: 'ada', from: 'policies.yaml:8' }),
    );
    expect((await aedev('init', '--operator', 'no/slash')).code).toBe(2);
  });

  test('without a home: exit 5 and `aedev init`', async () => {
    rmSync(aedev.home, { recursive: true });
    for (const argv of [
      ['repo', 'list'],
      ['config', 'check'],
      ['daemon', 'start'],
      ['intake', 'x'],
    ]) {
      const told = await aedev(...argv);
      expect([told.code, told.err]).toEqual([5, expect.stringContaining('aedev init')]);
    }
  });

  test('config check lists every problem with its line', async () => {
    writeFileSync(
      join(aedev.home, 'config', 'policies.yaml'),
      'sytem: {}\nmerge: {auto_mergee: true}\n',
    );
    const told = await aedev('config', 'check', '--json');
    expect([told.code, told.json.problems.length]).toEqual([5, 2]);
    expect((await aedev('config', 'check')).out).toContain('did you mean system?');
    expect((await aedev('config', 'show')).code).toBe(5);
  });

  test('doctor: the worst finding is the exit code', async () => {
    const found = (state: Diagnosis['state'], kind: Diagnosis['kind']): Diagnosis => ({
      kind,
      what: 'x',
      state,
      sentence: 's',
      remedy: 'r',
    });
    const fine = found('ok', 'integrity');
    for (const [worst, code] of [
      [found('warning', 'machine'), 0],
      [found('missing', 'machine'), 8],
      [found('broken', 'config'), 5],
      [found('broken', 'integrity'), 9],
    ] as const) {
      aedev.host.diagnose = async () => [fine, worst];
      expect((await aedev('doctor')).code).toBe(code);
      expect((await aedev('doctor', '--json')).json.diagnoses).toHaveLength(2);
    }
  });

  test('states prints the tables that the control plane obeys', async () => {
    expect((await aedev('states', 'task', '--json')).json.machines).toHaveLength(1);
    expect((await aedev('states', '--mermaid')).out).toContain('stateDiagram-v2');
    expect((await aedev('states', 'mission')).out).toContain('mission.approved');
  });

  test('status, usage, holds and approvals as documents', async () => {
    withRepo(aedev);
    await aedev.world.awaiting(M);
    expect((await aedev('status', '--json')).json).toMatchObject({
      daemon: { state: 'stopped' },
      approvals: 1,
      switch: false,
      process: { allowed: false, runs: 0 },
    });
    expect((await aedev('status', '--plain')).out.length).toBeLessThanOrEqual(321);
    expect((await aedev('approvals', '--json')).json.approvals).toMatchObject([{ id: M }]);
    expect((await aedev('hold', 'list', '--json')).json).toEqual({ holds: [] });
    expect((await aedev('usage', '--json')).json.total).toMatchObject({ runs: 0, costUsd: null });
    for (const argv of [
      ['approvals'],
      ['approvals', '--plain'],
      ['hold', 'list'],
      ['usage'],
      ['status'],
    ])
      expect((await aedev(...argv)).code).toBe(0);
  });

  test('status warns in red of a process tier that is allowed', async () => {
    Object.assign(aedev.host, { columns: 100 });
    expect((await aedev('status')).out).not.toContain('process tier');
    writeFileSync(
      join(aedev.home, 'config', 'policies.yaml'),
      'sandbox: {tier: process, allow_process: true}\n',
    );
    expect((await aedev('status')).out).toContain('\u001b[31mThe process tier is allowed');
    expect((await aedev('status', '--plain')).out).toContain('PROCESS TIER');
  });

  test('so do config and the doctor, where the setting appears', async () => {
    Object.assign(aedev.host, { columns: 200 });
    const RED = '\u001b[31m';
    expect((await aedev('config', 'show')).out).not.toContain(`${RED}`);
    const policies = join(aedev.home, 'config', 'policies.yaml');
    writeFileSync(policies, 'sandbox: {tier: process, allow_process: true}\n');
    const shown = (await aedev('config', 'show')).out;
    expect(shown).toContain(`${RED}"process" (not isolated)`);
    expect(shown).toContain(`${RED}true (not isolated)`);
    expect((await aedev('config', 'check')).out).toContain(`${RED}warning`);
    const isolation = { what: 'sandbox', state: 'warning', kind: 'advice' } as const;
    const diagnose = async () => [{ ...isolation, sentence: 'NO ISOLATION', remedy: '' }];
    Object.assign(aedev.host, { diagnose });
    expect((await aedev('doctor')).out).toContain(`${RED}warning`);
  });

  test('halt reaches the log when the daemon runs', async () => {
    expect((await aedev('halt', '--json')).json).toMatchObject({ halted: true, daemon: 'told' });
    expect((await aedev('status', '--json')).json.halted).toMatchObject({ by: 'operator:owner' });
    expect((await aedev('halt', '--end', '--json')).json).toMatchObject({ daemon: 'told' });
    expect((await aedev('halt', '--end')).code).toBe(0);
  });

  test('clarify scores each line; a bad line is told with its number', async () => {
    mkdirSync(join(aedev.dir, 'index', 'app'), { recursive: true });
    aedev.host.loadIndexDir = async (_dir, repo) => ({
      repo,
      paths: ['src/cart.ts'],
      symbols: [],
      idents: [],
      packages: [],
    });
    writeFileSync(
      join(aedev.dir, 'requests.jsonl'),
      '{"id":1,"repo":"app","text":"In src/cart.ts make total(1) return 2"}\n{"id":2,"repo":"../app","text":"x"}\nnope\n',
    );
    const told = await aedev('clarify', 'requests.jsonl', '--index', 'index');
    expect([told.code, told.out.split('\n')[0]]).toEqual([2, expect.stringContaining('of 100')]);
    aedev.host.out = (text) => lines.push(text);
    const lines: string[] = [];
    await aedev('clarify', 'requests.jsonl', '--index', 'index', '--json').catch(() => undefined);
    const docs = lines.map((line) => JSON.parse(line));
    expect(docs).toMatchObject([{ id: '1', score: expect.any(Number) }, { line: 2 }, { line: 3 }]);
  });

  test('evidence: a bundle that is not genuine is exit 9', async () => {
    writeFileSync(join(aedev.dir, 'bundle.json'), '{}');
    aedev.host.openEvidence = async () => {
      throw Object.assign(new Error('The signature does not fit.'), {
        name: 'BundleError',
        tag: 'signature',
      });
    };
    const told = await aedev('evidence', 'verify', 'bundle.json', '--json');
    expect([told.code, told.json.problem.code]).toEqual([9, 'signature']);
    expect((await aedev('evidence', 'show', 'bundle.json')).code).toBe(9);
    aedev.host.openEvidence = async () => ({
      digest: 'd'.repeat(64),
      keyId: 'k',
      predicate: { a: [1], b: { c: null } },
      diff: '+\u001b[2Jx\n',
    });
    expect((await aedev('evidence', 'verify', 'bundle.json')).out).toContain('proves nothing');
    expect((await aedev('evidence', 'verify', 'bundle.json')).out).toContain('Log: not checked');
    aedev.host.checkLog = async () => ({ state: 'holds', seq: 4, last: 9, sealedAt: 5 });
    const held = await aedev('evidence', 'verify', 'bundle.json');
    expect(held.out).toMatch(/^Log: .*event 4.*to event 9.*event 5 names it\.$/m);
    aedev.host.checkLog = async () => ({ state: 'differs', sentence: 'event 4 is another' });
    const differs = await aedev('evidence', 'verify', 'bundle.json');
    expect([differs.code, differs.out]).toEqual([9, expect.stringContaining('event 4 is another')]);
    const json = await aedev('evidence', 'verify', 'bundle.json', '--json');
    expect(json.json).toMatchObject({ verified: false, problem: { code: 'log' } });
    expect((await aedev('evidence', 'show', 'bundle.json')).out).toContain('c: unknown');
    expect((await aedev('evidence', 'show', 'bundle.json', '--diff')).out).toBe('+\\x1b[2Jx\n');
    aedev.host.readBlob = async () => new Uint8Array();
    const named = await aedev('evidence', 'verify', 'e'.repeat(64));
    expect([named.code, named.out]).toEqual([9, expect.stringContaining('not the one')]);
  });

  test('evidence: by the first digits of its digest; texts of lines are printed as lines', async () => {
    const [digest, other] = [
      `${'ab'.repeat(5)}${'1'.repeat(54)}`,
      `${'ab'.repeat(5)}${'2'.repeat(54)}`,
    ];
    const folder = join(aedev.host.paths().blobs, 'ab');
    const keep = (name: string) => writeFileSync(join(folder, name.slice(2)), '');
    mkdirSync(folder, { recursive: true });
    keep(digest);
    const read: string[] = [];
    aedev.host.readBlob = async (which) => {
      read.push(which);
      return new Uint8Array();
    };
    aedev.host.openEvidence = async () => ({
      digest,
      keyId: 'k',
      predicate: { spec: { text: '# Spec\n\n- one\u001b[2J\n' } },
      diff: '',
    });
    const shown = await aedev('evidence', 'show', digest.slice(0, 12));
    expect(shown.out).toContain('  text\n    # Spec\n    \n    - one\\x1b[2J\n');
    expect((await aedev('evidence', 'verify', digest.slice(0, 8))).code).toBe(0);
    expect(read).toEqual([digest, digest]);
    expect((await aedev('evidence', 'verify', digest.slice(0, 7))).code).toBe(3);
    expect((await aedev('evidence', 'verify', 'cdcdcdcd')).code).toBe(3);
    keep(other);
    const unclear = await aedev('evidence', 'verify', digest.slice(0, 10));
    expect([unclear.code, unclear.err]).toEqual([2, expect.stringContaining('2 things')]);
  });

  test('demo passes its options on and its code back', async () => {
    const seen: unknown[] = [];
    aedev.host.demo = async (options) => {
      seen.push(options);
      return 10;
    };
    expect((await aedev('demo', '--sandbox', 'docker', '--keep')).code).toBe(10);
    expect(seen).toEqual([{ json: false, sandbox: 'docker', coder: null, keep: true }]);
  });
});

test('nothing that others wrote reaches a terminal as it is', async () => {
  Object.assign(aedev.host, { columns: 100, env: { NO_COLOR: '1' } });
  withRepo(aedev);
  const nasty = fc.string({
    unit: fc.constantFrom(
      '\u0007',
      '\u009b',
      '\u202e',
      '\u200b',
      '\u2028',
      '\ud800',
      'a',
      '\n',
      '\t',
      '\u{e0041}',
    ),
  });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      const id = `m-${String(++count).padStart(8, '0')}`;
      // Straight into the log: the daemon would refuse most of it, an old log may hold it.
      const event = {
        type: 'mission.submitted' as const,
        data: { id, text: `x${text}`, repos: [`r${text}`], coder: null, plan: null, by: text },
      };
      const state = evolveMission(null, event, '2026-01-01T00:00:00.000Z');
      await aedev.world.store.transact(async (tx) => {
        await tx.putState({ stream: `mission/${id}`, version: 1, state });
        for (const row of viewsOf(`mission/${id}`, state)) await tx.putView(row);
      });
      for (const argv of [
        ['mission', 'list'],
        ['mission', 'show', id],
        ['mission', 'show', id, '--plain'],
        ['status'],
        ['mission', 'show', id, '--json'],
        ['mission', 'show', text],
      ]) {
        const { out, err } = await aedev(...argv);
        expect(`${out}${err}`.replaceAll('\n', '')).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u,
        );
      }
    }),
    { numRuns: 30 },
  );
});
