/** What GitHub would let an administrator do is not what aedev does. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PullRequest } from '../../../src/delivery/forges/forge.ts';
import type { GitHubForge } from '../../../src/delivery/forges/github/github.ts';
import { opening } from '../../support/forges.ts';
import { type GitHubBed, githubBed } from '../../support/github-bed.ts';

const FILES = { 'a.txt': 'one\n' };
let bed: GitHubBed;
/** With the token of an administrator, whom protection does not stop. */
let forge: GitHubForge;
beforeEach(async () => {
  bed = await githubBed(FILES);
  await bed.there.permit('aedev-bot', 'admin');
  forge = bed.make();
});
afterEach(() => bed.remove());

async function draft(name = 't-1', from = bed.base): Promise<PullRequest> {
  const head = await bed.host.commit({ ...FILES, [`${name}.txt`]: 'b\n' }, [from]);
  await forge.push(bed.host, head, `aedev/${name}`, null);
  return forge.openPull(opening(name));
}
async function ready(name = 't-1'): Promise<PullRequest> {
  const { number } = await draft(name);
  await forge.markReady(number);
  await bed.there.knowMergeability();
  return forge.pull(number);
}
const merge = (
  { number, head, base }: PullRequest,
  method: 'merge' | 'squash' | 'rebase' = 'squash',
) => forge.merge(number, { head, base }, method, 'T\n', '');
const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error) => `${error.tag}: ${error.message}`,
  );
const merges = () => bed.double.journal.writes().filter(({ path }) => path.endsWith('/merge'));

describe('protection', () => {
  test('a review that is demanded is waited for, as an administrator too', async () => {
    await bed.there.protect('main', { reviews: 1 });
    const pull = await ready();
    expect(pull.needs).toEqual(['an approving review']);
    expect(await failure(merge(pull))).toMatch(/^waiting: .*an approving review/);
    expect(merges()).toEqual([]);
    await bed.there.review(pull.number, { state: 'APPROVED', by: 'ann' });
    const now = await forge.pull(pull.number);
    expect(now.needs).toBeUndefined();
    expect(await merge(now)).toMatchObject({ commit: bed.there.tip('main') });
  });

  test('a draft tells no needs: whoever reviews looks at what is ready', async () => {
    await bed.there.protect('main', { reviews: 1 });
    expect((await draft()).needs).toBeUndefined();
  });

  test.each(['protect', 'ruleset'] as const)(
    'checks that %s demands are named, and waited for',
    async (kind) => {
      await bed.there[kind]('main', { requiredChecks: ['build', 'lint'] });
      const pull = await ready();
      expect(pull.requiredChecks).toEqual(['build', 'lint']);
      await bed.there.check({
        sha: pull.head,
        name: 'build',
        status: 'completed',
        conclusion: 'success',
      });
      expect(await failure(merge(pull))).toMatch(/^waiting: .*lint/);
      expect(merges()).toEqual([]);
      await bed.there.check({
        sha: pull.head,
        name: 'lint',
        status: 'completed',
        conclusion: 'skipped',
      });
      await merge(await forge.pull(pull.number));
    },
  );

  test('open conversations, when they count, are something that GitHub tells', async () => {
    await bed.there.protect('main', { resolvedConversations: true });
    const pull = await ready();
    const id = await bed.there.reviewComment(pull.number, { body: 'why?', path: 't-1.txt' });
    expect(await failure(merge(await forge.pull(pull.number)))).toMatch(/^waiting: .*"blocked"/);
    await bed.there.resolve(id);
    await merge(await forge.pull(pull.number));
  });
});

describe('merging', () => {
  test('only by a method that both sides allow', async () => {
    const pull = await ready();
    await bed.there.configure({ squash: false });
    const error = await merge(pull).catch((thrown) => thrown);
    expect(error).toMatchObject({
      tag: 'refused',
      remedy: expect.stringContaining('merge or rebase'),
    });
    expect(merges()).toEqual([]);
    const landed = await merge(pull, 'rebase');
    expect((await bed.there.commit(landed.commit)).parents).toEqual([bed.base]);
  });

  test('what is not known yet is waited for', async () => {
    const { number } = await draft();
    await forge.markReady(number);
    bed.there.pull(number).hiddenReads = 3;
    const pull = await forge.pull(number);
    expect(pull.mergeable).toBe('unknown');
    expect(await failure(merge(pull))).toMatch(/^waiting: /);
  });

  test('a base that moved is no base of what was judged', async () => {
    const pull = await ready();
    await bed.there.push('main', { files: { 'theirs.txt': 'x' } });
    expect(await failure(merge(pull))).toMatch(/^base-moved: /);
    expect(merges()).toEqual([]);
  });
});

describe('a merge queue', () => {
  const queue = () =>
    bed.there.protect('main', { mergeQueue: 'squash', requiredChecks: ['build'] });
  const green = (sha: string) =>
    bed.there.check({ sha, name: 'build', status: 'completed', conclusion: 'success' });

  test('is joined, waited for, and lands it', async () => {
    await queue();
    const pull = await ready();
    await green(pull.head);
    expect(await failure(merge(await forge.pull(pull.number)))).toMatch(
      /^waiting: .*1 in the merge queue/,
    );
    const queued = await forge.pull(pull.number);
    expect(queued.queued).toBe(1);
    expect(await failure(merge(queued))).toMatch(/^waiting: /);
    expect(merges()).toEqual([]);
    await green(bed.there.state.queue[0]?.sha ?? '');
    const landed = await forge.pull(pull.number);
    expect(landed).toMatchObject({ state: 'merged', mergeCommit: bed.there.tip('main') });
    expect(landed.mergeTree).toBe(await bed.host.git('rev-parse', `${pull.head}^{tree}`));
  });

  test('is joined only while it is empty: behind others it would land on what nobody judged', async () => {
    await queue();
    const first = await ready('t-1');
    const second = await ready('t-2');
    await green(first.head);
    await green(second.head);
    await failure(merge(await forge.pull(first.number)));
    const waiting = await forge.pull(second.number);
    expect(waiting.needs?.join()).toMatch(/1 pull request\(s\) before it/);
    expect(await failure(merge(waiting))).toMatch(/^waiting: /);
    expect(bed.there.state.queue).toHaveLength(1);
  });
});
