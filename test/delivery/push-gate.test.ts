import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPushGate } from '../../src/delivery/push-gate/gate.ts';
import type { GateFinding, GateRules } from '../../src/delivery/push-gate/push-gate.ts';
import { createRepo, type Files, type Repo } from './repo.ts';
import { synthetics } from './tokens.ts';

const token = synthetics().find(({ name }) => name === 'github ghp')!;
const other = synthetics(5).find(({ name }) => name === 'stripe live')!;
const RULES: GateRules = {
  allowedPaths: [],
  forbiddenPaths: [],
  maxFileBytes: 1_000_000,
  allowBinary: false,
  trustedActions: ['actions/*'],
  deniedLicences: ['AGPL-*', 'GPL-*'],
  registries: [],
};
const START: Files = { 'src/a.ts': 'a\n', 'keep.ts': 'keep\n' };

let repo: Repo;
let base: string;
beforeAll(async () => {
  repo = await createRepo();
  base = await repo.commit(START);
});
afterAll(() => repo.remove());

const gate = createPushGate();
async function scan(
  head: string,
  rules: Partial<GateRules> = {},
  from = base,
): Promise<GateFinding[]> {
  const result = await gate.scan(repo, from, head, { ...RULES, ...rules });
  for (const { sentence, path, fingerprint } of result.findings) {
    // What a person or a log gets to see never holds a secret, whatever the case.
    expect(sentence + path).not.toContain(token.secret);
    expect(sentence + path).not.toContain(other.secret);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
  }
  return result.findings;
}
const one = async (files: Files, rules?: Partial<GateRules>) =>
  scan(await repo.commit({ ...START, ...files }, [base]), rules);
const brief = (findings: GateFinding[]) =>
  findings.map(({ kind, path, line }) => [kind, path, line]);
const kinds = (findings: GateFinding[]) => findings.map(({ kind }) => kind);

describe('lockfiles', () => {
  const lock = (...hosts: string[]) =>
    `version = 4\n${hosts.map((host, at) => `\n[[package]]\nname = "p${at}"\nversion = "1.0.0"\nsource = "sparse+https://${host}/"\n`).join('')}`;
  const from = async (before: string, after: string, rules?: Partial<GateRules>) => {
    const start = await repo.commit({ ...START, 'Cargo.lock': before });
    const head = await repo.commit({ ...START, 'Cargo.lock': after }, [start]);
    return (await scan(head, rules, start)).map(({ rule, kind }) => [rule, kind]);
  };
  const foreign = [['foreign-source', 'dependency']];
  it('a source that the base has not is a finding, unless the repo names it', async () => {
    const usual = lock('index.crates.io');
    const more = lock('index.crates.io', 'crates.acme.test');
    expect(await from(usual, more)).toEqual(foreign);
    expect(await from(usual, more, { registries: ['crates.acme.test'] })).toEqual([]);
    const again = lock('index.crates.io', 'crates.acme.test', 'crates.acme.test');
    expect(await from(more, again)).toEqual([]);
    expect(await from(more, usual)).toEqual([]);
  });
  it('that cannot be read any more is a finding; one that never could is none', async () => {
    const odd = 'package = []\n';
    expect(await from(lock(), odd)).toEqual([['lockfile-unread', 'dependency']]);
    expect(await from(odd, `${odd}# more\n`)).toEqual([]);
  });
});

