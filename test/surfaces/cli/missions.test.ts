import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifySpec } from '../../../src/control/spec.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';
import { assessing, type Cli, cli, withRepo } from './host.ts';

const M = 'm-0000000001';
let aedev: Cli;
beforeEach(async () => {
  aedev = await cli();
  withRepo(aedev);
});
afterEach(() => aedev.end());

describe('intake', () => {
  test('a refusal by the control plane is one sentence and exit 4', async () => {
    // In the files there is another repo; the daemon does not know it.
    writeFileSync(
      join(aedev.home, 'config', 'repos.yaml'),
      `repos:\n  - id: web\n    source: ${join(aedev.dir, 'web')}\n`,
    );
    const told = await aedev('intake', 'Add', 'a', 'line', '--repo', 'web');
    expect(told.code).toBe(3);
    expect(told.err).toMatch(/^error: There is no repo "web"/);
    expect(told.err.trim().split('\n')).toHaveLength(1);
  });

  test.each([
    [['intake'], 2, 'No request was given'],
    [['intake', ' '], 2, 'The request is empty'],
    [['intake', 'x', '--file', 'y'], 2, 'given twice'],
    [['intake', '--file', 'absent.md'], 2, 'does not exist'],
    [['intake', 'x', '--repo', 'nope'], 3, 'No repo nope is registered; there are: app'],
    [['intake', 'x', '--plan', 'absent.yaml'], 2, 'does not exist'],
    [['intake', 'x', '--coder', 'gpt'], 2, 'Allowed choices are claude, codex, gemini, scripted'],
    [['intake', '-'], 2, 'The request is empty'],
  ])('%j is refused with a sentence', async (argv, code, sentence) => {
    const told = await aedev(...argv);
    expect([told.code, told.err]).toEqual([code, expect.stringContaining(sentence)]);
    expect(told.out).toBe('');
  });

  test.each([
    ['- {key: a', /line \d+/],
    ['[]', /small/i],
    ['tasks: 7', /expected array/i],
    ['- {key: a, title: x, repo: app}\n- {key: b: c}', /line 2/],
    ['- {key: A B, title: x, repo: app}', /0\.key/],
    ['- {key: a, title: x, repo: app, depends_on: [b]}', /"b", which is not in the plan/],
    ['- {key: a, title: x, repo: app, depends_on: [a]}', /cycle/],
  ])('a plan %j is refused before anything is sent', async (yaml, sentence) => {
    writeFileSync(join(aedev.dir, 'plan.yaml'), yaml);
    const told = await aedev('intake', 'x', '--plan', 'plan.yaml');
    expect([told.code, told.err]).toEqual([2, expect.stringMatching(sentence)]);
    expect(await aedev.world.store.lastSeq()).toBe(0);
  });

  test('shows the spec to approve as soon as the request was read', async () => {
    assessing(aedev, 10);
    const told = await aedev('intake', 'Add a line to README.md');
    const id = told.out.split('\n')[0] ?? '';
    expect(id).toMatch(/^m-[a-z0-9]{10}$/);
    expect(told.out).toContain(`aedev mission approve ${id}`);
    const { json } = await aedev('intake', '--json', 'Add', 'a', 'line');
    expect(json).toMatchObject({ state: 'awaiting-approval', text: 'Add a line', repos: ['app'] });
  });

  const QUESTION = {
    id: 'target.no-target',
    signal: 'target',
    text: 'Which \u001b[31mfile?',
    options: ['README.md', '\u202edm.txt'],
  };

  test('questions: shown safely, answered by number, asked at a terminal', async () => {
    assessing(aedev, 80, [QUESTION]);
    const told = await aedev('intake', 'Improve', 'it', '--wait');
    expect(told.code).toBe(7);
    expect(told.out).toContain('Which \\x1b[31mfile?');
    expect(told.out).not.toMatch(/[\p{Cf}]/u);
    const id = told.out.split('\n')[0] ?? '';
    const silent = await aedev('mission', 'answer', id);
    expect([silent.code, silent.err]).toEqual([2, expect.stringContaining('target.no-target')]);
    const after = await aedev('mission', 'answer', id, '1=the README');
    expect(after.code).toBe(0);
    expect(after.out).toContain(`aedev mission approve ${id}`);
    expect((await aedev('mission', 'show', id, '--json')).json.clarification).toMatchObject({
      score: 10,
      before: 80,
      answers: [{ question: 'target.no-target', text: 'the README' }],
    });
  });

  test('questions at a terminal: an option, or own words', async () => {
    assessing(aedev, 80, [QUESTION, { ...QUESTION, id: 'vagueness.vague' }]);
    const { json } = await aedev('intake', 'Improve', 'it', '--json');
    Object.assign(aedev.host, { interactive: true, columns: 80 });
    aedev.answers.select.push('README.md', '\u0000other');
    aedev.answers.text.push('at most 20 ms');
    expect((await aedev('mission', 'answer', json.id)).code).toBe(0);
    Object.assign(aedev.host, { columns: null });
    const { clarification } = (await aedev('mission', 'show', json.id, '--json')).json;
    expect(clarification.answers).toEqual([
      { question: 'target.no-target', text: 'README.md' },
      { question: 'vagueness.vague', text: 'at most 20 ms' },
    ]);
  });

  test('--waive goes on without', async () => {
    assessing(aedev, 80, [QUESTION]);
    const { json } = await aedev('intake', 'Improve', 'it', '--json');
    const told = await aedev('mission', 'answer', json.id, '--waive', '--json');
    expect(told.json).toMatchObject({
      state: 'awaiting-approval',
      clarification: { waived: true },
    });
  });

  test('a plan goes along', async () => {
    assessing(aedev, 10);
    writeFileSync(
      join(aedev.dir, 'plan.yaml'),
      'tasks:\n  - {key: a, title: one, repo: app}\n  - {key: b, title: two, repo: app, depends_on: [a]}\n',
    );
    const { json } = await aedev('intake', 'Two things', '--plan', 'plan.yaml', '--json');
    const approved = await aedev('mission', 'approve', json.id, '--digest', json.specDigest);
    expect(approved.code).toBe(0);
    const { tasks } = (await aedev('mission', 'show', json.id, '--json')).json;
    expect(tasks.map((task: { title: string }) => task.title)).toEqual(['one', 'two']);
    const shown = await aedev('task', 'show', tasks[1].id);
    expect(shown.out).toContain(`after     ${tasks[0].id}`);
    expect((await aedev('task', 'list')).out).toContain(tasks[0].id);
    expect((await aedev('task', 'logs', tasks[0].id)).out).toContain('no run yet');
    expect((await aedev('evidence', 'show', tasks[0].id)).code).toBe(3);
    expect((await aedev('task', 'cancel', tasks[0].id, 'not needed')).code).toBe(0);
    expect((await aedev('watch', json.id)).code).toBe(10);
  });
});

