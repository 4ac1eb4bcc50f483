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
  /** Makes the branch `aedev/t1` with a commit on top of `base`, by whatever way there is. */
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
    const blank = path.replace(/[0-9a-f]{40}|(?<=comments\/)\d+/, 'ID').replace(owner, 'me');
    seen.push([`${method} ${blank}`, answer.status, ...shown]);
    return answer.body;
  };
  const main = await step('GET', '/git/ref/heads/main', undefined, ['ref', 'object.type']);
  const head = await commit(main.object.sha);
  await step('GET', '/git/ref/heads/none', undefined, ['message']);
  await step('GET', '/branches/main', undefined, ['name', 'protected']);
  await step('GET', '/pulls/99', undefined, ['message']);
  const input = { title: 'T', body: 'words', head: 'aedev/t1', base: 'main', draft: true };
  const show = ['number', 'state', 'draft', 'title', 'body', 'merged', 'head.ref', 'base.ref'];
  const pull = await step('POST', '/pulls', input, [...show, 'head.label', 'user.login']);
  const path = `/pulls/${pull.number}`;
  await step('GET', path, undefined, show);
  await step('GET', `/pulls?head=${owner}:aedev/t1`, undefined, ['length', '0.draft']);
  await step('GET', `/pulls?head=${owner}:none`, undefined, ['length']);
  const comments = `/issues/${pull.number}/comments`;
  const made = await step('POST', comments, { body: 'hello' }, ['body', 'user.login']);
  await step('PATCH', `/issues/comments/${made.id}`, { body: 'bye' }, ['body', 'user.login']);
  await step('POST', `/issues/${pull.number}/labels`, { labels: ['aedev'] }, ['length', '0.name']);
  await step('GET', `/commits/${head}/check-runs`, undefined, ['total_count', 'check_runs.length']);
  await step('PATCH', path, { state: 'closed' }, ['state', 'merged']);
  await step('GET', '/pulls?state=closed', undefined, ['length', '0.number']);
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
      const { sha } = (await call('POST', `${at}/git/commits`, input)).body;
      await call('POST', `${at}/git/refs`, { ref: 'refs/heads/aedev/t1', sha });
      return sha;
    },
  });
  const ours = await work({
    call: client(bed.hub.url, bed.hub.token({ login: 'acme' })),
    at: bed.at,
    owner: 'acme',
    commit: (base) => bed.repo.push('aedev/t1', { files: { 'b.txt': 'b\n' }, from: base }),
  });
  expect(ours).toEqual(theirs);
});