describe('what the base holds already', () => {
  const line = `const known = "${token.secret}";\n`;
  it('is no finding where it stays, however it moves in its file', async () => {
    const start = await repo.commit({ ...START, 'test/fixture.ts': `a\n${line}` });
    const head = await repo.commit({ ...START, 'test/fixture.ts': `b\nc\n${line}d\n` }, [start]);
    expect(await scan(head, {}, start)).toEqual([]);
  });
  it('is a finding at another path, and so is a second one beside it', async () => {
    const start = await repo.commit({ ...START, 'test/fixture.ts': line });
    const moved = await repo.commit({ ...START, 'src/fixture.ts': line }, [start]);
    expect(kinds(await scan(moved, {}, start))).toEqual(['secret']);
    const more = `${line}const more = "${other.secret}";\n`;
    const second = await repo.commit({ ...START, 'test/fixture.ts': more }, [start]);
    expect(brief(await scan(second, {}, start))).toEqual([['secret', 'test/fixture.ts', 2]]);
  });
  it('is a finding when a commit between took it out and brought it back', async () => {
    const start = await repo.commit({ ...START });
    const added = await repo.commit({ ...START, 'a.ts': line }, [start]);
    const head = await repo.commit({ ...START, 'a.ts': `${line}b\n` }, [added]);
    expect(kinds(await scan(head, {}, start))).toEqual(['secret', 'secret']);
  });
  it('hides nothing behind a list that is cut', async () => {
    const many = synthetics(3)
      .slice(0, 40)
      .map(({ text }) => text)
      .join('');
    const start = await repo.commit({ ...START, 'many.ts': many });
    const head = await repo.commit({ ...START, 'many.ts': `${many}${line}` }, [start]);
    expect(kinds(await scan(head, {}, start))).toContain('not-scanned');
  });
});

describe('workflows and packages', () => {
  const ci = '.github/workflows/ci.yml';
  const workflow = (...uses: string[]) =>
    `on: push\njobs: { a: { steps: [${uses.map((one) => `{ uses: ${one} }`).join(', ')}] } }\n`;
  it('are findings when the change brings them, and not when the base had them', async () => {
    const start = await repo.commit({ ...START, [ci]: workflow('old/tool@v1') });
    const files = { ...START, [ci]: workflow('old/tool@v1', 'new/tool@v1', 'actions/checkout@v5') };
    const found = await scan(await repo.commit(files, [start]), {}, start);
    expect(found.map(({ kind, rule, sentence }) => [kind, rule, sentence])).toEqual([
      ['workflow', 'unpinned-action', `${ci} uses new/tool@v1, which is not pinned to a commit.`],
    ]);
    const bad = JSON.stringify({ dependencies: { expresss: '1' } });
    const more = await scan(
      await repo.commit({ ...START, 'package.json': bad }, [start]),
      {},
      start,
    );
    expect(more.map(({ kind, rule }) => [kind, rule])).toEqual([
      ['dependency', 'lookalike-package'],
    ]);
  });
});

