/** Who may start a run after a limit, and when: one account for all repos, one probe, then one by one. */
import { describe, expect, test } from 'vitest';
import type { Account } from '../../src/control/account.ts';
import type { Task } from '../../src/control/task.ts';
import { type Given, given, MISSION_ID } from '../support/given.ts';
import { ran, usage } from '../support/outcomes.ts';
import { HOUR, nothing } from '../support/tasks.ts';
import { OPERATOR, policyOf, START } from '../support/world.ts';

const at = (ms: number): string => new Date(START + ms).toISOString();
const MINUTE = 60_000;
const REPOS = ['a', 'b', 'c', 'd'];
const limits = { operator_share: 0.2, stagger_seconds: 120 };
const policy = (more: Record<string, unknown> = {}) =>
  policyOf(
    { coders: { default: 'claude' }, rework: { backoff_seconds: 0 }, limits, ...more },
    REPOS.map((id) => ({ id })),
  );

/** One task per repo, each at its first run. */
function fleet(more: Record<string, unknown> = {}): Given {
  const plan = REPOS.map((repo) => ({
    ...{ key: repo, title: repo, repo, acceptance: [], allowed_paths: [], depends_on: [] },
  }));
  const g = given(policy(more)).submit({ repos: REPOS, plan }).settle('assess').approve();
  for (let turn = 0; turn < REPOS.length; turn++) g.settle('prepare');
  return g;
}
const tasks = (g: Given): Task[] => REPOS.map((_, index) => g.taskAt(index));
const account = (g: Given) => g.world.states.get('account/claude') as Account;
const runs = (g: Given): string[] =>
  [...g.world.moves.values()]
    .filter(({ kind }) => kind === 'run-coder')
    .map(({ partition }) => partition);
const run = (g: Given, repo: string) => {
  const move = [...g.world.moves.values()].find(
    (one) => one.kind === 'run-coder' && one.partition === repo,
  );
  if (!move) throw new Error(`no run in ${repo}`);
  return move;
};
const windows = (status: string, utilization: number | null, resetsAt: string | null) => [
  { kind: 'five_hour', status, utilization, resetsAt },
];
const limitHit = (resetsAt: string | null) =>
  ran(
    { kind: 'hold', code: 'claude-window', reason: 'used up', remedy: 'wait', resumesAt: resetsAt },
    { windows: windows('rejected', 1, resetsAt) },
  );
const holds = (g: Given) => tasks(g).map((task) => task.hold?.code ?? null);

describe('news while a run is at work', () => {
  const hear = (g: Given, name: string, told: unknown[]) =>
    g.when({ type: 'account.hear', account: 'claude', run: name, windows: told }, 'system:egress');
  test('keep the next run from starting at once, and end none that works', () => {
    const g = fleet();
    const [first] = tasks(g);
    const open = runs(g);
    hear(g, first?.run ?? '', windows('allowed_warning', 0.85, at(2 * HOUR)));
    expect(account(g).windows).toMatchObject([{ utilization: 0.85, run: first?.run }]);
    expect(runs(g)).toEqual(open);
    expect(holds(g)).toEqual(Array(4).fill(null));
    // Another one, in the middle of the first, finds the share used.
    g.settleMove(run(g, 'b'), ran({ kind: 'failure', code: 'gave-up', reason: 'x' }));
    expect(holds(g)).toEqual([null, 'window-share', null, null]);
    expect(tasks(g)[1]?.hold?.resumes).toEqual({ at: at(2 * HOUR) });
    expect(runs(g)).toEqual(['a', 'c', 'd']);
  });
  test('are noted once, of runs that are at work only, and never as better than what is known', () => {
    const g = fleet();
    const [first, second] = tasks(g);
    const heard = () =>
      g.world.events.filter(({ type }) => type === 'account.windows-heard').length;
    hear(g, first?.run ?? '', windows('allowed', 0.5, at(2 * HOUR)));
    hear(g, second?.run ?? '', windows('allowed', 0.501, at(2 * HOUR)));
    hear(g, second?.run ?? '', windows('allowed', 0.3, at(2 * HOUR)));
    hear(g, 'r-nobody', windows('rejected', 1, at(2 * HOUR)));
    hear(g, first?.run ?? '', [{ kind: 'five_hour', status: 'fine' }, 'x']);
    expect(heard()).toBe(1);
    expect(account(g).windows).toMatchObject([{ status: 'allowed', utilization: 0.5 }]);
  });
});

