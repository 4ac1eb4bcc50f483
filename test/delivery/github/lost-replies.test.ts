/** Answers that are lost, late, broken or refused: nothing is done twice, and nothing is made up. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PullRequest } from '../../../src/delivery/forges/forge.ts';
import { opening } from '../../support/forges.ts';
import type { Fault, Match } from '../../support/github/faults.ts';
import { type GitHubBed, githubBed } from '../../support/github-bed.ts';

const FILES = { 'a.txt': 'one\n' };
const BRANCH = 'aedev/t-1';
const MARKER = '<!-- aedev:task=t-1 -->';

let bed: GitHubBed;
beforeEach(async () => {
  bed = await githubBed(FILES);
});
afterEach(() => bed.remove());

const change = (text: string) => bed.host.commit({ ...FILES, 'b.txt': text }, [bed.base]);
async function pushed(text = 'b\n'): Promise<string> {
  const head = await change(text);
  await bed.forge.push(bed.host, head, BRANCH, null);
  return head;
}
const open = () => bed.make().openPull(opening());
async function ready(): Promise<PullRequest> {
  await pushed();
  const { number } = await open();
  await bed.forge.markReady(number);
  await bed.there.knowMergeability();
  return bed.forge.pull(number);
}
const merge = (pull: PullRequest) =>
  bed.make().merge(pull.number, { head: pull.head, base: pull.base }, 'squash', 'T\n', '');
const tagOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error) => error.tag,
  );
/** As the engine does: what may be tried again is. */
async function tried<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error as { retryable?: boolean }).retryable || tries === 4) throw error;
    }
  }
}

const AFTER: [string, Fault][] = [
  ['a connection cut after the effect', { kind: 'reset', after: true }],
  ['a connection cut before it', { kind: 'reset' }],
  ['502 after the effect', { kind: 'status', status: 502, after: true }],
  ['502 before it', { kind: 'status', status: 502 }],
  ['a body that is no JSON', { kind: 'malformed' }],
  ['a page instead of an answer', { kind: 'html', status: 502 }],
];

describe.each(AFTER)('%s', (_, fault) => {
  const arm = (match: Match) => bed.double.faults.add(match, fault);

  test('opens one pull request', async () => {
    await pushed();
    arm({ method: 'POST', path: /\/pulls$/ });
    const pull = await tried(open);
    expect(pull).toMatchObject({ number: 1, state: 'draft' });
    expect(bed.there.state.pulls.size).toBe(1);
  });

  test('merges once', async () => {
    const pull = await ready();
    arm({ method: 'PUT', path: /\/merge$/ });
    const landed = await tried(() => merge(pull));
    expect(landed.commit).toBe(bed.there.tip('main'));
    expect((await bed.there.commit(landed.commit)).parents).toEqual([bed.base]);
  });

  test('writes one comment', async () => {
    const pull = await ready();
    arm({ method: 'POST', path: /\/comments$/ });
    await tried(() => bed.make().comment(pull.number, 'm', 'words'));
    expect(bed.there.state.comments).toHaveLength(1);
  });

  test('moves the branch once', async () => {
    arm({ surface: 'git', kind: 'write' });
    const head = await change('b\n');
    await tried(() => bed.make().push(bed.host, head, BRANCH, null));
    expect(bed.there.tip(BRANCH)).toBe(head);
  });
});

