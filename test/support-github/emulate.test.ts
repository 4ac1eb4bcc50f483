/** Our double and an independent emulator are asked the same things and must answer alike. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GitHubEmulator, startGitHubEmulator } from '../support/github/emulate.ts';
import { type Bed, type Client, client, startBed } from './client.ts';

let bed: Bed;
let emulator: GitHubEmulator;
beforeEach(async () => {
  bed = await startBed();
  emulator = await startGitHubEmulator();
});
afterEach(async () => {
  await emulator.close();
  await bed.close();
});

interface Side {
  call: Client;
  /** `/repos/<owner>/<name>`. */
  at: string;
  owner: string;
  /** A commit on top of `base` that changes a file, by whatever way there is. */
  commit(base: string): Promise<string>;
}

/** The same work on either; every step's status and the parts of the answer that matter. */
async function work({ call, at, owner, commit }: Side): Promise<unknown> {
  const seen: unknown[] = [];
  const step = async (method: string, path: string, body: unknown, show: string[]) => {
    const answer = await call(method, at + path, body);
    const shown = show.map((name) =>
      name.split('.').reduce((value, key) => value?.[key], answer.body),
    );
    const blank = path.replace(/[0-9a-f]{40}/, 'SHA').replace(owner, 'me');
    seen.push([`${method} ${blank}`, answer.status, ...shown]);
    return answer.body;
  };
  const main = await step('GET', '/git/ref/heads/main', undefined, ['ref', 'object.type']);
  const head = await commit(main.object.sha);
  const branch = { ref: 'refs/heads/aedev/t1', sha: head };
  await step('POST', '/git/refs', branch, ['ref', 'object.type']);
  await step('POST', '/git/refs', branch, ['message']);
  await step('GET', `/git/commits/${head}`, undefined, ['message', 'parents.length']);
  await step('GET', '/git/ref/heads/none', undefined, ['message']);
  await step('GET', '/branches/main', undefined, ['name', 'protected']);
  await step('POST', '/labels', { name: 'aedev', color: 'ededed' }, ['name', 'color']);
  // The emulator has other words for the duplicate; GitHub's are in rest.test.ts.
  await step('POST', '/labels', { name: 'aedev', color: 'ededed' }, []);
  const issue = { title: 'broken', labels: ['aedev'] };
  const { number } = await step('POST', '/issues', issue, ['number', 'state', 'user.login']);
  await step('GET', '/issues?labels=aedev', undefined, ['0.title', 'length']);
  await step('POST', `/issues/${number}/comments`, { body: 'hello' }, ['body', 'user.login']);
  await step('GET', `/issues/${number}/comments`, undefined, ['0.body', 'length']);
  await step('PATCH', `/issues/${number}`, { state: 'closed' }, ['state']);
  await step('GET', '/pulls/99', undefined, ['message']);
  const input = { title: 'T', body: 'words', head: 'aedev/t1', base: 'main', draft: true };
  const show = ['number', 'state', 'draft', 'title', 'body', 'merged', 'head.ref', 'base.ref'];
  const pull = await step('POST', '/pulls', input, [...show, 'head.label', 'user.login']);
  const path = `/pulls/${pull.number}`;
  await step('GET', path, undefined, show);
  await step('GET', `/pulls?head=${owner}:aedev/t1`, undefined, ['length', '0.draft']);
  await step('GET', `/pulls?head=${owner}:none`, undefined, ['length']);
  // The emulator counts the base's commit as well.
  await step('GET', `${path}/commits`, undefined, []);
  await step('GET', `${path}/reviews`, undefined, ['length']);
  await step('GET', `/commits/${head}/check-runs`, undefined, ['total_count', 'check_runs.length']);
  await step('PATCH', path, { state: 'closed' }, ['state', 'merged']);
  await step('GET', '/pulls?state=closed', undefined, ['length', '0.number']);
  await step('DELETE', '/git/refs/heads/aedev/t1', undefined, []);
  await step('GET', '/git/ref/heads/aedev/t1', undefined, ['message']);
  return JSON.parse(JSON.stringify(seen).replaceAll(`"${owner}`, '"me'));
}

it('agrees with the emulator about what both know', async () => {
  const { url, token, owner, repo } = emulator;
  const call = client(url, token);
  const at = `/repos/${owner}/${repo}`;
  const theirs = await work({
    call,
    at,
    owner,
    async commit(base) {
      const entry = { path: 'b.txt', mode: '100644', type: 'blob', content: 'b\n' };
      const old = await call('GET', `${at}/git/commits/${base}`);
      const tree = { base_tree: old.body.tree.sha, tree: [entry] };
      const made = await call('POST', `${at}/git/trees`, tree);
      const input = { message: 'a change', tree: made.body.sha, parents: [base] };
      return (await call('POST', `${at}/git/commits`, input)).body.sha;
    },
  });
  const ours = await work({
    call: client(bed.hub.url, bed.hub.token({ login: 'acme' })),
    at: bed.at,
    owner: 'acme',
    async commit(base) {
      const id = await bed.repo.push('made', { files: { 'b.txt': 'b\n' }, from: base });
      await bed.repo.move('made', null);
      return id;
    },
  });
  expect(ours).toEqual(theirs);
});
