import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SCHEMAS, type SchemaNode } from '../../src/config/json-schema.ts';
import { policiesFile } from '../../src/control/policy.ts';
import { errors } from './support.ts';

const KNOWN = Object.keys(SCHEMAS['policies.yaml'].properties ?? {}).join(', ');

describe('policies.yaml', () => {
  const cases: [string, string, ...string[]][] = [
    ['an unknown key', 'zzz: 1\n', `1:1 zzz: unknown key; known here: ${KNOWN}`],
    ['a misspelled section', 'systm: {}\n', '1:1 systm: unknown key; did you mean system?'],
    ['capitals', 'SYSTEM: {}\n', '1:1 SYSTEM: unknown key; did you mean system?'],
    [
      'camel case',
      'system:\n  allowRemoteWrites: true\n',
      '2:3 system.allowRemoteWrites: unknown key; did you mean allow_remote_writes?',
    ],
    [
      'a key in the wrong section',
      'auto_merge: true\n',
      '1:1 auto_merge: unknown key here; it belongs under merge',
    ],
    [
      'an enum value',
      'merge:\n  method: sqash\n',
      '2:11 merge.method: must be one of merge, squash, not the text "sqash"; did you mean squash?',
    ],
    [
      'yes for true',
      'system:\n  allow_remote_writes: yes\n',
      '2:24 system.allow_remote_writes: must be true or false, not the text "yes"; did you mean true?',
    ],
    [
      'a quoted number',
      'system:\n  port: "80"\n',
      '2:9 system.port: must be a whole number from 0 to 65535, not text; did you mean 80?',
    ],
    [
      'a grouped number',
      'budgets:\n  per_run:\n    tokens: 1_000\n',
      '3:13 budgets.per_run.tokens: must be a whole number above 0, not text; did you mean 1000?',
    ],
    [
      'a fraction',
      'system: {port: 1.5}\n',
      '1:16 system.port: must be a whole number from 0 to 65535, not 1.5',
    ],
    [
      'infinity',
      'budgets: {global: {cost_usd_per_day: .inf}}\n',
      '1:38 budgets.global.cost_usd_per_day: must be a number from 0 or null, not Infinity',
    ],
    [
      'a looser risk limit',
      'risk:\n  medium_from: 50\n',
      '2:16 risk.medium_from: must be a whole number from 1 to 30, not 50',
    ],
    [
      'a scalar for a section',
      'system: 5\n',
      '1:9 system: must be a section with keys of its own, not 5',
    ],
    [
      'a section for a list',
      'judges:\n  families: {}\n',
      '2:13 judges.families: must be a list of at most 8 entries, not a section with keys of its own',
    ],
    [
      'a bad path pattern',
      'risk:\n  sensitive_paths: ["/a"]\n',
      `2:21 risk.sensitive_paths[0]: The path pattern "/a" starts with /; write it relative to the repo's root`,
    ],
    [
      'an operator with a space',
      'system:\n  operator: "a b"\n',
      '2:13 system.operator: must be 1 to 64 letters, digits or . _ @ -, not the text "a b"',
    ],
    [
      'a judge with everything wrong',
      'judges:\n  families:\n    - family: OpenAI\n      protocol: opnai\n      model: ""\n      base_url: localhost\n      extra: 1\n',
      '3:15 judges.families[0].family: must be lower-case letters, digits and dashes, at most 31, starting with a letter, not the text "OpenAI"; did you mean openai?',
      '4:17 judges.families[0].protocol: must be one of openai, gemini, codex-cli, gemini-cli, not the text "opnai"; did you mean openai?',
      '5:14 judges.families[0].model: is empty',
      '6:17 judges.families[0].base_url: must be a full http:// or https:// address',
      '7:7 judges.families[0].extra: unknown key; known here: family, protocol, base_url, model, key_env, executable, usd_per_million_input, usd_per_million_output',
    ],
  ];
  it.each(cases)('refuses %s', (_, text, ...expected) => {
    expect(errors(text)).toEqual(expected.map((line) => `policies.yaml:${line}`));
  });

  it('never repeats what could be a key', () => {
    const secret = 'sk-dummy-0123456789';
    for (const key of ['key_env', 'api_key', 'token', 'key', 'base_url']) {
      const found = errors(
        `judges:\n  families:\n    - {family: x, protocol: openai, model: m, ${key}: ${secret}}\n`,
      );
      expect(found.length).toBeGreaterThan(0);
      expect(found.join()).not.toContain(secret);
      if (key !== 'base_url') expect(found.join()).toContain('key_env');
    }
  });
});

