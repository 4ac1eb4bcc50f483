import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Bed, startBed } from './client.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await startBed();
});
afterEach(() => bed.close());

async function opened(
  draft = false,
  branch = 'aedev/t1',
): Promise<{ number: number; id: string; head: string }> {
  const head = await bed.repo.push(branch, { files: { [branch]: 'b\n' } });
  const { body } = await bed.call('POST', `${bed.at}/pulls`, {
    title: 'T',
    head: branch,
    base: 'main',
    draft,
  });
  return { number: body.number, id: body.node_id, head };
}

const ask = async (number: number, fields: string) => {
  const { data, errors } = await bed.query(
    `query($n:Int!){repository(owner:"acme",name:"shop"){pullRequest(number:$n){${fields}}}}`,
    { n: number },
  );
  expect(errors).toBeUndefined();
  return data.repository.pullRequest;
};

const mutate = (name: string, input: object, fields = 'clientMutationId') => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  return bed.query(`mutation($input:${type}!){${name}(input:$input){${fields}}}`, { input });
};

const errorOf = async (call: Promise<{ errors?: { type: string; message: string }[] }>) => {
  const [error] = (await call).errors ?? [];
  return error === undefined ? null : `${error.type}: ${error.message}`;
};

it('tells the whole state of a pull request', async () => {
  bed.hub.mergeabilityDelay = 2;
  const { number, head } = await opened(true);
  await bed.repo.protect('main', { requiredChecks: ['ci'], reviews: 1 });
  await bed.repo.check({ sha: head, name: 'ci', conclusion: 'failure', title: 'red', app: 15368 });
  await bed.repo.status({ sha: head, context: 'old', state: 'pending' });
  await bed.repo.review(number, { state: 'CHANGES_REQUESTED', body: 'no', by: 'ann' });
  await bed.repo.reviewComment(number, { body: 'why?', path: 'aedev/t1', line: 1, by: 'bob' });
  await bed.repo.comment(number, 'hello', 'dependabot[bot]');
  const fields = `id number url state isDraft body headRefOid headRefName baseRefName
    headRepository{nameWithOwner} baseRef{target{oid}} headRef{target{oid}} mergeable mergeStateStatus
    reviewDecision isInMergeQueue isMergeQueueEnabled mergeQueueEntry{position state}
    mergeCommit{oid tree{oid}}
    commits(last:1){nodes{commit{oid statusCheckRollup{state contexts(first:100){pageInfo{hasNextPage endCursor} nodes{__typename
      ... on CheckRun{databaseId name status conclusion startedAt completedAt title summary detailsUrl isRequired(pullRequestNumber:${number}) checkSuite{app{slug}}}
      ... on StatusContext{context state description createdAt targetUrl isRequired(pullRequestNumber:${number})}}}}}}}
    reviews(first:100){totalCount pageInfo{hasNextPage endCursor} nodes{fullDatabaseId state body submittedAt author{__typename login}}}
    reviewThreads(first:100){pageInfo{hasNextPage} nodes{id isResolved isOutdated path line comments(first:50){nodes{fullDatabaseId body createdAt viewerDidAuthor author{__typename login}}}}}
    comments(last:100){nodes{fullDatabaseId body viewerDidAuthor author{__typename login}}}`;
  const pull = await ask(number, fields);
  expect(pull).toMatchObject({
    state: 'OPEN',
    isDraft: true,
    headRefOid: head,
    headRepository: { nameWithOwner: 'acme/shop' },
    baseRef: { target: { oid: bed.repo.tip('main') } },
    mergeable: 'UNKNOWN',
    mergeStateStatus: 'UNKNOWN',
    reviewDecision: 'CHANGES_REQUESTED',
    isInMergeQueue: false,
    mergeQueueEntry: null,
    mergeCommit: null,
  });
  const [{ commit }] = pull.commits.nodes;
  expect(commit.statusCheckRollup.state).toBe('FAILURE');
  expect(commit.statusCheckRollup.contexts.nodes).toMatchObject([
    {
      __typename: 'CheckRun',
      name: 'ci',
      conclusion: 'FAILURE',
      isRequired: true,
      checkSuite: { app: { slug: 'github-actions' } },
    },
    { __typename: 'StatusContext', context: 'old', state: 'PENDING', isRequired: false },
  ]);
  expect(pull.reviewThreads.nodes).toMatchObject([
    { isResolved: false, isOutdated: false, path: 'aedev/t1', line: 1 },
  ]);
  expect(pull.comments.nodes[0].author).toEqual({ __typename: 'Bot', login: 'dependabot' });
  expect(await ask(number, 'mergeable mergeStateStatus')).toEqual({
    mergeable: 'MERGEABLE',
    mergeStateStatus: 'DRAFT',
  });
  await bed.repo.push('aedev/t1', { files: { more: 'x\n' } });
  const after = await ask(
    number,
    'statusCheckRollup{state} reviewThreads(first:1){nodes{isOutdated line}}',
  );
  expect(after).toEqual({
    statusCheckRollup: null,
    reviewThreads: { nodes: [{ isOutdated: true, line: null }] },
  });
});

it('goes from draft to ready', async () => {
  const { number, id } = await opened(true);
  const ready = await mutate(
    'markPullRequestReadyForReview',
    { pullRequestId: id },
    'pullRequest{isDraft}',
  );
  expect(ready.data.markPullRequestReadyForReview.pullRequest.isDraft).toBe(false);
  expect(bed.repo.pull(number).draft).toBe(false);
  expect(bed.hub.journal.writes().at(-1)).toMatchObject({
    path: '/graphql',
    operation: ['markPullRequestReadyForReview'],
    who: 'aedev-bot',
  });
});

