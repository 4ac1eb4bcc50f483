/** Whatever people do in whatever order: the double stays whole and speaks as GitHub describes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ApiError } from '../support/github/reply.ts';
import { type Bed, startBed } from './client.ts';

const BRANCHES = ['a', 'b', 'main'];
const branch = fc.constantFrom(...BRANCHES);
const topic = fc.constantFrom('a', 'b');
const number = fc.integer({ min: 1, max: 3 });
const method = fc.constantFrom('merge' as const, 'squash' as const, 'rebase' as const);
const path = fc.constantFrom('x', 'y/z', 'README.md');
const text = fc.constantFrom('1\n', '2\n', null);

const step = fc.oneof(
  fc.record({ do: fc.constant('push' as const), branch, path, text }),
  fc.record({ do: fc.constant('replace' as const), branch: topic, path, text }),
  fc.record({ do: fc.constant('delete' as const), branch: topic }),
  fc.record({ do: fc.constant('open' as const), branch: topic, draft: fc.boolean() }),
  fc.record({ do: fc.constant('merge' as const), number, method }),
  fc.record({ do: fc.constant('close' as const), number }),
  fc.record({ do: fc.constant('reopen' as const), number }),
  fc.record({ do: fc.constant('ready' as const), number }),
  fc.record({ do: fc.constant('check' as const), number, good: fc.boolean() }),
  fc.record({ do: fc.constant('protect' as const), queue: fc.boolean() }),
  fc.record({ do: fc.constant('enqueue' as const), number }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function play(bed: Bed, one: Step): Promise<void> {
  const { repo, call, at } = bed;
  const pull = 'number' in one ? repo.state.pulls.get(one.number) : undefined;
  if ('number' in one && pull === undefined) return;
  const id = `PR_${Buffer.from(`${repo.id}:${pull?.number}`).toString('base64url')}`;
  const mutate = (name: string) =>
    bed.query(`mutation($id:ID!){${name}(input:{pullRequestId:$id}){clientMutationId}}`, { id });
  if (one.do === 'push') await repo.push(one.branch, { files: { [one.path]: one.text } });
  if (one.do === 'replace') {
    const from = await repo.git.run(['rev-list', '--max-parents=0', 'refs/heads/main']);
    await repo.push(one.branch, {
      files: { [one.path]: one.text },
      from: from.split('\n')[0] ?? '',
    });
  }
  if (one.do === 'delete') await repo.move(one.branch, null);
  if (one.do === 'open') {
    const input = { title: 'T', head: one.branch, base: 'main', draft: one.draft };
    await call('POST', `${at}/pulls`, input);
  }
  if (one.do === 'merge') {
    await call('PUT', `${at}/pulls/${one.number}/merge`, { merge_method: one.method });
  }
  if (one.do === 'close' || one.do === 'reopen') {
    const state = one.do === 'close' ? 'closed' : 'open';
    await call('PATCH', `${at}/pulls/${one.number}`, { state });
  }
  if (one.do === 'ready') await mutate('markPullRequestReadyForReview');
  if (one.do === 'enqueue') await mutate('enqueuePullRequest');
  if (one.do === 'check') {
    const conclusion = one.good ? 'success' : 'failure';
    const group = repo.state.queue.find((entry) => entry.pull === one.number)?.sha;
    await repo.check({ sha: group ?? pull?.head ?? '', name: 'ci', conclusion });
  }
  if (one.do === 'protect') {
    await repo.unprotect('main');
    await repo.ruleset('main', { requiredChecks: ['ci'], mergeQueue: one.queue ? 'squash' : null });
  }
}

/** What holds of every pull request at any time. */
async function look(bed: Bed): Promise<void> {
  const { repo, call, at } = bed;
  expect(repo.state.refs).toEqual(await repo.git.refs());
  const queued = repo.state.queue.map((entry) => entry.pull);
  for (const pull of repo.state.pulls.values()) {
    const where = `${at}/pulls/${pull.number}`;
    const { status, body } = await call('GET', where);
    expect(status).toBe(200);
    const head = await repo.git.run(['rev-parse', `refs/pull/${pull.number}/head`]);
    expect(head).toBe(body.head.sha);
    if (body.state === 'open') {
      expect(repo.tip(pull.headBranch)).toBe(head);
      const merge = await repo.git.resolve(`refs/pull/${pull.number}/merge`);
      expect(merge !== null).toBe(pull.mergeable);
    } else expect(queued).not.toContain(pull.number);
    if (body.merged) {
      const landed = await repo.git.isAncestor(body.merge_commit_sha, repo.tip('main') ?? '');
      expect(landed || body.base.ref !== 'main').toBe(true);
    }
  }
  const fields = 'number state mergeable mergeStateStatus isInMergeQueue mergeCommit{oid}';
  const each = [...repo.state.pulls.keys()]
    .map((number) => `p${number}:pullRequest(number:${number}){${fields}}`)
    .join(' ');
  const all = await bed.query(`{repository(owner:"acme",name:"shop"){${each}}}`);
  expect(all.errors).toBeUndefined();
  expect(bed.hub.problems.join('\n')).toBe('');
}

it('stays whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const bed = await startBed();
      bed.hub.limits.limit = 100_000;
      for (const name of ['a', 'b']) {
        await bed.repo.push(name, { files: { [name]: name } });
        await bed.repo.open({ head: name });
      }
      try {
        for (const one of steps) {
          await play(bed, one).catch((error: unknown) => {
            if (!(error instanceof ApiError)) throw error;
          });
          await look(bed);
        }
      } finally {
        bed.hub.problems.length = 0;
        await bed.close();
      }
    }),
    { numRuns: 4 },
  );
});
