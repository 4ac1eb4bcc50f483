/**
 * The REST side of the adapter on an independent stand-in, which nobody of this project wrote. It
 * has no GraphQL, no git and no statuses, so this checks requests and answers, not the whole forge.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Api } from '../../../src/delivery/forges/github/api.ts';
import { openApi } from '../../../src/delivery/forges/github/github.ts';
import { createPeople } from '../../../src/delivery/forges/github/people.ts';
import { closePull, findNumber, openDraft } from '../../../src/delivery/forges/github/pulls.ts';
import { type GitHubEmulator, startGitHubEmulator } from '../../support/github/emulate.ts';

let emulator: GitHubEmulator;
let api: Api;
beforeEach(async () => {
  emulator = await startGitHubEmulator();
  const repo = `${emulator.owner}/${emulator.repo}`;
  ({ api } = openApi({
    repo,
    gitUrl: `${emulator.url}/${repo}.git`,
    apiUrl: emulator.url,
    ...{ tokenEnv: null, app: null, labels: [], paced: false },
    env: { AEDEV_GITHUB_TOKEN: emulator.token },
    gate: { assertAllowed() {} },
    now: Date.now,
  }));
});
afterEach(() => emulator.close());

const MARKER = '<!-- aedev:task=t-1 -->';
const opening = {
  ...{ marker: MARKER, title: 'A title', body: `${MARKER}\nwords` },
  ...{ headBranch: 'aedev/t-1', baseBranch: 'main' },
};

/** A branch with one new file, made through the same API. */
async function branch(): Promise<string> {
  const ref = await api.rest<{ object: { sha: string } }>(
    'read',
    'GET /repos/{owner}/{repo}/git/ref/heads/main',
  );
  const base = ref.data.object.sha;
  const commit = await api.rest<{ tree: { sha: string } }>(
    'read',
    'GET /repos/{owner}/{repo}/git/commits/{sha}',
    { sha: base },
  );
  const file = { path: 'a.txt', mode: '100644', type: 'blob', content: 'a\n' };
  const tree = await api.rest<{ sha: string }>('write', 'POST /repos/{owner}/{repo}/git/trees', {
    base_tree: commit.data.tree.sha,
    tree: [file],
  });
  const next = await api.rest<{ sha: string }>('write', 'POST /repos/{owner}/{repo}/git/commits', {
    ...{ message: 'change', tree: tree.data.sha, parents: [base] },
  });
  const { sha } = next.data;
  await api.rest('write', 'POST /repos/{owner}/{repo}/git/refs', {
    ref: 'refs/heads/aedev/t-1',
    sha,
  });
  return sha;
}

describe('an independent stand-in of GitHub', () => {
  test('opens a draft, finds it by branch and by marker, and opens no second one', async () => {
    await branch();
    expect(await findNumber(api, MARKER, 'aedev/t-1')).toBeNull();
    const number = await openDraft(api, opening);
    expect(await openDraft(api, opening)).toBe(number);
    expect(await findNumber(api, MARKER, 'aedev/t-1')).toBe(number);
    expect(await findNumber(api, MARKER, null)).toBe(number);
    expect(await findNumber(api, '<!-- aedev:task=t-2 -->', null)).toBeNull();
    const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
    const { data } = await api.rest<Record<string, unknown>>('read', route, {
      pull_number: number,
    });
    expect(data).toMatchObject({ draft: true, title: 'A title', state: 'open' });
    await closePull(api, number);
    const after = await api.rest<Record<string, unknown>>('read', route, { pull_number: number });
    expect(after.data['state']).toBe('closed');
    expect(await findNumber(api, MARKER, 'aedev/t-1')).toBe(number);
  });

  test('knows who may write', async () => {
    const people = createPeople(api);
    expect(await people.mayWrite(emulator.owner)).toBe(true);
    expect(await people.mayWrite('nobody-here')).toBe(false);
  });

  test('answers what is not there as not found', async () => {
    const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
    await expect(api.rest('read it', route, { pull_number: 99 })).rejects.toMatchObject({
      tag: 'not-found',
    });
  });
});
