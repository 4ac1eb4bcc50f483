import { expect, test } from 'vitest';
import { ofDisk } from '../../src/operations/doctor/disk.ts';

const GIB = 1024 ** 3;

test('says what the folders weigh, the heaviest first', () => {
  const parts = [
    { name: 'logs', bytes: 2048 },
    { name: 'runs', bytes: 1.5 * GIB },
    { name: 'caches', bytes: 0 },
  ];
  expect(ofDisk({ parts, freeBytes: null, floorBytes: null })).toEqual([
    {
      ...{ what: 'disk use', state: 'ok', kind: 'advice', remedy: '' },
      sentence: 'aedev uses 1.5 GiB: runs 1.5 GiB, logs 2.0 KiB.',
    },
  ]);
  expect(ofDisk({ parts: [], freeBytes: 1, floorBytes: 0 })[0]?.sentence).toBe('aedev uses 0 B.');
});

test('below the floor it says that nothing starts, and how to free space', () => {
  const lines = ofDisk({ parts: [], freeBytes: GIB, floorBytes: 2e9 });
  expect(lines.map(({ state }) => state)).toEqual(['ok', 'warning']);
  expect(lines[1]?.sentence).toContain('no new run starts');
  expect(lines[1]?.remedy).toContain('aedev prune');
  expect(ofDisk({ parts: [], freeBytes: 2e9, floorBytes: 2e9 })).toHaveLength(1);
});
