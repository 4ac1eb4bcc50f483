import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import {
  diskProblem,
  freeBytes,
  withDiskFloor,
} from '../../../src/execution/sandboxes/disk-floor.ts';
import type { Sandbox } from '../../../src/execution/sandboxes/sandbox.ts';

it('knows how much is free, or that it does not know', async () => {
  expect(await freeBytes(tmpdir())).toBeGreaterThan(0);
  expect(await freeBytes('/no/such/folder')).toBeNull();
});

it('a disk below the floor is a problem with its remedy', async () => {
  const free = (bytes: number | null) => async () => bytes;
  expect(await diskProblem('/x', 2e9, free(1.5e9))).toEqual({
    code: 'disk-full',
    sentence: expect.stringMatching(/^Only 1\.5 GB .* below the 2\.0 GB/),
    remedy: expect.stringContaining('aedev prune'),
  });
  expect(await diskProblem('/x', 2e9, free(2e9))).toBeNull();
  expect(await diskProblem('/x', 2e9, free(null))).toBeNull();
  expect(await diskProblem('/x', 0, free(0))).toBeNull();
});

it('keeps new runs from starting and touches nothing else of the sandbox', async () => {
  const calls: string[] = [];
  const inner = {
    tier: 'docker',
    inside: () => 'in',
    check: async () => [{ code: 'image', sentence: '', remedy: '' }],
    checkCoder: async (family: string) => [{ code: family, sentence: '', remedy: '' }],
    run: async () => calls.push('run'),
    reap: async () => calls.push('reap'),
    orphans: async () => ['r-1'],
  } as unknown as Sandbox;
  let full = true;
  const problem = { code: 'disk-full', sentence: '', remedy: '' };
  const outer = withDiskFloor(inner, async () => (full ? problem : null));
  expect(await outer.check()).toEqual([problem]);
  await outer.run({} as never, new AbortController().signal);
  await outer.reap('r');
  expect(calls).toEqual(['run', 'reap']);
  expect(await outer.orphans()).toEqual(['r-1']);
  expect(await outer.checkCoder?.('claude')).toMatchObject([{ code: 'claude' }]);
  full = false;
  expect(await outer.check()).toMatchObject([{ code: 'image' }]);
  expect(outer.inside({ workspace: '/w' }, '/w/x')).toBe('in');
});

it('ends a run that leaves next to nothing of the disk, and says why; another end stays what it was', async () => {
  let scarce = false;
  let started = (): void => {};
  const exit = (ended: string) => ({ code: null, signal: null, ended });
  const inner = {
    tier: 'docker',
    run: (_spec: unknown, signal: AbortSignal) =>
      new Promise((done) => {
        signal.addEventListener('abort', () => done(exit('aborted')), { once: true });
        started();
      }),
  } as unknown as Sandbox;
  const run = async (act: (abort: AbortController) => void) => {
    const abort = new AbortController();
    const up = new Promise<void>((done) => {
      started = done;
    });
    const outer = withDiskFloor(
      inner,
      async () => null,
      async () => scarce,
    );
    const running = outer.run({} as never, abort.signal);
    await up;
    act(abort);
    return (await running).ended;
  };
  const filled = () => {
    scarce = true;
  };
  expect(await run(filled)).toBe('disk');
  scarce = false;
  expect(await run((abort) => abort.abort())).toBe('aborted');
});
