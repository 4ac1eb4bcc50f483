import { describe, expect, test } from 'vitest';
import type { PlanTask } from '../../src/control/contract.ts';
import { verifySpec } from '../../src/control/spec.ts';
import { type Given, given, MISSION_ID } from '../support/given.ts';
import { assessment, fail, oid, ok, question } from '../support/outcomes.ts';
import { OPERATOR, policyOf, sha256 } from '../support/world.ts';

const HOUR = 3_600_000;
const asks = (...ids: string[]) => ok({ assessment: assessment(ids.map(question)), base: {} });
const mission = MISSION_ID;
const step = (key: string, more: Partial<PlanTask> = {}): PlanTask => ({
  key,
  title: `do ${key}`,
  repo: 'shop',
  acceptance: [],
  allowed_paths: [],
  depends_on: [],
  ...more,
});
const answer = (
  g: Given,
  answers: { question: string; text: string }[],
  waive = false,
  actor = OPERATOR,
) => g.when({ type: 'mission.answer', mission, answers, waive }, actor);
const questioned = () => given().submit().settle('assess', asks('q-1', 'q-2'));
const shown = () => given().submit().settle('assess');
const ended = (g: Given) => g.when({ type: 'mission.cancel', mission, reason: '' });

describe('submit', () => {
  test('is assessed, and nothing runs', () => {
    const g = given().submit().brings('mission.submitted');
    expect(g.wanted()).toEqual(['assess']);
    expect(g.mission).toMatchObject({ status: 'submitted', submittedBy: OPERATOR, coder: null });
  });
  test('an agent may submit; each repo counts once', () => {
    const command = {
      type: 'mission.submit',
      mission,
      text: 'x',
      coder: null,
      plan: null,
    } as const;
    const g = given().when({ ...command, repos: ['shop', 'shop'] }, 'agent:mcp');
    expect(g.mission).toMatchObject({ submittedBy: 'agent:mcp', repos: ['shop'] });
  });
  test.each([
    ['empty-request', { text: ' \n\t ' }],
    ['control-characters', { text: 'a\u001b[2Jb' }],
    ['control-characters', { text: 'a\u0000b' }],
    ['control-characters', { text: 'a\u007fb' }],
    ['control-characters', { text: 'a\u009bb' }],
    ['control-characters', { plan: [step('one', { title: 'a\u001b[2Jb' })] }],
    ['control-characters', { plan: [step('one', { title: 'a\n## Spec' })] }],
    ['control-characters', { plan: [step('one', { acceptance: ['ok', 'a\u2028b'] })] }],
    ['control-characters', { plan: [step('one', { allowed_paths: ['a\rb'] })] }],
    ['unknown-repo', { repos: ['shop', 'nowhere'] }],
    ['plan-invalid', { plan: [step('one'), step('one')] }],
    ['plan-invalid', { plan: [step('one', { repo: 'other' })] }],
    ['plan-invalid', { plan: [step('one', { depends_on: ['two'] })] }],
    ['plan-invalid', { plan: [step('one', { depends_on: ['one'] })] }],
    [
      'plan-invalid',
      { plan: [step('a', { depends_on: ['b'] }), step('b', { depends_on: ['a'] })] },
    ],
  ])('refuses: %s', (code, more) => {
    const g = given().submit(more).refused(code);
    expect(g.mission).toBeUndefined();
  });
  test('lines and tabs are no control characters', () => {
    expect(given().submit({ text: 'a\n\tb\r\n' }).last.refusal).toBeNull();
  });
  test('the same id twice is refused', () => {
    given().submit().submit().refused('exists');
  });
  test('what is not there is not found', () => {
    given().approve(OPERATOR, 'f'.repeat(64)).refused('unknown-mission');
  });
});

