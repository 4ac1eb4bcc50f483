/** Holds that wait for a condition, and runs that are cut off before anything of them could be kept. */
import { describe, expect, test } from 'vitest';
import { CONDITIONS } from '../../src/control/contract.ts';
import { stepsOf } from '../../src/control/core.ts';
import { given } from '../support/given.ts';
import { fail, oid } from '../support/outcomes.ts';

const when = CONDITIONS.sandboxReady;
const away = fail('sandbox-engine', { resumesWhen: when, remedy: 'Start it.' });
const cut = { ...away, unsettled: true };
const lost = fail('lost', { retryable: true, salvaged: oid('half') });
const steps = (g: ReturnType<typeof given>) =>
  stepsOf(`task/${g.task.id}`, g.task).map(({ key }) => key);

describe('a hold with a condition', () => {
  test('ends when that is met, and by nothing else of the daemon', () => {
    const g = given().at('coding').settle('run-coder', away).held('sandbox-engine');
    expect(g.task).toMatchObject({ run: null, slot: false, hold: { resumes: { when } } });
    expect(g.task.hold?.remedy).toMatch(/^Start it; it goes on by itself then, or at once with `/);
    const { id } = g.task;
    g.when({ type: 'task.wake', task: id }, 'system:timers').held('sandbox-engine');
    const other = 'something else' as typeof when;
    g.when({ type: 'task.wake', task: id, met: other }, 'system:conditions').held('sandbox-engine');
    g.when({ type: 'task.wake', task: id, met: when }, 'system:conditions').held(null);
    expect(g.wanted()).toContain('run-coder');
    expect(g.task.failedRuns).toBe(0);
  });
  test('of a check is no failed attempt of it', () => {
    const g = given().at('verifying').settle('verify', away).held('sandbox-engine');
    g.when({ type: 'task.wake', task: g.task.id, met: when }, 'system:conditions').held(null);
    expect(g.wanted()).toContain('verify');
  });
});

describe('a run that is cut off', () => {
  test('stays the open one, with its reservation, until its work is kept', () => {
    const g = given().at('coding');
    const { run } = g.task;
    g.settle('run-coder', cut).held('sandbox-engine').is({ run, slot: false });
    expect(steps(g)).toEqual([]);
    g.resume().settle('run-coder', cut).held('sandbox-engine').is({ run });
    g.when({ type: 'task.wake', task: g.task.id, met: when }, 'system:conditions').held(null);
    expect(g.move('run-coder').input).toMatchObject({ run });
    const [settling] = steps(g);
    g.settle('run-coder', lost);
    expect(g.task.runs.map(({ status }) => status)).toEqual(['lost', 'running']);
    expect(g.task.runs[0]?.salvaged).toBe(oid('half'));
    // The next one is another move, or its result could not be told from the late one's.
    expect(steps(g)).not.toContain(settling);
    expect(steps(g)).toHaveLength(1);
  });
  test('again and again is held, however often the engine comes back', () => {
    const g = given().at('coding');
    const back = () =>
      g.when({ type: 'task.wake', task: g.task.id, met: when }, 'system:conditions');
    for (let times = 0; g.task.hold?.code !== 'run-lost'; times += 1) {
      expect(times).toBeLessThan(10);
      g.settle('run-coder', cut).held('sandbox-engine');
      back().settle('run-coder', lost);
    }
  });
  test('can be cancelled; nothing of it is wanted after that', () => {
    const g = given().at('coding').settle('run-coder', cut);
    g.when({ type: 'task.cancel', task: g.task.id, reason: 'no more' }).is({ status: 'cancelled' });
    expect(g.task.runs[0]?.status).toBe('ended');
    expect(steps(g)).toEqual([]);
  });
});
