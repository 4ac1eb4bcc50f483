import { expect, it } from 'vitest';
import { withVerdict } from '../../src/control/judging-spent.ts';
import type { VerdictSeen } from '../../src/control/task.ts';
import type { JudgingRow } from '../../src/control/views.ts';
import { judgingDocs } from '../../src/surfaces/judging-doc.ts';

const verdict = (family: string, usage?: VerdictSeen['usage']): VerdictSeen => ({
  family,
  model: `${family}-1`,
  verdict: 'pass',
  findings: [],
  reason: null,
  evidenceDigest: '',
  head: '',
  inputDigest: '',
  promptDigest: '',
  answerDigest: null,
  ...(usage ? { usage } : {}),
});
const row = (spent: ReturnType<typeof withVerdict>[number]): JudgingRow => ({
  task: 't-1',
  repo: 'shop',
  ...spent,
});

it('sums every verdict of a family, and keeps apart what is unknown', () => {
  const known = { inputTokens: 100, outputTokens: 5, durationMs: 7, costUsd: 0.1 };
  let all = withVerdict([], verdict('a', known));
  all = withVerdict(all, verdict('a', { ...known, costUsd: 0.2 }));
  all = withVerdict(all, verdict('a', { ...known, inputTokens: null, costUsd: null }));
  // As older versions recorded them: with tokens and without a cost, or with nothing.
  all = withVerdict(all, verdict('b', { inputTokens: 9, outputTokens: 1, durationMs: 3 }));
  all = withVerdict(all, verdict('c'));
  expect(judgingDocs(all.map(row))).toEqual([
    {
      family: 'a',
      models: ['a-1'],
      verdicts: 3,
      unknownTokens: 1,
      unknownCosts: 1,
      inputTokens: 200,
      outputTokens: 10,
      costUsd: 0.3,
      durationMs: 21,
    },
    expect.objectContaining({ family: 'b', inputTokens: 9, costUsd: null, unknownCosts: 1 }),
    expect.objectContaining({ family: 'c', inputTokens: null, outputTokens: null, costUsd: null }),
  ]);
});
