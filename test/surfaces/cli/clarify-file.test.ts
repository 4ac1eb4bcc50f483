import { describe, expect, it } from 'vitest';
import { compileIndex, DEFAULT_POLICY } from '../../../src/control/clarify/index.ts';
import { type ScoredLine, scoreFile } from '../../../src/surfaces/cli/clarify-file.ts';

const index = compileIndex({
  repo: 'demo',
  paths: ['src/run.ts', 'src/run.test.ts'],
  symbols: [{ name: 'runAll', kind: 'export', file: 'src/run.ts' }],
  idents: [],
  packages: [],
});

async function score(lines: string[], reads: string[] = []): Promise<ScoredLine[]> {
  const out: ScoredLine[] = [];
  const indexOf = (repo: string) => {
    reads.push(repo);
    return repo === 'demo' ? [index] : undefined;
  };
  for await (const line of scoreFile(lines, indexOf, DEFAULT_POLICY)) out.push(line);
  return out;
}

const line = (value: unknown) => JSON.stringify(value);
const GOOD = {
  id: 'a',
  repo: 'demo',
  text: 'runAll() should return 2 instead of 1, test in src/run.test.ts',
};

describe('scoring a file of requests', () => {
  it('gives one line each, in order, with score, signals and questions', async () => {
    const [good, bad] = await score([
      line(GOOD),
      line({ id: 7, repo: 'demo', text: 'make it nicer' }),
    ]);
    expect(good).toMatchObject({ id: 'a', ask: false, questions: [] });
    expect(bad).toMatchObject({ id: '7', ask: true });
    if (bad === undefined || !('score' in bad)) throw new Error('no score');
    expect(bad.score).toBeGreaterThan(50);
    expect(Object.keys(bad.signals)).toEqual(['target', 'acceptance', 'vagueness', 'hazard']);
    expect(bad.questions.length).toBeGreaterThan(0);
  });

  it('says of a bad line which one it is and what is wrong, and scores the rest', async () => {
    const results = await score([
      '\uFEFF{',
      '',
      '[]',
      line({ text: 'x' }),
      line({ id: 'b' }),
      line({ id: 'c', text: 1 }),
      line({ id: 'd', repo: 3, text: '' }),
      line({ id: 'e', repo: 'nope\n', text: '' }),
      `{"id":"f","text":"${'x'.repeat(1_100_000)}"}`,
      line(GOOD),
    ]);
    const errors = results.flatMap((r) => ('error' in r ? [r] : []));
    expect(errors.map((e) => e.line)).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
    for (const e of errors) expect(e.error).toContain(`line ${e.line}`);
    expect(errors.map((e) => e.error).join('\n')).toMatch(
      /JSON[\s\S]*object[\s\S]*"id"[\s\S]*"text"[\s\S]*"repo"[\s\S]*no index for repo "nope\\n"[\s\S]*1 MB/,
    );
    expect(results.at(-1)).toMatchObject({ id: 'a', ask: false });
  });

  it('needs no index for "none" or without a repo', async () => {
    const reads: string[] = [];
    const text =
      'Script sum.sh: prints the sum of the numbers on stdin; `echo "1 2" | ./sum.sh` must print 3.';
    const results = await score(
      [
        line({ id: 'a', repo: 'none', text }),
        line({ id: 'b', text }),
        line({ id: 'c', repo: null, text }),
      ],
      reads,
    );
    expect(reads).toEqual([]);
    expect(results.every((r) => 'score' in r && !r.ask)).toBe(true);
  });

  it('lets no label beside the text reach the gate', async () => {
    const plain = { id: 'a', repo: 'demo', text: 'make it nicer' };
    const labelled = {
      ...plain,
      label: 'go',
      kind: 'plain',
      why: 'x',
      tags: ['go'],
      best_questions: [],
    };
    expect(await score([line(labelled)])).toEqual(await score([line(plain)]));
  });
});
