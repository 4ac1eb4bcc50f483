import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Bed, startBed } from './client.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await startBed();
});
afterEach(() => bed.close());

/** A branch with one change and its pull request. */
async function opened(draft = false, files = { 'src/b.txt': 'b\n' } as Record<string, string>) {
  const head = await bed.repo.push('aedev/t1', { files });
  const made = await bed.call('POST', `${bed.at}/pulls`, {
    title: 'A title',
    body: 'words\n<!-- marker -->',
    head: 'aedev/t1',
    base: 'main',
    draft,
  });
  expect(made.status).toBe(201);
  return { head, number: made.body.number as number, made: made.body };
}

const merge = (number: number, body: object = {}) =>
  bed.call('PUT', `${bed.at}/pulls/${number}/merge`, body);

describe('every read', () => {
  it('has the shape that GitHub describes', async () => {
    const { head, number } = await opened();
    await bed.repo.check({ sha: head, name: 'ci', conclusion: 'failure', summary: 'red' });
    await bed.repo.check({
      sha: head,
      name: 'lint',
      status: 'in_progress',
      annotations: [{ path: 'src/b.txt', line: 1, level: 'failure', message: 'no' }],
    });
    await bed.repo.status({ sha: head, context: 'old', state: 'pending' });
    await bed.repo.review(number, { state: 'CHANGES_REQUESTED', body: 'no' });
    await bed.repo.comment(number, 'hello');
    await bed.repo.protect('main', { requiredChecks: ['ci'], reviews: 1 });
    await bed.repo.ruleset('main', { requiredChecks: ['ci'], reviews: 1, mergeQueue: 'squash' });
    const run = bed.repo.state.checkRuns[1]?.id;
    const paths = [
      '',
      '/branches/main',
      `/check-runs/${run}/annotations`,
      '/collaborators/ann/permission',
      `/commits/${head}/check-runs`,
      `/commits/aedev%2Ft1/check-runs`,
      `/commits/aedev/t1/status`,
      '/git/ref/heads/aedev%2Ft1',
      '/git/ref/heads/aedev/t1',
      '/pulls',
      `/pulls/${number}`,
      '/rules/branches/main',
    ];
    for (const path of paths) {
      expect((await bed.call('GET', bed.at + path)).status, path).toBe(200);
    }
    expect(bed.hub.problems).toEqual([]);
    expect(bed.hub.journal.writes().length).toBe(1);
    // A wrong shape is found: nothing of this would mean anything if it were not.
    const first = bed.repo.state.issues.get(number);
    if (first !== undefined) Object.assign(first, { title: 7 });
    await bed.call('GET', `${bed.at}/pulls/${number}`);
    expect(bed.hub.problems).toEqual([`GET ${bed.at}/pulls/${number}: /title must be string`]);
    bed.hub.problems.length = 0;
  });

  it('costs nothing when nothing changed', async () => {
    const { number } = await opened();
    await bed.repo.knowMergeability();
    const first = await bed.call('GET', `${bed.at}/pulls/${number}`);
    const etag = first.headers.get('etag') ?? '';
    const left = ({ headers }: Answer) => Number(headers.get('x-ratelimit-remaining'));
    const again = await bed.call('GET', `${bed.at}/pulls/${number}`, undefined, {
      'if-none-match': etag,
    });
    expect([again.status, again.body]).toEqual([304, '']);
    expect(left(again)).toBe(left(first));
    await bed.repo.comment(number, 'news');
    const news = await bed.call('GET', `${bed.at}/pulls/${number}`, undefined, {
      'if-none-match': etag,
    });
    expect([news.status, news.body.comments]).toEqual([200, 1]);
    expect(left(news)).toBe(left(first) - 1);
  });
});

