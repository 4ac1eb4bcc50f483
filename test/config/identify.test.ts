import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/errors.ts';
import { describeSource } from '../../src/config/identify.ts';
import { temporaryFolders } from './support.ts';

const temporary = temporaryFolders();
const folder = () => realpathSync(temporary());

/** Git as an operator would run it, without this machine's settings. */
function run(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.com',
    },
  }).trim();
}

function write(top: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, name)), { recursive: true });
    writeFileSync(join(top, name), content);
  }
}

function repo(files: Record<string, string>, name = 'shop'): string {
  const top = join(folder(), name);
  mkdirSync(top);
  run(top, 'init', '-q', '-b', 'main');
  write(top, files);
  run(top, 'add', '-A');
  run(top, 'commit', '-qm', 'first');
  return top;
}

async function refused(path: string): Promise<ConfigError> {
  const error: unknown = await describeSource(path).catch((one: unknown) => one);
  if (error instanceof ConfigError) return error;
  throw new Error('it was not refused');
}

const verifyOf = async (files: Record<string, string>) =>
  (await describeSource(repo({ 'README.md': '', ...files }))).suggested.verify.map(({ argv }) =>
    argv.join(' '),
  );

describe('describeSource', () => {
  it('describes a plain repository, also from below', async () => {
    const top = repo(
      { 'package.json': '{"scripts":{"test":"vitest"}}', 'src/a.ts': '' },
      'My Shop',
    );
    const found = await describeSource(top);
    expect(found).toEqual({
      source: top,
      below: false,
      bare: false,
      linkedWorktree: false,
      submodule: false,
      shallow: false,
      empty: false,
      branch: 'main',
      branches: ['main'],
      head: run(top, 'rev-parse', 'HEAD'),
      uncommitted: 0,
      suggested: {
        id: 'my-shop',
        branch: 'main',
        verify: [{ argv: ['npm', 'test'], because: 'package.json has a test script' }],
      },
    });
    expect(await describeSource(join(top, 'src'))).toMatchObject({ source: top, below: true });
    expect(await describeSource(join(top, '.git'))).toMatchObject({ source: top, bare: false });
  });

  it('counts what is not committed', async () => {
    const top = repo({ a: '1', b: '2' });
    write(top, { a: '3', c: '4', 'new/d': '5', 'new/e': '6' });
    run(top, 'rm', '-q', 'b');
    expect((await describeSource(top)).uncommitted).toBe(4);
  });

  it('suggests the usual branch while a side branch is checked out, and lists the latest first', async () => {
    const top = repo({ a: '1' });
    run(top, 'checkout', '-qb', 'side/x');
    const found = await describeSource(top);
    expect(found.branch).toBe('side/x');
    expect(found.branches.sort()).toEqual(['main', 'side/x']);
    expect(found.suggested.branch).toBe('main');
    run(top, 'checkout', '-q', '--detach');
    expect(await describeSource(top)).toMatchObject({ branch: null, head: found.head });
  });

  it('knows an empty, a bare, a shallow repository, a linked worktree and a submodule', async () => {
    const empty = folder();
    run(empty, 'init', '-q', '-b', 'trunk');
    expect(await describeSource(empty)).toMatchObject({
      empty: true,
      branch: 'trunk',
      head: null,
      suggested: { branch: 'trunk', verify: [] },
    });

    const top = repo({ 'go.mod': 'module x' });
    write(top, { b: '' });
    run(top, 'add', '-A');
    run(top, 'commit', '-qm', 'second');
    const base = folder();
    run(base, 'clone', '-q', '--bare', top, 'tools.git');
    expect(await describeSource(join(base, 'tools.git'))).toMatchObject({
      bare: true,
      source: join(base, 'tools.git'),
      uncommitted: null,
      suggested: { id: 'tools', verify: [{ argv: ['go', 'test', './...'] }] },
    });
    run(base, 'clone', '-q', '--depth', '1', `file://${top}`, 'shallow');
    expect((await describeSource(join(base, 'shallow'))).shallow).toBe(true);
    run(top, 'worktree', 'add', '-q', join(base, 'tree'));
    expect(await describeSource(join(base, 'tree'))).toMatchObject({
      linkedWorktree: true,
      source: join(base, 'tree'),
      branch: 'tree',
      uncommitted: 0,
    });
    run(
      top,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      '--',
      join(base, 'tools.git'),
      'sub',
    );
    expect(await describeSource(join(top, 'sub'))).toMatchObject({
      submodule: true,
      source: join(top, 'sub'),
    });
  });

  it('makes an id that is free and valid', async () => {
    const id = async (name: string, taken: string[] = []) =>
      (await describeSource(repo({ a: '' }, name), taken)).suggested.id;
    expect(await id('Shop')).toBe('shop');
    expect(await id('shop', ['shop', 'shop-2'])).toBe('shop-3');
    expect(await id('店')).toBe('repo');
    expect(await id('-a--b.')).toBe('a--b');
  });

  it('refuses what is no repository in one sentence', async () => {
    const base = folder();
    write(base, { file: '' });
    expect((await refused(join(base, 'none'))).sentence).toBe(
      `${join(base, 'none')} does not exist.`,
    );
    expect((await refused(join(base, 'file'))).sentence).toBe(
      `${join(base, 'file')} is not a folder.`,
    );
    const error = await refused(base);
    expect(error.sentence).toBe(`${base} is not in a git repository.`);
    expect(error.remedy).toContain('git init');
    const broken = repo({ a: '' });
    writeFileSync(join(broken, '.git', 'config'), '[core\n');
    expect((await refused(broken)).sentence).toContain('git cannot read the repository');
    const dangling = folder();
    writeFileSync(join(dangling, '.git'), 'gitdir: /nowhere\n');
    expect((await refused(dangling)).tag).toBe('not-a-source');
  });
});

