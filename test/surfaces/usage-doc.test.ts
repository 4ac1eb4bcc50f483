/** What the sums over runs count. */
import { describe, expect, test } from 'vitest';
import type { Task } from '../../src/control/task.ts';
import { usageDoc } from '../../src/surfaces/usage-doc.ts';
import { given } from '../support/given.ts';
import { fail, ran } from '../support/outcomes.ts';

const taskAfter = (settled: Parameters<ReturnType<typeof given>['settle']>[1]): Task =>
  given().at('coding').settle('run-coder', settled).task;

describe('usage', () => {
  test('a run that the preflight turned away is none, one that is lost or broken is one', () => {
    const counted = (code: string) => usageDoc(taskAfter(fail(code)).runs);
    expect(counted('sandbox-engine')).toMatchObject({ runs: 0, unknownRuns: 0 });
    expect(counted('unexpected')).toMatchObject({ runs: 1, unknownRuns: 1 });
    expect(counted('lost')).toMatchObject({ runs: 1 });
  });
  test('what ran is summed', () => {
    const runs = taskAfter(ran()).runs.slice(0, 1);
    expect(usageDoc(runs)).toMatchObject({ runs: 1, unknownRuns: 0, inputTokens: 1000 });
  });
});
