import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/control/contract.ts';
import type { Move } from '../../src/control/steps.ts';
import { given } from '../support/given.ts';
import {
  evidence,
  fail,
  oid,
  ok,
  ran,
  review,
  secret,
  type Told,
  usage,
  verdict,
} from '../support/outcomes.ts';
import { family, policyOf, START } from '../support/world.ts';

const HOUR = 3_600_000;
const AUTO = policyOf({ merge: { auto_merge: true }, rework: { backoff_seconds: 0 } });
const MANUAL = policyOf({ approvals: { merge_ttl_hours: 2 }, rework: { backoff_seconds: 0 } });
const auto = () => given(AUTO);
const limited = (rework: Record<string, unknown>) =>
  given(policyOf({ merge: { auto_merge: true }, rework: { backoff_seconds: 0, ...rework } }));
const about = (move: Move) => move.input as Told;
const sealed = (more: Parameters<typeof evidence>[2], hash = AUTO.hash) => ({
  verify: (move: Move): Outcome => ok(evidence(about(move), hash, more)),
});
const work = (move: Move): Outcome =>
  ran(undefined, {
    collected: {
      commit: oid('commit', about(move).run),
      tree: oid('tree', about(move).run),
      notes: [],
    },
  });
const nothing = ran(undefined, { collected: { commit: null, tree: oid('same'), notes: [] } });
const says = (said: 'pass' | 'fail' | 'inconclusive', more = {}) => ({
  judge: (move: Move): Outcome =>
    ok(verdict(about(move).family, about(move), { verdict: said, ...more })),
});
const red = {
  verify: { configured: true, passed: false, base: [], head: [], failures: ['1 test fails'] },
};
const asked = () => given(MANUAL).at('in-review');

describe('the way of a task', () => {
  test('through every state, one move at a time', () => {
    const g = auto().submit().settle('assess').settle('write-spec').approve();
    const way = [
      'prepare',
      'run-coder',
      'verify',
      'judge',
      'judge',
      'push',
      'open-pull',
      'merge',
      'cleanup',
    ];
    const seen = way.map((kind) => `${g.settle(kind).last.events.at(-1) && kind} ${g.task.status}`);
    expect(seen).toEqual([
      'prepare coding',
      'run-coder verifying',
      'verify judging',
      'judge judging',
      'judge publishing',
      'push publishing',
      'open-pull merging',
      'merge merged',
      'cleanup remembered',
    ]);
    expect(g.mission.status).toBe('done');
    g.cancel().refused('task-ended');
    expect(g.task.runs).toMatchObject([
      { role: 'coder', status: 'ended', outcome: 'success', usage: { costUsd: 0.25 } },
    ]);
  });
  test('each move is told what it needs, and lasts as long as policy says', () => {
    const g = auto().at('coding');
    expect(g.move('run-coder')).toMatchObject({
      recovery: 'lost',
      deadlineMs: 65 * 60_000,
      partition: 'shop',
    });
    expect(g.move('run-coder').input).toMatchObject({
      start: g.tip,
      base: g.tip,
      round: 0,
      role: 'coder',
    });
    g.settle('run-coder').settle('verify');
    expect(g.move('judge', 'gemini')).toMatchObject({
      recovery: 'adopt',
      input: { family: 'gemini', head: g.task.head },
    });
    g.until('publishing');
    expect(g.move('push').input).toMatchObject({
      expected: null,
      head: g.task.head,
      branch: `aedev/${g.task.id}`,
    });
    g.until('merging');
    expect(g.move('merge').input).toMatchObject({
      number: 7,
      head: g.task.head,
      base: g.tip,
      method: 'squash',
    });
  });
  test('a task that is not there is not found', () => {
    auto().when({ type: 'task.retry', task: 't-none' }).refused('unknown-task');
  });
});

