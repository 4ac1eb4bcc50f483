import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { System } from '../../src/control/system.ts';
import { brainReply } from '../../src/demo/doubles/brain.ts';
import type { JudgeReply, JudgeRequest } from '../../src/demo/doubles/judge-double.ts';
import { projection } from '../../src/engine/dispatch.ts';
import { commitFiles, FIX, type Installation, install, plainGit } from '../support/installation.ts';
import { approve, deliver, missionOf, submit, taskOf } from '../support/mission.ts';
import { until } from '../support/until.ts';

let installation: Installation | null = null;
afterEach(async () => {
  await installation?.end();
  installation = null;
});

const pass = (request: JudgeRequest) => brainReply(request);
const failOnce = (family: string): ((request: JudgeRequest, index: number) => JudgeReply) => {
  let failed = false;
  return (request) => {
    if (failed || !request.path.includes(family)) return brainReply(request);
    failed = true;
    const findings = [
      {
        severity: 'blocker',
        file: 'src/price.js',
        line: 1,
        sentence: 'an empty list is not handled',
      },
    ];
    return { kind: 'answer', text: JSON.stringify({ verdict: 'fail', findings }) };
  };
};
const types = async (one: Installation, id: string) =>
  (await one.aedev.store.read({ stream: `task/${id}` })).map((event) => event.type);

