/**
 * May this be merged? Everything is bound to one head: a verdict, a risk, an approval or a check
 * that speaks of another commit does not count.
 */
import type { Finding } from './contract.ts';
import { sharesFamily } from './families.ts';
import type { MergeRequest, PullSeen, Task } from './task.ts';

export type MergeDecision =
  | { do: 'merge'; why: string }
  | { do: 'wait'; why: string }
  | { do: 'ask'; why: string }
  | { do: 'refuse'; why: string }
  | { do: 'rework'; cause: string; findings: Finding[] }
  | { do: 'base-moved'; to: string }
  | { do: 'foreign-push'; why: string };

/** What an approval of this merge binds to. */
export function mergeBinding(task: Task, pull: Pick<PullSeen, 'head' | 'base'>): string {
  return [task.id, pull.head, pull.base, task.evidence?.digest, task.evidence?.policyHash].join(
    '\n',
  );
}

export function mergeRequest(
  task: Task,
  pull: PullSeen,
  now: string,
  sha256: (text: string) => string,
): MergeRequest {
  return {
    digest: sha256(mergeBinding(task, pull)),
    head: pull.head,
    base: pull.base,
    evidence: task.evidence?.digest ?? '',
    policyHash: task.evidence?.policyHash ?? '',
    expires: new Date(
      Date.parse(now) + (task.policy?.mergeTtlHours ?? 0) * 3_600_000,
    ).toISOString(),
  };
}

/**
 * Passing verdicts of distinct families about exactly this head and evidence, the coder's own family
 * not among them unless the policy of that evidence allows it.
 */
export function boundPasses(task: Task): string[] {
  const passes = task.verdicts.filter(
    (verdict) =>
      verdict.verdict === 'pass' &&
      verdict.head === task.head &&
      verdict.evidenceDigest === task.evidence?.digest &&
      (task.policy?.coderFamilyMayJudge === true || !sharesFamily(task.coder, verdict)),
  );
  const byName = new Map(passes.map((verdict) => [verdict.family.toLowerCase(), verdict.family]));
  return [...byName.values()];
}

export function mergeDecision(task: Task, pull: PullSeen, now: string): MergeDecision {
  const { evidence, policy, risk, head, base } = task;
  if (!evidence || !policy || !risk || !head || !base)
    return { do: 'refuse', why: 'there is no evidence for this change' };
  if (pull.head !== head)
    return {
      do: 'foreign-push',
      why: `the branch is at ${pull.head.slice(0, 12)}, not at the judged ${head.slice(0, 12)}`,
    };
  // The queue lands it or drops it; what it made is compared when it did.
  if (pull.queued !== undefined)
    return { do: 'wait', why: `it is number ${pull.queued} in the merge queue of the forge` };
  if (evidence.head !== head || evidence.base !== base)
    return { do: 'refuse', why: 'the evidence is about another commit' };
  if (pull.base !== base) return { do: 'base-moved', to: pull.base };
  const wanted = pull.reviews.filter(
    (review) =>
      review.state === 'changes-requested' &&
      !task.handledReviews.includes(review.id) &&
      !withdrawn(pull, review),
  );
  if (wanted.length > 0) {
    const findings = wanted.map((review) => ({
      source: `review by ${review.author}`,
      file: review.file ?? null,
      line: review.line ?? null,
      sentence: review.body || 'asks for changes without saying which',
    }));
    return { do: 'rework', cause: 'a review asks for changes', findings };
  }
  const red = pull.checks.filter((check) => check.state === 'failure');
  if (red.length > 0) {
    const findings = red.flatMap((check) => {
      const source = `check ${check.name}`;
      const own = { source, file: null, line: null, sentence: check.summary || 'failed' };
      return [own, ...(check.notes ?? []).map((note) => ({ source, ...note }))];
    });
    return { do: 'rework', cause: `${red.length} check(s) failed`, findings };
  }
  const required = [...new Set([...policy.requiredChecks, ...(pull.requiredChecks ?? [])])];
  const missing = required.filter(
    (name) => !pull.checks.some((check) => check.name === name && check.state === 'success'),
  );
  if (missing.length > 0)
    return { do: 'wait', why: `required checks are not green yet: ${missing.join(', ')}` };
  const running = pull.checks.filter((check) => check.state === 'pending');
  // Nobody said which ones count: then all of them do.
  if (required.length === 0 && running.length > 0)
    return { do: 'wait', why: `checks still run: ${running.map(({ name }) => name).join(', ')}` };
  if (pull.mergeable === 'unknown')
    return { do: 'wait', why: 'the forge does not know yet whether it merges cleanly' };
  if (pull.mergeable === 'conflict') return { do: 'base-moved', to: pull.base };
  const passes = boundPasses(task);
  const [against] = task.verdicts.filter(({ verdict }) => verdict !== 'pass');
  if (against) return { do: 'refuse', why: `${against.family} did not pass it` };
  if (passes.length < 2)
    return { do: 'refuse', why: `only ${passes.length} passing verdict(s) of distinct families` };
  if (risk.band === 'high') return { do: 'refuse', why: `risk ${risk.score} is high` };
  const merge = (why: string): MergeDecision =>
    pull.needs && pull.needs.length > 0
      ? { do: 'wait', why: `the forge demands ${pull.needs.join(', ')}` }
      : { do: 'merge', why };
  if (approved(task, now)) return merge(`approved by ${task.approval?.by}`);
  const open = pull.reviews.filter(
    (review) =>
      review.state === 'changes-requested' &&
      !(review.once && task.handledReviews.includes(review.id)),
  );
  const [unmoved] = open.filter((review) => !withdrawn(pull, review));
  if (unmoved) return { do: 'ask', why: `the review by ${unmoved.author} still asks for changes` };
  if (risk.band !== 'low') return { do: 'ask', why: `risk ${risk.score} is ${risk.band}` };
  if (risk.neverAutoMerge.length > 0) return { do: 'ask', why: risk.neverAutoMerge.join('; ') };
  if (!policy.autoMerge) return { do: 'ask', why: 'auto-merge is off for this repo' };
  return merge(`risk ${risk.score} is low, ${passes.join(' and ')} passed it`);
}

/** A later approval by the same author takes a request for changes back. */
const withdrawn = (pull: PullSeen, request: PullSeen['reviews'][number]): boolean =>
  pull.reviews
    .slice(pull.reviews.indexOf(request) + 1)
    .some((later) => later.author === request.author && later.state === 'approved');

/** An approval counts while the request it answered still stands and is in time. */
const approved = (task: Task, now: string): boolean =>
  task.approval !== null &&
  task.mergeRequest !== null &&
  task.approval.digest === task.mergeRequest.digest &&
  task.mergeRequest.head === task.head &&
  task.mergeRequest.base === task.base &&
  task.mergeRequest.evidence === task.evidence?.digest &&
  task.mergeRequest.expires > now;
