import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadIndexDir } from '../../src/planning/index-files.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aedev-files-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('an index folder', () => {
  it('is read line by line; only the paths are required', async () => {
    await expect(loadIndexDir(dir, 'x')).rejects.toMatchObject({
      tag: 'index-files',
      reason: 'is not there',
    });
    await writeFile(join(dir, 'index.txt'), 'a.ts\nb c.ts\r\n\n');
    expect(await loadIndexDir(dir, 'x')).toEqual({
      repo: 'x',
      paths: ['a.ts', 'b c.ts'],
      symbols: [],
      idents: [],
      packages: [],
    });
    await writeFile(join(dir, 'symbols.txt'), 'run\texport\ta.ts\n');
    await writeFile(join(dir, 'idents.txt'), 'runAll\n');
    await writeFile(join(dir, 'packages.txt'), 'zod\n');
    expect(await loadIndexDir(dir, 'x')).toEqual({
      repo: 'x',
      paths: ['a.ts', 'b c.ts'],
      symbols: [{ name: 'run', kind: 'export', file: 'a.ts' }],
      idents: ['runAll'],
      packages: ['zod'],
    });
  });

  it('names the line of a malformed symbol', async () => {
    await writeFile(join(dir, 'symbols.txt'), 'run\texport\ta.ts\nbroken\n');
    await expect(loadIndexDir(dir, 'x')).rejects.toMatchObject({
      tag: 'index-files',
      reason: expect.stringContaining('line 2'),
    });
  });
});
