/** What events do to a state, one by one: what rests on a commit goes with it, and an end is an end. */
import { describe, expect, test } from 'vitest';
import { evolveMission, type MissionEvent } from '../../src/control/mission.ts';
import { TASK, type Task, type TaskEvent } from '../../src/control/task.ts';
import { evolveTask } from '../../src/control/task-evolve.ts';
import { taskSteps } from '../../src/control/task-steps.ts';
import { given } from '../support/given.ts';
import { oid } from '../support/outcomes.ts';
import { policyOf } from '../support/world.ts';

const AT = '2026-03-02T10:00:00.000Z';
const approved = given(policyOf()).at('in-review').approveMerge().task;
const { evidence, policy } = approved as Required<Task>;

test('what stands here rests on evidence', () => {
  expect(approved).toMatchObject({
    approval: { by: 'operator:tester' },
    verdicts: [{}, {}],
    risk: { band: 'low' },
  });
});

describe('void with the commit it speaks of', () => {
  const events: TaskEvent[] = [
    { type: 'task.prepared', data: { base: oid('b') } },
    { type: 'task.refreshed', data: { base: oid('b'), head: oid('h'), tree: oid('t') } },
    { type: 'task.work-collected', data: { run: 'r', head: oid('h'), tree: oid('t'), notes: [] } },
    { type: 'task.evidence-voided', data: { reason: 'x' } },
  ];
  test.each(events)('$type', (event) => {
    expect(evolveTask(approved, event, AT)).toMatchObject({
      evidence: null,
      policy: null,
      families: [],
      verdicts: [],
      risk: null,
      mergeRequest: null,
      approval: null,
    });
  });
  test('new evidence takes nothing over from the old', () => {
    if (!evidence || !policy) throw new Error('there is evidence');
    const event: TaskEvent = {
      type: 'task.evidence-sealed',
      data: { summary: evidence, policy, families: ['a'] },
    };
    expect(evolveTask(approved, event, AT)).toMatchObject({
      families: ['a'],
      verdicts: [],
      risk: null,
      mergeRequest: null,
      approval: null,
    });
  });
  test.each<TaskEvent>([
    { type: 'task.base-moved', data: { from: '', to: null } },
    {
      type: 'task.merge-requested',
      data: {
        ...(approved.mergeRequest as never as Required<Task>['mergeRequest'] & object),
        digest: 'other',
      },
    },
  ])('$type: an approval of what was', (event) => {
    expect(evolveTask(approved, event, AT)?.approval).toBeNull();
  });
});

describe('an end is an end', () => {
  const events = TASK.transitions.map(
    ({ on }) => ({ type: on, data: { reason: 'x', by: 'x', base: 'x' } }) as unknown as TaskEvent,
  );
  test.each(TASK.terminal)('%s', (status) => {
    const state = { ...approved, status };
    for (const event of [
      ...events,
      { type: 'task.held', data: {} } as TaskEvent,
      { type: 'task.resumed', data: { by: 'x' } } as TaskEvent,
    ])
      expect(evolveTask(state, event, AT)).toBe(state);
  });
  test('of a mission', () => {
    const state = { ...given().submit().mission, status: 'cancelled' as const };
    for (const type of [
      'mission.answered',
      'mission.resumed',
      'mission.held',
      'mission.approved',
      'mission.submitted',
    ])
      expect(
        evolveMission(
          state,
          { type, data: { answers: [], waive: false } } as unknown as MissionEvent,
          AT,
        ),
      ).toBe(state);
  });
});

test('what is not known changes nothing', () => {
  expect(evolveTask(null, { type: 'task.held', data: {} } as TaskEvent, AT)).toBeNull();
  expect(evolveTask(approved, { type: 'task.of-the-future', data: {} } as never, AT)).toEqual(
    approved,
  );
  expect(evolveMission(null, { type: 'mission.held', data: {} } as never, AT)).toBeNull();
});

test('a run is begun only when its reservation stands', () => {
  const { task } = given().at('coding');
  const [run] = task.runs;
  if (!run) throw new Error('there is a run');
  expect(taskSteps(task).map(({ kind }) => kind)).toEqual(['run-coder']);
  expect(taskSteps({ ...task, runs: [{ ...run, status: 'requested' }] })).toEqual([]);
  expect(taskSteps({ ...task, run: null })).toEqual([]);
});

test('held, a task wants nothing', () => {
  const { task } = given().at('verifying');
  expect(taskSteps(task)).toHaveLength(1);
  expect(taskSteps({ ...task, slot: false })).toEqual([]);
  const hold = {
    code: 'disk-full',
    reason: '',
    since: AT,
    resumes: { by: 'operator' },
    remedy: '',
  } as const;
  expect(taskSteps({ ...task, hold })).toEqual([]);
});

test('a task and a mission are made once', () => {
  const data = { id: 'm-other' };
  const { mission } = given().submit();
  expect(evolveMission(mission, { type: 'mission.submitted', data } as never, AT)).toBe(mission);
  expect(evolveTask(approved, { type: 'task.created', data } as never, AT)).toBe(approved);
});
