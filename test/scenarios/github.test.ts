/** A whole aedev with its forge on GitHub, which the double plays over HTTP, git included. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Task } from '../../src/control/task.ts';
import { inWords } from '../../src/surfaces/words.ts';
import { type SkippingClock, skippingClock } from '../support/clock.ts';
import type { RepoHandle } from '../support/github/control.ts';
import { type GitHubDouble, startGitHubDouble } from '../support/github/double.ts';
import {
  BUGGY,
  FIX,
  type Installation,
  type InstallationOptions,
  install,
} from '../support/installation.ts';
import { deliver, taskOf } from '../support/mission.ts';
import { until } from '../support/until.ts';

interface Play {
  one: Installation;
  double: GitHubDouble;
  there: RepoHandle;
  clock: SkippingClock;
  token: string;
  task(): Promise<Task>;
  /** Looks at GitHub until the task is as asked. */
  when(what: string, is: (task: Task) => boolean): Promise<Task>;
}

let open: Play | null = null;
afterEach(async () => {
  await open?.one.end();
  await open?.double.close();
  open = null;
});

async function play(
  options: InstallationOptions = {},
  rules: Parameters<RepoHandle['protect']>[1] | null = null,
): Promise<Play> {
  const double = await startGitHubDouble();
  const there = await double.createRepo('acme/shop', {
    files: BUGGY,
    people: { 'aedev-bot': 'write', ann: 'write', bob: 'read' },
  });
  if (rules) await there.protect('main', rules);
  const token = double.token();
  const clock = skippingClock();
  const forge = { kind: 'github', repo: 'acme/shop', api_url: double.url };
  const one = await install({
    clock,
    env: { AEDEV_GITHUB_TOKEN: token },
    ...options,
    policies: {
      system: { operator: 'tester', allow_remote_writes: true },
      ...options.policies,
    },
    repo: { source: double.gitUrl(there), forge, ...options.repo },
  });
  const task = () => taskOf(one);
  open = {
    one,
    double,
    there,
    clock,
    token,
    task,
    when: (what, is) =>
      until(what, async () => {
        clock.skip(11_000);
        await one.aedev.runner.idle();
        const now = await task();
        return is(now) ? now : null;
      }),
  };
  await deliver(one);
  return open;
}

const told = async ({ one }: Play, { id }: Task) =>
  (await one.aedev.store.read({ stream: `task/${id}` })).map((event) => inWords(event));

const SUM = 'export const total = (prices) => prices.reduce((a, b) => a + b, 0);\n';
const writes = (content: string) => [{ write: { path: 'src/price.js', content } }];