describe('results count while they are wanted', () => {
  test('late, twice, or of an earlier attempt they are refused', () => {
    const g = limited({ max_attempts: 3 }).at('preparing');
    const first = g.move('prepare');
    g.settle('prepare', fail('unavailable', { retryable: true })).brings('task.move-failed');
    expect(g.move('prepare').key).toBe(first.key.replace('/1/1', '/1/2'));
    g.settleMove(first).refused('stale-result');
    const second = g.move('prepare');
    g.settle('prepare').settleMove(second).refused('stale-result');
  });
  test('a zombie run of an earlier generation changes nothing', () => {
    const g = auto().at('coding');
    const zombie = g.move('run-coder');
    g.settle('run-coder', fail('sandbox-engine'))
      .resume()
      .settleMove(zombie, work)
      .refused('stale-result');
    expect(g.task.head).toBeNull();
  });
  test('a move is tried as often as policy says, then held; resumed, it counts anew', () => {
    const g = limited({ max_attempts: 2 }).at('preparing');
    g.settle('prepare', fail('unavailable', { retryable: true })).held(null);
    g.settle('prepare', fail('unavailable', { retryable: true })).held('move-failed');
    expect(g.wanted()).toEqual(['write-spec'].filter((kind) => g.wanted().includes(kind)));
    g.resume('agent:x').refused('not-an-operator').resume().including('task.resumed');
    g.settle('prepare', fail('unavailable', { retryable: true })).held(null);
  });
  test('a kind of move that nobody knows is refused', () => {
    const g = auto().at('preparing');
    g.when({
      type: 'task.settle',
      task: g.task.id,
      key: g.move('prepare').key,
      kind: 'dance',
      which: null,
      outcome: ok(),
    }).refused('unknown-move');
  });
});

