/** `aedev image`: what is written where, and which exit code says what. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliError } from '../../../src/surfaces/cli/exit-codes.ts';
import type { ImageFinding, Images } from '../../../src/surfaces/cli/host.ts';
import { type Cli, cli } from './host.ts';

const ID = `sha256:${'e'.repeat(64)}`;
const fine: ImageFinding = { what: 'cli', ok: true, sentence: 'It holds claude.', remedy: '' };
const wrong = (what: string): ImageFinding => ({ what, ok: false, sentence: 'No.', remedy: 'Do.' });

let aedev: Cli;
let findings: ImageFinding[];
let built: (options: Parameters<Images['build']>[0]) => ReturnType<Images['build']>;
let checked: { name: string; digest: string }[];
beforeEach(async () => {
  findings = [fine];
  checked = [];
  built = async ({ name, progress }) => {
    progress('step \u001b[31mone');
    return { name, digest: ID, base: `node@${ID}`, cliVersion: '2.1.197' };
  };
  aedev = await cli({
    images: async () => ({
      build: (options) => built(options),
      check: async (image) => {
        checked.push(image);
        return { findings, cliVersion: '2.1.197' };
      },
      idOf: async (which) => (which === 'nope' ? null : ID),
    }),
  });
});
afterEach(() => aedev.end());

const policies = () => readFileSync(join(aedev.home, 'config', 'policies.yaml'), 'utf8');

test('build pins what it built; its progress is not in the document', async () => {
  const told = await aedev('image', 'build', '--json');
  expect(told).toMatchObject({
    code: 0,
    json: { digest: ID, pinned: true, cliVersion: '2.1.197' },
  });
  expect(told.err).toContain('step');
  expect(told.err).not.toContain('\u001b[31m');
  expect(policies()).toContain(`digest: "${ID}"`);
  expect((await aedev('image', 'check')).code).toBe(0);
  expect(checked).toEqual([{ name: 'claude-code-247/runner', digest: ID }]);
});

test('build leaves the file as it is when told to, and when it fails', async () => {
  const before = policies();
  expect((await aedev('image', 'build', '--no-pin')).out).toContain(`image check ${ID} --record`);
  built = () => Promise.reject(new CliError('machine', 'No registry.', 'Do.', 'image-registry'));
  const failed = await aedev('image', 'build', '--json');
  expect(failed).toMatchObject({ code: 8, json: { error: { code: 'image-registry' } } });
  expect(policies()).toBe(before);
});

test.each([
  [[], 0],
  [['contract'], 8],
  [['cli', 'digest'], 9],
])('check of an image with %j wrong ends with %i', async (what, code) => {
  findings = [fine, ...what.map(wrong)];
  const told = await aedev('image', 'check', 'mine', '--record', '--json');
  expect(told).toMatchObject({ code, json: { ok: code === 0, recorded: code === 0 } });
  expect(policies().includes(ID)).toBe(code === 0);
  expect(checked).toEqual([{ name: 'mine', digest: ID }]);
});

test('check without a pin, and of nothing, says what to do', async () => {
  expect(await aedev('image', 'check')).toMatchObject({ code: 5, out: '' });
  expect((await aedev('image', 'check', 'nope')).code).toBe(3);
  // An id alone stays under the configured name.
  await aedev('image', 'check', ID);
  expect(checked).toEqual([{ name: 'claude-code-247/runner', digest: ID }]);
});
