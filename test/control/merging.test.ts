/** A merge under way: what it may run into, and what becomes of it then. */
import { describe, expect, test } from 'vitest';
import { given } from '../support/given.ts';
import { fail, oid, ok, pull } from '../support/outcomes.ts';
import { AUTO, asked, HOUR, MANUAL } from '../support/tasks.ts';

describe('merging', () => {
  test.each(['base-moved', 'conflict'])('%s: checked again on the base as it is', (code) => {
    const g = given(AUTO)
      .at('merging')
      .settle('merge', fail(code))
      .is({ status: 'preparing', approval: null });
    expect(g.move('prepare').input).toMatchObject({ head: g.task.head, base: g.task.base });
  });
  test('a change that somebody else brought to the base is not merged as nothing', () => {
    const g = given(AUTO).at('merging').settle('merge', fail('base-moved'));
    g.settle('prepare', ok({ base: oid('n'), refreshed: { empty: true } })).held('nothing-left');
    expect(g.wanted()).toEqual([]);
    expect(g.cancel().wanted()).toEqual(['close-pull']);
    g.settle('close-pull', ok({ merged: null })).is({ status: 'cancelled' });
  });
  test('a change that conflicts with the moved base is made again', () => {
    const g = given(AUTO).at('merging').settle('merge', fail('conflict'));
    g.settle('prepare', ok({ base: oid('n'), refreshed: { conflict: ['src/price.js'] } })).is({
      status: 'coding',
      start: oid('n'),
      base: oid('n'),
      rounds: 1,
    });
    expect(g.task.findings[0]).toMatchObject({ source: 'merge conflict', file: 'src/price.js' });
  });
  test('another head than the judged one is a foreign push: decided anew, and merged only when it is gone', () => {
    const g = given(AUTO).at('merging').settle('merge', fail('head-moved')).held('foreign-push');
    g.resume().including('task.merge-stopped', 'task.merge-started').is({ status: 'merging' });
    expect(g.move('merge').input).toMatchObject({ head: g.task.head });
    g.settle('merge', fail('head-moved')).held('foreign-push').resume().settle('merge');
    g.is({ status: 'merged' });
  });
  test('a base that never rests is held in the end, and can be resumed', () => {
    for (const code of ['merge', 'see']) {
      const g = code === 'merge' ? given(AUTO) : given(MANUAL);
      g.at(code === 'merge' ? 'merging' : 'in-review');
      for (let turn = 0; turn < 11; turn++) {
        if (turn > 0) g.until(code === 'merge' ? 'merging' : 'in-review');
        g.held(code === 'merge' ? null : 'awaiting-merge-approval');
        g.tip = oid('tip', turn);
        if (code === 'merge') g.settle('merge', fail('base-moved'));
        else g.see({ base: g.tip });
      }
      g.held('move-failed').is({ refreshes: 10 });
      g.resume().held(null);
    }
  });
  test('a merge that was held is decided anew: an approval that has run out does not count', () => {
    const late = (hours: number) => {
      const g = asked().approveMerge().settle('merge', fail('remote-writes-off'));
      g.held('remote-writes-off').is({ status: 'merging' });
      g.world.now += hours * HOUR;
      return g.resume();
    };
    late(1).including('task.merge-stopped', 'task.merge-started').is({ status: 'merging' });
    late(3).held('awaiting-merge-approval').is({ status: 'in-review', approval: null });
  });
  describe('a forge that does not merge yet', () => {
    const merging = () => given(AUTO).at('merging');
    const waits = (more: object) => {
      const g = merging();
      const seen = pull(g.task.head ?? '', g.task.base ?? '', { state: 'open', ...more });
      return g.settle('merge', ok({ waits: 'a review is demanded', seen }));
    };
    test('is looked at until it does', () => {
      const g = waits({ needs: ['an approving review'] });
      g.including('task.merge-waits', 'task.pull-observed').held(null).is({ status: 'in-review' });
      expect(g.wanted()).toEqual([]);
      g.see({ state: 'open' }).including('task.merge-started').settle('merge');
      g.is({ status: 'merged' });
    });
    test('without anything to be seen against it, is tried again in a while', () => {
      const g = waits({}).held('forge-waits').is({ status: 'in-review' });
      g.later(60_000).held('forge-waits');
      g.later(61_000).held(null).is({ status: 'merging' });
    });
    test('lands it by its queue: what landed is compared all the same', () => {
      for (const tree of ['judged', 'other']) {
        const g = waits({ queued: 1 }).held(null);
        const mergeTree = tree === 'judged' ? g.task.tree : oid('other');
        g.see({ state: 'merged', mergeCommit: oid('m'), mergeTree }).is({ status: 'merged' });
        g.held(tree === 'judged' ? null : 'merge-tree-differs');
        expect(g.task.merged?.by).toBe('the merge queue, for aedev');
      }
    });
    test('does not forget that it was cancelled meanwhile', () => {
      const g = merging().cancel();
      const seen = pull(g.task.head ?? '', g.task.base ?? '', { state: 'open' });
      g.settle('merge', ok({ waits: 'queued', seen }));
      expect(g.wanted()).toEqual(['close-pull']);
    });
  });
  test('a forge that is down is asked again by itself, however long that takes', () => {
    const g = given(AUTO).at('publishing');
    for (let turn = 0; turn < 3; turn++) {
      for (let tries = 0; tries < 4; tries++)
        g.settle('push', fail('forge-down', { retryable: true }));
      g.held('forge-down');
      expect(g.task.hold?.resumes).toMatchObject({ at: expect.any(String) });
      g.later(11 * 60_000).held(null);
    }
    g.settle('push').settle('open-pull').until('merging');
  });
  test('a used-up limit of the forge is waited out until it ends, without counting tries', () => {
    const g = given(AUTO).at('publishing');
    const retryAt = new Date(g.world.now + HOUR).toISOString();
    const limited = fail('forge-limit', { retryable: true, retryAt });
    for (let turn = 0; turn < 6; turn++) {
      const at = new Date(g.world.now + HOUR).toISOString();
      g.settle('push', { ...limited, retryAt: at } as typeof limited).held('forge-limit');
      expect(g.task.hold?.resumes).toEqual({ at });
      g.later(HOUR + 1).held(null);
    }
    g.settle('push').settle('open-pull').until('merging');
  });
  test('another tree than the judged one: alarm, repo paused, and nothing more starts there', () => {
    const g = given(AUTO)
      .at('merging')
      .settle('merge', ok({ commit: oid('m'), tree: oid('other'), expected: oid('judged') }));
    g.including('task.merged', 'task.merge-alarm', 'task.held', 'repo.paused')
      .held('merge-tree-differs')
      .is({ status: 'merged' });
    g.retry().refused('merged').cancel().refused('merged');
    g.when({
      type: 'mission.submit',
      mission: 'm-test2',
      text: 'x',
      repos: ['shop'],
      coder: null,
      plan: null,
    });
    g.settle('assess');
    const digest = g.world.mission('m-test2').spec?.digest ?? '';
    g.when({ type: 'mission.approve', mission: 'm-test2', digest }).including('repo.slot-queued');
    expect(g.wanted()).not.toContain('prepare');
    g.when({ type: 'repo.resume', repo: 'shop' }, 'agent:x').refused('not-an-operator');
    g.when({ type: 'repo.resume', repo: 'shop' }).including(
      'repo.unpaused',
      'repo.slot-granted',
      'task.started',
    );
    g.when({ type: 'repo.resume', repo: 'shop' }).refused('not-held');
    g.resume().settle('cleanup').is({ status: 'remembered' });
  });
});