describe('runs', () => {
  test('nothing changed: sent back with the reason, from the base', () => {
    const g = auto().at('coding').settle('run-coder', nothing);
    g.including('task.run-ended', 'task.rework-requested', 'task.run-requested').is({
      rounds: 1,
      status: 'coding',
    });
    expect(g.move('run-coder').input).toMatchObject({
      role: 'fixer',
      round: 1,
      start: g.tip,
      prompt: expect.stringContaining('without changing any file'),
    });
  });
  test('a passing trouble is tried again, later each time, and only so often', () => {
    const g = given(policyOf({ rework: { backoff_seconds: 10, max_attempts: 3 } })).at('coding');
    const busy = ran({ kind: 'retryable', code: 'overloaded', reason: 'busy' });
    g.settle('run-coder', busy).held('coder-transient');
    expect(g.task.hold?.resumes).toEqual({ at: new Date(START + 10_000).toISOString() });
    g.later(9_999).held('coder-transient').later(1).held(null);
    g.settle('run-coder', busy).held('coder-transient');
    expect(g.task.hold?.resumes).toEqual({ at: new Date(g.world.now + 20_000).toISOString() });
    g.later(20_000).settle('run-coder', busy).held('coder-failed');
    expect(g.task.runs).toHaveLength(3);
    g.resume().settle('run-coder', busy).held('coder-transient');
  });
  test('a success ends the count of failures', () => {
    const g = limited({ max_attempts: 2 }).at('coding');
    const busy = ran({ kind: 'retryable', code: 'overloaded', reason: 'busy' });
    g.settle('run-coder', busy).settle('run-coder', nothing).settle('run-coder', busy).held(null);
    expect(g.wanted()).toContain('run-coder');
  });
  test('a failure is tried once more, from where it stopped, then held', () => {
    const g = auto().at('coding');
    const gaveUp = ran(
      { kind: 'failure', code: 'gave-up', reason: 'cannot' },
      { salvaged: oid('left') },
    );
    g.settle('run-coder', gaveUp).held(null);
    expect(g.move('run-coder').input).toMatchObject({ start: oid('left'), base: g.tip });
    g.settle('run-coder', gaveUp)
      .held('coder-failed')
      .resume()
      .including('task.resumed', 'task.run-requested');
  });
  test('lost runs are bounded', () => {
    const g = limited({ max_lost_runs: 1 }).at('coding');
    const lost = fail('lost', { retryable: true, salvaged: oid('left') });
    g.settle('run-coder', lost).including('task.run-lost', 'task.run-requested').held(null);
    g.settle('run-coder', lost).held('run-lost');
    expect(g.task.runs).toMatchObject([
      { status: 'lost', salvaged: oid('left') },
      { status: 'lost' },
    ]);
    g.resume().settle('run-coder', lost).held(null);
  });
  test('a used-up window ends by itself at its reset', () => {
    const at = new Date(START + 5 * HOUR).toISOString();
    const g = auto()
      .at('coding')
      .settle(
        'run-coder',
        ran({ kind: 'hold', code: 'claude-window', reason: 'x', remedy: '', resumesAt: at }),
      );
    g.held('claude-window').is({ slot: false, run: null });
    g.later(5 * HOUR - 1)
      .held('claude-window')
      .later(1)
      .held(null);
    expect(g.wanted()).toContain('run-coder');
  });
  test.each(['2020-01-01T00:00:00.000Z', 'tomorrow', new Date(START).toISOString()])(
    'a reset time that is no future (%s) is looked at again in a while',
    (resumesAt) => {
      const g = auto()
        .at('coding')
        .settle(
          'run-coder',
          ran({ kind: 'hold', code: 'claude-window', reason: 'x', remedy: '', resumesAt }),
        );
      expect(g.task.hold?.resumes).toEqual({ at: new Date(START + 900_000).toISOString() });
    },
  );
  test('a paid lane holds whatever the run brought, and starts no other', () => {
    const paid = { usage: usage({ lane: 'api' }) };
    const kept = { ...paid, collected: { commit: oid('c'), tree: oid('t'), notes: [] } };
    const g = auto()
      .at('coding')
      .settle('run-coder', ran(undefined, kept))
      .held('paid-lane')
      .is({ head: oid('c'), status: 'verifying' });
    expect(g.resume().wanted()).toContain('verify');
    for (const outcome of [
      { kind: 'success', summary: '' },
      { kind: 'retryable', code: 'x', reason: 'x' },
      { kind: 'failure', code: 'x', reason: 'x' },
    ])
      auto()
        .at('coding')
        .settle('run-coder', ran(outcome, paid))
        .held('paid-lane')
        .is({ run: null, rounds: 0, slot: false });
    auto()
      .at('coding')
      .settle('run-coder', ran(undefined, { ...kept, usage: usage({ lane: 'sdk-credit' }) }))
      .held('paid-lane');
    auto()
      .at('coding')
      .settle('run-coder', ran(undefined, { ...kept, usage: usage({ lane: 'unknown' }) }))
      .held(null);
  });
  test('without budget the task is held until the next day, and goes on then', () => {
    const g = given(policyOf({ budgets: { global: { runs_per_day: 1 } } }))
      .at('coding')
      .settle('run-coder', nothing);
    g.including('task.run-requested', 'task.held').held('budget-exhausted');
    expect(g.task.hold?.resumes).toEqual({ at: '2026-03-03T00:00:00.000Z' });
    g.is({ run: null, slot: false }).later(14 * HOUR);
    expect(g.wanted()).toContain('run-coder');
  });
  test('an old run is neither started nor denied', () => {
    const g = auto().at('coding');
    g.when({ type: 'task.start-run', task: g.task.id, run: 'r-old' }).refused('stale-run');
    g.when({
      type: 'task.deny-run',
      task: g.task.id,
      run: 'r-old',
      reason: '',
      resumesAt: '',
    }).brings();
  });
});

