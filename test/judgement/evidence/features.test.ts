import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RiskFeatures } from '../../../src/control/risk.ts';
import { readChange } from '../../../src/judgement/evidence/change.ts';
import { createCollector } from '../../../src/judgement/evidence/collect.ts';
import type { EvidenceSummary } from '../../../src/judgement/evidence/evidence.ts';
import { runnerFiles } from '../../../src/judgement/evidence/features.ts';
import { git, text } from '../../../src/lib/git.ts';
import { cleanScan, type Files, inputOf, makeSigner, makeWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.remove());
const signer = makeSigner();
const never = new AbortController().signal;

async function collect(before: Files, after: Files): Promise<EvidenceSummary> {
  const base = await world.commit(before);
  const head = await world.commit(after, base);
  const made = await createCollector({ signer, cache: null, environment: 'process' }).collect(
    world,
    inputOf(base, head),
    { run: world.run, checkout: world.checkout, scan: cleanScan, tempDir: world.tempDir },
    never,
  );
  return made.summary;
}
const measure = async (before: Files, after: Files): Promise<RiskFeatures> =>
  (await collect(before, after)).features;

describe('features', () => {
  it('tell every way a file can change, with modes', async () => {
    const { files, totals } = await measure(
      {
        'deleted.js': 'a\nb\n',
        'edited.js': 'a\n',
        'moved/from.js': 'moved\n',
        'script.sh': 'x\n',
        'typed.txt': 'plain\n',
      },
      {
        'added.js': '1\n2\n3\n',
        'edited.js': 'b\n',
        'moved/to.js': 'moved\n',
        'script.sh': { executable: 'x\n' },
        'typed.txt': { link: '/etc/passwd' },
      },
    );
    const told = files.map((file) => [file.status, file.path, file.from, file.oldMode, file.mode]);
    expect(told).toEqual([
      ['A', 'added.js', null, '000000', '100644'],
      ['D', 'deleted.js', null, '100644', '000000'],
      ['M', 'edited.js', null, '100644', '100644'],
      ['R', 'moved/to.js', 'moved/from.js', '100644', '100644'],
      ['M', 'script.sh', null, '100644', '100755'],
      ['T', 'typed.txt', null, '100644', '120000'],
    ]);
    expect(totals).toMatchObject({ files: 6, deletedFiles: 1, folders: 2 });
    expect(totals.added).toBe(3 + 1 + 1);
    expect(totals.deleted).toBe(2 + 1 + 1);
  });

  it('pair each deleted file with one new file only, and never empty ones', async () => {
    const { files } = await measure(
      { 'a.txt': 'same\n', 'e.txt': '' },
      { 'b.txt': 'same\n', 'c.txt': 'same\n', 'f.txt': '' },
    );
    expect(files.map((file) => `${file.status} ${file.path}`).sort()).toEqual([
      'A c.txt',
      'A f.txt',
      'D e.txt',
      'R b.txt',
    ]);
  });

  it('see a submodule, a binary and a binary that attributes call text', async () => {
    const { files, totals } = await measure(
      { '.gitattributes': '*.dat diff text\n' },
      {
        '.gitattributes': '*.dat diff text\n*.js -diff\n',
        'pixel.dat': new Uint8Array([0, 1, 2, 10, 0]),
        'code.js': 'eval(x)\n',
        // git looks at the first 8,000 bytes only.
        'late.txt': `${'text\n'.repeat(3000)}\0`,
      },
    );
    expect(totals.binary).toBe(2);
    expect(files.find((file) => file.path === 'pixel.dat')?.binary).toBe(true);
    expect(files.find((file) => file.path === 'code.js')).toMatchObject({
      binary: false,
      added: 1,
    });
  });

  it('and the whole bundle are the same whatever the repo’s own configuration says', async () => {
    const base = await world.commit({ 'a.js': 'a\n', 'd.js': '1\n\n2\n\n3\n4\n' });
    const after = { 'b.js': 'a\n', 'c.js': 'c\n', 'd.js': '1\n\n2\n\n3\n5\n' };
    const head = await world.commit(after, base);
    const seal = async () => {
      const collector = createCollector({ signer, cache: null, environment: 'x' });
      const tools = { run: world.run, checkout: world.checkout, scan: cleanScan };
      const { tempDir } = world;
      const made = await collector.collect(
        world,
        inputOf(base, head),
        { ...tools, tempDir },
        never,
      );
      return Buffer.from(made.bundle);
    };
    const before = await seal();
    const order = join(world.dir, 'order');
    writeFileSync(order, 'd.js\nc.js\n');
    for (const [key, value] of [
      ['diff.renames', 'copies'],
      ['diff.noprefix', 'true'],
      ['diff.mnemonicPrefix', 'true'],
      ['diff.external', 'false'],
      ['diff.orderFile', order],
      ['diff.ignoreSubmodules', 'all'],
      ['diff.suppressBlankEmpty', 'true'],
      ['diff.context', '0'],
      ['diff.interHunkContext', '9'],
      ['diff.algorithm', 'histogram'],
      ['core.quotePath', 'false'],
      ['color.ui', 'always'],
    ] as const)
      await git(['config', key, value], { gitDir: world.gitDir });
    expect((await seal()).equals(before)).toBe(true);
  });

  it('list a name that is not text, and see into the file', async () => {
    const base = await world.commit({});
    const blob = await text(['hash-object', '-w', '--stdin'], {
      gitDir: world.gitDir,
      input: 'eval(1)\n',
    });
    const entry = Buffer.from(`100644 blob ${blob}\t\xff\xfe.js\0`, 'latin1');
    const tree = await text(['mktree', '-z'], { gitDir: world.gitDir, input: entry });
    const place = { gitDir: world.gitDir, signal: never };
    const { files, diff } = await readChange(place, base, tree);
    expect(files).toMatchObject([{ path: '\\xff\\xfe.js', status: 'A', added: 1 }]);
    expect(diff.cut).toBe(false);
    expect(diff.bytes.toString()).toContain('+eval(1)');
  });

  it('say the same of a file whether or not a binary one is beside it', async () => {
    const before = { 'a.sh': '1\n', 'b.js': 'one\ntwo\n', 'c.js': 'gone\n', l: { link: 'b.js' } };
    const after = {
      'a.sh': { executable: '1\n' },
      'b.js': 'one\r\nthree',
      'd\n\xe9.js': 'c\n',
      e: '',
      l: 'b',
    };
    const binary = { 'z.bin': 'a\0b\nc\n' };
    const base = await world.commit(before);
    const place = { gitDir: world.gitDir, signal: never };
    const text = await readChange(place, base, await world.commit(after, base));
    const mixed = await readChange(place, base, await world.commit({ ...after, ...binary }, base));
    expect(text.files.map(({ status, path }) => `${status} ${path}`)).toEqual([
      'M a.sh',
      'M b.js',
      'D c.js',
      'A d\n\xe9.js',
      'A e',
      'T l',
    ]);
    expect(text.files.map(({ added, deleted }) => [added, deleted])).toEqual([
      [0, 0],
      [2, 2],
      [0, 1],
      [1, 0],
      [0, 0],
      [1, 1],
    ]);
    expect(mixed.files.slice(0, -1)).toEqual(text.files);
    expect(mixed.files.at(-1)).toMatchObject({ path: 'z.bin', binary: true, added: 0, deleted: 0 });
    const whole = mixed.diff.bytes.toString('latin1');
    expect(whole.startsWith(text.diff.bytes.toString('latin1'))).toBe(true);
    expect(whole).toContain('+a\0b\n+c\n');
    expect([text.diff.cut, mixed.diff.cut]).toEqual([false, false]);
  });

  it('keep odd names apart', async () => {
    const names = ['-rf', 'a b', 'tab\tname', 'new\nline', '"quoted"', 'ünï', '\u3000', ':(glob)*'];
    const after = Object.fromEntries(names.map((name) => [name, 'x\n']));
    const { files, signals } = await measure({}, { ...after, 'z\n+eval(1).js': 'eval(2)\n' });
    expect(files.map((file) => file.path).sort()).toEqual([...names, 'z\n+eval(1).js'].sort());
    expect(signals).toEqual([{ signal: 'dynamic-code', path: 'z\n+eval(1).js', line: 1 }]);
  });

  it('keep what matters when the list must be cut', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`docs/a${at}.md`, `${at}\n`]),
    );
    const features = await measure(
      {},
      { ...many, 'src/auth.js': '1\n', '.github/workflows/z.yml': 'on: push\n' },
    );
    expect(features.cut).toBe(true);
    expect(features.files).toHaveLength(200);
    expect(features.totals.files).toBe(302);
    expect(features.files.slice(0, 2).map((file) => file.path)).toEqual([
      '.github/workflows/z.yml',
      'src/auth.js',
    ]);
  });

  it('find new package sources by what the base named', async () => {
    const lock = (host: string) =>
      `{"packages":{"node_modules/a":{"resolved":"https://${host}/a.tgz"},\n"node_modules/b":{"resolved":"https://packages.example.org/b.tgz"}\n}}\n`;
    const changed = await measure(
      { 'package-lock.json': lock('packages.example.org') },
      { 'package-lock.json': lock('evil.example.net') },
    );
    expect(changed.signals).toEqual([
      { signal: 'registry-change', path: 'package-lock.json', line: 1 },
    ]);
    const same = await measure(
      { 'package-lock.json': lock('packages.example.org') },
      { 'package-lock.json': lock('packages.example.org').replace('a.tgz', 'a-2.tgz') },
    );
    expect(same.signals).toEqual([]);
  });

  it('count reverts and commits of the recent history', async () => {
    const one = await world.commit({ 'a.js': '1\n', 'b.js': '1\n' });
    const two = await world.commit({ 'a.js': '2\n', 'b.js': '1\n' }, one);
    const three = await world.commit({ 'a.js': '1\n', 'b.js': '1\n' }, two, 'Revert "change"');
    const four = await world.commit({ 'a.js': '1\n', 'b.js': '2\n' }, three);
    const head = await world.commit({ 'a.js': '3\n', 'b.js': '2\n' }, four, 'Revert my own work');
    const made = await createCollector({ signer, cache: null, environment: 'x' }).collect(
      world,
      inputOf(four, head),
      { run: world.run, checkout: world.checkout, scan: cleanScan, tempDir: world.tempDir },
      never,
    );
    expect(made.summary.features.history).toEqual({ commits: 4, touching: 3, reverts: 1 });
  });
});

