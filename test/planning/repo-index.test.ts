import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assess, compileIndex } from '../../src/control/clarify/index.ts';
import { git } from '../../src/lib/git.ts';
import { buildIndex, type GitRunner, LIMITS } from '../../src/planning/repo-index.ts';

let dir = '';
const runner: GitRunner = async (args, { gitDir, input }) =>
  (await git(args, input === undefined ? { gitDir } : { gitDir, input })).stdout;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aedev-index-'));
  await git(['init', '--bare', '--quiet', dir], { cwd: tmpdir() });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

type Files = Record<
  string,
  string | { mode: string; content: string } | { mode: '160000'; oid: string }
>;

/** A commit of these files, made with fast-import: no work tree exists at any time. */
async function commit(files: Files): Promise<string> {
  const data = (s: string) => `data ${Buffer.byteLength(s)}\n${s}\n`;
  let stream = `commit refs/heads/x\ncommitter t <t@example.invalid> 0 +0000\n${data('c')}deleteall\n`;
  for (const [path, file] of Object.entries(files)) {
    const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
    if (typeof file !== 'string' && 'oid' in file) stream += `M 160000 ${file.oid} ${quoted}\n`;
    else if (typeof file === 'string') stream += `M 100644 inline ${quoted}\n${data(file)}`;
    else stream += `M ${file.mode} inline ${quoted}\n${data(file.content)}`;
  }
  await git(['fast-import', '--quiet', '--force'], { gitDir: dir, input: stream });
  return (await git(['rev-parse', 'refs/heads/x'], { gitDir: dir })).stdout.toString().trim();
}

const indexOf = async (files: Files) => buildIndex(runner, dir, await commit(files), 'demo');
const names = (index: Awaited<ReturnType<typeof indexOf>>) => index.symbols.map((s) => s.name);