describe('clarification', () => {
  test('a clear request is sealed, and the digest recomputes', () => {
    const g = shown().brings('mission.assessed', 'mission.spec-sealed');
    expect(g.mission).toMatchObject({ status: 'awaiting-approval', hold: null });
    expect(verifySpec(g.mission.spec?.text ?? '', sha256)).toMatchObject({
      ok: true,
      digest: g.mission.spec?.digest,
    });
    expect(g.wanted()).toEqual(['write-spec']);
    g.settle('write-spec').brings('mission.spec-written');
    expect(g.wanted()).toEqual([]);
  });
  test('questions hold it until they are answered, and the answers rescore', () => {
    const g = questioned().brings('mission.assessed', 'mission.held');
    expect(g.mission).toMatchObject({
      status: 'clarifying',
      hold: { code: 'needs-answers', resumes: { by: 'operator' } },
    });
    g.approve(OPERATOR, 'f'.repeat(64)).refused('not-awaiting-approval');
    g.when({ type: 'mission.resume', mission }).refused('needs-answers');
    answer(g, [{ question: 'q-1', text: 'six' }]).brings('mission.answered');
    expect(g.move('assess').input).toMatchObject({
      answers: [{ question: 'q-1', text: 'six' }],
      round: 2,
    });
    answer(g, [{ question: 'q-1', text: 'seven' }]).refused('busy');
    g.settle('assess').brings('mission.assessed', 'mission.spec-sealed');
    expect(g.mission.spec?.text).toContain('six');
    expect(g.mission.firstScore).toBe(80);
    expect(g.mission.spec?.text).toContain('score_before: 80\nscore_after: 10');
  });
  test('a later answer to the same question replaces the earlier one', () => {
    const g = questioned();
    answer(g, [
      { question: 'q-1', text: 'six' },
      { question: 'q-2', text: 'here' },
    ]).settle('assess', asks('q-1'));
    answer(g, [{ question: 'q-1', text: 'seven' }]);
    expect(g.mission.answers.map(({ text }) => text)).toEqual(['here', 'seven']);
  });
  test.each([
    ['unknown-question', [{ question: 'q-9', text: 'x' }], OPERATOR],
    ['control-characters', [{ question: 'q-1', text: 'x\u001b' }], OPERATOR],
    ['no-answers', [], OPERATOR],
    ['not-an-operator', [{ question: 'q-1', text: 'x' }], 'agent:mcp'],
    ['not-an-operator', [{ question: 'q-1', text: 'x' }], 'system:reactions'],
  ])('refuses an answer: %s', (code, answers, actor) => {
    answer(questioned(), answers, false, actor).refused(code);
  });
  test('waived questions become assumptions', () => {
    const g = answer(questioned(), [], true)
      .settle('assess', asks('q-1'))
      .brings('mission.assessed', 'mission.spec-sealed');
    expect(g.mission.spec?.text).toContain('Left open by the operator: What about q-1?');
    expect(g.mission.waived).toBe(true);
  });
  test('an answer after the spec was shown voids it, and the old digest approves nothing', () => {
    const g = answer(questioned(), [{ question: 'q-1', text: 'six' }]).settle('assess');
    const old = g.mission.spec?.digest ?? '';
    answer(g, [{ question: 'q-1', text: 'seven' }])
      .approve(OPERATOR, old)
      .refused('not-awaiting-approval');
    expect(g.mission.spec?.void).toBe(true);
    expect(g.settle('assess').mission.spec?.digest).not.toBe(old);
    g.approve(OPERATOR, old).refused('digest-changed');
    g.approve().including('mission.approved');
  });
  test('no answer once it runs', () => {
    answer(shown().approve(), [], true).refused('not-clarifying');
  });
});