describe('the loop', () => {
  test('a clear request is approved, fixed, proven, judged, merged and remembered', async () => {
    installation = await install();
    const before = await submit(installation);
    expect(before.status).toBe('awaiting-approval');
    const done = await approve(installation);
    expect(done).toMatchObject({ status: 'remembered', hold: null, risk: { band: 'low' } });
    expect(done.evidence?.verify).toMatchObject({
      passed: true,
      base: [{ tests: { failed: 1 } }],
      head: [{ tests: { failed: 0 } }],
    });
    expect((await missionOf(installation)).status).toBe('done');
    const forge = `${installation.home}/forge/shop.git`;
    expect(plainGit(forge, 'show', 'main:src/price.js')).toContain('a + b');
    expect(await installation.aedev.store.verify(projection)).toEqual([]);
    expect(await installation.aedev.checkEvidence(done.evidence?.digest ?? '')).toBe(true);
  });

  test('a judge that fails it sends it back with the finding, and the next round is judged anew', async () => {
    const script = [
      {
        when: { promptContains: 'an empty list is not handled' },
        steps: [
          {
            write: {
              path: 'src/price.js',
              content:
                'export const total = (prices) => prices.reduce((a, b) => a + b, 0);\n// sums an empty list to 0\n',
            },
          },
        ],
      },
      { steps: [FIX] },
    ];
    installation = await install({ script, reply: failOnce('chat/completions') });
    const done = await deliver(installation);
    expect(done).toMatchObject({ status: 'remembered', rounds: 1 });
    expect(done.runs.map((run) => run.role)).toEqual(['coder', 'fixer']);
    expect(plainGit(`${installation.home}/forge/shop.git`, 'show', 'main:src/price.js')).toContain(
      'sums an empty list',
    );
    expect(plainGit(`${installation.home}/forge/shop.git`, 'rev-list', '--count', 'main')).toBe(
      '2',
    );
  });

  test('a change that keeps failing is held after the rounds that policy allows', async () => {
    installation = await install({
      script: [{ steps: [{ write: { path: 'src/other.js', content: 'export {};\n' } }] }],
      policies: { rework: { backoff_seconds: 0, max_rounds: 2 } },
    });
    const held = await deliver(installation);
    expect(held).toMatchObject({
      status: 'judging',
      rounds: 2,
      hold: { code: 'rework-exhausted' },
      pull: null,
    });
    expect(held.runs).toHaveLength(3);
  });

  test('a planted credential is held before any judge or push sees it', async () => {
    const secret = ['gh', 'p_', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('');
    const asked: JudgeRequest[] = [];
    installation = await install({
      script: [
        {
          steps: [
            FIX,
            { write: { path: 'config.js', content: `export const token = '${secret}';\n` } },
          ],
        },
      ],
      reply: (request) => {
        asked.push(request);
        return pass(request);
      },
    });
    const held = await deliver(installation);
    expect(held).toMatchObject({
      hold: { code: 'secret-found' },
      pushed: null,
      pull: null,
      verdicts: [],
    });
    expect(asked).toEqual([]);
    const log = JSON.stringify(await installation.aedev.store.read({}));
    expect(log).not.toContain(secret);
    expect(
      plainGit(`${installation.home}/forge/shop.git`, 'for-each-ref', '--format=%(refname)'),
    ).toBe('refs/heads/main');
  });

  test('a workflow change waits for the operator, who approves exactly what was shown', async () => {
    const workflow =
      'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n';
    installation = await install({
      script: [
        { steps: [FIX, { write: { path: '.github/workflows/ci.yml', content: workflow } }] },
      ],
    });
    const held = await deliver(installation);
    expect(held).toMatchObject({
      status: 'in-review',
      hold: { code: 'awaiting-merge-approval' },
      pull: { state: 'draft' },
    });
    expect(held.risk?.neverAutoMerge.length).toBeGreaterThan(0);
    const digest = held.mergeRequest?.digest ?? '';
    expect(
      await installation.send({ type: 'task.approve', task: held.id, digest }, 'agent:mcp'),
    ).toMatchObject({ outcome: 'refused', code: 'not-an-operator' });
    expect(
      await installation.send({ type: 'task.approve', task: held.id, digest: '0'.repeat(64) }),
    ).toMatchObject({ outcome: 'refused', code: 'digest-changed' });
    expect(await installation.send({ type: 'task.approve', task: held.id, digest })).toMatchObject({
      outcome: 'accepted',
    });
    await installation.aedev.runner.idle();
    expect(await taskOf(installation)).toMatchObject({ status: 'remembered' });
    expect(await installation.send({ type: 'task.approve', task: held.id, digest })).toMatchObject({
      outcome: 'refused',
    });
  });

  test('a base that moved is checked again on what would really be merged', async () => {
    installation = await install({
      script: [
        { steps: [FIX, { write: { path: '.github/workflows/ci.yml', content: 'on: push\n' } }] },
      ],
    });
    const one = installation;
    const held = await deliver(one);
    expect(held.hold?.code).toBe('awaiting-merge-approval');
    commitFiles(one.repo, { 'README.md': 'moved\n' }, 'meanwhile');
    // The forge follows the operator's repo when it is looked at next; here the operator pushes there.
    plainGit(one.repo, 'push', '-q', `${one.home}/forge/shop.git`, 'main');
    await one.send({
      type: 'task.approve',
      task: held.id,
      digest: held.mergeRequest?.digest ?? '',
    });
    await one.aedev.runner.idle();
    const again = await taskOf(one);
    expect(again).toMatchObject({ status: 'in-review', hold: { code: 'awaiting-merge-approval' } });
    expect(again.base).not.toBe(held.base);
    expect(await types(one, held.id)).toContain('task.base-moved');
    await one.send({
      type: 'task.approve',
      task: held.id,
      digest: again.mergeRequest?.digest ?? '',
    });
    await one.aedev.runner.idle();
    expect(await taskOf(one)).toMatchObject({ status: 'remembered' });
    expect(plainGit(`${one.home}/forge/shop.git`, 'show', 'main:README.md')).toBe('moved');
  });

  test('a repo that parted from the merged work holds with the command that mends it', async () => {
    installation = await install();
    const one = installation;
    expect(await deliver(one)).toMatchObject({ status: 'remembered' });
    // The operator goes on without having fetched what was merged.
    commitFiles(one.repo, { 'README.md': 'mine\n' }, 'mine');
    const held = await submit(one, { mission: 'm-test2' });
    expect(held.hold).toMatchObject({ code: 'source-diverged', resumes: { by: 'operator' } });
    expect(held.hold?.reason).toContain('git pull --rebase');
    plainGit(one.repo, 'pull', '-q', '--rebase', `${one.home}/forge/shop.git`, 'main');
    await one.send({ type: 'mission.resume', mission: 'm-test2' });
    await one.aedev.runner.idle();
    expect((await one.aedev.store.state('mission/m-test2'))?.state).toMatchObject({ hold: null });
    expect(plainGit(`${one.home}/forge/shop.git`, 'show', 'main:README.md')).toBe('mine');
  });

  test('a change that the operator merged by hand is noticed, and nothing else is merged', async () => {
    installation = await install({
      script: [
        { steps: [FIX, { write: { path: '.github/workflows/ci.yml', content: 'on: push\n' } }] },
      ],
    });
    const one = installation;
    const held = await deliver(one);
    expect(held.hold?.code).toBe('awaiting-merge-approval');
    const clone = `${one.dir}/by-hand`;
    plainGit(one.dir, 'clone', '-q', `${one.home}/forge/shop.git`, clone);
    plainGit(clone, 'merge', '-q', '--no-ff', '-m', 'by hand', `origin/${held.branch}`);
    plainGit(clone, 'push', '-q', 'origin', 'main');
    const tip = plainGit(clone, 'rev-parse', 'HEAD');
    await one.aedev.life.refresh();
    await one.aedev.runner.idle();
    await one.send({
      type: 'task.approve',
      task: held.id,
      digest: held.mergeRequest?.digest ?? '',
    });
    await one.aedev.runner.idle();
    expect(await taskOf(one)).toMatchObject({ status: 'remembered' });
    expect(plainGit(`${one.home}/forge/shop.git`, 'rev-parse', 'main')).toBe(tip);
  });

  test('two tasks at once in one repo never merge a combination that nobody has tested', async () => {
    const suite =
      "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { max } from '../src/max.js';\nimport { factor } from '../src/factor.js';\n\ntest('stays below eleven', () => assert.ok(max * factor < 11));\n";
    installation = await install({
      files: {
        'package.json': JSON.stringify({
          name: 'shop',
          type: 'module',
          scripts: { test: 'node --test' },
        }),
        'src/max.js': 'export const max = 3;\n',
        'src/factor.js': 'export const factor = 2;\n',
        'test/limit.test.js': suite,
      },
      repo: { parallel: 2 },
      script: [
        {
          when: { promptContains: 'Raise max to 4\n\nChange the files' },
          steps: [{ replace: { path: 'src/max.js', find: '3', with: '4' } }],
        },
        {
          when: { promptContains: 'Raise factor to 3\n\nChange the files' },
          steps: [{ replace: { path: 'src/factor.js', find: '2', with: '3' } }],
        },
      ],
    });
    const one = installation;
    const planned = (title: string, path: string) => ({
      key: title.split(' ')[1] ?? '',
      repo: 'shop',
      title,
      acceptance: [],
      allowed_paths: [path],
      depends_on: [],
    });
    await submit(one, {
      text: 'Change max in src/max.js from 3 to 4 and factor in src/factor.js from 2 to 3; `npm test` passes.',
      plan: [
        planned('Raise max to 4', 'src/max.js'),
        planned('Raise factor to 3', 'src/factor.js'),
      ],
    });
    await approve(one);
    const both = [await taskOf(one, 'm-test1', 0), await taskOf(one, 'm-test1', 1)];
    const merged = both.filter(({ status }) => status === 'remembered');
    expect(merged).toHaveLength(1);
    const other = both.find(({ status }) => status !== 'remembered');
    // Each alone is green; the second was checked again on what the first had made of the base.
    expect(other?.hold?.code ?? other?.status).toBe('coder-failed');
    expect(await types(one, other?.id ?? '')).toContain('task.refreshed');
    const clone = `${one.dir}/clone`;
    plainGit(one.dir, 'clone', '-q', `${one.home}/forge/shop.git`, clone);
    expect(spawnSync('npm', ['test'], { cwd: clone }).status).toBe(0);
  });

  test('without remote writes nothing leaves for a forge outside the home', async () => {
    const seed = await install();
    const outside = `${seed.dir}/outside.git`;
    plainGit(seed.dir, 'clone', '-q', '--bare', seed.repo, outside);
    const refs = () => plainGit(outside, 'for-each-ref');
    const before = refs();
    installation = await install({ repo: { forge: { kind: 'local', path: outside } } });
    const held = await deliver(installation);
    expect(held).toMatchObject({ status: 'publishing', hold: { code: 'remote-writes-off' } });
    expect(refs()).toBe(before);
    await seed.end();
  });

  test('a halt or a broken policy file that meets a push on its way leaves it in its place', async () => {
    const met = { policy: 0, halt: 0 };
    let good = '';
    const at = (file: string) => `${installation?.home}/${file}`;
    const seed = await install();
    const outside = `${seed.dir}/outside.git`;
    plainGit(seed.dir, 'clone', '-q', '--bare', seed.repo, outside);
    installation = await install({
      policies: { system: { operator: 'tester', allow_remote_writes: true } },
      repo: { forge: { kind: 'local', path: outside } },
      point(point, key) {
        // The move has started, and nobody has looked at the files since.
        if (point !== 'started') return;
        if (key.includes('/push/') && met.policy++ === 0) {
          good = readFileSync(at('config/policies.yaml'), 'utf8');
          writeFileSync(at('config/policies.yaml'), 'system: [');
        }
        if (key.includes('/open-pull/') && met.halt++ === 0) writeFileSync(at('HALT'), 'enough');
      },
    });
    const refs = () => plainGit(outside, 'for-each-ref', 'refs/heads/aedev');
    const barred = await deliver(installation);
    expect(barred).toMatchObject({ status: 'publishing', hold: null, pushed: null });
    expect([refs(), met.policy]).toEqual(['', 1]);
    writeFileSync(at('config/policies.yaml'), good);
    const one = installation;
    const system = async () => (await one.aedev.store.state('system/main'))?.state as System;
    await until('the halt to be in the log', async () => (await system()).halted);
    await one.aedev.runner.idle();
    expect(await taskOf(one)).toMatchObject({ status: 'publishing', hold: null, pull: null });
    expect([refs() !== '', met.halt]).toEqual([true, 1]);
    await one.send({ type: 'system.unhalt' });
    await until('the merge', async () => (await taskOf(one)).status === 'remembered');
    expect(await types(one, (await taskOf(one)).id)).not.toContain('task.move-failed');
    await seed.end();
  });

  test('a cancelled mission ends its tasks and closes its pull request', async () => {
    installation = await install({ repo: { auto_merge: false } });
    const held = await deliver(installation);
    expect(held.hold?.code).toBe('awaiting-merge-approval');
    await installation.send({
      type: 'mission.cancel',
      mission: 'm-test1',
      reason: 'changed my mind',
    });
    await installation.aedev.runner.idle();
    expect(await taskOf(installation)).toMatchObject({
      status: 'cancelled',
      end: expect.stringContaining('changed my mind'),
    });
    expect(await missionOf(installation)).toMatchObject({ status: 'cancelled' });
  });

  test('a run limit of the day holds the task until the next one', async () => {
    installation = await install({
      script: [{ steps: [{ write: { path: 'src/other.js', content: 'export {};\n' } }] }],
      policies: { rework: { backoff_seconds: 0 }, budgets: { global: { runs_per_day: 1 } } },
    });
    const held = await deliver(installation);
    expect(held).toMatchObject({
      status: 'coding',
      rounds: 1,
      run: null,
      hold: { code: 'budget-exhausted', resumes: { at: expect.stringMatching(/T00:00:00.000Z$/) } },
    });
  });

  test('a limit that not even one run fits in holds the task until the operator mends it', async () => {
    installation = await install({ policies: { budgets: { global: { runs_per_day: 0 } } } });
    const held = await deliver(installation);
    expect(held).toMatchObject({
      status: 'coding',
      run: null,
      hold: {
        code: 'budget-exhausted',
        resumes: { by: 'operator' },
        remedy: expect.stringContaining(`aedev hold resume ${held.id}`),
      },
    });
  });
});