describe('evidence and verdicts', () => {
  test('red checks are sent back on top of what is there', () => {
    const g = auto().at('verifying');
    const { head } = g.task;
    g.settle('verify', sealed(red).verify)
      .including('task.evidence-sealed', 'task.rework-requested')
      .is({ status: 'coding', rounds: 1 });
    expect(g.move('run-coder').input).toMatchObject({
      start: head,
      prompt: expect.stringContaining('[verify]: 1 test fails'),
    });
  });
  test('what the gate would refuse is sent back before a judge reads it', () => {
    const finding = { ...secret, kind: 'path', rule: 'forbidden-path', sentence: 'may not change' };
    const g = auto()
      .at('verifying')
      .settle('verify', sealed({ findings: [finding] }).verify)
      .is({ status: 'coding' });
    expect(g.wanted().filter((kind) => kind.startsWith('judge'))).toEqual([]);
    expect(g.task.findings).toEqual([
      { source: 'forbidden-path', file: 'config.js', line: 3, sentence: 'may not change' },
    ]);
  });
  test('a credential holds before judges and push; resumed, it goes back to be taken out', () => {
    const g = auto()
      .at('verifying')
      .settle('verify', sealed({ findings: [secret] }).verify)
      .held('secret-found');
    expect(g.wanted()).toEqual([]);
    g.resume().including('task.rework-requested').held(null).is({ status: 'coding', start: g.tip });
    expect(g.task.findings[0]).toMatchObject({ source: 'github-token' });
    expect(g.move('run-coder').input).toMatchObject({ start: g.tip });
  });
  test('a failed verdict is sent back with its findings; new evidence asks every judge anew', () => {
    const findings = [{ severity: 'blocker', file: 'src/a.js', line: 4, sentence: 'off by one' }];
    const g = auto()
      .at('judging')
      .settle('judge', says('fail', { findings }).judge, 'openai')
      .is({ status: 'judging' });
    g.settle('judge')
      .including('task.risk-scored', 'task.rework-requested')
      .is({ status: 'coding' });
    expect(g.move('run-coder').input).toMatchObject({
      prompt: expect.stringContaining('- [judge openai] src/a.js:4: off by one'),
    });
    g.settle('run-coder').settle('verify').is({ verdicts: [], risk: null });
    expect(g.wanted().filter((kind) => kind.startsWith('judge'))).toEqual([
      'judge openai',
      'judge gemini',
    ]);
  });
  test('a failure without a finding still says who failed it', () => {
    const g = auto().at('judging', says('fail')).until('judging');
    g.settle('judge', says('fail').judge).settle('judge', says('fail').judge);
    expect(g.task.findings.map(({ source }) => source)).toEqual(['judge openai', 'judge gemini']);
  });
  test('an unclear answer is asked for once more, then held; resumed, only the unclear one is asked', () => {
    const g = auto().at('judging').settle('judge', says('inconclusive').judge, 'openai');
    expect(g.move('judge', 'openai').key).toMatch(/\/2$/);
    g.settle('judge', says('inconclusive').judge, 'openai')
      .held(null)
      .settle('judge', undefined, 'gemini')
      .held('judge-inconclusive');
    g.resume();
    expect(g.task.verdicts.map(({ family: one }) => one)).toEqual(['gemini']);
    expect(g.wanted()).toEqual(['judge openai']);
    expect(g.task.slot).toBe(true);
  });
  test.each([
    [
      'another head',
      (move: Move) => verdict(about(move).family, { ...about(move), head: oid('x') }),
    ],
    [
      'other evidence',
      (move: Move) => verdict(about(move).family, { ...about(move), evidence: 'e'.repeat(64) }),
    ],
    ['another family', (move: Move) => verdict('gemini', about(move))],
    ["the coder's family", (move: Move) => verdict('scripted', about(move))],
  ])('a pass about %s is no pass', (_, said) => {
    const g = auto().at('judging').settle('judge', undefined, 'gemini');
    g.settle('judge', (move) => ok(said(move)), 'openai').settle(
      'judge',
      (move) => ok(said(move)),
      'openai',
    );
    g.held('judge-inconclusive').is({ status: 'judging', pushed: null });
  });
  test('a judge that cannot be asked holds the task', () => {
    auto().at('judging').settle('judge', fail('judge-auth'), 'openai').held('judge-auth');
  });
  test.each([
    ['none', []],
    ['one', ['openai']],
    ["one beside the coder's own", ['openai', 'scripted']],
    ['the same twice', ['openai', 'openai']],
  ])('with %s family it waits; with two it is verified and judged anew', (_, names) => {
    const g = given(
      policyOf({ judges: { families: names.map(family) }, merge: { auto_merge: true } }),
    );
    g.at('verifying')
      .settle('verify')
      .held('judge-missing')
      .resume()
      .including('task.evidence-voided')
      .is({ status: 'verifying', evidence: null });
    g.world.policy = AUTO;
    g.until('remembered');
    expect(g.task.verdicts.map(({ family: one }) => one)).toEqual(['openai', 'gemini']);
  });
  test('a repo that is no longer registered holds', () => {
    const g = auto().at('verifying');
    g.world.policy = policyOf({}, [{ id: 'other' }]);
    g.settle('verify').held('source-unavailable');
  });
  test('policy is frozen with the evidence', () => {
    const g = auto().at('judging');
    g.world.policy = policyOf({ judges: { families: [] }, merge: { auto_merge: false } });
    g.until('merging').is({ families: ['openai', 'gemini'] });
    expect(g.task.evidence?.policyHash).toBe(AUTO.hash);
  });
});