describe('runnerFiles', () => {
  const entry = (path: string): RiskFeatures['files'][number] => ({
    path,
    status: 'M',
    from: null,
    added: 1,
    deleted: 1,
    binary: false,
    oldMode: '100644',
    mode: '100644',
  });
  it('are files that a command names or obeys, but not the tests it runs', () => {
    const entries = ['scripts/check.sh', 'Makefile', 'test/a.test.js', 'src/a.js'].map(entry);
    expect(runnerFiles(entries, [{ argv: ['sh', './scripts/check.sh'] }])).toEqual([
      'scripts/check.sh',
    ]);
    expect(runnerFiles(entries, [{ argv: ['make', 'test'] }])).toEqual(['Makefile']);
    expect(runnerFiles(entries, [{ argv: ['node', 'test/a.test.js'] }])).toEqual([]);
  });
  it('are files that the scripts behind npm name', () => {
    const entries = ['scripts/check.sh', 'scripts/before.sh', 'src/a.js'].map(entry);
    const scripts = {
      pretest: 'sh ./scripts/before.sh && true',
      test: 'sh scripts/check.sh',
      lint: 'x src/a.js',
    };
    const named = (...argv: string[]) => runnerFiles(entries, [{ argv }], scripts);
    expect(named('npm', 'test')).toEqual(['scripts/check.sh', 'scripts/before.sh']);
    expect(named('pnpm', 'run', 'test')).toEqual(['scripts/check.sh', 'scripts/before.sh']);
    expect(named('npm', 'ci')).toEqual([]);
    expect(named('node', 'test')).toEqual([]);
  });
});
