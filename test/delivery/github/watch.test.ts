/** Looking at pull requests again and again: what is seen how soon, and what it costs. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callsPerHour } from '../../../bench/forge.ts';
import type { GitHubForge } from '../../../src/delivery/forges/github/github.ts';
import { opening } from '../../support/forges.ts';
import { startGitHubDouble } from '../../support/github/double.ts';
import { type GitHubBed, githubBed } from '../../support/github-bed.ts';

const FILES = { 'a.txt': 'one\n' };
let bed: GitHubBed;
let forge: GitHubForge;
let now: number;
let number: number;
let head: string;
beforeEach(async () => {
  bed = await githubBed(FILES);
  now = bed.double.hub.now();
  forge = bed.make({ now: () => now });
  head = await bed.host.commit({ ...FILES, 'b.txt': 'b\n' }, [bed.base]);
  await forge.push(bed.host, head, 'aedev/t-1', null);
  ({ number } = await forge.openPull(opening()));
  await bed.there.knowMergeability();
  await forge.observe([number]);
});
afterEach(() => bed.remove());

const minutes = (count: number) => count * 60_000;
const seen = async () => (await forge.observe([number])).get(number);
/** One look so much later. */
const later = (ms: number) => {
  now += ms;
  // GitHub's own times have whole seconds: a change within the second of the last one shows late.
  bed.double.advance(ms);
  return seen();
};

describe('what changes', () => {
  const changes: [string, () => Promise<unknown>, object][] = [
    [
      'a check, of which nothing else tells',
      () => bed.there.check({ sha: head, name: 'ci', status: 'completed', conclusion: 'failure' }),
      { checks: [expect.objectContaining({ name: 'ci', state: 'failure' })] },
    ],
    [
      'a status',
      () => bed.there.status({ sha: head, context: 'ci', state: 'pending' }),
      { checks: [expect.objectContaining({ name: 'ci', state: 'pending' })] },
    ],
    [
      'a review',
      () => bed.there.review(number, { state: 'APPROVED', by: 'ann' }),
      { reviews: [expect.objectContaining({ author: 'ann', state: 'approved' })] },
    ],
    ['a base that moved', () => bed.there.push('main', { files: { x: 'x' } }), {}],
    ['somebody who closed it', () => bed.there.close(number), { state: 'closed' }],
    [
      'somebody who merged it',
      async () => {
        await bed.there.setDraft(number, false);
        await bed.there.merge(number);
      },
      { state: 'merged' },
    ],
  ];
  test.each(changes)('%s is seen with the next look', async (what, change, expected) => {
    const before = await later(minutes(11));
    await change();
    expect(await later(5000)).toEqual(before);
    const after = await later(minutes(1));
    expect(after).toMatchObject(expected);
    expect(after).not.toEqual(before);
    if (what.startsWith('a base')) expect(after?.base).toBe(bed.there.tip('main'));
  });

  test('a push of our own is seen at once', async () => {
    await later(minutes(11));
    const next = await bed.host.commit({ ...FILES, 'b.txt': 'c\n' }, [bed.base]);
    await forge.push(bed.host, next, 'aedev/t-1', head);
    expect((await seen())?.head).toBe(next);
  });

  test('a check that is run again after it was through is seen within a quarter of an hour', async () => {
    const check = { sha: head, name: 'ci', status: 'completed' as const };
    await bed.there.check({ ...check, conclusion: 'success' });
    await later(minutes(30));
    await bed.there.check({ ...check, conclusion: 'failure', rerun: true });
    expect((await later(minutes(15)))?.checks[0]?.state).toBe('failure');
  });
});

test('a query that is too much for GitHub is asked in halves', async () => {
  const other = await bed.host.commit({ ...FILES, 'c.txt': 'c\n' }, [bed.base]);
  await forge.push(bed.host, other, 'aedev/t-2', null);
  const second = await forge.openPull(opening('t-2'));
  const numbers = [number, second.number];
  bed.double.faults.add({ surface: 'graphql' }, { kind: 'status', status: 502 }, { times: 3 });
  const fresh = bed.make({ now: () => now });
  expect([...(await fresh.observe(numbers)).keys()]).toEqual(numbers);
});

describe('what it costs', () => {
  test('nothing between two looks, and nothing for one that is over', async () => {
    await bed.there.close(number);
    await later(minutes(1));
    const { counted, unchanged } = forge.calls;
    for (let look = 0; look < 10; look += 1) await later(minutes(10));
    expect(forge.calls).toEqual({ counted, unchanged });
  });

  test('a forge that does not answer is not asked at every look', async () => {
    await later(minutes(11));
    bed.double.faults.add({}, { kind: 'status', status: 503 }, { times: 1000 });
    const before = bed.double.journal.entries.length;
    let failures = 0;
    for (let look = 0; look < 30; look += 1, now += 10_000)
      await forge.observe([number]).catch(() => {
        failures += 1;
      });
    expect(failures).toBe(4);
    expect(bed.double.journal.entries.length - before).toBe(12);
  });

  test('at most six calls per open pull request and hour', async () => {
    expect((await callsPerHour(startGitHubDouble, 1)).calls).toBeLessThanOrEqual(6);
    // Several share their calls.
    expect((await callsPerHour(startGitHubDouble, 8)).calls).toBeLessThanOrEqual(1);
  });
});
