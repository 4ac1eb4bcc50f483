import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/errors.ts';
import { withLock } from '../../src/config/file-lock.ts';
import { pathsUnder } from '../../src/config/home.ts';
import { loadConfig } from '../../src/config/load.ts';
import { addRepo, removeRepo } from '../../src/config/registry.ts';
import { temporaryFolders } from './support.ts';

const folder = temporaryFolders();

function home(text?: string) {
  const paths = pathsUnder(folder());
  mkdirSync(paths.config);
  if (text !== undefined) writeFileSync(paths.reposFile, text);
  return { paths, read: () => readFileSync(paths.reposFile, 'utf8') };
}

async function caught(work: Promise<unknown>): Promise<ConfigError> {
  const error: unknown = await work.then(
    () => new Error('nothing was thrown'),
    (one: unknown) => one,
  );
  if (error instanceof ConfigError) return error;
  throw error;
}

const MINE = `# The list of Ann.
repos:
  # The shop comes first.
  - id: shop # never rename
    source: "/x/shop"
    branch: main    # not master

    verify:
      - argv: [npm, test]
  # Only for play.
  - id: toy
    source: /x/toy
# The end.
`;

describe('addRepo', () => {
  it('appends and keeps every comment, quote and order', async () => {
    const { paths, read } = home(MINE);
    const policy = await addRepo(paths, {
      id: 'new',
      source: '/x/new',
      verify: [{ argv: ['make', 'test'] }],
    });
    expect(Object.keys(policy.repos)).toEqual(['shop', 'toy', 'new']);
    const text = read();
    for (const comment of MINE.match(/#.*/g) ?? []) expect(text).toContain(comment);
    expect(text.indexOf('shop')).toBeLessThan(text.indexOf('toy'));
    expect(text).toContain('source: "/x/shop"');
    expect(text).toContain('- argv: [npm, test]');
    expect(text).toMatch(/\n {2}- id: new\n {4}source: \/x\/new\n/);
    const loaded = loadConfig(paths);
    expect(loaded.ok && loaded.policy.hash).toBe(policy.hash);
  });

  it('makes the file, and fills the empty list of the default one', async () => {
    const { paths, read } = home();
    await addRepo(paths, { id: 'a', source: '/x/a' });
    expect(read()).toContain('# The repos aedev works on.');
    expect(read()).toContain('repos:\n  - id: a\n    source: /x/a\n');
    expect(lstatSync(paths.reposFile).mode & 0o777).toBe(0o600);
    await addRepo(paths, { id: 'b', source: '/x/b' });
    await removeRepo(paths, 'a');
    await removeRepo(paths, 'b');
    expect(read()).toContain('repos: []');
    expect(read()).toContain('# The repos aedev works on.');
  });

  it.each([
    '',
    '# nothing yet\n',
    'repos: []\n',
    '$schema: x\n',
    'repos: [{id: b, source: /b}]\n',
    'repos:\r\n- id: b\r\n  source: /b\r\n',
  ])('adds to %j', async (text) => {
    const { paths, read } = home(text);
    const policy = await addRepo(paths, { id: 'a', source: '/x/a' });
    expect(policy.repos['a']?.source).toBe('/x/a');
    expect(Object.keys(policy.repos)).toHaveLength(text.includes('id: b') ? 2 : 1);
    if (text.startsWith('#')) expect(read()).toContain('# nothing yet');
    if (text.includes('\r')) expect(read()).not.toMatch(/[^\r]\n/);
  });

  it('writes any text so that it reads back the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ minLength: 1, unit: 'grapheme' }).filter((word) => !word.includes('\0')),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async (argv) => {
          const { paths } = home(MINE);
          const policy = await addRepo(paths, { id: 'a', source: '/x/a', verify: [{ argv }] });
          expect(policy.repos['a']?.verify[0]?.argv).toEqual(argv);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses an id that is known, and an entry that is wrong, and writes nothing', async () => {
    const { paths, read } = home(MINE);
    expect(await caught(addRepo(paths, { id: 'shop', source: '/y' }))).toMatchObject({
      tag: 'known-repo',
      sentence: 'A repo shop is registered already.',
    });
    const wrong = await caught(addRepo(paths, { id: 'Bad Id', source: './y' }));
    expect(wrong.tag).toBe('invalid-config');
    expect(wrong.sentence).toContain('The repo Bad Id cannot be added: repos.yaml:');
    expect(wrong.sentence).toContain('did you mean bad-id?');
    const risky = await caught(addRepo(paths, { id: 'a', source: '/a', auto_merge: true }));
    expect(risky.problems).toHaveLength(1);
    expect(read()).toBe(MINE);
    expect(readdirSync(paths.config)).toEqual(['repos.yaml']);
  });

  it('refuses to touch a file that has a problem already', async () => {
    for (const text of ['repos:\n\t- id: a\n', 'repos: [{id: a}]\n', 'repoz: []\n']) {
      const { paths, read } = home(text);
      const error = await caught(addRepo(paths, { id: 'b', source: '/x' }));
      expect(error.sentence).toContain('The configuration has a problem already: repos.yaml:');
      expect(read()).toBe(text);
    }
    const { paths } = home(MINE);
    writeFileSync(paths.policiesFile, 'systm: {}\n');
    const error = await caught(addRepo(paths, { id: 'b', source: '/x' }));
    expect(error.sentence).toContain('policies.yaml:1:1 systm: unknown key; did you mean system?');
  });
});

describe('removeRepo', () => {
  it('removes one entry and leaves the others as they were', async () => {
    const { paths, read } = home(MINE);
    const policy = await removeRepo(paths, 'toy');
    expect(Object.keys(policy.repos)).toEqual(['shop']);
    for (const kept of [
      '# The list of Ann.',
      '# The shop comes first.',
      '# never rename',
      '# not master',
    ])
      expect(read()).toContain(kept);
    expect(read()).not.toContain('toy');
    expect(await caught(removeRepo(paths, 'toy'))).toMatchObject({ tag: 'unknown-repo' });
  });
});

describe('two writers', () => {
  it('both get their repo in when they run at once', async () => {
    const { paths } = home(MINE);
    const ids = Array.from({ length: 8 }, (_, index) => `r${index}`);
    await Promise.all(
      ids.map((id) => addRepo(paths, { id, source: `/x/${id}` }, { waitMs: 20_000 })),
    );
    const loaded = loadConfig(paths);
    expect(loaded.ok && Object.keys(loaded.policy.repos).sort()).toEqual([...ids, 'shop', 'toy']);
    expect(readdirSync(paths.config)).toEqual(['repos.yaml']);
  });

  it('never overwrite what an editor saved in the meantime', async () => {
    const { paths, read } = home(MINE);
    const theirs = `${MINE}# theirs\n`;
    const beforeWrite = () => writeFileSync(paths.reposFile, theirs);
    const error = await caught(addRepo(paths, { id: 'a', source: '/a' }, { beforeWrite }));
    expect(error.tag).toBe('changed-meanwhile');
    expect(read()).toBe(theirs);
    expect(readdirSync(paths.config)).toEqual(['repos.yaml']);
  });

  it('gives up on a living holder with a remedy, and clears a dead one', async () => {
    const { paths } = home(MINE);
    const lock = `${paths.reposFile}.lock`;
    writeFileSync(lock, `${process.pid} other\n`, { mode: 0o600 });
    const error = await caught(addRepo(paths, { id: 'a', source: '/a' }, { waitMs: 0 }));
    expect(error.tag).toBe('locked');
    expect(error.remedy).toContain(lock);
    expect(existsSync(lock)).toBe(true);
    // No system gives out this process id.
    writeFileSync(lock, '2147483646 gone\n');
    await addRepo(paths, { id: 'a', source: '/a' }, { waitMs: 0 });
    writeFileSync(lock, `${process.pid} old\n`);
    utimesSync(lock, new Date(0), new Date(0));
    await addRepo(paths, { id: 'b', source: '/b' }, { waitMs: 0 });
    expect(existsSync(lock)).toBe(false);
  });

  it('frees the lock when the work fails', async () => {
    const file = join(folder(), 'f');
    await expect(withLock(file, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await withLock(file, () => 1, { waitMs: 0 })).toBe(1);
  });

  it('writes through a link and keeps it', async () => {
    const { paths } = home();
    const real = join(folder(), 'mine.yaml');
    writeFileSync(real, MINE);
    chmodSync(real, 0o600);
    symlinkSync(real, paths.reposFile);
    await addRepo(paths, { id: 'a', source: '/a' });
    expect(lstatSync(paths.reposFile).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('id: a');
  });
});
