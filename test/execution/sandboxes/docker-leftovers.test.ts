/** What is left in the engine, told apart by the installation's label. About 8 s with an engine. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  leftContainers,
  oldImages,
  removeContainer,
  removeImage,
} from '../../../src/execution/sandboxes/docker-leftovers.ts';
import { NO_DOCKER, testImage } from '../../support/sandboxes.ts';

const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const title = NO_DOCKER === null ? 'leftovers' : `leftovers (skipped: ${NO_DOCKER})`;

describe.skipIf(NO_DOCKER !== null)(title, () => {
  const own = `test-${process.pid}-own`;
  const other = `test-${process.pid}-other`;
  const made: string[] = [];
  const images: string[] = [];
  let base = '';
  beforeAll(() => {
    base = testImage();
  });
  afterAll(() => {
    for (const id of made) execFileSync('docker', ['rm', '--force', id], { stdio: 'ignore' });
    for (const id of images)
      execFileSync('sh', ['-c', 'docker image rm "$1" 2>/dev/null || true', 'sh', id]);
  });
  const container = (install: string, run: string, ...argv: string[]) => {
    const labels = [`--label=aedev.install=${install}`, `--label=aedev.run=${run}`];
    const [program = 'true', ...rest] = argv;
    const id = docker(
      'create',
      '--network=none',
      ...labels,
      `--entrypoint=${program}`,
      base,
      ...rest,
    );
    made.push(id);
    return id;
  };
  /** An image of its own, made of the test image and a label. */
  const image = (install: string) => {
    const from = container('none', 'seed');
    const id = docker('commit', `--change=LABEL aedev.install=${install}`, from);
    images.push(id);
    return id;
  };

  it('sees ended containers of this installation and no other', async () => {
    const ended = container(own, 'r-1');
    const foreign = container(other, 'r-1');
    const alive = container(own, 'r-2', 'sleep', '60');
    docker('start', alive);
    expect(await leftContainers(own)).toEqual([{ id: ended, run: 'r-1', state: 'created' }]);
    await removeContainer(ended);
    expect(await leftContainers(own)).toEqual([]);
    expect(docker('inspect', '--format={{.State.Status}}', foreign)).toBe('created');
    // Not even by name: what runs is not removed.
    await expect(removeContainer(alive)).rejects.toMatchObject({ tag: 'engine' });
    expect(docker('inspect', '--format={{.State.Status}}', alive)).toBe('running');
  });

  it('sees images of this installation but the pinned one', async () => {
    const [old, pinned, foreign] = [image(own), image(own), image(other)];
    const seen = await oldImages(own, [pinned]);
    expect(seen).toEqual([{ id: old, created: expect.any(Number), bytes: expect.any(Number) }]);
    expect(await oldImages(own, [old, pinned])).toEqual([]);
    const user = docker('create', '--network=none', '--entrypoint=true', old);
    made.push(user);
    await expect(removeImage(old)).rejects.toMatchObject({ tag: 'engine' });
    docker('rm', user);
    await removeImage(old);
    expect(await oldImages(own, [pinned])).toEqual([]);
    expect(docker('image', 'inspect', '--format={{.Id}}', foreign)).toBe(foreign);
    expect(docker('image', 'inspect', '--format={{.Id}}', pinned)).toBe(pinned);
  });

  it('does not ask with an id that would match everybody', async () => {
    await expect(leftContainers('')).rejects.toMatchObject({ tag: 'engine' });
    await expect(oldImages('*', [])).rejects.toMatchObject({ tag: 'engine' });
  });
});