describe('moves', () => {
  test('a move that fails is tried again by the clock, then held', () => {
    const g = given(policyOf({ rework: { backoff_seconds: 10, max_attempts: 3 } })).submit();
    const now = g.world.now;
    const again = { retryable: true };
    g.settle('assess', fail('unavailable', again)).brings('mission.move-failed');
    expect(g.move('assess')).toMatchObject({
      key: `${mission}/assess/1/2`,
      notBefore: new Date(now + 10_000).toISOString(),
    });
    g.settle('assess', fail('unavailable', again)).brings('mission.move-failed');
    expect(g.move('assess').notBefore).toBe(new Date(now + 20_000).toISOString());
    g.settle('assess', fail('unavailable', again)).brings('mission.held');
    expect(g.mission.hold).toMatchObject({ code: 'move-failed', resumes: { by: 'operator' } });
    g.when({ type: 'mission.resume', mission }, 'agent:x').refused('not-an-operator');
    g.when({ type: 'mission.resume', mission }).brings('mission.resumed');
    expect(g.move('assess').key).toBe(`${mission}/assess/2/1`);
    g.when({ type: 'mission.resume', mission }).refused('not-held');
  });
  test('a named time counts when it is later than the pause, and only then', () => {
    const at = (ms: number) => new Date(given().world.now + ms).toISOString();
    const notBefore = (retryAt: string) =>
      given()
        .submit()
        .settle('assess', fail('unavailable', { retryable: true, retryAt }))
        .move('assess').notBefore;
    expect(notBefore(at(HOUR))).toBe(at(HOUR));
    expect(notBefore(at(1000))).toBe(at(10_000));
    expect(notBefore('soon')).toBe(at(10_000));
  });
  test('a late result of an earlier generation is refused', () => {
    const g = given().submit();
    const old = g.move('assess');
    g.settle('assess', fail('source-unavailable')).when({ type: 'mission.resume', mission });
    g.settleMove(old).refused('stale-result');
    g.settle('assess').settleMove(old).refused('stale-result');
  });
  test('an approval while writing the spec is held goes on, and the spec is written under a new key', () => {
    const g = shown().settle('write-spec', fail('disk-full'));
    expect(g.mission.hold?.code).toBe('disk-full');
    g.approve().including('mission.approved', 'mission.planned');
    expect(g.move('write-spec').key).toBe(`${mission}/write-spec/2/1`);
  });
});

describe('approval', () => {
  test('makes the tasks, once', () => {
    const g = shown().approve().including('mission.approved', 'mission.planned', 'task.created');
    expect(g.mission).toMatchObject({
      status: 'running',
      approval: { by: OPERATOR, digest: g.mission.spec?.digest },
    });
    expect(g.task).toMatchObject({
      spec: g.mission.spec?.text,
      specDigest: g.mission.spec?.digest,
      acceptance: ['total([1, 2, 3]) is 6'],
    });
    g.approve().refused('already-approved');
    expect(g.mission.tasks).toHaveLength(1);
  });
  test.each(['agent:mcp', 'system:daemon', 'system:timers'])('never by %s', (actor) => {
    const g = shown().approve(actor).refused('not-an-operator');
    expect(g.mission.approval).toBeNull();
  });
  test('not of another digest', () => {
    shown().approve(OPERATOR, oid('x').padEnd(64, '0')).refused('digest-changed');
  });
  test('not before there is anything to approve', () => {
    given().submit().approve(OPERATOR, 'f'.repeat(64)).refused('not-awaiting-approval');
  });
  test('not at the moment it expires, nor after; renewed, it is assessed anew', () => {
    const policy = policyOf({ approvals: { spec_ttl_hours: 2 } });
    const g = given(policy).submit().settle('assess').settle('write-spec');
    const old = g.mission.spec?.digest ?? '';
    g.world.now += 2 * HOUR - 1;
    g.when({ type: 'mission.wake', mission }, 'system:timers').brings();
    g.world.now += 1;
    g.approve().refused('approval-expired');
    g.later(0).brings('mission.approval-expired', 'mission.held');
    expect(g.mission.hold?.code).toBe('approval-expired');
    g.approve().refused('approval-expired');
    g.world.now -= HOUR;
    g.approve().refused('approval-expired');
    g.when({ type: 'mission.resume', mission }).brings('mission.answered');
    g.settle('assess').approve(OPERATOR, old).refused('digest-changed');
    g.approve().including('mission.approved');
  });
  test('a void spec can be renewed without an answer, a valid one cannot', () => {
    answer(shown(), []).refused('no-answers');
    const g = shown()
      .settle('write-spec')
      .later(400 * HOUR);
    expect(answer(g, []).brings('mission.answered').wanted()).toEqual(['assess']);
  });
  test('just before the end it still counts', () => {
    const g = given(policyOf({ approvals: { spec_ttl_hours: 2 } }))
      .submit()
      .settle('assess');
    g.world.now += 2 * HOUR - 1;
    g.approve().including('mission.approved');
  });
  test('not after it was cancelled', () => {
    ended(shown()).approve().refused('mission-ended');
  });
});