describe('repos.yaml', () => {
  const cases: [string, string, ...string[]][] = [
    ['no source', '  - id: a\n', '2:5 repos[0].source: is missing; write text'],
    [
      'a misspelled source, told once',
      '  - id: a\n    sorce: /x\n',
      '3:5 repos[0].sorce: unknown key; did you mean source?',
    ],
    [
      'an id with capitals',
      '  - id: My Repo\n    source: /x\n',
      '2:9 repos[0].id: must be lower-case letters, digits and . _ -, at most 64, starting and ending with a letter or digit, not the text "My Repo"; did you mean my-repo?',
    ],
    [
      'a command as one text',
      '  - {id: a, source: /x, verify: [{argv: npm test}]}\n',
      '2:41 repos[0].verify[0].argv: must be a list of at least 1 entry, not text; did you mean [npm, test]?',
    ],
    [
      'verify as one text',
      '  - {id: a, source: /x, verify: npm test}\n',
      '2:33 repos[0].verify: must be a list, not text; did you mean [{argv: [npm, test]}]?',
    ],
    [
      'a word for an entry',
      '  - a\n',
      '2:5 repos[0]: must be a section with keys of its own, not text',
    ],
    ['an empty entry', '  -\n', '2:4 repos[0]: has no value; write one, or remove the line'],
  ];
  it.each(cases)('refuses %s', (_, text, ...expected) => {
    expect(errors(null, `repos:\n${text}`)).toEqual(expected.map((line) => `repos.yaml:${line}`));
  });

  it('tells the problems of both files in order', () => {
    const found = errors('zz: 1\nsystm: {}\n', 'repo: []\n');
    expect(found.map((line) => line.split(' ')[0])).toEqual([
      'policies.yaml:1:1',
      'policies.yaml:2:1',
      'repos.yaml:1:1',
    ]);
    expect(found[2]).toBe('repos.yaml:1:1 repo: unknown key; did you mean repos?');
  });
});

/** Every key of the schema with its path. */
function allKeys(node: SchemaNode, path: string[] = []): string[][] {
  return Object.entries(node.properties ?? {}).flatMap(([key, below]) =>
    key === '$schema' ? [] : [[...path, key], ...allKeys(below, [...path, key])],
  );
}

describe('one wrong letter', () => {
  const keys = allKeys(SCHEMAS['policies.yaml']);
  const full = policiesFile.parse({}) as unknown as Record<string, unknown>;
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz_0');

  it('in any key of policies.yaml is refused, naming the right key and its line', () => {
    expect(keys.length).toBeGreaterThan(60);
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.constantFrom('swap', 'insert', 'remove'),
        fc.nat(),
        letter,
        (path, how, position, char) => {
          const key = path.at(-1) as string;
          const at = position % key.length;
          const wrong =
            how === 'remove'
              ? key.slice(0, at) + key.slice(at + 1)
              : key.slice(0, at) + char + key.slice(how === 'swap' ? at + 1 : at);
          const copy = structuredClone(full);
          const section = path
            .slice(0, -1)
            .reduce((below, part) => below[part] as Record<string, unknown>, copy);
          fc.pre(wrong !== '' && !(wrong in section));
          section[wrong] = section[key];
          delete section[key];
          const text = stringify(copy);
          const line =
            text.split('\n').findIndex((one) => new RegExp(`^ *${wrong}:`).test(one)) + 1;
          const column = (path.length - 1) * 2 + 1;
          const shown = [...path.slice(0, -1), wrong].join('.');
          const hint = `: unknown key; did you mean ${key}?`;
          const found = errors(text);
          expect(found).toHaveLength(1);
          expect(found[0]).toContain(` ${shown}${hint}`);
          // A wrong word may also stand elsewhere as a right one, further up.
          expect(Number(found[0]?.split(':')[1])).toBeGreaterThanOrEqual(line);
          expect(Number(found[0]?.split(/[: ]/)[2])).toBe(column);
        },
      ),
      { numRuns: 400 },
    );
  });
});
