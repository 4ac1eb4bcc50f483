import { describe, expect, it } from 'vitest';
import { errors, warnings } from './support.ts';

const judges = (...families: string[]) =>
  `judges:\n  families:\n${families.map((line) => `    - {${line}}\n`).join('')}`;
const OPENAI = 'family: openai, protocol: openai, model: m, key_env: A_KEY';
const GEMINI = 'family: gemini, protocol: gemini, model: m, key_env: B_KEY';
const LOCAL = 'family: local, protocol: openai, model: m, base_url: "http://127.0.0.1:1/v1"';
const repo = (coder: string) => `repos:\n  - {id: shop, source: /src/shop, coder: ${coder}}\n`;
const coders = (text: string) => `coders:\n${text}`;
const CODEX = '  codex: {api_usd_per_day: 20}\n';
const GEMINI_CODER = '  gemini: {api_usd_per_day: 20}\n';

describe('coders that pay by key', () => {
  it('are good with a budget and judges of other families', () => {
    expect(errors(judges(GEMINI, LOCAL) + coders(`  default: codex\n${CODEX}`))).toEqual([]);
    expect(errors(judges(OPENAI, LOCAL) + coders(`  default: gemini\n${GEMINI_CODER}`))).toEqual(
      [],
    );
    expect(errors(judges(OPENAI, GEMINI, LOCAL) + coders(CODEX), repo('codex'))).toEqual([]);
  });

  it('are refused without a budget, as the default and for a repo', () => {
    const words = 'which pays by key for every run';
    expect(errors(judges(GEMINI, LOCAL) + coders('  default: codex\n'))).toEqual([
      expect.stringContaining(`coders.default: is codex, ${words}`),
    ]);
    expect(errors(judges(OPENAI, LOCAL), repo('gemini'))).toEqual([
      expect.stringContaining(`repos[0].coder: is gemini, ${words}`),
    ]);
  });

  it('are refused a budget in which no run fits, and an address that is no fit place for a key', () => {
    expect(errors(judges(OPENAI, GEMINI) + coders('  codex: {api_usd_per_day: 1}\n'))).toEqual([
      expect.stringContaining('coders.codex.api_usd_per_day: is 1, less than the 10'),
    ]);
    for (const [url, words] of [
      ['http://example.com/v1', 'would send your code over the internet unencrypted'],
      ['https://a:b@example.com/v1', 'holds a user name or password'],
    ])
      expect(errors(judges(OPENAI, GEMINI) + coders(`  gemini: {base_url: "${url}"}\n`))).toEqual([
        expect.stringContaining(`coders.gemini.base_url: ${words}`),
      ]);
  });

  it('are warned of where nothing isolates them', () => {
    const text = `${judges(GEMINI, LOCAL)}sandbox: {tier: process, allow_process: true}\n${coders(`  default: codex\n${CODEX}`)}`;
    expect(warnings(text)).toContainEqual(
      expect.stringContaining('coders.default: is codex, which runs every command'),
    );
  });
});

describe('a judge of the coder’s family', () => {
  it.each([
    ['codex', OPENAI, 'family', CODEX],
    ['codex', 'family: second, protocol: openai, model: m, key_env: A', 'model', CODEX],
    ['codex', 'family: second, protocol: openai, model: gpt-6, key_env: A', 'model', CODEX],
    ['gemini', GEMINI, 'family', GEMINI_CODER],
    ['gemini', 'family: second, protocol: gemini, model: m, key_env: A', 'model', GEMINI_CODER],
  ])('is refused for the default coder %s: %s', (coder, judge, where, budget) => {
    const other = coder === 'codex' ? GEMINI : OPENAI;
    const found = errors(judges(judge, other, LOCAL) + coders(`  default: ${coder}\n${budget}`));
    expect(found).toEqual([
      expect.stringMatching(
        new RegExp(`judges\\.families\\[0\\]\\.${where}: .*no family judges its own work`),
      ),
    ]);
  });

  it('leaves a repo with a coder of its own too few', () => {
    expect(errors(judges(OPENAI, GEMINI) + coders(CODEX), repo('codex'))).toEqual([
      expect.stringContaining(
        'repos[0].coder: is codex, and of the judges only 1 is of another family',
      ),
    ]);
  });

  it('is allowed by a switch, and warned of', () => {
    const text = `${judges(OPENAI, GEMINI)}  allow_coder_family: true\n${coders(`  default: codex\n${CODEX}`)}`;
    expect(errors(text, repo('gemini').replace('gemini', 'codex'))).toEqual([]);
    expect(warnings(text)).toContainEqual(
      expect.stringContaining('judges.allow_coder_family: is true: a model may judge'),
    );
  });
});