describe('every commit', () => {
  it('finds nothing in a plain change', async () => {
    expect(
      await one({
        'src/b.ts': 'export const b = 1;\n',
        'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
      }),
    ).toEqual([]);
  });

  it('finds nothing where nothing is pushed, and lists commits oldest first', async () => {
    expect(await gate.scan(repo, base, base, RULES)).toMatchObject({ findings: [], commits: [] });
    const first = await repo.commit({ ...START, b: '1\n' }, [base]);
    const second = await repo.commit({ ...START, b: '2\n' }, [first]);
    const { commits, rulesVersion } = await gate.scan(repo, base, second, RULES);
    expect(commits).toEqual([first, second]);
    expect(rulesVersion).toMatch(/^\d+\+secretlint-12\.0\.0\+[0-9a-f]{12}$/);
  });

  it('finds a secret that a later commit removes', async () => {
    const bad = await repo.commit({ ...START, 'src/b.ts': `x\n${token.text}` }, [base]);
    const clean = await repo.commit(START, [bad]);
    const findings = await scan(clean);
    expect(brief(findings)).toEqual([['secret', 'src/b.ts', 2]]);
    expect(findings[0]).toMatchObject({
      commit: bad,
      rule: 'github-token',
      sentence: 'src/b.ts contains a GitHub token in line 2.',
    });
  });

  it('does not blame a commit for what its parent already had, nor for removing it', async () => {
    const had = await repo.commit({ ...START, 'old.ts': token.text }, [base]);
    const touched = await repo.commit({ ...START, 'old.ts': token.text, 'src/b.ts': 'b\n' }, [had]);
    const removed = await repo.commit(START, [touched]);
    expect(await scan(removed, {}, had)).toEqual([]);
  });

  it('finds it under a new name', async () => {
    const had = await repo.commit({ ...START, 'old.ts': token.text }, [base]);
    const renamed = await repo.commit({ ...START, 'new.ts': token.text }, [had]);
    expect(brief(await scan(renamed, {}, had))).toEqual([['secret', 'new.ts', 1]]);
  });

  it('looks into the merged branch, and into what only the merge brings', async () => {
    const left = await repo.commit({ ...START, 'l.ts': 'l\n' }, [base]);
    const right = await repo.commit({ ...START, 'r.ts': token.text }, [base]);
    const merge = await repo.commit(
      { ...START, 'l.ts': 'l\n', 'r.ts': token.text, 'evil.ts': other.text },
      [left, right],
    );
    expect((await scan(merge)).map(({ commit, path }) => [commit, path])).toEqual(
      expect.arrayContaining([
        [right, 'r.ts'],
        [merge, 'evil.ts'],
      ]),
    );
    expect((await scan(merge)).length).toBe(2);
  });

  it('looks into a history that does not come from the base', async () => {
    const root = await repo.commit({ 'x.ts': token.text });
    expect(brief(await scan(root))).toEqual([['secret', 'x.ts', 1]]);
  });

  it('scans messages, names and headers of commits', async () => {
    const message = await repo.commit(START, [base], `fix\n\nuse ${token.secret}\n`);
    expect(await scan(message)).toMatchObject([
      {
        kind: 'secret',
        path: '',
        sentence: expect.stringMatching(
          /^The commit message contains a GitHub token in line \d+\.$/,
        ),
      },
    ]);
    expect(
      kinds(
        await scan(await repo.commit(START, [base], Buffer.from(token.secret).toString('base64'))),
      ),
    ).toEqual(['secret']);
  });

  it('gives the same finding in two commits the same fingerprint, and sorts by commit', async () => {
    const first = await repo.commit({ ...START, 'b.ts': token.text, 'a.ts': other.text }, [base]);
    const second = await repo.commit(START, [first]);
    const third = await repo.commit({ ...START, 'b.ts': token.text }, [second]);
    const findings = await scan(third);
    expect(findings.map(({ commit, path }) => [commit, path])).toEqual([
      [first, 'a.ts'],
      [first, 'b.ts'],
      [third, 'b.ts'],
    ]);
    expect(findings[1]?.fingerprint).toBe(findings[2]?.fingerprint);
    expect(findings[0]?.fingerprint).not.toBe(findings[1]?.fingerprint);
    expect(await scan(third)).toEqual(findings);
  });

  it('finds named secrets by the file name, and one blob at many paths', async () => {
    const content = `DB_PASS${'WORD'}=${token.secret.slice(6, 26)}\n`;
    expect(brief(await one({ 'x/.env': content, 'x/code.ts': content }))).toEqual([
      ['secret', 'x/.env', 1],
    ]);
    expect((await one({ a: token.text, b: token.text })).length).toBe(2);
  });

  it('reads UTF-16, CRLF and files that switch secretlint off', async () => {
    const findings = await one({
      'utf16.txt': Buffer.from(`\ufeffa\r\n${token.secret}\r\n`, 'utf16le'),
      'crlf.txt': `a\r\n${token.text.trim()}\r\n`,
      'off.ts': `// secretlint-disable\n${token.text}`,
    });
    expect(brief(findings)).toEqual([
      ['secret', 'crlf.txt', 2],
      ['secret', 'off.ts', 2],
      ['secret', 'utf16.txt', 2],
    ]);
  });
});

