/** Pinning the image edits policies.yaml as its owner would. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HomePaths, pathsUnder } from '../../src/config/home.ts';
import { initHome } from '../../src/config/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import { pinImage } from '../../src/config/pin-image.ts';

const pin = { name: 'claude-code-247/runner', digest: `sha256:${'a'.repeat(64)}` };
let dir = '';
let paths: HomePaths;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-pin-'));
  paths = pathsUnder(join(dir, 'home'));
  initHome(paths, { operator: 'owner' });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const read = () => readFileSync(paths.policiesFile, 'utf8');
const imageNow = () => {
  const loaded = loadConfig(paths);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy.policies.sandbox.image;
};

test('a fresh home gets two lines more, and every other line stays', async () => {
  const before = read().split('\n');
  await pinImage(paths, pin);
  expect(imageNow()).toEqual(pin);
  const now = read().split('\n');
  expect(now.filter((line) => !before.includes(line))).toEqual([
    '  image:',
    `    name: "${pin.name}"`,
    `    digest: "${pin.digest}"`,
  ]);
  expect(before.every((line) => now.includes(line))).toBe(true);
  // Again, with another digest: the same line changes.
  await pinImage(paths, { ...pin, digest: `sha256:${'b'.repeat(64)}` });
  expect(read()).toBe(now.join('\n').replace('a'.repeat(64), 'b'.repeat(64)));
});

test.each([
  ['nothing at all', ''],
  ['no sandbox', 'system:\n  operator: me'],
  [
    'a sandbox that ends with a list',
    'sandbox:\n  egress:\n    allow:\n      - a.test:443 # why\n# end\n',
  ],
  [
    'an image without a digest',
    'sandbox:\n  image: # which\n    name: other/one # mine\n  cpus: 1\n',
  ],
  ['an image in braces', 'sandbox: { image: { name: x, digest: null }, cpus: 1 }\n'],
  ['a null image digest', 'sandbox:\n  image:\n    digest: null # not yet\nsystem: {}\n'],
  ['lines that end as on Windows', 'sandbox:\r\n  cpus: 1 # one\r\nsystem: {}\r\n'],
  ['an entry without a value', 'sandbox:\n  cpus: 1\n  memory_mb: 4096\n'],
])('a file with %s is edited', async (_what, text) => {
  writeFileSync(paths.policiesFile, text);
  await pinImage(paths, pin);
  expect(imageNow()).toEqual(pin);
  for (const comment of text.match(/#.*/g) ?? []) expect(read()).toContain(comment.trim());
  expect(/[^\r]\n/.test(read()) && /\r\n/.test(read())).toBe(false);
});

test.each([
  ['is broken', 'sandbox:\n  image: 5\n', 'invalid-config'],
  ['has a form that is not thought of', 'sandbox: { cpus: 1 }\n', 'invalid-config'],
])('a file that %s stays as it is', async (_what, text, tag) => {
  writeFileSync(paths.policiesFile, text);
  await expect(pinImage(paths, pin)).rejects.toMatchObject({ tag });
  expect(read()).toBe(text);
});

test('a file that somebody else changes meanwhile is not overwritten', async () => {
  const beforeWrite = () => writeFileSync(paths.policiesFile, 'system: {}\n');
  await expect(pinImage(paths, pin, { beforeWrite })).rejects.toMatchObject({
    tag: 'changed-meanwhile',
  });
  expect(read()).toBe('system: {}\n');
});