describe('rework is bounded', () => {
  test.each([0, 1, 3])('%i rounds', (max_rounds) => {
    const g = limited({ max_rounds }).at('coding');
    for (let round = 0; round < max_rounds; round++) g.settle('run-coder', nothing).held(null);
    g.settle('run-coder', nothing).held('rework-exhausted').is({ rounds: max_rounds });
    expect(g.task.runs).toHaveLength(max_rounds + 1);
    g.resume()
      .held(null)
      .is({ rounds: max_rounds + 1 });
    expect(g.task.findings).toHaveLength(1);
    g.settle('run-coder', nothing).held('rework-exhausted');
    g.retry()
      .held(null)
      .is({ rounds: max_rounds + 2 });
  });
  test('what the last round lacked is told to the one that the operator allows', () => {
    const g = limited({ max_rounds: 0 })
      .at('judging')
      .settle('judge', says('fail').judge)
      .settle('judge')
      .held('rework-exhausted');
    expect(g.task.hold).not.toHaveProperty('findings');
    expect(g.retry().move('run-coder').input).toMatchObject({
      prompt: expect.stringContaining('judge openai'),
      start: g.tip,
    });
  });
});

describe('publishing', () => {
  test('a finding of the gate holds, and goes back with what it found', () => {
    for (const [kind, code] of [
      ['secret', 'secret-found'],
      ['path', 'push-gate'],
    ] as const) {
      const g = auto()
        .at('publishing')
        .settle('push', ok({ commit: '', branch: '', findings: [{ ...secret, kind }] }));
      g.held(code)
        .is({ pushed: null })
        .resume()
        .is({
          status: 'coding',
          findings: [
            { source: 'github-token', file: 'config.js', line: 3, sentence: secret.sentence },
          ],
        });
    }
  });
  test('a branch that somebody else moved is a foreign push', () => {
    const g = auto().at('publishing').settle('push', fail('head-moved')).held('foreign-push');
    g.resume().including('task.rework-requested').is({ status: 'coding', start: g.tip });
  });
  test('another commit than the judged one is not taken for pushed', () => {
    auto()
      .at('publishing')
      .settle('push', ok({ commit: oid('x'), branch: 'b', findings: [] }))
      .held('move-failed')
      .is({ pushed: null });
  });
  test('remote writes off holds, and resuming pushes again', () => {
    const g = auto()
      .at('publishing')
      .settle('push', fail('remote-writes-off'))
      .held('remote-writes-off');
    expect(g.resume().wanted()).toEqual(['push']);
  });
  test('a later round pushes over its own earlier commit only', () => {
    const g = asked();
    const { pushed } = g.task;
    g.see({ reviews: [review('r-1')] }).until('publishing');
    expect(g.move('push').input).toMatchObject({ expected: pushed });
  });
});