describe('the suggested verify command', () => {
  it.each([
    [
      'a placeholder',
      { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
      [],
    ],
    ['broken JSON', { 'package.json': '{' }, []],
    ['JSON of another shape', { 'package.json': 'null' }, []],
    ['pnpm', { 'package.json': '{"scripts":{"test":"x"}}', 'pnpm-lock.yaml': '' }, ['pnpm test']],
    ['yarn', { 'package.json': '{"scripts":{"test":"x"}}', 'yarn.lock': '' }, ['yarn test']],
    ['pytest', { 'pyproject.toml': '[tool.pytest.ini_options]' }, ['python3 -m pytest']],
    ['python without pytest', { 'pyproject.toml': '[project]' }, []],
    ['Rust', { 'Cargo.toml': '' }, ['cargo test']],
    ['make', { Makefile: 'all:\n\ntest: all\n\t./run\n' }, ['make test']],
    ['a make variable', { Makefile: 'test := 1\n' }, []],
    ['two at once', { 'go.mod': '', Makefile: 'test:\n' }, ['go test ./...', 'make test']],
  ])('for %s', async (_, files, expected) => {
    expect(await verifyOf(files as unknown as Record<string, string>)).toEqual(expected);
  });

  it('comes from the commit, never from the work tree or through a link', async () => {
    const top = repo({ 'README.md': '' });
    const outside = join(folder(), 'package.json');
    writeFileSync(outside, '{"scripts":{"test":"x"}}');
    write(top, { 'package.json': '{"scripts":{"test":"x"}}' });
    expect((await describeSource(top)).suggested.verify).toEqual([]);
    const linked = repo({ a: '' });
    symlinkSync(outside, join(linked, 'package.json'));
    run(linked, 'add', '-A');
    run(linked, 'commit', '-qm', 'link');
    expect((await describeSource(linked)).suggested.verify).toEqual([]);
  });
});

describe('a hostile repository', () => {
  it('runs nothing of what its config names', async () => {
    const top = repo({ a: '1', '.gitattributes': '* filter=evil diff=evil\n' });
    const canary = join(folder(), 'canary');
    const program = join(folder(), 'evil.sh');
    writeFileSync(program, `#!/bin/sh\necho ran >> '${canary}'\ncat\n`);
    chmodSync(program, 0o755);
    const settings: [string, string][] = [
      ['filter.evil.clean', program],
      ['filter.evil.smudge', program],
      ['filter.evil.required', 'true'],
      ['filter.other name.process', program],
      ['diff.evil.textconv', program],
      ['diff.evil.command', program],
      ['core.fsmonitor', program],
      ['core.sshCommand', program],
      ['core.pager', program],
      ['core.hooksPath', dirname(program)],
      ['core.worktree', dirname(program)],
      ['credential.helper', program],
    ];
    writeFileSync(join(top, 'a'), '2');
    writeFileSync(join(top, 'canary-check'), '');
    // The trap must spring for an ordinary git, or this test would prove nothing.
    run(top, 'config', 'filter.evil.clean', program);
    run(top, 'add', 'a');
    expect(existsSync(canary)).toBe(true);
    rmSync(canary);
    for (const [key, value] of settings) run(top, 'config', key, value);
    writeFileSync(join(top, 'a'), '3');
    const found = await describeSource(top);
    expect(found.source).toBe(top);
    expect(found.uncommitted).toBeGreaterThan(0);
    expect(existsSync(canary)).toBe(false);
  });
});
