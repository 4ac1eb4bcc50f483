import { expect, test } from 'vitest';
import { diskProblem } from '../../src/execution/sandboxes/disk-floor.ts';
import { ofDisk } from '../../src/operations/doctor/disk.ts';

const GB = 1000 ** 3;

test('says in one line what is free and what the folders weigh, the heaviest first', () => {
  const parts = [
    { name: 'logs', bytes: 2048 },
    { name: 'runs', bytes: 1.5 * GB },
    { name: 'caches', bytes: 0 },
  ];
  expect(ofDisk({ parts, freeBytes: 2 * GB, floorBytes: 2 * GB })).toEqual([
    {
      ...{ what: 'disk', state: 'ok', kind: 'advice', remedy: '' },
      sentence:
        '2.0 GB are free on the disk of the home; aedev uses 1.5 GB: runs 1.5 GB, logs 2.0 kB.',
    },
  ]);
  expect(ofDisk({ parts: [], freeBytes: 1, floorBytes: 0 })).toMatchObject([
    { state: 'ok', sentence: '1 B are free on the disk of the home; aedev uses 0 B.' },
  ]);
  expect(ofDisk({ parts: [], freeBytes: null, floorBytes: 0 })).toMatchObject([
    { state: 'warning', sentence: expect.stringContaining('could not be found out') },
  ]);
});

test('is broken exactly where no run starts, with the numbers that the hold names', async () => {
  for (const [free, floor] of [
    [1.9 * GB, 2 * GB],
    [2 * GB, 2 * GB],
    [0.5 * GB, 0.4 * GB],
    [0, 0],
    [15 * GB, 20 * GB],
  ] as const) {
    const [line, ...more] = ofDisk({ parts: [], freeBytes: free, floorBytes: floor });
    expect(more).toEqual([]);
    const hold = await diskProblem('/', floor, async () => free);
    expect(line?.state).toBe(hold ? 'broken' : 'ok');
    const numbers = (text: string) => text.match(/[\d.]+ GB/g)?.slice(0, 2);
    if (hold) expect(numbers(line?.sentence ?? '')).toEqual(numbers(hold.sentence));
  }
  const [line] = ofDisk({ parts: [], freeBytes: GB, floorBytes: 2 * GB });
  expect(line).toMatchObject({ kind: 'machine', remedy: expect.stringContaining('aedev prune') });
});
