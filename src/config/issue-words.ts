/** What zod refuses, in plain words: what is there, what must be there, and what was meant. */
import type { z } from 'zod';
import { printable } from '../lib/escape.ts';
import { type SchemaNode, schemaAt, sectionsWith } from './json-schema.ts';
import { type ConfigProblem, nearest, pathText } from './problem.ts';
import { MAX_PROBLEMS, type YamlTree } from './yaml-tree.ts';

type Issue = z.core.$ZodIssue;

/** Words people write for keys that are spelled quite differently here. */
const OTHER_NAMES: Record<string, string> = {
  api_key: 'key_env',
  apikey: 'key_env',
  key: 'key_env',
  token: 'key_env',
  url: 'base_url',
  endpoint: 'base_url',
  name: 'id',
  path: 'source',
  url_or_path: 'source',
  default_branch: 'branch',
  test: 'verify',
  tests: 'verify',
  automerge: 'auto_merge',
};

/** A pattern that zod can only show as a regular expression, by the setting it belongs to. */
const PATTERN_WORDS: Record<string, string> = {
  family: 'must be lower-case letters, digits and dashes, at most 31, starting with a letter',
  key_env:
    'must be the NAME of an environment variable (capitals, digits, _), never the key itself',
  operator: 'must be 1 to 64 letters, digits or . _ @ -',
  id: 'must be lower-case letters, digits and . _ -, at most 64, starting and ending with a letter or digit',
  base_url: 'must be a full http:// or https:// address',
};

/** Settings whose text may be repeated in a message. Elsewhere it could be a pasted secret. */
const SHOWN = new Set(['family', 'operator', 'id', 'branch', 'tier', 'method', 'kind', 'protocol']);

function what(value: unknown, path: Issue['path'], shown = false): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section with keys of its own';
  if (typeof value !== 'string') return String(value);
  const quote = shown || SHOWN.has(String(path.at(-1)));
  return quote && value.length <= 40 ? `the text "${printable(value, 60)}"` : 'text';
}

