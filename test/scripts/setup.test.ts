/** What a build keeps for a daemon that runs since before it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepChunks } from '../../scripts/setup.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aedev-setup-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

let last = 'none';
/** The chunks there are after a build that made these. */
function build(name: string, ...own: string[]): string[] {
  const chunks = join(root, name, 'chunks');
  mkdirSync(chunks, { recursive: true });
  for (const chunk of own) writeFileSync(join(chunks, chunk), `${name} ${chunk}`);
  keepChunks(join(root, last), join(root, name));
  last = name;
  return readdirSync(chunks).sort();
}

test('a build keeps the chunks of the build before, and no older ones', () => {
  last = 'none';
  expect(build('first', 'a-1.js', 'b-1.js')).toEqual(['a-1.js', 'b-1.js']);
  expect(build('second', 'a-2.js', 'b-1.js')).toEqual(['a-1.js', 'a-2.js', 'b-1.js']);
  expect(readFileSync(join(root, 'second', 'chunks', 'a-1.js'), 'utf8')).toBe('first a-1.js');
  // What is the same is the new build's own, and kept for those who started with that.
  expect(readFileSync(join(root, 'second', 'chunks', 'b-1.js'), 'utf8')).toBe('second b-1.js');
  expect(build('third', 'a-3.js')).toEqual(['a-2.js', 'a-3.js', 'b-1.js']);
  expect(build('fourth', 'a-1.js')).toEqual(['a-1.js', 'a-3.js']);
  expect(build('fifth', 'a-5.js')).toEqual(['a-1.js', 'a-5.js']);
});