describe('a used-up window', () => {
  test('holds every repo of the account until the reset, then one probe goes, then one by one', () => {
    const g = fleet();
    expect(runs(g)).toEqual(REPOS);
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(at(2 * HOUR)));
    expect(holds(g)).toEqual(Array(4).fill('claude-window'));
    expect(tasks(g).map((task) => task.hold?.resumes)).toEqual(Array(4).fill({ at: at(2 * HOUR) }));
    g.later(2 * HOUR - 1);
    expect(runs(g)).toEqual([]);
    g.later(1);
    expect(runs(g)).toEqual(['a']);
    expect(tasks(g).map((task) => task.hold?.resumes)).toEqual([
      undefined,
      { at: at(2 * HOUR + 2 * MINUTE) },
      { at: at(2 * HOUR + 4 * MINUTE) },
      { at: at(2 * HOUR + 6 * MINUTE) },
    ]);
    // Timers ring late, and nobody loses a turn by that.
    g.later(2 * MINUTE + 40);
    expect(runs(g)).toEqual(['a', 'b']);
    g.later(2 * MINUTE);
    g.later(2 * MINUTE);
    expect(runs(g)).toEqual(REPOS);
    expect(account(g).turns).toEqual({});
  });
  test('the probe that meets the limit again holds all until the new time', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(at(HOUR)));
    g.later(HOUR).settleMove(run(g, 'a'), limitHit(at(6 * HOUR)));
    g.later(10 * MINUTE);
    expect(runs(g)).toEqual([]);
    expect(tasks(g).map((task) => task.hold?.resumes)).toEqual(Array(4).fill({ at: at(6 * HOUR) }));
  });
  test('after a night of sleep they do not all start at once', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(at(HOUR)));
    g.later(HOUR).later(9 * HOUR);
    expect(runs(g)).toEqual(['a', 'b']);
    const turns = tasks(g)
      .slice(2)
      .map((task) => task.hold?.resumes);
    expect(turns).toEqual([{ at: at(10 * HOUR + 2 * MINUTE) }, { at: at(10 * HOUR + 4 * MINUTE) }]);
  });
  test('without a reset time it is tried again in a while', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(null));
    expect(tasks(g)[0]?.hold?.resumes).toEqual({ at: at(30 * MINUTE) });
    expect(runs(g.later(30 * MINUTE))).toEqual(['a']);
  });
  test('a task that never ran waits for the same account, and no budget is reserved for it', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(at(HOUR)));
    const before = g.world.events.filter(({ type }) => type === 'budget.reserved').length;
    g.when({
      ...{ type: 'mission.submit', mission: 'm-test2', text: 'x', repos: ['a'], coder: null },
      plan: null,
    });
    g.settle('assess').when({
      ...{ type: 'mission.approve', mission: 'm-test2' },
      digest: g.world.mission('m-test2').spec?.digest ?? '',
    });
    g.settle('prepare');
    const late = g.world.task(g.world.mission('m-test2').tasks[0]?.id ?? '');
    expect(late.hold).toMatchObject({ code: 'claude-window', resumes: { at: at(HOUR) } });
    expect(late.runs).toMatchObject([{ status: 'ended', outcome: 'denied' }]);
    expect(g.world.events.filter(({ type }) => type === 'budget.reserved')).toHaveLength(before);
  });
  test('the operator who resumes a task starts it now; the others go on waiting', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(at(HOUR)));
    g.later(MINUTE).when({ type: 'task.resume', task: tasks(g)[2]?.id ?? '' });
    expect(runs(g)).toEqual(['c']);
    expect(holds(g)).toEqual(['claude-window', 'claude-window', null, 'claude-window']);
    // It was answered, so the window is open, whatever was known (another login, say).
    g.settleMove(run(g, 'c'), nothing);
    expect(account(g)).toMatchObject({ limitedAt: null, windows: [{ status: 'allowed' }] });
  });
  test('a run that was answered after it ends the pacing', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(at(HOUR)));
    g.later(HOUR).settleMove(run(g, 'a'), nothing);
    expect(account(g)).toMatchObject({ limitedAt: null });
    // It goes on behind those who wait already.
    for (let turn = 0; turn < 4; turn++) g.later(2 * MINUTE);
    expect(runs(g)).toEqual(['b', 'c', 'd', 'a']);
  });
  test('a cancelled task leaves no empty turn behind', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), limitHit(at(HOUR)));
    g.later(HOUR);
    for (const task of tasks(g).slice(1))
      g.when({ type: 'task.cancel', task: task.id, reason: 'no' });
    expect(account(g).turns).toEqual({});
  });
  test.each([
    [0, 'operator'],
    [1, 'time'],
  ])('goes on by itself only as often as policy allows (%s)', (max_resumes) => {
    const g = fleet({ limits: { ...limits, max_resumes } });
    for (let round = 0; round < max_resumes; round++) {
      g.settleMove(run(g, 'a'), limitHit(at((round + 1) * HOUR)));
      expect(tasks(g)[0]?.hold?.resumes).toEqual({ at: at((round + 1) * HOUR) });
      g.later(HOUR);
    }
    g.settleMove(run(g, 'a'), limitHit(at(9 * HOUR)));
    expect(tasks(g)[0]?.hold).toMatchObject({ code: 'claude-window', resumes: { by: 'operator' } });
    g.when({ type: 'task.resume', task: tasks(g)[0]?.id ?? '' });
    expect(runs(g)).toContain('a');
  });
});

