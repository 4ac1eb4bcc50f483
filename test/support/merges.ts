import type { Task } from '../../src/control/task.ts';
import { must } from './must.ts';
import { type Recorded, sha256 } from './world.ts';

/** What must hold when a merge begins, told apart from the merge policy. */
export class Merges {
  /** Merges begun per approval. */
  readonly #used = new Map<string, number>();
  readonly #seen: Set<string>;

  constructor(seen: Set<string>) {
    this.#seen = seen;
  }

  mayBegin(before: Task, after: Task, event: Recorded): void {
    const { evidence, policy, risk, pull, head, base, approval, mergeRequest } = after;
    if (!evidence || !policy || !risk || !pull || !head || !base)
      throw new Error('merging what was never judged');
    const passed = new Set(
      after.verdicts
        .filter(
          (one) =>
            one.verdict === 'pass' && one.head === head && one.evidenceDigest === evidence.digest,
        )
        .map((one) => one.family),
    );
    passed.delete(after.coder);
    must('two families passed exactly this', passed.size >= 2, after.verdicts);
    must(
      'nobody speaks against it',
      after.verdicts.every((one) => one.verdict === 'pass'),
      after.verdicts,
    );
    must(
      'head and base are the judged ones',
      [evidence.head, pull.head].every((one) => one === head) &&
        [evidence.base, pull.base].every((one) => one === base),
      after,
    );
    const data = event.data as { head: string; base: string };
    must('the event names them', data.head === head && data.base === base, event.data);
    must('high risk is never merged', risk.band !== 'high', risk);
    must('nothing held is merged', before.hold === null && after.hold === null, before.hold);
    must(
      'no red check',
      pull.checks.every((check) => check.state !== 'failure'),
      pull.checks,
    );
    must(
      'required checks are green',
      policy.requiredChecks.every((name) =>
        pull.checks.some((check) => check.name === name && check.state === 'success'),
      ),
      pull.checks,
    );
    must('it merges cleanly', pull.mergeable === 'clean', pull.mergeable);
    must('rules and evidence are of one policy', evidence.policyHash === policy.hash, policy);
    // One that was sent back still stands until its author takes it back, unless it asked but once.
    const stands = pull.reviews.filter((one, at) => {
      if (one.once && after.handledReviews.includes(one.id)) return false;
      const later = pull.reviews.slice(at + 1).filter(({ author }) => author === one.author);
      return one.state === 'changes-requested' && !later.some(({ state }) => state === 'approved');
    });
    must(
      'no open request for changes',
      stands.every((one) => after.handledReviews.includes(one.id)),
      pull.reviews,
    );
    const low = risk.band === 'low' && risk.neverAutoMerge.length === 0;
    if (low && policy.autoMerge && stands.length === 0) return;
    if (!approval || !mergeRequest) throw new Error('merging what nobody approved');
    const bound = sha256([after.id, head, base, evidence.digest, evidence.policyHash].join('\n'));
    must(
      'the approval is of exactly this',
      approval.digest === bound && mergeRequest.digest === bound,
      [approval, mergeRequest],
    );
    must('the approval is in time', mergeRequest.expires > event.time, mergeRequest);
    must('a human approved', approval.by.startsWith('operator:'), approval);
    // A merge that was held is begun again under the same approval, while that is in time.
    const name = `${after.id} ${approval.digest} ${approval.at} ${after.generation}`;
    const used = (this.#used.get(name) ?? 0) + 1;
    this.#used.set(name, used);
    must('an approval is used once', used === 1, approval);
    this.#seen.add('merged by approval');
  }
}