describe('pull requests', () => {
  it('does not know at once whether one is mergeable', async () => {
    // Two looks get no answer: that of the opening, and one more.
    bed.hub.mergeabilityDelay = 2;
    const { number, made } = await opened();
    expect([made.mergeable, made.mergeable_state, made.merge_commit_sha]).toEqual([
      null,
      'unknown',
      null,
    ]);
    expect((await bed.call('GET', `${bed.at}/pulls/${number}`)).body.mergeable).toBeNull();
    const { body } = await bed.call('GET', `${bed.at}/pulls/${number}`);
    expect([body.mergeable, body.mergeable_state]).toEqual([true, 'clean']);
    const test = await bed.repo.git.run(['rev-parse', `refs/pull/${number}/merge`]);
    expect(body.merge_commit_sha).toBe(test);
    await bed.repo.push('main', { files: { 'src/b.txt': 'other\n' } });
    const moved = await bed.call('GET', `${bed.at}/pulls/${number}`);
    expect(moved.body.mergeable).toBeNull();
    // The recorded base is that of the last push to the pull request, not the branch's tip.
    expect(moved.body.base.sha).toBe(made.base.sha);
    await bed.call('GET', `${bed.at}/pulls/${number}`);
    const known = await bed.call('GET', `${bed.at}/pulls/${number}`);
    expect([known.body.mergeable, known.body.mergeable_state]).toEqual([false, 'dirty']);
    expect((await merge(number)).body.message).toBe('Pull Request is not mergeable');
  });

  it('refuses what GitHub refuses, in its shapes', async () => {
    const open = (body: object) => bed.call('POST', `${bed.at}/pulls`, body);
    const input = { title: 'T', head: 'aedev/t1', base: 'main' };
    const field = (name: string) => ({ resource: 'PullRequest', field: name, code: 'invalid' });
    const custom = (message: string) => ({ resource: 'PullRequest', code: 'custom', message });
    const errors = async (body: object) => {
      const answer = await open(body);
      expect([answer.status, answer.body.message]).toEqual([422, 'Validation Failed']);
      return answer.body.errors;
    };
    expect(await errors(input)).toEqual([field('head')]);
    await opened();
    expect(await errors({ ...input, base: 'none' })).toEqual([field('base')]);
    expect(await errors({ ...input, head: 'main' })).toEqual([
      custom('No commits between main and main'),
    ]);
    expect(await errors(input)).toEqual([
      custom('A pull request already exists for acme:aedev/t1.'),
    ]);
    await bed.repo.push('aedev/t2', { files: { x: 'x\n' } });
    await bed.repo.configure({ drafts: false });
    expect(await errors({ ...input, head: 'aedev/t2', draft: true })).toEqual([
      custom('Draft pull requests are not supported in this repository.'),
    ]);
    expect((await open({ title: 'T' })).status).toBe(422);
    expect((await bed.call('POST', `${bed.at}/pulls`, '{"title":')).status).toBe(400);
  });

  it('lists by head and state, page by page', async () => {
    const { number } = await opened();
    for (const at of [2, 3, 4]) {
      await bed.repo.push(`b${at}`, { files: { [`f${at}`]: 'x\n' } });
      await bed.repo.open({ head: `b${at}` });
    }
    await bed.repo.push('aedev/t1', { files: { evil: 'x\n' }, fork: 'mallory' });
    await bed.repo.open({ head: 'mallory:aedev/t1', by: 'mallory', body: '<!-- marker -->' });
    const list = async (query: string) => {
      const { body } = await bed.call('GET', `${bed.at}/pulls?${query}`);
      return (body as { number: number }[]).map((pull) => pull.number);
    };
    expect(await list('head=acme:aedev/t1&state=all')).toEqual([number]);
    expect(await list('head=mallory:aedev/t1')).toEqual([5]);
    // Without an owner the filter is not applied at all.
    expect(await list('head=aedev/t1')).toEqual([5, 4, 3, 2, 1]);
    await bed.repo.close(3);
    expect(await list('state=closed')).toEqual([3]);
    const first = await bed.call('GET', `${bed.at}/pulls?per_page=2&state=all`);
    const links = first.headers.get('link') ?? '';
    expect(links).toContain('rel="last"');
    const next = /<([^>]+)>; rel="next"/.exec(links)?.[1] ?? '';
    const second = await bed.call('GET', next);
    expect(second.body.map((pull: { number: number }) => pull.number)).toEqual([3, 2]);
    expect(second.headers.get('link')).toContain('rel="prev"');
  });

  it('ignores the draft field of an update', async () => {
    const { number } = await opened(true);
    const { status, body } = await bed.call('PATCH', `${bed.at}/pulls/${number}`, {
      draft: false,
      title: 'Another',
    });
    expect([status, body.draft, body.title]).toEqual([200, true, 'Another']);
    // The description of the request knows no such field.
    expect(bed.hub.journal.problems()).toEqual([
      `PATCH ${bed.at}/pulls/${number}: /draft is not described`,
    ]);
  });

  it('follows pushes, and closes when a branch goes', async () => {
    const { number } = await opened();
    const next = await bed.repo.push('aedev/t1', { files: { 'src/c.txt': 'c\n' }, by: 'ann' });
    const { body } = await bed.call('GET', `${bed.at}/pulls/${number}`);
    expect([body.head.sha, body.commits, body.changed_files]).toEqual([next, 2, 2]);
    expect(await bed.repo.git.run(['rev-parse', `refs/pull/${number}/head`])).toBe(next);
    await bed.repo.move('aedev/t1', null);
    const gone = await bed.call('GET', `${bed.at}/pulls/${number}`);
    expect([gone.body.state, gone.body.head.sha]).toEqual(['closed', next]);
    const reopened = await bed.call('PATCH', `${bed.at}/pulls/${number}`, { state: 'open' });
    expect(reopened.status).toBe(422);
    expect(reopened.body.errors[0].message).toContain('has been deleted');
    await bed.repo.push('aedev/t1', { files: { z: 'z\n' } });
    const recreated = await bed.call('PATCH', `${bed.at}/pulls/${number}`, { state: 'open' });
    expect(recreated.body.errors[0].message).toContain('force-pushed or recreated');
  });

  it('is merged when its commits land by another way', async () => {
    const { head, number } = await opened();
    await bed.repo.move('main', head, 'ann');
    const { body } = await bed.call('GET', `${bed.at}/pulls/${number}`);
    expect(body).toMatchObject({ state: 'closed', merged: true, merge_commit_sha: head });
    expect(body.merged_by.login).toBe('ann');
  });
});