describe('paths', () => {
  it('refuses forbidden paths in any case, also when they are removed', async () => {
    const rules = { forbiddenPaths: ['.github/**', 'keep.ts'] };
    expect(brief(await one({ '.GitHub/workflows/x.yml': 'on: push\n' }, rules))).toEqual([
      ['forbidden-path', '.GitHub/workflows/x.yml', null],
    ]);
    const removed = await repo.commit({ 'src/a.ts': 'a\n' }, [base]);
    expect(brief(await scan(removed, rules))).toEqual([['forbidden-path', 'keep.ts', null]]);
  });

  it('refuses what is outside the allowed paths; an empty list allows all', async () => {
    expect(
      brief(await one({ 'src/b.ts': 'b\n', 'lib/c.ts': 'c\n' }, { allowedPaths: ['src/**'] })),
    ).toEqual([['outside-allowed-paths', 'lib/c.ts', null]]);
    expect(await one({ 'lib/c.ts': 'c\n' }, { allowedPaths: [] })).toEqual([]);
  });

  it.each([
    ['a\nb.ts', 'control character'],
    ['a\u001b[31m.ts', 'control character'],
    ['-rf', 'begins with a dash'],
    ['src/--output=x', 'begins with a dash'],
    ['.git/config', 'take for .git'],
    ['src/.GIT/hooks/x', 'take for .git'],
    ['.g\u200cit/x', 'invisible'],
    ['git~1/x', 'take for .git'],
    ['.git./x', 'take for .git'],
    ['.git::$INDEX_ALLOCATION/x', 'take for .git'],
    ['a\\b.ts', 'backslash'],
    ['\u202etxt.exe', 'text-reordering'],
    ['..', 'empty, . or .. part'],
  ])('refuses the path %j', async (path, why) => {
    const findings = (await one({ [path]: 'x\n' })).filter(({ kind }) => kind === 'odd-path');
    expect(findings.length).toBe(1);
    expect(findings[0]?.sentence).toContain(why);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be shown
    expect(findings[0]?.path + findings[0]!.sentence).not.toMatch(/[\u0000-\u001f\u200b-\u202e]/);
  });

  it('allows dots, spaces and other scripts', async () => {
    expect(
      await one({
        '.gitignore': 'a\n',
        'src/.gitkeep': '',
        'a b/日本語 é.md': 'x\n',
        'a..b/c-d.ts': 'x\n',
      }),
    ).toEqual([]);
  });

  it('finds a secret in a path and never shows it, also in other findings of that path', async () => {
    const findings = await one({ [`x/${token.secret}.txt`]: 'x\n' }, { forbiddenPaths: ['x/**'] });
    expect(kinds(findings).sort()).toEqual(['forbidden-path', 'secret']);
    expect(findings[0]?.path).toBe('x/[secret].txt');
    const hidden = await one({ [`x/${Buffer.from(token.secret).toString('hex')}`]: 'x\n' });
    expect(hidden[0]).toMatchObject({ kind: 'secret', path: 'x/[secret]' });
  });
});

