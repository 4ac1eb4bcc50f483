import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cli, cli } from '../surfaces/cli/host.ts';

/** What the page says of a document: its fields, and theirs where it names them. */
interface Fields {
  [name: string]: Fields | null;
}

/** Reads `{a, b: {c}, d: [{e}], f: one\|two}`. */
function fieldsOf(text: string): Fields {
  let at = 0;
  const read = (): Fields => {
    const fields: Fields = {};
    at += 1;
    while (text[at] !== '}') {
      const name = /^[, ]*(\w+)/.exec(text.slice(at));
      if (!name) throw new Error(`cannot read ${text.slice(at)}`);
      at += name[0].length;
      fields[name[1] ?? ''] = null;
      while (!',}'.includes(text[at] ?? '}')) {
        if (text[at] === '{') fields[name[1] ?? ''] = read();
        else at += 1;
      }
    }
    at += 1;
    return fields;
  };
  return read();
}

/** What the first document or row of the command's line looks like. */
function pageOf(command: string): Fields {
  const page = readFileSync(new URL('../../docs/reference/json.md', import.meta.url), 'utf8');
  const line = page
    .split('\n')
    .find((one) => one.startsWith('|') && one.split(' | ')[0]?.includes(`\`${command}\``));
  const [documents] = /\{.*\}(?=`)/.exec(line ?? '') ?? [];
  if (!documents) throw new Error(`the page does not tell of ${command}`);
  const shapes = documents.split('`').filter((part) => part.startsWith('{'));
  const [first, row] = shapes.map(fieldsOf);
  // "`{missions}`: rows `{…}`"
  const [list] = Object.keys(first ?? {});
  return row && list ? { [list]: row } : (first ?? {});
}

/** Names where a document and the page differ; what is empty or null shows no fields of its own. */
function differences(said: Fields, is: unknown, path: string): string[] {
  const value = Array.isArray(is) ? is[0] : is;
  if (typeof value !== 'object' || value === null) return [];
  const names = new Set([...Object.keys(said), ...Object.keys(value)]);
  return [...names].flatMap((name) => {
    const at = `${path}.${name}`;
    if (!(name in said)) return [`${at} is not on the page`];
    if (!(name in value)) return [`${at} is on the page only`];
    const inner = said[name];
    return inner ? differences(inner, (value as Record<string, unknown>)[name], at) : [];
  });
}

const [M, HELD] = ['m-aaaa0001', 'm-aaaa0002'];
let aedev: Cli;
let task = '';
beforeAll(async () => {
  aedev = await cli();
  const digest = await aedev.world.awaiting(M);
  await aedev.world.awaiting(HELD);
  await aedev.world.command({ type: 'mission.approve', mission: M, digest });
  task = (await aedev('task', 'list', '--json')).json.tasks[0].id;
});
afterAll(() => aedev.end());

test.each([
  ['mission show', [M]],
  ['mission list', []],
  ['task show', ['TASK']],
  ['task list', []],
  ['hold list', []],
  ['approvals', []],
  ['usage', []],
  ['status', []],
  ['states', []],
])('docs/reference/json.md names the fields of `%s`', async (command, rest) => {
  const words = rest.map((word) => (word === 'TASK' ? task : word));
  const { json } = await aedev(...command.split(' '), ...words, '--json');
  expect(differences(pageOf(command), json, command)).toEqual([]);
});

test('a field that the page lacks, or has too much, is found', () => {
  const said = fieldsOf('{a, b: {c\\|d, e: [{f}]}}');
  expect(differences(said, { a: 1, b: null }, 'x')).toEqual([]);
  expect(differences(said, { b: { c: 1, e: [{ g: 1 }] }, h: 1 }, 'x')).toEqual([
    'x.a is on the page only',
    'x.b.e.f is on the page only',
    'x.b.e.g is not on the page',
    'x.h is not on the page',
  ]);
});