describe('merging', () => {
  it('squashes, merges and rebases for real', async () => {
    const base = bed.repo.tip('main') as string;
    await bed.repo.push('aedev/t1', { files: { one: '1\n' }, message: 'first' });
    const head = await bed.repo.push('aedev/t1', { files: { two: '2\n' }, message: 'second' });
    const number = await bed.repo.open({ head: 'aedev/t1', by: 'aedev-bot', title: 'Both' });
    const results: Record<string, { tree: string; parents: string[]; message: string }> = {};
    for (const method of ['squash', 'merge', 'rebase']) {
      await bed.repo.move('main', base);
      const target = method === 'squash' ? number : await reopenAs(method, head);
      await bed.repo.push('main', { files: { 'README.md': 'moved\n' }, from: base });
      const answer = await merge(target, { merge_method: method, sha: head });
      expect(answer.body).toEqual({
        sha: bed.repo.tip('main'),
        merged: true,
        message: 'Pull Request successfully merged',
      });
      const { tree, parents, message } = await bed.repo.commit(answer.body.sha);
      results[method] = { tree, parents, message };
    }
    expect(results['squash']?.message).toBe('Both (#1)\n\n* first\n\n* second\n');
    expect(results['merge']?.parents[1]).toBe(head);
    expect(results['rebase']?.message).toBe('second\n');
    expect(results['rebase']?.parents.length).toBe(1);
    expect(new Set(Object.values(results).map(({ tree }) => tree)).size).toBe(1);
  });

  /** The same commits as another pull request. */
  async function reopenAs(branch: string, head: string): Promise<number> {
    await bed.repo.move(branch, head);
    return bed.repo.open({ head: branch });
  }

  it('has its own words and answers for every refusal', async () => {
    const { head, number } = await opened(true);
    const said = async (body: object = {}) => {
      const answer = await merge(number, body);
      return [answer.status, answer.body.message];
    };
    expect(await said()).toEqual([405, 'Pull Request is still a draft']);
    await bed.repo.setDraft(number, false);
    const other = { sha: 'a'.repeat(40) };
    const modified = 'Head branch was modified. Review and try the merge again.';
    expect(await said(other)).toEqual([409, modified]);
    await bed.repo.configure({ squash: false });
    expect(await said({ merge_method: 'squash' })).toEqual([
      405,
      'Squash merges are not allowed on this repository.',
    ]);
    await bed.repo.protect('main', { requiredChecks: ['ci', 'lint'], reviews: 1 });
    const review = 'At least 1 approving review is required by reviewers with write access.';
    expect(await said()).toEqual([
      405,
      `2 of 2 required status checks are expected. and ${review}`,
    ]);
    await bed.repo.check({ sha: head, name: 'ci', conclusion: 'failure' });
    await bed.repo.check({ sha: head, name: 'lint', conclusion: 'success' });
    expect((await said())[1]).toBe(`Required status check "ci" is failing. and ${review}`);
    await bed.repo.check({ sha: head, name: 'ci', conclusion: 'success', rerun: true });
    await bed.repo.review(number, { state: 'APPROVED', by: 'bob' });
    // Bob may only read.
    expect((await said())[1]).toBe(review);
    await bed.repo.review(number, { state: 'CHANGES_REQUESTED', by: 'ann' });
    expect((await said())[1]).toBe('Changes have been requested.');
    await bed.repo.review(number, { state: 'APPROVED', by: 'ann' });
    await bed.repo.ruleset('main', { mergeQueue: 'squash' });
    expect((await said())[1]).toContain('Changes must be made through the merge queue');
    await bed.repo.unprotect('main');
    expect((await said({ sha: head }))[0]).toBe(200);
    expect(await said()).toEqual([405, 'Pull Request is not mergeable']);
  });
});