describe('the repo index', () => {
  it('lists the tracked paths of that commit, sorted', async () => {
    const index = await indexOf({ 'b.txt': 'x', 'a/c.ts': '', 'README.md': '# x' });
    expect(index.repo).toBe('demo');
    expect(index.paths).toEqual(['README.md', 'a/c.ts', 'b.txt']);
  });

  it.each([
    [
      'a.ts',
      'export async function loadAll() {}\nexport const MAX_SIZE = 3;\nclass Inner {\n  runOnce(x: number) {}\n  private static readonly limit: number = 1;\n}\nexport interface Shape {}',
      ['loadAll', 'MAX_SIZE', 'Inner', 'runOnce', 'limit', 'Shape'],
    ],
    ['a.cjs', 'module.exports.parseIt = () => {}\nfunction helper() {}', ['parseIt', 'helper']],
    [
      'a.py',
      'class Store:\n    async def fetch_all(self):\n        pass\nMAX_ROWS = 3\n',
      ['Store', 'fetch_all', 'MAX_ROWS'],
    ],
    [
      'a.go',
      'func (s *Server) Close() error {}\ntype Server struct{}\nfunc main() {}',
      ['Close', 'Server', 'main'],
    ],
    [
      'a.rs',
      'pub(crate) async fn read_all() {}\npub struct Cursor;\nmacro_rules! square {}',
      ['read_all', 'Cursor', 'square'],
    ],
    [
      'A.java',
      'public final class Mailer {\n    public static String sendNow(int a) {\n',
      ['Mailer', 'sendNow'],
    ],
    ['a.kt', 'data class Row(val a: Int)\nsuspend fun loadRows() {}', ['Row', 'loadRows']],
    [
      'a.c',
      '#define RING_SIZE 4\nstruct ring { int a; };\nstatic int ring_push(struct ring *r) {',
      ['RING_SIZE', 'ring', 'ring_push'],
    ],
    [
      'a.cs',
      'public class Cart {\n    public async Task<int> AddItem(int x) {',
      ['Cart', 'AddItem'],
    ],
    [
      'a.rb',
      'module Billing\n  class Invoice\n    def self.find_all\n',
      ['Billing', 'Invoice', 'find_all'],
    ],
    [
      'a.php',
      '<?php\nfinal class Router {\n  public function matchRoute() {}',
      ['Router', 'matchRoute'],
    ],
    ['a.sh', 'deploy_all() {\n}\nexport TARGET_DIR=/x\n', ['deploy_all', 'TARGET_DIR']],
    ['a.sql', 'CREATE OR REPLACE FUNCTION app.add_job(a int) returns int', ['add_job']],
    ['a.swift', 'public struct Feed {\n  func loadMore() {}', ['Feed', 'loadMore']],
    ['a.ex', 'defmodule Shop.Cart do\n  def add_item(x) do', ['Shop.Cart', 'add_item']],
  ])('finds the declarations in %s', async (path, source, expected) => {
    const index = await indexOf({ [path]: source });
    expect(names(index)).toEqual(expect.arrayContaining(expected));
    expect(index.symbols.every((s) => s.file === path)).toBe(true);
  });

  it('keeps compound identifiers and leaves plain words out', async () => {
    const index = await indexOf({
      'a.ts': 'const retryDelay = value + MAX_WAIT; // simple words here',
    });
    expect(index.idents).toEqual(['MAX_WAIT', 'retryDelay']);
  });

  it('reads dependencies and commands', async () => {
    const index = await indexOf({
      'package.json': JSON.stringify({
        name: '@x/tool',
        bin: 'cli.js',
        scripts: { 'test:unit': 'x' },
        dependencies: { zod: '1' },
        devDependencies: { '@types/node': '1' },
      }),
      'go.mod': 'module a\nrequire (\n\tgithub.com/pkg/errors v0.9.1\n)\n',
      'Cargo.toml':
        '[package]\nname = "x"\n[dependencies]\nserde = { version = "1" }\n[dependencies.tokio]\nversion = "1"\n',
      'pyproject.toml':
        '[project]\ndependencies = [\n  "httpx>=0.27",\n]\n[tool.poetry.dependencies]\npython = "^3.12"\nrich = "1"\n',
      'requirements-dev.txt': 'pytest==8\n# no\n',
      'broken/package.json': '{',
    });
    expect(index.packages).toEqual([
      '@types/node',
      'github.com/pkg/errors',
      'httpx',
      'pytest',
      'rich',
      'serde',
      'tokio',
      'zod',
    ]);
    expect(index.symbols.filter((s) => s.kind === 'command').map((s) => s.name)).toEqual([
      'test:unit',
      'tool',
    ]);
  });

  it('does not read symbolic links, binaries, submodules, generated and huge files', async () => {
    const index = await indexOf({
      'link.ts': { mode: '120000', content: 'export const fromLink = 1' },
      'bin.ts': 'export const fromBinary = 1\0',
      sub: { mode: '160000', oid: '1'.repeat(40) },
      'node_modules/p/index.js': 'export const fromModules = 1',
      'x.min.js': 'export const fromMinified = 1',
      'huge.ts': `export const fromHuge = 1\n${'x'.repeat(LIMITS.fileBytes)}`,
      'ok.ts': 'export const fromOk = 1',
    });
    expect(names(index)).toEqual(['fromOk']);
    expect(index.idents).toEqual(['fromOk']);
    expect(index.paths).toContain('link.ts');
    expect(index.paths).toContain('sub');
  });

  it('takes hostile paths and contents as data', async () => {
    const index = await indexOf({
      'a\nb.ts': 'export const one_x = 1',
      '-rf.ts': 'export const two_x = 2',
      '"q" $(id).ts': 'export const three_x = 3',
      'a.ts': `${'export '.repeat(20_000)}\n${'a.'.repeat(20_000)}\n${' '.repeat(60_000)}(`,
    });
    expect(index.paths).toContain('a\nb.ts');
    expect(index.paths).toContain('-rf.ts');
    expect(names(index)).toEqual(expect.arrayContaining(['one_x', 'two_x', 'three_x']));
  });

  it('reads an empty commit, refuses what is no object id, and passes on what git says of unknown ones', async () => {
    expect(await indexOf({})).toEqual({
      repo: 'demo',
      paths: [],
      symbols: [],
      idents: [],
      packages: [],
    });
    await expect(buildIndex(runner, dir, '--output=x', 'demo')).rejects.toMatchObject({
      tag: 'bad-commit',
    });
    await expect(buildIndex(runner, dir, 'f'.repeat(40), 'demo')).rejects.toBeInstanceOf(Error);
  });

  it('gives the same index for the same commit, and what the gate needs', async () => {
    const files = {
      'src/queue.ts': 'export function drainQueue() { return 1; }',
      'test/queue.test.ts': '',
    };
    const index = await indexOf(files);
    expect(await indexOf(files)).toEqual(index);
    const indexes = [compileIndex(index)];
    const text = (name: string) =>
      `${name}() should return 2 instead of 1. Test in test/queue.test.ts.`;
    expect(assess({ text: text('drainQueue'), indexes, answers: [] }).ask).toBe(false);
    expect(assess({ text: text('fillQueue'), indexes, answers: [] }).ask).toBe(true);
  });
});