/** What a schema wants, e.g. `a whole number from 1 to 4`. */
function wanted(node: SchemaNode): string {
  if (node.anyOf) return node.anyOf.map(wanted).join(' or ');
  if (node.const !== undefined) return JSON.stringify(node.const).replaceAll('"', '');
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${range(node.minItems, node.maxItems, 'of', node.minItems === 1 ? ' entry' : ' entries')}`;
    case 'object':
      return 'a section with keys of its own';
    case 'string':
      return node.format === 'uri' ? 'a full http:// or https:// address' : 'text';
    default: {
      const number = node.type === 'integer' ? 'a whole number' : 'a number';
      const above = node.exclusiveMinimum === undefined ? '' : ` above ${node.exclusiveMinimum}`;
      // zod writes the largest exact integer as a limit; to a reader that is no limit.
      const most = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
      return `${number}${above}${range(node.minimum, most, above === '' ? 'from' : 'and', '')}`;
    }
  }
}

function range(low: number | undefined, high: number | undefined, word: string, unit: string) {
  if (low !== undefined && high !== undefined) return ` ${word} ${low} to ${high}${unit}`;
  if (low !== undefined) return ` ${word} at least ${low}${unit}`.replace('from at least', 'from');
  if (high !== undefined) return ` ${word} at most ${high}${unit}`.replace('from at most', 'up to');
  return '';
}

/** A value of the right kind that the given one probably stands for, e.g. `true` for `yes`. */
function meant(value: unknown, node: SchemaNode): string | null {
  for (const one of node.anyOf ?? []) {
    const found = meant(value, one);
    if (found !== null) return found;
  }
  if (node.enum) return typeof value === 'string' ? nearest(value, node.enum.map(String)) : null;
  if (node.const !== undefined)
    return typeof value === 'string' ? nearest(value, [String(node.const)]) : null;
  if (typeof value !== 'string') return null;
  const text = value.trim().toLowerCase();
  if (node.type === 'boolean') {
    if (['yes', 'on', 'y', 'enabled'].includes(text)) return 'true';
    if (['no', 'off', 'n', 'disabled'].includes(text)) return 'false';
    return nearest(text, ['true', 'false']);
  }
  if (node.type === 'integer' || node.type === 'number') {
    const number = /^-?\d[\d_, ]*(\.\d+)?$/.test(text)
      ? Number(text.replace(/[_, ]/g, ''))
      : Number.NaN;
    return Number.isFinite(number) ? String(number) : null;
  }
  if (node.type === 'null') return nearest(text, ['null']);
  return null;
}

function valueAt(root: unknown, path: Issue['path']): unknown {
  let value = root;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  return value;
}

function unknownKeys(
  issue: Issue & { code: 'unrecognized_keys' },
  tree: YamlTree,
  root: SchemaNode,
) {
  const known = Object.keys(schemaAt(root, issue.path)?.properties ?? {});
  const taken = new Set(Object.keys((valueAt(tree.value, issue.path) ?? {}) as object));
  return issue.keys.slice(0, MAX_PROBLEMS).map((key): ConfigProblem => {
    const path = [...issue.path, key];
    // Prefer a key that is not there yet: the one already written is not the one misspelled.
    const free = known.filter((name) => !taken.has(name));
    const other = OTHER_NAMES[key.toLowerCase().replace(/[- ]/g, '_')];
    const hint =
      nearest(key, free) ??
      (other !== undefined && known.includes(other) ? other : nearest(key, known));
    const elsewhere = hint === null ? sectionsWith(root, key) : [];
    const belongs = elsewhere
      .slice(0, 3)
      .map((section) => (section === '' ? 'the top level' : section))
      .join(' or ');
    const here =
      known.length === 0 ? 'this section has no keys' : `known here: ${known.join(', ')}`;
    const reason =
      belongs === ''
        ? `unknown key${hint === null ? `; ${here}` : ''}`
        : `unknown key here; it belongs under ${belongs}`;
    const place = tree.placeOf(path, 'key');
    return problem(tree, place, path, reason, hint);
  });
}

const problem = (
  tree: YamlTree,
  place: { line: number; column: number },
  path: Issue['path'],
  reason: string,
  hint: string | null,
): ConfigProblem => ({
  severity: 'error',
  file: tree.file,
  ...place,
  path: pathText(path),
  reason,
  nearest: hint,
});

/** One issue as problems of the file it is about. */
export function issueProblems(issue: Issue, tree: YamlTree, root: SchemaNode): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, tree, root);
  const { path } = issue;
  const node = schemaAt(root, path) ?? {};
  const value = valueAt(tree.value, path);
  const name = String(path.at(-1));
  const say = (reason: string, hint: string | null = null) => [
    problem(tree, tree.placeOf(path), path, reason, hint),
  ];
  if (value === undefined) return say(`is missing; write ${wanted(node)}`);
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_value':
    case 'invalid_union': {
      const shown = node.enum !== undefined || node.type === 'boolean';
      const hint = meant(value, node) ?? command(name, value);
      return say(`must be ${wanted(node)}, not ${what(value, path, shown)}`, hint);
    }
    case 'too_small':
    case 'too_big':
      if (issue.origin === 'string') {
        const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
        return say(value === '' ? 'is empty' : `must have at most ${limit} characters`);
      }
      if (issue.origin === 'array') {
        const count = (value as unknown[]).length;
        return say(`must be ${wanted(node)}, not ${count === 0 ? 'an empty list' : `${count}`}`);
      }
      return say(`must be ${wanted(node)}, not ${what(value, path)}`);
    case 'invalid_format': {
      const words = PATTERN_WORDS[name] ?? `must have the form ${issue.format}`;
      const found = SHOWN.has(name) ? `, not ${what(value, path)}` : '';
      return say(`${words}${found}`, slug(name, value));
    }
    case 'custom':
      // Our own schemas' refusals are sentences already; this only joins them to the line.
      return say(printable(issue.message, 400).replace(/\.$/, ''));
    default:
      return say('is not allowed');
  }
}

/** A command written as one text where a list of its words belongs. */
function command(name: string, value: unknown): string | null {
  if (typeof value !== 'string' || !/^[\w./ -]{1,80}$/.test(value)) return null;
  const argv = `[${value.trim().split(/ +/).join(', ')}]`;
  if (name === 'verify') return `[{argv: ${argv}}]`;
  return name === 'argv' ? argv : null;
}

/** A valid spelling of an id or family written with capitals, spaces or the like. */
function slug(name: string, value: unknown): string | null {
  if ((name !== 'id' && name !== 'family') || typeof value !== 'string' || value.length > 64)
    return null;
  const other = name === 'id' ? /[^a-z0-9._-]+/g : /[^a-z0-9-]+/g;
  const text = value
    .toLowerCase()
    .replace(other, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  return text === '' ? null : text;
}
