/** The doctor on a repo on GitHub: what it looks at, what it says, and that it writes nothing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookAtGitHub } from '../../src/delivery/forges/github/look.ts';
import { gitHubWords, ofGitHub } from '../../src/operations/doctor/github.ts';
import type { RepoHandle } from '../support/github/control.ts';
import { type GitHubDouble, type NewToken, startGitHubDouble } from '../support/github/double.ts';

let double: GitHubDouble;
let there: RepoHandle;
beforeEach(async () => {
  double = await startGitHubDouble();
  there = await double.createRepo('acme/shop', { people: { 'aedev-bot': 'write' } });
});
afterEach(() => double.close());

async function examined(token: NewToken | string = {}, autoMerge = false) {
  const facts = await lookAtGitHub(
    {
      ...{ repo: 'acme/shop', gitUrl: double.gitUrl(there), apiUrl: double.url },
      ...{ tokenEnv: null, app: null, labels: [], paced: false, now: () => double.hub.now() },
      env: { AEDEV_GITHUB_TOKEN: typeof token === 'string' ? token : double.token(token) },
    },
    'main',
    'squash',
  );
  const lines = ofGitHub('repo shop', facts, autoMerge);
  expect(double.journal.writes()).toEqual([]);
  return {
    facts,
    words: gitHubWords(facts),
    said: lines.map(({ state, sentence }) => `${state}: ${sentence}`),
  };
}

describe('a repo on GitHub', () => {
  test('in order is told with its protection', async () => {
    expect((await examined()).words).toBe(
      'acme/shop on GitHub by the variable AEDEV_GITHUB_TOKEN; not protected',
    );
    await there.protect('main', { requiredChecks: ['ci'] });
    const { words, said, facts } = await examined({}, true);
    expect([words.split('; ')[1], said]).toEqual(['protected, requires ci', []]);
    expect(facts.tip).toBe(there.tip('main'));
  });

  test.each<[string, NewToken | string, RegExp]>([
    [
      'a credential that is refused',
      'dummy-unknown-token',
      /^broken: acme\/shop on GitHub: .*does not take the credential/,
    ],
    ['one that does not see it', { repos: [] }, /^broken: .*does not show that to this credential/],
    [
      'one that may not read checks',
      { permissions: { metadata: 'read', contents: 'write', pull_requests: 'write' } },
      /^broken: .*cannot read checks/,
    ],
    ['a classic one without "workflow"', { kind: 'classic' }, /^warning: .*scope "workflow"/],
  ])('with %s', async (_, token, expected) => {
    expect((await examined(token)).said.join('\n')).toMatch(expected);
  });

  test('that nobody lets us push to, that is archived, or forbids the method', async () => {
    await there.permit('aedev-bot', 'read');
    expect((await examined()).said.join('\n')).toMatch(/may not push/);
    await there.permit('aedev-bot', 'write');
    await there.configure({ archived: true, squash: false });
    const { said } = await examined();
    expect(said.join('\n')).toMatch(/archived/);
    expect(said.join('\n')).toMatch(/does not allow the configured merge method/);
  });

  test('that would merge by itself without required checks is warned of', async () => {
    expect((await examined({}, true)).said.join('\n')).toMatch(/No check is required/);
  });
});