it('queues: groups have checks of their own, fall out on failure, land on success', async () => {
  const first = await opened(false, 'aedev/t1');
  const second = await opened(false, 'aedev/t2');
  const enqueue = ({ id, head }: { id: string; head: string }) =>
    mutate(
      'enqueuePullRequest',
      { pullRequestId: id, expectedHeadOid: head },
      'mergeQueueEntry{position state headCommit{oid}}',
    );
  expect(await errorOf(enqueue(first))).toContain('merge queue is not enabled');
  await bed.repo.ruleset('main', { mergeQueue: 'squash', requiredChecks: ['ci'] });
  expect(await errorOf(enqueue(first))).toContain('Required status check "ci" is expected.');
  for (const { head } of [first, second]) {
    await bed.repo.check({ sha: head, name: 'ci', conclusion: 'success' });
  }
  expect(await errorOf(enqueue({ ...first, head: second.head }))).toContain(
    'Head branch was modified',
  );
  const { data } = await enqueue(first);
  const group = data.enqueuePullRequest.mergeQueueEntry.headCommit.oid as string;
  expect(data.enqueuePullRequest.mergeQueueEntry).toMatchObject({
    position: 1,
    state: 'AWAITING_CHECKS',
  });
  await enqueue(second);
  expect(bed.repo.state.queue.map(({ pull, base }) => [pull, base])).toEqual([
    [first.number, bed.repo.tip('main')],
    [second.number, group],
  ]);
  expect(await errorOf(enqueue(second))).toContain('already in the queue');
  const { isInMergeQueue, mergeQueueEntry } = await ask(
    second.number,
    'isInMergeQueue mergeQueueEntry{position}',
  );
  expect([isInMergeQueue, mergeQueueEntry.position]).toEqual([true, 2]);
  await bed.repo.check({ sha: group, name: 'ci', conclusion: 'success' });
  expect((await ask(first.number, 'state')).state).toBe('MERGED');
  expect(bed.repo.tip('main')).toBe(group);
  await bed.repo.check({
    sha: bed.repo.state.queue[0]?.sha ?? '',
    name: 'ci',
    conclusion: 'failure',
  });
  expect(await ask(second.number, 'state isInMergeQueue')).toEqual({
    state: 'OPEN',
    isInMergeQueue: false,
  });
  expect(
    [...bed.repo.state.refs.keys()].filter((ref) => ref.includes('gh-readonly-queue')),
  ).toEqual([]);
});

it('refuses what GitHub would: bad queries, greedy pages, strangers, poor tokens', async () => {
  const { number, id } = await opened(true);
  const errors = async (text: string) =>
    (await bed.query(text)).errors.map(
      (one: { type?: string; message: string }) => one.type ?? one.message,
    );
  const inside = (fields: string) =>
    `{repository(owner:"acme",name:"shop"){pullRequest(number:${number}){${fields}}}}`;
  expect(await errors(inside('mergable'))).toEqual([
    expect.stringContaining('Cannot query field "mergable"'),
  ]);
  expect(await errors('{')).toEqual([expect.stringContaining('Syntax Error')]);
  expect(await errors(inside('reviews{nodes{id}}'))).toEqual(['MISSING_PAGINATION_BOUNDARIES']);
  expect(await errors(inside('reviews(first:101){nodes{id}}'))).toEqual(['EXCESSIVE_PAGINATION']);
  expect(await errors('{repository(owner:"acme",name:"none"){id}}')).toEqual(['NOT_FOUND']);
  expect(
    await errors('{repository(owner:"acme",name:"shop"){pullRequest(number:99){id}}}'),
  ).toEqual(['NOT_FOUND']);
  expect(await errors(inside('hovercard{contexts{message}}'))).toEqual(['INTERNAL']);
  const poor = bed.hub.token({ permissions: { contents: 'write', pull_requests: 'read' } });
  const query = `mutation{markPullRequestReadyForReview(input:{pullRequestId:"${id}"}){clientMutationId}}`;
  const as = (token: string) =>
    bed.call('POST', '/graphql', { query }, { authorization: `Bearer ${token}` });
  expect((await as(poor)).body).toEqual({
    data: { markPullRequestReadyForReview: null },
    errors: [
      {
        type: 'FORBIDDEN',
        path: ['markPullRequestReadyForReview'],
        locations: [{ line: 1, column: 10 }],
        message: 'Resource not accessible by personal access token',
      },
    ],
  });
  expect((await as(bed.hub.token({ login: 'stranger' }))).body.errors[0].type).toBe('NOT_FOUND');
  expect((await as('invented')).status).toBe(401);
  expect(bed.repo.pull(number).draft).toBe(true);
});

it('pages through connections by cursor', async () => {
  const { number } = await opened();
  for (const body of ['a', 'b', 'c', 'd', 'e']) await bed.repo.comment(number, body);
  const page = (args: string) =>
    ask(
      number,
      `comments(${args}){totalCount pageInfo{hasNextPage hasPreviousPage startCursor endCursor} nodes{body}}`,
    );
  const bodies = (found: { comments: { nodes: { body: string }[] } }) =>
    found.comments.nodes.map(({ body }) => body).join('');
  const first = await page('first:2');
  expect([bodies(first), first.comments.totalCount, first.comments.pageInfo.hasNextPage]).toEqual([
    'ab',
    5,
    true,
  ]);
  expect(bodies(await page(`first:2,after:"${first.comments.pageInfo.endCursor}"`))).toBe('cd');
  const last = await page('last:2');
  expect([bodies(last), last.comments.pageInfo.hasPreviousPage]).toEqual(['de', true]);
  expect(bodies(await page(`last:2,before:"${last.comments.pageInfo.startCursor}"`))).toBe('bc');
});
