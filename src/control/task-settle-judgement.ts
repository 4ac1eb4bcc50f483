/** What evidence and verdicts lead to: a hold, rework, or the way to a pull request. */
import type { Context } from './context.ts';
import type { Finding } from './contract.ts';
import { judgesFor } from './families.ts';
import { SEVERITIES } from './judge-answer.ts';
import { taskPolicy } from './policy.ts';
import { riskOf } from './risk.ts';
import type { EvidenceSummary, Task, TaskEvent, VerdictSeen } from './task.ts';
import { followedBy, held, rework, scanned, withFindings } from './task-next.ts';
import { openFamilies } from './task-steps.ts';

export function verified(
  state: Task,
  key: string,
  summary: EvidenceSummary,
  ctx: Context,
): TaskEvent[] {
  const policy = taskPolicy(ctx.policy, state.repo);
  if (!policy)
    return [
      held(state, ctx, 'source-unavailable', `repo ${state.repo} is no longer registered`, ''),
    ];
  if (summary.head !== state.head || summary.base !== state.base)
    return [held(state, ctx, 'move-failed', 'the evidence is about another commit', '')];
  // Rules and evidence must be of one policy: what was gathered under another is gathered again.
  if (summary.policyHash !== policy.hash) {
    const reason = 'the policy changed while the evidence was gathered';
    return [
      { type: 'task.move-failed', data: { key, code: 'policy-changed', reason, retryAt: ctx.now } },
    ];
  }
  const families = judgesFor(ctx.policy.policies.judges, state.coder);
  const sealed: TaskEvent = { type: 'task.evidence-sealed', data: { summary, policy, families } };
  return followedBy(state, [sealed], ctx, (after) => {
    const secrets = summary.findings.filter((finding) => finding.kind === 'secret');
    if (secrets.length > 0) {
      const first = secrets[0];
      const reason = `${secrets.length} credential(s) in the change, e.g. ${first?.rule} in ${first?.path}${first?.line ? `:${first.line}` : ''}; nothing was shown to a judge or pushed`;
      const hold = held(
        after,
        ctx,
        'secret-found',
        reason,
        `\`aedev hold resume ${state.id}\` sends it back to be taken out, \`aedev task cancel ${state.id}\` ends it; if the credential is real, revoke it`,
      );
      return [withFindings(hold, scanned(summary.findings))];
    }
    const findings: Finding[] = [
      ...summary.verify.failures.map((sentence) => ({
        source: 'verify',
        file: null,
        line: null,
        sentence,
      })),
      ...scanned(summary.findings),
    ];
    if (!summary.verify.passed)
      return rework(after, 'the verify commands fail on the change', findings, 'head', ctx);
    if (summary.findings.length > 0)
      return rework(after, 'the push gate would refuse the change', findings, 'head', ctx);
    if (families.length < 2) {
      return [
        held(
          after,
          ctx,
          'judge-missing',
          `two judge families that are not the coder's (${state.coder}) are needed; ${families.length} configured`,
          `add families under judges in policies.yaml; then \`aedev hold resume ${state.id}\``,
        ),
      ];
    }
    return [];
  });
}

export function judged(
  state: Task,
  family: string | null,
  said: VerdictSeen,
  ctx: Context,
): TaskEvent[] {
  const about = said.evidenceDigest === state.evidence?.digest && said.head === state.head;
  // One family answers for itself alone, and of what it was asked about.
  const verdict: VerdictSeen =
    about && said.family === family
      ? said
      : {
          ...said,
          family: family ?? said.family,
          verdict: 'inconclusive',
          findings: [],
          reason: 'the answer is of another family, or about other evidence',
        };
  return followedBy(state, [{ type: 'task.verdict-recorded', data: verdict }], ctx, (after) =>
    openFamilies(after).length > 0 || !after.evidence || !after.policy ? [] : decided(after, ctx),
  );
}

/** All verdicts are in. The worst of them counts. */
function decided(state: Task, ctx: Context): TaskEvent[] {
  const { evidence, policy, verdicts } = state;
  if (!evidence || !policy) return [];
  const unclear = verdicts.filter((verdict) => verdict.verdict === 'inconclusive');
  const against = verdicts.filter((verdict) => verdict.verdict === 'fail');
  if (unclear.length > 0 && against.length === 0) {
    const reason = unclear
      .map((verdict) => `${verdict.family}: ${verdict.reason ?? 'no clear answer'}`)
      .join('; ');
    return [
      held(
        state,
        ctx,
        'judge-inconclusive',
        reason,
        `\`aedev hold resume ${state.id}\` asks again`,
      ),
    ];
  }
  const risk = riskOf(evidence.features, verdicts.map(asJudged), policy.risk);
  const scored: TaskEvent = { type: 'task.risk-scored', data: risk };
  if (against.length === 0) {
    return [
      scored,
      {
        type: 'task.cleared',
        data: { why: `${verdicts.length} families passed it; risk ${risk.score} (${risk.band})` },
      },
    ];
  }
  const findings = against.flatMap((verdict) => {
    const source = `judge ${verdict.family}`;
    return verdict.findings.length > 0
      ? verdict.findings.map((finding) => ({
          source,
          file: finding.file,
          line: finding.line,
          sentence: finding.sentence,
        }))
      : [{ source, file: null, line: null, sentence: 'failed it without naming a finding' }];
  });
  return followedBy(state, [scored], ctx, (after) =>
    rework(
      after,
      `${against.map((one) => one.family).join(' and ')} failed it`,
      findings,
      'head',
      ctx,
    ),
  );
}

const asJudged = (verdict: VerdictSeen) => ({
  family: verdict.family,
  verdict: verdict.verdict,
  worst:
    SEVERITIES.find((level) => verdict.findings.some((finding) => finding.severity === level)) ??
    null,
});