describe('end', () => {
  test('rejected: only what is shown, only by the operator', () => {
    const reject = { type: 'mission.reject', mission, reason: 'no' } as const;
    given().submit().when(reject).refused('not-awaiting-approval');
    shown().when(reject, 'agent:x').refused('not-an-operator');
    const g = shown().when(reject).brings('mission.cancelled');
    expect(g.mission).toMatchObject({ status: 'cancelled', end: 'no' });
    expect(g.wanted()).toEqual([]);
  });
  test('cancelled by the operator, with all of its tasks', () => {
    shown()
      .when({ type: 'mission.cancel', mission, reason: '' }, 'agent:x')
      .refused('not-an-operator');
    const plan = [step('one'), step('two', { depends_on: ['one'] })];
    const g = ended(given().submit({ plan }).settle('assess').approve());
    expect(g.mission.tasks.map(({ id }) => g.world.task(id).status)).toEqual([
      'cancelled',
      'cancelled',
    ]);
    ended(g).refused('mission-ended');
    expect(g.wanted()).toEqual([]);
  });
  test('done when all are merged; the next is made ready by the last it depends on', () => {
    const policy = policyOf({ merge: { auto_merge: true } });
    const plan = [step('a'), step('b'), step('c', { depends_on: ['a', 'b'] })];
    const g = given(policy).submit({ plan }).settle('assess').approve();
    expect(g.mission.tasks.map(({ dependsOn }) => dependsOn.length)).toEqual([0, 0, 2]);
    g.until('remembered');
    expect(g.taskAt(2).status).toBe('waiting');
    g.until(null);
    expect(g.mission).toMatchObject({ status: 'done', end: '3 merged' });
  });
  test('failed when one was not merged, after all have ended; what depends on it never starts', () => {
    const plan = [
      step('a'),
      step('b', { depends_on: ['a'] }),
      step('c', { depends_on: ['b'] }),
      step('d'),
    ];
    const g = given().submit({ plan }).settle('assess').approve().cancel();
    expect([1, 2].map((at) => g.taskAt(at))).toMatchObject([
      { status: 'failed', end: expect.stringContaining(g.task.id) },
      { status: 'failed', runs: [] },
    ]);
    expect(g.mission.status).toBe('running');
    g.when({ type: 'task.cancel', task: g.taskAt(3).id, reason: '' });
    expect(g.mission).toMatchObject({
      status: 'failed',
      end: expect.stringContaining('cancelled'),
    });
  });
  test('a task of another mission is not noted', () => {
    shown()
      .approve()
      .when({ type: 'mission.note-task', mission, task: 't-none', status: 'failed' })
      .refused('unknown-task');
  });
  test('news that is none changes nothing', () => {
    const g = shown().approve();
    g.when({ type: 'mission.note-task', mission, task: g.task.id, status: g.task.status }).brings();
  });
});

test('a plan gives each task its own words, repo and paths', () => {
  const policy = policyOf({}, [{ id: 'shop' }, { id: 'api' }]);
  const plan = [
    step('one', { acceptance: ['it adds'], allowed_paths: ['src/**'] }),
    step('two', { repo: 'api' }),
  ];
  const g = given(policy)
    .submit({ plan, repos: ['shop', 'api'] })
    .settle('assess')
    .approve();
  expect([g.task, g.taskAt(1)]).toMatchObject([
    { title: 'do one', repo: 'shop', acceptance: ['it adds'], allowedPaths: ['src/**'] },
    { title: 'do two', repo: 'api', allowedPaths: [] },
  ]);
  expect(g.taskAt(1).acceptance).toEqual(['total([1, 2, 3]) is 6', 'it adds']);
});

test('without a plan each repo gets one task, titled by the first line', () => {
  const policy = policyOf({}, [{ id: 'shop' }, { id: 'api' }]);
  const g = given(policy)
    .submit({ text: `\n  ${'x'.repeat(150)}\nmore`, repos: ['shop', 'api'] })
    .settle('assess')
    .approve();
  expect(g.mission.tasks).toMatchObject([{ repo: 'shop' }, { repo: 'api' }]);
  expect(g.task.title).toBe(`${'x'.repeat(99)}…`);
});