describe('answers that are clear', () => {
  test('a merge that somebody else finished first with this head is the same merge', async () => {
    const pull = await ready();
    const run = async () => void (await bed.there.merge(pull.number, 'squash'));
    bed.double.faults.add({ method: 'PUT', path: /\/merge$/ }, { kind: 'call', run });
    expect(await merge(pull)).toMatchObject({ commit: bed.there.tip('main') });
  });

  test('a push by somebody else at the last moment stops the merge', async () => {
    const pull = await ready();
    const run = async () => void (await bed.there.push(BRANCH, { files: { 'evil.txt': 'x' } }));
    bed.double.faults.add({ method: 'PUT', path: /\/merge$/ }, { kind: 'call', run });
    expect(await tagOf(merge(pull))).toBe('head-moved');
    expect(bed.there.tip('main')).toBe(bed.base);
  });

  test('half a pack moves nothing, and the next try does', async () => {
    const head = await change('b\n');
    bed.double.faults.add({ method: 'POST', path: /git-receive-pack$/ }, { kind: 'cut' });
    expect(await tagOf(bed.forge.push(bed.host, head, BRANCH, null))).toBe('unavailable');
    expect(bed.there.tip(BRANCH)).toBeNull();
    await bed.forge.push(bed.host, head, BRANCH, null);
    expect(bed.there.tip(BRANCH)).toBe(head);
  });

  test('a stale read before the push overwrites nobody', async () => {
    const head = await change('b\n');
    bed.double.faults.add({ surface: 'graphql' }, { kind: 'stale' });
    await bed.there.push(BRANCH, { files: { 'theirs.txt': 'x' } });
    const theirs = bed.there.tip(BRANCH);
    expect(await tagOf(bed.forge.push(bed.host, head, BRANCH, null))).toBe('head-moved');
    expect(bed.there.tip(BRANCH)).toBe(theirs);
  });

  test('a used-up limit is told with its end, and nothing is asked before that', async () => {
    const pull = await ready();
    bed.double.faults.add({ surface: 'graphql' }, { kind: 'primary-limit', resetIn: 600_000 });
    const first = await bed.forge.pull(pull.number).catch((error) => error);
    expect(first).toMatchObject({ tag: 'limited', retryable: true });
    const wait = Date.parse(first.retryAt) - bed.double.hub.now();
    expect(wait).toBeGreaterThan(590_000);
    expect(wait).toBeLessThan(605_000);
    const asked = bed.double.journal.entries.length;
    expect(await tagOf(bed.forge.comment(pull.number, 'm', 'x'))).toBe('limited');
    expect(bed.double.journal.entries).toHaveLength(asked);
    bed.double.advance(wait + 1000);
    expect((await bed.forge.pull(pull.number)).number).toBe(pull.number);
  });

  test('a secondary limit is waited out as long as it says', async () => {
    const pull = await ready();
    const fault: Fault = { kind: 'secondary-limit', status: 403, retryAfter: 90 };
    bed.double.faults.add({ method: 'PUT', path: /\/merge$/ }, fault);
    const error = await merge(pull).catch((thrown) => thrown);
    expect(error).toMatchObject({ tag: 'limited' });
    expect(Date.parse(error.retryAt) - bed.double.hub.now()).toBeGreaterThan(80_000);
    expect(bed.there.tip('main')).toBe(bed.base);
  });

  test.each([
    ['auth', (one: GitHubBed) => one.double.revoke(one.token)],
    ['not-found', (one: GitHubBed) => one.there.permit('aedev-bot', null)],
  ])('%s: the credential is refused, or sees nothing any more', async (tag, spoil) => {
    const pull = await ready();
    await spoil(bed);
    for (const call of [
      () => bed.forge.pull(pull.number),
      () => bed.forge.tip(BRANCH),
      () => bed.forge.openPull(opening()),
    ]) {
      const error = await call().catch((thrown) => thrown);
      expect(error.tag).toBe(tag);
      expect(error.remedy).not.toBe('');
      expect(JSON.stringify([error.message, String(error.stack)])).not.toContain(bed.token);
    }
  });

  test('a credential that may only read is told so, also by a push', async () => {
    const token = bed.double.token({
      permissions: { contents: 'read', metadata: 'read', pull_requests: 'read' },
    });
    const forge = bed.make({ env: { AEDEV_GITHUB_TOKEN: token } });
    const error = await forge.push(bed.host, await change('b\n'), BRANCH, null).catch((one) => one);
    expect(error.tag).toMatch(/^(?:forbidden|unavailable)$/);
    expect(bed.there.tip(BRANCH)).toBeNull();
  });

  test('a repository that was renamed is not followed in silence', async () => {
    await bed.there.rename('store');
    const error = await bed.forge.findPull(MARKER, BRANCH).catch((thrown) => thrown);
    expect(error).toMatchObject({ tag: 'refused', remedy: expect.stringContaining('repos.yaml') });
  });
});

describe('the pace that GitHub asks for', () => {
  test('changes nothing of what is done, and a used-up limit is told through it', async () => {
    const pull = await ready();
    const paced = bed.make({ paced: true });
    await paced.comment(pull.number, 'a', 'one');
    await paced.comment(pull.number, 'b', 'two');
    expect(bed.there.state.comments).toHaveLength(2);
    bed.double.faults.add({ surface: 'graphql' }, { kind: 'primary-limit', resetIn: 600_000 });
    const error = await paced.pull(pull.number).catch((thrown) => thrown);
    expect(error).toMatchObject({ tag: 'limited', retryAt: expect.any(String) });
  });
});

describe('remote writes that are off', () => {
  test('reach nothing, one by one', async () => {
    const pull = await ready();
    const head = await change('other\n');
    const off = {
      assertAllowed: (what: string) => {
        throw new Error(`off: ${what}`);
      },
    };
    const closed = bed.make({ gate: off, labels: ['x'] });
    const before = bed.double.journal.writes().length;
    const { number } = pull;
    const check = { name: 'c', state: 'success' as const, summary: '', head: pull.head };
    for (const call of [
      () => closed.push(bed.host, head, BRANCH, pull.head),
      () => closed.push(bed.host, head, 'aedev/other', null),
      () => closed.comment(number, 'm', 'x'),
      () => closed.close(number, 'x'),
      () => closed.setCheck(number, check),
      () => closed.merge(number, { head: pull.head, base: pull.base }, 'merge', 'T', ''),
      () => closed.openPull(opening('t-2')),
    ])
      await expect(call()).rejects.toThrow();
    expect(bed.double.journal.writes()).toHaveLength(before);
  });

  test('stop what is under way at the next request', async () => {
    const pull = await ready();
    let writes = 0;
    const gate = {
      assertAllowed: () => {
        writes += 1;
        if (writes > 1) throw new Error('off now');
      },
    };
    const before = bed.double.journal.writes().length;
    await expect(bed.make({ gate }).close(pull.number, 'x')).rejects.toThrow();
    expect(bed.double.journal.writes()).toHaveLength(before + 1);
    expect(bed.there.isOpen(pull.number)).toBe(true);
  });
});
