import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultPolicies, defaultRepos } from '../../src/config/defaults.ts';
import {
  SCHEMAS,
  type SchemaNode,
  schemaAt,
  schemaName,
  schemaText,
  sectionsWith,
} from '../../src/config/json-schema.ts';
import { errors } from './support.ts';

const FILES = ['policies.yaml', 'repos.yaml'] as const;

describe('the published JSON Schemas', () => {
  it.each(FILES)('equal what %s really accepts (node scripts/write-schemas.mjs)', (file) => {
    const published = new URL(`../../docs/reference/${schemaName(file)}`, import.meta.url);
    expect(readFileSync(published, 'utf8')).toBe(schemaText(file));
  });

  it.each(FILES)(
    'of %s are draft 2020-12, closed at every level, and read back as a schema',
    (file) => {
      const schema = SCHEMAS[file] as SchemaNode & { $schema?: string };
      expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
      const walk = (node: SchemaNode & { additionalProperties?: unknown }) => {
        if (node.type === 'object') expect(node.additionalProperties).toBe(false);
        for (const below of Object.values(node.properties ?? {})) walk(below);
        for (const below of [node.items, ...(node.anyOf ?? [])]) if (below) walk(below);
      };
      walk(schema);
      const again = z.fromJSONSchema(JSON.parse(schemaText(file)));
      expect(again.safeParse({}).success).toBe(true);
      expect(again.safeParse({ zz: 1 }).success).toBe(false);
    },
  );

  it('know what stands where', () => {
    const repos = SCHEMAS['repos.yaml'];
    expect(schemaAt(repos, ['repos', 3, 'verify', 0, 'wall_minutes'])?.default).toBe(15);
    expect(schemaAt(repos, ['repos', 0, 'constructor'])).toBeUndefined();
    expect(sectionsWith(repos, 'argv')).toEqual(['repos[].verify[]']);
    expect(schemaAt(SCHEMAS['policies.yaml'], ['coders', 'scripted', 'argv', 0])?.type).toBe(
      'string',
    );
  });
});

describe('the default files', () => {
  it('are good for any operator, and their examples too', () => {
    expect(errors(defaultPolicies('a.b@c-d'), defaultRepos())).toEqual([]);
    const examples = defaultPolicies('me')
      .replace('families: []', 'families:')
      .replace(/^ {2}# - \{/gm, '    - {');
    expect(examples.match(/^ {4}- \{/gm)).toHaveLength(3);
    expect(errors(examples)).toEqual([]);
    const entry = defaultRepos()
      .replace('repos: []', 'repos:')
      .replace(/^# {3}(- id)/m, '  $1')
      .replace(/^# {5}/gm, '    ');
    const lines = entry.split('\n');
    const start = lines.findIndex((line) => line.startsWith('  - id'));
    const example = lines.slice(start).filter((line) => line.startsWith(' '));
    expect(errors(null, `repos:\n${example.join('\n')}\n`)).toEqual([]);
    expect(example).toHaveLength(5);
  });
});
