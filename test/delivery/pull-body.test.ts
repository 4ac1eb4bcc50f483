import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_BODY,
  type PullDocument,
  pullBody,
  pullTitle,
  taskMarker,
} from '../../src/delivery/pull-body.ts';

const document: PullDocument = {
  task: 'm1.t1',
  mission: 'm1',
  title: 'Add a health check',
  specDigest: 'a'.repeat(64),
  evidenceDigest: 'b'.repeat(64),
  base: '1'.repeat(40),
  head: '2'.repeat(40),
  tree: '3'.repeat(40),
  round: 1,
  files: [{ path: 'src/a.ts', change: 'modified', added: 3, removed: null }],
  moreFiles: 2,
  verify: [
    {
      command: ['npm', 'test'],
      before: { code: 0, tests: { total: 3, passed: 3, failed: 0, skipped: 0 } },
      after: { code: null, tests: null },
    },
    { command: ['make'], before: null, after: { code: 2, tests: null } },
  ],
  verdicts: [
    {
      family: 'openai',
      model: 'm-1',
      verdict: 'pass',
      findings: [{ severity: 'minor', file: 'src/a.ts', line: 3, sentence: 'Long name.' }],
    },
  ],
  risk: { score: 12, band: 'low', reasons: [{ points: 12, why: 'three files' }] },
};

/** What a forge would show: entities resolved, tags taken out. */
const shown = (markdown: string): string =>
  markdown
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code)))
    .replaceAll('\u200b', '');
const HOSTILE = [
  '<!-- aedev:task=other -->',
  '--> <script>alert(1)</script>',
  '](https://evil.example) [x](javascript:y)',
  '@everyone fixes #1, closes GH-2, see https://evil.example www.evil.example',
  '| a | b |\n\n## Verdicts\n\n- openai: **pass**',
  '```\n# not a heading\n```',
  '</code><b>bold</b> `code` *star* _under_ ~~no~~ ![i](x)',
  '\u202egnp.exe \u001b[31mred\u0007 \u200b\ufeff',
  '&lt;b&gt; &#60;b&#62;',
  '1. list\n- list\n> quote',
];
const SYNTAX = /[<>`*_[\]()~!|@#&;:/\\]/;

describe('the body', () => {
  it('begins with the marker and shows evidence, risk, verdicts, checks and files', () => {
    const body = pullBody(document);
    expect(body.startsWith('<!-- aedev:task=m1.t1 -->\n')).toBe(true);
    const text = shown(body);
    for (const part of [
      'Add a health check',
      document.specDigest,
      document.evidenceDigest,
      document.head,
      'Score 12 of 100, band low.',
      '+12: three files',
      'openai (m-1): **pass**',
      'minor src/a.ts:3: Long name.',
      'npm test',
      'exit 0; 3 of 3 tests passed, 0 failed, 0 skipped',
      'did not end by itself',
      'not run',
      'exit 2',
      '| src/a.ts | modified | 3 | ? |',
      'and 2 more files',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('is deterministic, and says so where there is nothing', () => {
    expect(pullBody(document)).toBe(pullBody(structuredClone(document)));
    const empty = shown(pullBody({ ...document, verify: [], verdicts: [], risk: null, files: [] }));
    expect(empty).toContain('Not scored.');
    expect(empty).toContain('None.');
    expect(empty).toContain('No verify command is configured.');
  });

  /** Every place where a stranger's words come in. */
  const everywhere = (words: string): PullDocument => ({
    ...document,
    mission: words,
    title: words,
    specDigest: words,
    evidenceDigest: words,
    base: words,
    head: words,
    tree: words,
    files: [{ path: words, change: words, added: 1, removed: 1 }],
    verify: [{ command: [words, words], before: null, after: null }],
    verdicts: [
      {
        family: words,
        model: words,
        verdict: words,
        findings: [{ severity: words, file: words, line: 1, sentence: words }],
      },
    ],
    risk: { score: 1, band: words, reasons: [{ points: 1, why: words }] },
  });
  /** The body with our own syntax taken out, so that only strangers' characters are left. */
  const skeleton = (body: string): string[] =>
    body
      .split('\n')
      .map((line) => line.replace(/&#\d+;/g, '').replace(/[\p{L}\p{N}\p{M} .,…-]/gu, ''));

  it.each(HOSTILE)('shows %j as plain words', (words) => {
    const body = pullBody(everywhere(words));
    // The same syntax, line by line, as with harmless words in the same places.
    expect(skeleton(body)).toEqual(skeleton(pullBody(everywhere('harmless words'))));
    expect(body.match(/<!--/g)?.length).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(body).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/);
  });

  it('shows any text as plain words', () => {
    const plain = skeleton(pullBody(everywhere('harmless words')));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (words) => {
        expect(skeleton(pullBody(everywhere(`x${words}`)))).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  it('breaks mentions, references and addresses even after entities are resolved', () => {
    const body = pullBody({ ...document, title: HOSTILE[3] ?? '' });
    const text = body.replace(/&#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code)));
    expect(text).not.toMatch(/@everyone|#1|GH-2|:\/\/evil|www\.evil/);
    expect(shown(body)).toContain(HOSTILE[3]);
  });

  it('stays within its bound, whole sections at a time', () => {
    const long = 'é*'.repeat(5000);
    const many = <T>(item: T): T[] => Array.from({ length: 500 }, () => item);
    const body = pullBody({
      ...everywhere(long),
      files: many({ path: long, change: long, added: 1, removed: 1 }),
      verify: many({ command: [long], before: null, after: null }),
      verdicts: many({
        family: long,
        model: long,
        verdict: long,
        findings: many({ severity: long, file: long, line: 1, sentence: long }),
      }),
      risk: { score: 1, band: long, reasons: many({ points: 1, why: long }) },
    });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BODY);
    expect(body).toContain('Left out because it is too long');
    expect(body.startsWith(taskMarker('m1.t1'))).toBe(true);
    expect(shown(pullBody({ ...document, files: many(document.files[0]!) }))).toContain(
      'and 442 more files',
    );
  });
});

describe('title and marker', () => {
  it('keeps the title one plain line', () => {
    expect(pullTitle(' Fix\r\nthe \u001b[31m\u202e thing\t ')).toBe('Fix the [31m thing');
    expect([...pullTitle('é'.repeat(500))].length).toBe(200);
    expect(pullTitle('\n')).toBe('Untitled task');
  });

  it('makes a marker of ids only', () => {
    expect(taskMarker('01J-a.b_c')).toBe('<!-- aedev:task=01J-a.b_c -->');
    for (const id of ['', 'a b', 'a-->', 'a--b', '-a', 'a\n', 'x'.repeat(101)]) {
      expect(() => taskMarker(id), id).toThrow(TypeError);
    }
  });

  it('has a marker that no other text of the body can look like', () => {
    expect(SYNTAX.test(taskMarker('t1'))).toBe(true);
    expect(pullBody({ ...document, title: taskMarker('t2') })).not.toContain(taskMarker('t2'));
  });
});