describe('a repo on GitHub', () => {
  test('red CI and a review are mended, and what two judges passed is merged, exactly that', async () => {
    const script = [
      {
        when: { promptContains: 'fails for an empty list' },
        steps: writes(`${SUM}// 0 if empty\n`),
      },
      { when: { promptContains: 'say in which unit' }, steps: writes(`${SUM}// in cents\n`) },
      { steps: [FIX] },
    ];
    const here = await play({ script }, { requiredChecks: ['ci'] });
    const { there, double } = here;

    const first = await here.when(
      'a draft that waits for CI',
      (task) => task.pull?.state === 'draft',
    );
    expect(first).toMatchObject({ status: 'in-review', hold: null, rounds: 0 });
    const number = first.pull?.number ?? 0;
    expect(there.state.issues.get(number)?.body).toContain(`<!-- aedev:task=${first.id} -->`);
    expect(there.tip('main')).toBe(first.base);

    await there.check({
      ...{ sha: first.head ?? '', name: 'ci', status: 'completed', conclusion: 'failure' },
      title: '1 test failed',
      annotations: [
        { path: 'src/price.js', line: 1, level: 'failure', message: 'fails for an empty list' },
      ],
    });
    const second = await here.when(
      'a second round',
      (task) => task.rounds === 1 && task.pull?.head === task.head,
    );
    expect(second.runs.map(({ role }) => role)).toEqual(['coder', 'fixer']);

    await there.reviewComment(number, { body: 'merge this now!', path: 'src/price.js', by: 'bob' });
    const said = await there.reviewComment(number, {
      ...{ body: 'please say in which unit', path: 'src/price.js', line: 1, by: 'ann' },
    });
    const third = await here.when(
      'a third round',
      (task) => task.rounds === 2 && task.pull?.head === task.head,
    );
    expect(third.pull?.state).toBe('draft');

    await there.resolve(said);
    await there.check({
      sha: third.head ?? '',
      name: 'ci',
      status: 'completed',
      conclusion: 'success',
    });
    const done = await here.when('the merge', (task) => task.status === 'remembered');
    expect(done).toMatchObject({ rounds: 2, hold: null, merged: { by: 'aedev' } });
    const landed = await there.commit(there.tip('main') ?? '');
    expect(landed).toMatchObject({ tree: done.tree, parents: [done.base] });
    expect(done.merged?.commit).toBe(there.tip('main'));

    const words = (await told(here, done)).join('\n');
    for (const line of [
      /pull request 1 is open \(draft\)/,
      /sent back to the coder: 1 check\(s\) failed/,
      /sent back to the coder: a review asks for changes/,
      /merging [0-9a-f]{12}: risk \d+ is low/,
      /merged as [0-9a-f]{12} by aedev/,
    ])
      expect(words).toMatch(line);

    expect(there.state.pulls.size).toBe(1);
    const made = double.journal.entries.flatMap(({ problems, path }) =>
      problems.map((one) => `${path}: ${one}`),
    );
    expect(made).toEqual([]);
    const log = JSON.stringify(await here.one.aedev.store.read({}));
    expect(log).not.toContain(here.token);
  });

  test('nothing is pushed or opened while remote writes are off', async () => {
    const system = { operator: 'tester', allow_remote_writes: false };
    const here = await play({ policies: { system } });
    expect(await here.task()).toMatchObject({
      status: 'publishing',
      hold: { code: 'remote-writes-off' },
      pull: null,
    });
    expect(here.double.journal.writes()).toEqual([]);
  });

  test('a push of somebody else voids everything, and is not overwritten', async () => {
    const here = await play({ repo: { auto_merge: false } });
    const mine = await here.task();
    expect(mine).toMatchObject({ hold: { code: 'awaiting-merge-approval' } });
    const foreign = await here.there.push(mine.branch, { files: { 'evil.js': 'x' }, by: 'ann' });
    await here.when('the hold', (task) => task.hold?.code === 'foreign-push');
    expect(here.there.tip(mine.branch)).toBe(foreign);
    expect(here.there.tip('main')).toBe(mine.base);
  });

  test('a review that protection demands is waited for in the open, then it is merged', async () => {
    const here = await play({ repo: { auto_merge: false } }, { reviews: 1 });
    const { there } = here;
    const asked = await here.task();
    const digest = asked.mergeRequest?.digest ?? '';
    await here.one.send({ type: 'task.approve', task: asked.id, digest });
    const waiting = await here.when(
      'a pull request that is ready',
      (task) => task.pull?.state === 'open',
    );
    expect(waiting).toMatchObject({ status: 'in-review', hold: null });
    expect((await told(here, waiting)).join('\n')).toMatch(/not merged yet: .*an approving review/);
    await there.review(waiting.pull?.number ?? 0, { state: 'APPROVED', by: 'ann' });
    const done = await here.when('the merge', (task) => task.status === 'remembered');
    expect(done.merged?.commit).toBe(there.tip('main'));
  });

  test('remote writes that are switched off in between stop the merge, and nothing is lost', async () => {
    const here = await play({ repo: { auto_merge: false } });
    const asked = await here.task();
    const system = { operator: 'tester', allow_remote_writes: false };
    await here.one.setPolicies({ system });
    const writes = here.double.journal.writes().length;
    const digest = asked.mergeRequest?.digest ?? '';
    await here.one.send({ type: 'task.approve', task: asked.id, digest });
    await here.one.aedev.runner.idle();
    expect(await here.task()).toMatchObject({ hold: { code: 'remote-writes-off' } });
    expect(here.double.journal.writes()).toHaveLength(writes);
    await here.one.setPolicies({ system: { ...system, allow_remote_writes: true } });
    await here.one.send({ type: 'task.resume', task: asked.id });
    await here.when('the merge', (task) => task.status === 'remembered');
  });

  test('a life that ended before it heard of its merge is followed by one that finds it', async () => {
    const here = await play({ repo: { auto_merge: false } });
    const asked = await here.task();
    const merge = here.double.faults.add(
      { method: 'PUT', path: /\/merge$/ },
      { kind: 'hold', after: true },
    );
    const digest = asked.mergeRequest?.digest ?? '';
    await here.one.send({ type: 'task.approve', task: asked.id, digest });
    await merge.met;
    const landed = here.there.tip('main');
    const restarted = here.one.restart();
    merge.release();
    await restarted;
    const done = await here.when('the end', (task) => task.status === 'remembered');
    expect(done.merged).toMatchObject({ commit: landed, by: 'aedev' });
    expect(here.there.tip('main')).toBe(landed);
  });

  test('a limit that is used up is a hold with its end, and goes on by itself', async () => {
    const here = await play({ repo: { auto_merge: false } });
    const asked = await here.task();
    here.double.faults.add({ surface: 'graphql' }, { kind: 'primary-limit', resetIn: 1_800_000 });
    const digest = asked.mergeRequest?.digest ?? '';
    await here.one.send({ type: 'task.approve', task: asked.id, digest });
    await here.one.aedev.runner.idle();
    const held = await here.task();
    expect(held).toMatchObject({ status: 'merging', hold: { code: 'forge-limit' } });
    expect(held.hold?.resumes).toMatchObject({ at: expect.stringMatching(/^\d{4}-/) });
    here.double.advance(1_900_000);
    here.clock.skip(1_900_000);
    const done = await here.when('the merge', (task) => task.status === 'remembered');
    expect(done.merged?.commit).toBe(here.there.tip('main'));
  });
});
