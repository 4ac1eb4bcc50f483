import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { printable } from '../../src/lib/escape.ts';
import { GitError, git, isObjectId, text } from '../../src/lib/git.ts';

let dir: string;
const path = process.env['PATH'];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-git-'));
});
afterEach(() => {
  process.env['PATH'] = path;
  delete process.env['GIT_DIR'];
  delete process.env['SECRET_TOKEN'];
  rmSync(dir, { recursive: true, force: true });
});

/** A stand-in for git on PATH. */
function shim(script: string): void {
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin', 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env['PATH'] = `${join(dir, 'bin')}:${path}`;
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: GitError) => error,
  );

test('nothing of the surrounding environment reaches git', async () => {
  process.env['SECRET_TOKEN'] = 'hunter2';
  process.env['GIT_DIR'] = '/somewhere';
  shim('env');
  const env = await text(['status']);
  expect(env).not.toContain('hunter2');
  expect(env).not.toContain('/somewhere');
  expect(env).toContain('HOME=/nonexistent');
  expect(env).toContain('GIT_ALLOW_PROTOCOL=none');
  const names = env.split('\n').map((line) => line.split('=')[0] ?? '');
  const known =
    /^(PATH|HOME|LC_ALL|TZ|PWD|_|SHLVL|OLDPWD|GIT_(CONFIG|ATTR|NO|LITERAL|TERMINAL|OPTIONAL|PROTOCOL|ALLOW|CEILING|DISCOVERY)\w*)$/;
  expect(names.filter((name) => !known.test(name))).toEqual([]);
});

test('settings of a repository, its hooks and the operator do not act', async () => {
  const repo = join(dir, 'repo');
  const pwned = join(dir, 'pwned');
  execFileSync('git', ['init', '-q', repo]);
  writeFileSync(join(repo, '.git', 'hooks', 'post-index-change'), `#!/bin/sh\ntouch ${pwned}\n`, {
    mode: 0o755,
  });
  execFileSync('git', ['-C', repo, 'config', 'core.fsmonitor', `touch ${pwned}; false`]);
  writeFileSync(join(repo, 'f'), 'x');
  const place = { gitDir: join(repo, '.git'), workTree: repo };
  await git(['add', '-A'], place);
  expect(await text(['status', '--porcelain'], place)).toBe('A  f');
  expect(existsSync(pwned)).toBe(false);
  expect(await text(['config', 'core.fsmonitor'], place)).toBe('false');
  expect(await text(['config', 'core.hooksPath'], place)).toBe('/dev/null');
  expect(await text(['config', 'x.y'], { ...place, config: [['x.y', 'a b']] })).toBe('a b');
});

test('finds no repository by looking around, and uses no transport unasked', async () => {
  const repo = join(dir, 'repo');
  execFileSync('git', ['init', '-q', repo]);
  const lost = await failure(git(['status'], { cwd: '/' }));
  expect(lost).toMatchObject({ tag: 'exit', code: 128, command: 'status' });
  const refused = await failure(git(['ls-remote', '--', repo]));
  expect(refused).toMatchObject({ tag: 'exit', code: 128 });
  expect((await git(['ls-remote', '--', repo], { protocols: ['file'] })).code).toBe(0);
});

test('exit codes are errors unless named; errors carry escaped, bounded words and no arguments', async () => {
  shim('printf "\\033[2Jbad\\n" >&2; yes x | head -c 100000 >&2; exit 3');
  const error = await failure(git(['push', 'secret-argument']));
  expect(error).toBeInstanceOf(GitError);
  expect(error).toMatchObject({ tag: 'exit', code: 3, command: 'push' });
  expect(error?.message).not.toContain('secret-argument');
  expect(error?.stderr.length).toBeLessThanOrEqual(2000);
  expect((await git(['x'], { okCodes: [0, 3] })).code).toBe(3);
  process.env['PATH'] = join(dir, 'nowhere');
  expect(await failure(git(['x']))).toMatchObject({ tag: 'missing' });
  expect(await failure(git(['a\0b']))).toMatchObject({ tag: 'missing' });
});

test('input goes in as bytes, output comes back as bytes, and too much of it ends the call', async () => {
  execFileSync('git', ['init', '-q', '--bare', join(dir, 'r')]);
  const gitDir = join(dir, 'r');
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  const id = await text(['hash-object', '-w', '--stdin'], { gitDir, input: bytes });
  expect(isObjectId(id)).toBe(true);
  expect((await git(['cat-file', 'blob', id], { gitDir })).stdout).toEqual(bytes);
  shim('yes');
  expect(await failure(git(['log'], { maxBytes: 1000 }))).toMatchObject({ tag: 'too-much-output' });
});

test('an abort or the time limit ends git and what it started', async () => {
  // The child of the stand-in ignores TERM and holds the output open; both must be gone afterwards.
  shim(`sh -c 'trap "" TERM; echo $$ > ${dir}/pid; echo ready; while :; do sleep 1; done' & wait`);
  const controller = new AbortController();
  const running = failure(git(['fetch'], { signal: controller.signal }));
  const pid = await new Promise<number>((resolve) => {
    const look = () => {
      const found = existsSync(`${dir}/pid`) ? readFileSync(`${dir}/pid`, 'utf8').trim() : '';
      if (found === '') setImmediate(look);
      else resolve(Number(found));
    };
    look();
  });
  controller.abort();
  expect(await running).toMatchObject({ tag: 'aborted' });
  // Gone, or dead and waiting for init to collect it.
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], {
    encoding: 'utf8',
  }).stdout.trim();
  expect(state).toMatch(/^(Z.*)?$/);
  expect(await failure(git(['x'], { signal: controller.signal }))).toMatchObject({
    tag: 'aborted',
  });
  expect(await failure(git(['x'], { timeoutMs: 20 }))).toMatchObject({ tag: 'timeout' });
});

test('object ids are full, lower-case and not null', () => {
  expect(isObjectId('a'.repeat(40))).toBe(true);
  for (const id of [
    '0'.repeat(40),
    'A'.repeat(40),
    'a'.repeat(39),
    '-'.repeat(40),
    `${'a'.repeat(40)}\n`,
  ]) {
    expect(isObjectId(id)).toBe(false);
  }
});

test('printable text cannot move a cursor, forge a line, hide or reverse anything', () => {
  expect(printable('a\u001b[2Jb\nc\t\u202ed\u200be\u0085')).toBe(
    'a\\x1b[2Jb\\nc\\t\\u{202e}d\\u{200b}e\\x85',
  );
  expect(printable('a\nb\r', 10, { lines: true })).toBe('a\nb\\r');
  expect(printable('日本 é 😀')).toBe('日本 é 😀');
  expect(printable('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(60), (input, max) => {
      const shown = printable(input, max);
      expect(shown.length).toBeLessThanOrEqual(Math.max(1, max));
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});
