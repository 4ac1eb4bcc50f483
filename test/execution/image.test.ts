import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLAUDE_CLI_VERSION } from '../../src/demo/claude-cli.ts';
import { buildImage } from '../../src/execution/image.ts';
import { checkImage } from '../../src/execution/image-check.ts';
import { EGRESS_SOCKET_INSIDE } from '../../src/execution/sandboxes/docker-args.ts';
import { pinnedCliVersion } from '../../src/execution/sandboxes/image-probe.ts';
import { CLAUDE, CLAUDE_FOLDER } from '../support/claude-cli.ts';
import { compile } from '../support/compile.ts';
import { NO_DOCKER, testImage } from '../support/sandboxes.ts';

const file = (name: string) =>
  readFileSync(new URL(`../../docker/${name}`, import.meta.url), 'utf8');
/** A tag of this file alone: others make the test image under its usual one at the same time. */
const NAMED = `aedev-test-named-${process.pid}`;
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
    await expect(buildImage({ name, base, install: null })).rejects.toMatchObject({ tag: 'input' });
  });
});

describe.skipIf(NO_DOCKER !== null)('building in the engine', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aedev-image-root-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('says what to do when aedev itself is not built', async () => {
    const built = buildImage({ name: 'aedev-test-build', base: testImage(), install: null, root });
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
    const built = buildImage({ name: 'aedev-test-build', base: testImage(), install: null, root });
    await expect(built).rejects.toMatchObject({
      tag: 'build',
      message: expect.stringContaining('apt-get update'),
    });
  });
});

describe.skipIf(NO_DOCKER !== null)('building without a registry', () => {
  it('says so in one sentence, and names what makes an equal image', async () => {
    // The engine alone asks registries, so a name that leads to none stands for all of them.
    const base = `registry.invalid/node@${digest('c')}`;
    const progress: string[] = [];
    const built = buildImage({
      name: 'aedev-test-build',
      base,
      install: null,
      progress: (line) => progress.push(line),
    });
    await expect(built).rejects.toMatchObject({
      tag: 'registry',
      message: expect.stringMatching(
        /^The base image registry\.invalid.* could not be fetched: .*\.$/,
      ),
      remedy: expect.stringContaining('scripts/make-test-image.sh --runner'),
    });
    expect(progress[0]).toBe(`fetching ${base}`);
  });
});

describe.skipIf(NO_DOCKER !== null)('checking', () => {
  afterAll(() => void spawnSync('docker', ['rmi', NAMED], { stdio: 'ignore' }));
  const wrong = async (image: { name: string; digest: string }) =>
    (await checkImage(image)).problems.map(({ what, sentence }) => [what, sentence]);

  it('tells an image that is missing from another one under its name', async () => {
    const missing = await checkImage({ name: 'aedev-no-such-image', digest: digest('0') });
    expect(missing).toMatchObject({ cliVersion: null, problems: [{ what: 'image' }] });
    const id = testImage();
    execFileSync('docker', ['tag', id, NAMED]);
    const [problem, ...more] = await wrong({ name: NAMED, digest: digest('0') });
    expect(problem).toEqual(['digest', expect.stringContaining(id)]);
    expect(more).toEqual([]);
  });

  it('finds that an image holds no CLI', async () => {
    const id = testImage();
    execFileSync('docker', ['tag', id, NAMED]);
    expect(await wrong({ name: NAMED, digest: id })).toEqual([
      ['cli', 'In the runner image the claude CLI does not run.'],
    ]);
  });

  it('finds root, volumes, and that nothing runs', async () => {
    const root = mkdtempSync(join(tmpdir(), 'aedev-image-bad-'));
    try {
      writeFileSync(join(root, 'Dockerfile'), `FROM ${testImage()}\nUSER 0\nVOLUME /data\n`);
      const args = ['build', '--quiet', '--network', 'none', '--tag', 'aedev-test-bad', root];
      const id = execFileSync('docker', args, { encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
      const found = await wrong({ name: 'aedev-test-bad', digest: id });
      expect(found.map(([what]) => what)).toEqual(['user', 'volumes', 'cli']);
    } finally {
      rmSync(root, { recursive: true, force: true });
      execFileSync('docker', ['image', 'rm', '--force', 'aedev-test-bad'], { stdio: 'ignore' });
    }
  });

  it.skipIf(CLAUDE === null)('asks the entrypoint for the contract, without a login', async () => {
    const without = await wrong({
      name: 'aedev-test-image-claude',
      digest: testImage(CLAUDE_FOLDER),
    });
    expect(without).toEqual([['contract', expect.stringContaining('the contract cannot be kept')]]);
    const lib = mkdtempSync(join(tmpdir(), 'aedev-image-lib-'));
    try {
      compile(lib, ['execution/coders/claude.ts', 'execution/coders/contract.ts']);
      const script = fileURLToPath(new URL('../../scripts/make-test-image.sh', import.meta.url));
      const args = [
        script,
        '--runner',
        '--with-claude',
        CLAUDE_FOLDER,
        '--lib',
        lib,
        'aedev-test-runner',
      ];
      const id = execFileSync('sh', args, { encoding: 'utf8' }).trim();
      const checked = await checkImage({ name: 'aedev-test-runner', digest: id });
      expect(checked).toMatchObject({ problems: [], cliVersion: CLAUDE_CLI_VERSION });
      expect(checked.findings.map(({ what }) => what)).toEqual([
        'engine',
        'image',
        'user',
        'volumes',
        'programs',
        'cli',
        'contract',
      ]);
    } finally {
      rmSync(lib, { recursive: true, force: true });
    }
  });
});
