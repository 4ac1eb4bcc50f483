import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../../src/surfaces/cli/exit-codes.ts';
import { reference } from '../../../src/surfaces/cli/reference.ts';
import { COMMANDS } from '../../../src/surfaces/cli/surface.ts';

test('docs/reference/cli.md is what the program says of itself', () => {
  const path = new URL('../../../docs/reference/cli.md', import.meta.url);
  expect(readFileSync(path, 'utf8'), 'run scripts/write-cli-reference.mjs').toBe(reference());
});

test('every row of the surface loads a command', async () => {
  for (const entry of COMMANDS) expect(await entry.load(), entry.use).toBeTypeOf('function');
});

test('every command that prints a document is described in docs/reference/json.md', () => {
  const path = new URL('../../../docs/reference/json.md', import.meta.url);
  const text = readFileSync(path, 'utf8');
  for (const { use, flags, hidden } of COMMANDS) {
    if (hidden || !flags?.some(({ flag }) => flag === '--json')) continue;
    const words = use.split(' ').filter((word) => /^[a-z]/.test(word));
    expect(text, use).toContain(`\`${words.join(' ')}\``);
  }
});

test('exit codes are distinct', () => {
  const codes = Object.values(EXIT).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});