describe('mission', () => {
  test('list and show as documents', async () => {
    const digest = await aedev.world.awaiting(M);
    const list = await aedev('mission', 'list', '--json');
    expect(list.json.missions).toMatchObject([{ id: M, status: 'awaiting-approval' }]);
    const show = await aedev('mission', 'show', M, '--json');
    expect(show.json).toMatchObject({ id: M, state: 'awaiting-approval', specDigest: digest });
    expect((await aedev('mission', 'show', M, '--plain')).out.length).toBeLessThanOrEqual(161);
  });

  test('the spec goes to a pipe byte for byte', async () => {
    const digest = await aedev.world.awaiting(M);
    const { out } = await aedev('mission', 'show', M, '--spec');
    expect(verifySpec(out, sha256Hex)).toEqual({ ok: true, digest, mission: M });
    writeFileSync(join(aedev.dir, 'spec.md'), out);
    expect((await aedev('spec', 'verify', 'spec.md')).code).toBe(0);
    expect((await aedev('spec', 'verify', M, '--json')).json).toMatchObject({ ok: true, digest });
    writeFileSync(join(aedev.dir, 'spec.md'), `${out} `);
    expect((await aedev('spec', 'verify', 'spec.md')).code).toBe(9);
  });

  test('approve without a terminal wants the words for it, and names the digest', async () => {
    const digest = await aedev.world.awaiting(M);
    const told = await aedev('mission', 'approve', M);
    expect([told.code, told.err]).toEqual([2, expect.stringContaining(`--digest ${digest}`)]);
    expect((await aedev('mission', 'show', M, '--json')).json.state).toBe('awaiting-approval');
  });

  test('approve by digest: the right one once, a stale or short one never', async () => {
    const digest = await aedev.world.awaiting(M);
    expect((await aedev('mission', 'approve', M, '--digest', digest.slice(0, 12))).code).toBe(2);
    const stale = await aedev('mission', 'approve', M, '--digest', '0'.repeat(64), '--json');
    expect(stale.code).toBe(4);
    expect(stale.json.error).toMatchObject({ code: 'digest-changed', exit: 4 });
    const told = await aedev('mission', 'approve', M, '--digest', digest, '--json');
    expect(told.json).toMatchObject({ approved: M, digest });
    const again = await aedev('mission', 'approve', M, '--digest', digest);
    expect([again.code, again.err]).toEqual([4, expect.stringContaining('used once')]);
  });

  test('--yes approves exactly what it printed', async () => {
    await aedev.world.awaiting(M);
    const told = await aedev('mission', 'approve', M, '--yes');
    const shown = /^digest: "([0-9a-f]{64})"$/m.exec(told.out)?.[1];
    const { approval } = (await aedev('mission', 'show', M, '--json')).json;
    expect(approval).toMatchObject({ digest: shown, by: 'operator:owner' });
  });

  test('at a terminal it asks; no means no', async () => {
    Object.assign(aedev.host, { interactive: true, columns: 80 });
    await aedev.world.awaiting(M);
    aedev.answers.confirm.push(false);
    expect((await aedev('mission', 'approve', M)).code).toBe(4);
    expect(aedev.asked[0]).toContain(`of ${M}?`);
    aedev.answers.confirm.push(true);
    expect((await aedev('mission', 'approve', M)).code).toBe(0);
  });

  test('reject ends it; what has ended cannot be cancelled', async () => {
    await aedev.world.awaiting(M);
    expect((await aedev('mission', 'reject', M, 'not', 'now')).out).toContain('rejected');
    const { json } = await aedev('mission', 'show', M, '--json');
    expect([json.state, json.end]).toEqual(['cancelled', expect.stringContaining('not now')]);
    const told = await aedev('mission', 'cancel', M);
    expect([told.code, told.err]).toEqual([4, expect.stringContaining('has ended')]);
    expect((await aedev('mission', 'list')).out).toContain('--all');
  });

  test.each([
    [['mission', 'show', 'm-zzzzzzzz'], 3],
    [['mission', 'show', 'zzz'], 2],
    [['mission', 'answer', M, 'no-pair'], 2],
    [['mission', 'answer', M, '3=x'], 2],
    [['mission', 'answer', M], 4],
    [['mission', 'resume', M], 4],
    [['task', 'show', 't-zzzzzzzz'], 3],
    [['task', 'approve', 't-zzzzzzzz', '--yes'], 3],
    [['task', 'retry', 't-zzzzzzzz'], 3],
    [['task', 'logs', 't-zzzzzzzz'], 3],
    [['hold', 'resume', 'app'], 4],
    [['hold', 'resume', 'absent'], 3],
    [['evidence', 'show', 't-zzzzzzzz'], 3],
    [['evidence', 'verify', 'absent-file'], 3],
  ])('%j ends with a documented code and one sentence', async (argv, code) => {
    await aedev.world.awaiting(M);
    const told = await aedev(...argv);
    expect([told.code, told.err]).toEqual([code, expect.stringMatching(/^error: [^\n]+\n$/)]);
    const doc = await aedev(...argv, '--json');
    expect(doc.json.error).toMatchObject({ exit: code, sentence: expect.any(String) });
    expect(doc.err).toBe('');
  });

  test('watch tells the story and ends where somebody must act', async () => {
    await aedev.world.awaiting(M);
    const told = await aedev('watch', M);
    expect(told.code).toBe(7);
    expect(told.out).toMatch(/operator:owner asked for a change in app/);
    expect(told.out).toContain(`${M} is awaiting-approval`);
  });

  test('watch ends with 10 when the mission was cancelled', async () => {
    await aedev.world.awaiting(M);
    await aedev('mission', 'cancel', M);
    expect((await aedev('watch', M)).code).toBe(10);
  });

  test('an interrupt ends watching with 130 and no error', async () => {
    await aedev.world.awaiting(M);
    const told = aedev('watch');
    aedev.interrupt.abort();
    expect(await told).toMatchObject({ code: 130, err: '' });
  });
});