describe('entries that are more than files', () => {
  const link = (target: string) => ({ mode: '120000', content: target });

  it.each(['a.ts', './a.ts', '../keep.ts', '../src/a.ts', 'sub/deep/x', '..'])(
    'allows a link in src to %s',
    async (target) => {
      expect(await one({ 'src/l': link(target) })).toEqual([]);
    },
  );

  it.each([
    ['/etc/passwd', 'absolute'],
    ['C:/Windows', 'absolute'],
    ['../../outside', 'out of the repo'],
    ['sub/../../../x', 'goes up again'],
    ['sub/../a.ts', 'goes up again'],
    ['../.git/config', 'into .git'],
    ['../.GIT/hooks', 'into .git'],
    ['..\\x', 'backslash'],
    ['~/x', '~'],
    ['', 'empty'],
    ['a\nb', 'control character'],
    ['a/'.repeat(3000), 'longer'],
  ])('refuses a link in src to %j', async (target, why) => {
    const findings = await one({ 'src/l': link(target) });
    expect(brief(findings)).toEqual([['symlink', 'src/l', null]]);
    expect(findings[0]?.sentence).toContain(why);
  });

  it('refuses a file that becomes such a link, and scans what a link says', async () => {
    expect(kinds(await one({ 'keep.ts': link('/etc/passwd') }))).toEqual(['symlink']);
    expect(kinds(await one({ l: link(token.secret) }))).toEqual(['secret']);
  });

  it('refuses submodules, their removal, and .gitmodules by any name', async () => {
    const sub = { mode: '160000', oid: base };
    expect(kinds(await one({ lib: sub }))).toEqual(['submodule']);
    const had = await repo.commit({ ...START, lib: sub }, [base]);
    expect(kinds(await scan(await repo.commit(START, [had]), {}, had))).toEqual(['submodule']);
    expect(kinds(await one({ '.gitmodules': 'x\n' }))).toEqual(['submodule']);
    expect(kinds(await one({ '.GitModules': 'x\n' }))).toEqual(['submodule']);
    expect(await one({ 'docs/.gitmodules': 'x\n' })).toEqual([]);
  });

  it('accepts a change of the executable bit; git itself knows no other bits', async () => {
    expect(await one({ 'keep.ts': { mode: '100755', content: 'keep\n' } })).toEqual([]);
    const forged = await repo.commit({ ...START, 'x.ts': { mode: '104755', content: 'x\n' } }, [
      base,
    ]);
    expect(await repo.git('ls-tree', forged, 'x.ts')).toMatch(/^100755 /);
    expect(kinds(await one({ 'x.ts': { mode: '60000', content: 'x\n' } }))).toEqual(['submodule']);
  });

  it('refuses binary and oversized files, and scans them all the same', async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1]);
    expect(brief(await one({ 'x.png': png }))).toEqual([['binary', 'x.png', null]]);
    expect(await one({ 'x.png': png }, { allowBinary: true })).toEqual([]);
    expect(
      kinds(
        await one(
          { 'x.png': Buffer.concat([png, Buffer.from(token.secret)]) },
          { allowBinary: true },
        ),
      ),
    ).toEqual(['secret']);
    expect(
      kinds(await one({ 'x.txt': `${'a '.repeat(100)}${token.text}` }, { maxFileBytes: 200 })),
    ).toEqual(['oversized', 'secret']);
    expect(await one({ 'x.txt': Buffer.from('\ufeffhéllo\n', 'utf16le') })).toEqual([]);
  });
});

describe('failing closed', () => {
  const files = Object.fromEntries(
    Array.from({ length: 8 }, (_, at) => [`f${at}.txt`, `file ${at} ${'words '.repeat(20)}\n`]),
  );

  it.each([
    [{ maxCommits: 1 }, 1],
    [{ maxEntries: 9 }, 1],
    [{ maxObjectBytes: 100 }, 18],
    [{ maxTotalBytes: 300 }, 14],
  ])('says what it did not scan under %j', async (limits, count) => {
    const first = await repo.commit({ ...START, ...files }, [base]);
    const second = await repo.commit(
      {
        ...START,
        ...Object.fromEntries(Object.entries(files).map(([name, text]) => [name, `new ${text}`])),
      },
      [first],
    );
    const { findings } = await createPushGate(limits).scan(repo, base, second, RULES);
    expect(new Set(kinds(findings))).toEqual(new Set(['not-scanned']));
    expect(findings.length).toBe(count);
  });

  it('says that there are more findings than it lists', async () => {
    const head = await repo.commit({ ...START, ...files }, [base]);
    const { findings } = await createPushGate({ maxFindings: 3 }).scan(repo, base, head, {
      ...RULES,
      forbiddenPaths: ['**'],
    });
    expect(kinds(findings)).toEqual([
      'forbidden-path',
      'forbidden-path',
      'forbidden-path',
      'not-scanned',
    ]);
  });

  it('reports content that is missing, and throws for commits that are', async () => {
    const gone = await repo.commit({ ...START, 'gone.txt': { oid: 'd'.repeat(40) } }, [base]);
    expect(kinds(await scan(gone))).toEqual(['not-scanned']);
    await expect(scan('e'.repeat(40))).rejects.toMatchObject({ name: 'GitError' });
    await expect(scan('HEAD')).rejects.toThrow(TypeError);
    await expect(scan('--all')).rejects.toThrow(TypeError);
  });
});
