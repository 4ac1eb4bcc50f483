import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLAUDE_CLI_VERSION, findClaudeCli } from '../../src/demo/claude-cli.ts';
import { buildImage, checkImage, pinnedCliVersion } from '../../src/execution/image.ts';
import { EGRESS_SOCKET_INSIDE } from '../../src/execution/sandboxes/docker-args.ts';
import { NO_DOCKER, testImage } from '../support/sandboxes.ts';

const file = (name: string) =>
  readFileSync(new URL(`../../docker/${name}`, import.meta.url), 'utf8');
const folder =
  process.env['AEDEV_CLAUDE_BIN'] ?? fileURLToPath(new URL('../../.tools/claude', import.meta.url));
const cli = await findClaudeCli(folder);
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe('the files of the runner image', () => {
  it('pin the same CLI as the demo and the doubles, by digest and without a registry', async () => {
    expect(await pinnedCliVersion()).toBe(CLAUDE_CLI_VERSION);
    expect(file('Dockerfile.runner')).toContain(`aedev.claude=${CLAUDE_CLI_VERSION}`);
    const { packages } = JSON.parse(file('claude/package-lock.json'));
    const all = Object.entries(packages).filter(([path]) => path !== '');
    expect(all.length).toBeGreaterThan(8);
    for (const [, entry] of all) {
      expect(entry).toMatchObject({ version: CLAUDE_CLI_VERSION });
      expect(entry).toHaveProperty('integrity', expect.stringMatching(/^sha512-/));
      expect(entry).not.toHaveProperty('resolved');
    }
  });

  it('take no base that is not given, and run as nobody of the host', () => {
    const text = file('Dockerfile.runner');
    expect(text.match(/^FROM .*/gm)).toEqual([expect.stringMatching(/^FROM .\{BASE\}$/)]);
    expect(text).toMatch(/^ARG BASE$/m);
    expect(text).toMatch(/^USER 10001:10001$/m);
  });

  it('look for the socket where it is mounted', () => {
    expect(file('entrypoint.mjs')).toContain(`'${EGRESS_SOCKET_INSIDE}'`);
  });
});

describe('building', () => {
  it.each([
    ['no digest', 'claude-code-247/runner', 'node:22-bookworm-slim'],
    ['an option', 'claude-code-247/runner', `--privileged@${digest('a')}`],
    ['an option as name', '--rm', `node@${digest('a')}`],
  ])('refuses %s', async (_what, name, base) => {
    await expect(buildImage({ name, base })).rejects.toMatchObject({ tag: 'input' });
  });
});

describe.skipIf(NO_DOCKER !== null)('building in the engine', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aedev-image-root-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('says what to do when aedev itself is not built', async () => {
    const built = buildImage({ name: 'aedev-test-build', base: testImage(), root });
    await expect(built).rejects.toMatchObject({
      tag: 'context',
      remedy: expect.stringContaining('npm run build'),
    });
  });

  it('starts from the given base, and tells where it failed', async () => {
    cpSync(fileURLToPath(new URL('../../docker', import.meta.url)), join(root, 'docker'), {
      recursive: true,
    });
    for (const part of ['dist/execution/coders', 'dist/lib']) {
      mkdirSync(join(root, part), { recursive: true });
    }
    // The Dockerfile is read to its end, and its first step finds no apt in this base.
    const built = buildImage({ name: 'aedev-test-build', base: testImage(), root });
    await expect(built).rejects.toMatchObject({
      tag: 'build',
      message: expect.stringContaining('apt-get update'),
    });
  });
});

describe.skipIf(NO_DOCKER !== null)('checking', () => {
  it('finds that there is no such image', async () => {
    const image = { name: 'aedev-no-such-image', digest: digest('0') };
    const { problems, cliVersion } = await checkImage(image);
    expect(problems).toMatchObject([{ code: 'HOLD-CLAUDE-DOCKER-IMAGE' }]);
    expect(cliVersion).toBeNull();
  });

  it('finds that an image holds no CLI', async () => {
    const { problems } = await checkImage({ name: 'aedev-test-image', digest: testImage() });
    expect(problems.map(({ sentence }) => sentence)).toEqual([
      'In the runner image the claude CLI does not run.',
    ]);
  });

  it.skipIf(cli === null)('finds the pinned CLI in an image that holds it', async () => {
    const image = { name: 'aedev-test-image-claude', digest: testImage(folder) };
    expect(await checkImage(image)).toEqual({ problems: [], cliVersion: CLAUDE_CLI_VERSION });
  });
});