describe('a refused login', () => {
  const refused = (code: string) =>
    ran(
      { kind: 'hold', code, reason: 'refused', remedy: 'mend it', resumesAt: null },
      { usage: usage({ inputTokens: 0, outputTokens: 0 }) },
    );
  test.each(['claude-auth', 'claude-credit'])(
    '%s: one task meets it, the others wait and try one by one',
    (code) => {
      const g = fleet();
      g.settleMove(run(g, 'a'), refused(code));
      g.settleMove(run(g, 'b'), nothing);
      expect(tasks(g)[0]?.hold).toMatchObject({ code, resumes: { by: 'operator' } });
      // It was at work before, and answered: that proves nothing, its next run waits.
      expect(tasks(g)[1]?.hold).toMatchObject({ code, resumes: { at: at(30 * MINUTE) } });
      expect(tasks(g)[1]?.hold?.remedy).toContain('as the task says that met it');
      for (const repo of ['c', 'd']) g.settleMove(run(g, repo), refused(code));
      g.later(30 * MINUTE);
      expect(runs(g)).toEqual(['b']);
      // Refused again: nobody storms it.
      g.settleMove(run(g, 'b'), refused(code)).later(29 * MINUTE);
      expect(runs(g)).toEqual([]);
    },
  );
  test('mended: the operator resumes one, and what it proves counts for all', () => {
    const g = fleet();
    for (const repo of REPOS) g.settleMove(run(g, repo), refused('claude-auth'));
    expect(account(g).refused).toMatchObject({ code: 'claude-auth' });
    g.later(MINUTE).when({ type: 'task.resume', task: tasks(g)[1]?.id ?? '' });
    expect(runs(g)).toEqual(['b']);
    g.settleMove(run(g, 'b'), nothing);
    expect(account(g)).toMatchObject({ refused: null, limitedAt: null });
    expect(runs(g)).toEqual(['b']);
  });
});

describe('the operator’s share', () => {
  const used = (utilization: number) =>
    ran(
      { kind: 'retryable', code: 'overloaded', reason: 'busy' },
      { windows: windows('allowed_warning', utilization, at(3 * HOUR)) },
    );
  test('nothing new starts in it, what runs goes on', () => {
    const g = fleet();
    g.settleMove(run(g, 'a'), used(0.85));
    expect(runs(g)).toEqual(['b', 'c', 'd']);
    g.later(1000);
    expect(tasks(g)[0]?.hold).toMatchObject({
      code: 'window-share',
      resumes: { at: at(3 * HOUR) },
      reason: expect.stringContaining('85% of the five-hour window'),
      remedy: expect.stringContaining('aedev hold resume'),
    });
    expect(runs(g.later(3 * HOUR))).toContain('a');
  });
  test('below it everything starts', () => {
    const g = fleet();
    g.settleMove(run(g, 'a'), used(0.8)).later(1000);
    expect(runs(g)).toEqual(['b', 'c', 'd', 'a']);
  });
  test('a smaller share in the policy counts at once', () => {
    const g = fleet();
    g.settleMove(run(g, 'a'), used(0.85)).later(1000);
    g.world.policy = policy({ limits: { ...limits, operator_share: 0.1 } });
    g.settleMove(run(g, 'b'), used(0.85)).later(1000);
    expect(runs(g)).toContain('b');
  });
});

test('a scripted coder knows no windows, and the paid lane asks for none', () => {
  const scripted = given().at('coding');
  expect(scripted.world.states.has('account/scripted')).toBe(false);
  const paid = policyOf({
    coders: { default: 'claude', claude: { lane: 'api', api_usd_per_day: 50 } },
  });
  const g = given(paid).at('coding');
  expect(g.world.states.has('account/claude')).toBe(false);
  expect(g.move('run-coder').input).toMatchObject({ lane: 'api', approvedUsd: null });
  expect(g.world.mission(MISSION_ID).approval?.by).toBe(OPERATOR);
});
