/** How many tasks work in a repo at once. */
import { describe, expect, test } from 'vitest';
import type { Repo } from '../../src/control/repo.ts';
import { given } from '../support/given.ts';
import { fail } from '../support/outcomes.ts';
import { policyOf, World } from '../support/world.ts';

describe('slots', () => {
  const world = (parallel: number) => {
    const one = new World(policyOf({}, [{ id: 'a', parallel }]));
    const ask = (type: 'repo.request-slot' | 'repo.release-slot', task: string) =>
      one.send({ type, repo: 'a', task });
    return { one, ask, repo: () => one.states.get('repo/a') as Repo };
  };
  test.each([1, 2, 3])('at most %i at once, first come first served', (parallel) => {
    const { ask, repo } = world(parallel);
    for (const task of ['t-1', 't-2', 't-3', 't-4']) ask('repo.request-slot', task);
    const all = ['t-1', 't-2', 't-3', 't-4'];
    expect(repo()).toMatchObject({ slots: all.slice(0, parallel), queue: all.slice(parallel) });
    ask('repo.release-slot', 't-1');
    expect(repo().slots).toEqual(all.slice(1, parallel + 1));
  });
  test('asking twice is asking once; who leaves the queue is out of it', () => {
    const { ask, repo } = world(1);
    ask('repo.request-slot', 't-1');
    expect(ask('repo.request-slot', 't-1').events).toEqual([]);
    ask('repo.request-slot', 't-2');
    expect(ask('repo.request-slot', 't-2').events).toEqual([]);
    ask('repo.release-slot', 't-2');
    expect(repo()).toMatchObject({ slots: ['t-1'], queue: [] });
    expect(ask('repo.release-slot', 't-2').events).toEqual([]);
  });
  test('paused: nothing more starts, what works goes on, and resuming serves the queue', () => {
    const { one, ask, repo } = world(2);
    ask('repo.request-slot', 't-1');
    one.send({ type: 'repo.pause', repo: 'a', reason: 'alarm' });
    ask('repo.request-slot', 't-2');
    expect(repo()).toMatchObject({ slots: ['t-1'], queue: ['t-2'], paused: 'alarm' });
    one.send({ type: 'repo.resume', repo: 'a' });
    expect(repo()).toMatchObject({ slots: ['t-1', 't-2'], queue: [], paused: null });
  });
  test('more slots by policy serve the queue at once; fewer take nothing away', () => {
    const { one, ask, repo } = world(1);
    for (const task of ['t-1', 't-2', 't-3']) ask('repo.request-slot', task);
    const register = (parallel: number) =>
      one.send({ type: 'repo.register', repo: 'a', entry: { ...repo().entry, parallel } });
    register(2);
    expect(repo()).toMatchObject({ slots: ['t-1', 't-2'], queue: ['t-3'] });
    expect(register(2).events).toEqual([]);
    register(1);
    expect(repo().slots).toEqual(['t-1', 't-2']);
    ask('repo.release-slot', 't-1');
    expect(repo()).toMatchObject({ slots: ['t-2'], queue: ['t-3'] });
  });
  test('removed and registered again', () => {
    const { one, repo } = world(1);
    one.send({ type: 'repo.remove', repo: 'a' });
    expect(repo().registered).toBe(false);
    expect(one.send({ type: 'repo.remove', repo: 'a' }).events).toEqual([]);
    one.send({ type: 'repo.register', repo: 'a', entry: repo().entry });
    expect(repo().registered).toBe(true);
    expect(one.send({ type: 'repo.remove', repo: 'x' }).refusal?.code).toBe('unknown-repo');
  });
  test('a task gives its slot back when it waits for somebody, and queues for it again', () => {
    const g = given(policyOf({ rework: { backoff_seconds: 0 } }))
      .at('judging')
      .settle('judge', fail('judge-auth'));
    g.is({ slot: false });
    const repo = () => g.world.states.get('repo/shop') as Repo;
    expect(repo().slots).toEqual([]);
    g.when({ type: 'repo.request-slot', repo: 'shop', task: 't-other' })
      .resume()
      .is({ slot: false, hold: null });
    expect(repo()).toMatchObject({ slots: ['t-other'], queue: [g.task.id] });
    expect(g.wanted().filter((kind) => kind.startsWith('judge'))).toEqual([]);
    g.when({ type: 'task.start', task: g.task.id }, 'system:reactions').is({ slot: true });
  });
});
