/** A merge under way: what it may run into, and what becomes of it then. */
import { describe, expect, test } from 'vitest';
import { given } from '../support/given.ts';
import { fail, oid, ok } from '../support/outcomes.ts';
import { AUTO, asked, HOUR, MANUAL } from '../support/tasks.ts';

describe('merging', () => {
  test.each(['base-moved', 'conflict'])('%s: checked again on the base as it is', (code) => {
    const g = given(AUTO)
      .at('merging')
      .settle('merge', fail(code))
      .is({ status: 'preparing', approval: null });
    expect(g.move('prepare').input).toMatchObject({ head: g.task.head, base: g.task.base });
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
