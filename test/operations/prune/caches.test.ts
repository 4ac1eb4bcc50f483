import { expect, test } from 'vitest';
import {
  type CacheFacts,
  type CachePorts,
  cachesFinder,
} from '../../../src/operations/prune/caches.ts';
import { prune } from '../../../src/operations/prune/prune.ts';

const HOUR = 3600 * 1000;
const NOW = Date.UTC(2026, 0, 31);
const cache = (key: string, hoursAgo: number, bytes = 10, repo = 'shop'): CacheFacts => ({
  ...{ repo, key, path: key, bytes, used: NOW - hoursAgo * HOUR },
});
const finder = (all: CacheFacts[], over: Partial<CachePorts> = {}) =>
  cachesFinder({
    now: () => NOW,
    keepDays: 30,
    maxBytes: 1000,
    short: async () => false,
    registered: (repo) => repo === 'shop',
    list: async () => all,
    remove: async () => true,
    ...over,
  });
const gone = async (all: CacheFacts[], over: Partial<CachePorts> = {}, limit = 10) =>
  (await finder(all, over)(limit)).map(({ what }) => what);

test('by age, and those of repos that are gone', async () => {
  const all = [cache('new', 2), cache('old', 31 * 24), cache('other', 2, 10, 'gone')];
  expect(await gone(all)).toEqual(['shop old', 'gone other']);
});

test('by weight, the longest unused first, never one that was just used', async () => {
  const all = [cache('c', 3, 400), cache('a', 9, 400), cache('b', 5, 400), cache('d', 0.5, 400)];
  expect(await gone(all)).toEqual(['shop a', 'shop b']);
  expect(await gone(all, {}, 1)).toEqual(['shop a']);
  expect(await gone(all, { maxBytes: 1 })).toEqual(['shop a', 'shop b', 'shop c']);
  expect(await gone(all, { maxBytes: 1600 })).toEqual([]);
});

test('on a disk that is nearly full all go that nothing uses now', async () => {
  const all = [cache('a', 9), cache('b', 0.5)];
  expect(await gone(all, { short: async () => true })).toEqual(['shop a']);
});

test('one in use stays, and is told', async () => {
  const find = finder([cache('old', 31 * 24)], { remove: async () => false });
  const report = await prune([find], { dryRun: false, limit: 10 });
  expect(report.left).toEqual([{ kind: 'cache', what: 'shop old', reason: 'it is in use now' }]);
});
