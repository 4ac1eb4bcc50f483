/**
 * The adapter delivers one change from push to merge while one request, each in its turn, goes
 * wrong; afterwards there is one pull request, one comment and one merge, and main is what landed.
 */
import { expect, it } from 'vitest';
import { ForgeError } from '../../src/delivery/forges/forge.ts';
import { opening } from '../support/forges.ts';
import type { Fault } from '../support/github/faults.ts';
import { type GitHubBed, githubBed } from '../support/github-bed.ts';

const TIME = '2026-01-02T03:04:05.000Z';
const HOUR = 3_600_000;

/** A repeated request is not among them: nothing keeps a proxy from writing a comment twice. */
const FAULTS: Fault[] = [
  { kind: 'reset', after: true },
  { kind: 'status', status: 502, after: true },
  { kind: 'stale' },
  { kind: 'reset' },
  { kind: 'truncated' },
  { kind: 'html', status: 502 },
  { kind: 'secondary-limit', retryAfter: 60 },
];

async function deliver(bed: GitHubBed): Promise<string> {
  const head = await bed.host.commit({ a: 'a\n', b: 'b\n' }, [bed.base]);
  let forge = bed.forge;
  async function insist<T>(deed: () => Promise<T>): Promise<T> {
    for (let left = 3; ; left -= 1) {
      try {
        return await deed();
      } catch (error) {
        if (!(error instanceof ForgeError) || left === 0) throw error;
        // As another life would: later, with nothing remembered.
        bed.double.advance(HOUR);
        forge = bed.make();
      }
    }
  }
  await insist(() => forge.push(bed.host, head, 'aedev/t1', null));
  const { number } = await insist(() => forge.openPull(opening('t1')));
  await insist(() => forge.markReady(number));
  await insist(() => forge.comment(number, 'm1', 'words'));
  const expected = { head, base: bed.base };
  const landed = await insist(() => forge.merge(number, expected, 'squash', 'T\n', TIME));
  return landed.commit;
}

async function run(fault: Fault | null, skip: number): Promise<{ requests: number; met: string }> {
  const bed = await githubBed({ a: 'a\n' });
  try {
    if (fault !== null) bed.double.faults.add({}, fault, { skip });
    const landed = await deliver(bed);
    const { pulls, comments } = bed.there.state;
    const { parents } = await bed.there.commit(landed);
    const { method, path } = bed.double.journal.entries[skip] ?? { method: 'no', path: 'request' };
    const met = `${fault?.kind} at ${method} ${path}`;
    const end = [pulls.size, comments.length, bed.there.tip('main'), ...parents];
    expect(end, met).toEqual([1, 1, landed, bed.base]);
    expect(bed.double.journal.problems(), met).toEqual([]);
    return { requests: bed.double.journal.entries.length, met };
  } finally {
    await bed.remove();
  }
}

it('delivers once, whichever request goes wrong', async () => {
  const { requests } = await run(null, 0);
  expect(requests).toBeGreaterThan(15);
  const seen = new Set<string>();
  for (let at = 0; at < requests; at += 1) {
    const fault = FAULTS[at % FAULTS.length] as Fault;
    seen.add((await run(fault, at)).met);
  }
  expect(seen.size).toBeGreaterThan(15);
}, 180_000);
