/** The moves of delivery: push through the gate, open the draft, merge it, or close it. */
import { BARRED, type Outcome } from '../control/contract.ts';
import type { MoveExecutor } from '../control/executor.ts';
import { failure, success } from '../control/failure.ts';
import { branchOf, type EvidenceSummary, type PullSeen } from '../control/task.ts';
import { type Forge, ForgeError, type MergeMethod, type PullRequest } from './forges/forge.ts';
import { type PullDocument, pullBody, pullTitle, taskMarker } from './pull-body.ts';
import type { GateRules, PushGate } from './push-gate/push-gate.ts';

export interface DeliveryDeps {
  forgeOf(repo: string): Promise<Forge>;
  gitDirOf(repo: string): string;
  baseBranchOf(repo: string): string;
  gate: PushGate;
  rulesOf(repo: string, allowedPaths: string[]): GateRules;
  now(): number;
  /** Why the repo is paused; asked before each effect, because an alarm elsewhere must stop this one. */
  pausedOf(repo: string): Promise<string | null>;
}

/** The parts of a pull request that the control plane decides on. */
export const seen = (pull: PullRequest): PullSeen => ({
  number: pull.number,
  url: pull.url,
  state: pull.state,
  head: pull.head,
  base: pull.base,
  mergeable: pull.mergeable,
  checks: pull.checks,
  reviews: pull.reviews,
  ...(pull.requiredChecks ? { requiredChecks: pull.requiredChecks } : {}),
  ...(pull.needs ? { needs: pull.needs } : {}),
  ...(pull.queued === undefined ? {} : { queued: pull.queued }),
  mergeCommit: pull.mergeCommit,
  mergeTree: pull.mergeTree,
});

/** How pull requests stand now, or not long ago; one that is not there is missing. */
export async function observePulls(
  forge: Forge,
  numbers: readonly number[],
): Promise<Map<number, PullSeen>> {
  if (forge.observe) {
    const all = await forge.observe(numbers);
    return new Map([...all].map(([number, pull]) => [number, seen(pull)]));
  }
  const all = new Map<number, PullSeen>();
  for (const number of numbers) all.set(number, seen(await forge.pull(number)));
  return all;
}

interface Common {
  task: string;
  mission: string;
  repo: string;
  base: string;
  head: string;
  tree: string;
}

export function pushMove(deps: DeliveryDeps): MoveExecutor {
  interface Input extends Common {
    branch: string;
    /** What aedev pushed there last; anything else is somebody else's. */
    expected: string | null;
    allowedPaths: string[];
  }
  return {
    kind: 'push',
    perform: (move) =>
      unlessPaused(deps, move.partition, async () => {
        const input = move.input as Input;
        const from = { gitDir: deps.gitDirOf(input.repo) };
        const { findings } = await deps.gate.scan(
          from,
          input.base,
          input.head,
          deps.rulesOf(input.repo, input.allowedPaths),
        );
        if (findings.length > 0)
          return success({
            commit: input.head,
            branch: input.branch,
            findings: findings.slice(0, 50),
          });
        const forge = await deps.forgeOf(input.repo);
        await forge.push(from, input.head, input.branch, input.expected);
        return success({ commit: input.head, branch: input.branch, findings: [] });
      }),
    adopt: (move) =>
      guarded(async () => {
        const input = move.input as Input;
        const tip = await (await deps.forgeOf(input.repo)).tip(input.branch);
        // Only aedev has this commit, and it pushes only what passed the gate.
        return tip === input.head
          ? success({ commit: input.head, branch: input.branch, findings: [] })
          : 'absent';
      }),
  };
}

/** Runs an effect only while the repo is not paused. */
async function unlessPaused(
  deps: DeliveryDeps,
  repo: string,
  effect: () => Promise<Outcome>,
): Promise<Outcome> {
  const paused = await deps.pausedOf(repo);
  if (paused === null) return await guarded(effect);
  return failure({
    code: 'repo-paused',
    reason: `repo ${repo} is paused: ${paused}`,
    remedy: `\`aedev hold resume ${repo}\` when you have looked`,
  });
}

/** What the control plane tells of the task for the pull request's text. */
interface Told {
  title: string;
  specDigest: string;
  evidence: EvidenceSummary | null;
  verdicts: PullDocument['verdicts'];
  risk: PullDocument['risk'];
  round: number;
  approvedBy: string | null;
}

export function openPullMove(deps: DeliveryDeps): MoveExecutor {
  type Input = Common & { branch: string; title: string; document: Told };
  const find = async (input: Input) =>
    await (await deps.forgeOf(input.repo)).findPull(taskMarker(input.task), input.branch);
  return {
    kind: 'open-pull',
    perform: (move) =>
      unlessPaused(deps, move.partition, async () => {
        const input = move.input as Input;
        const forge = await deps.forgeOf(input.repo);
        const body = pullBody(documentOf(input, input.document));
        const pull = await forge.openPull({
          marker: taskMarker(input.task),
          title: pullTitle(input.title),
          body,
          headBranch: input.branch,
          baseBranch: deps.baseBranchOf(input.repo),
          draft: true,
        });
        // A later round keeps its pull request; what changed is told in a comment.
        if (input.document.round > 0)
          await forge.comment(pull.number, `${input.task}/${input.head}`, body);
        return success(seen(await forge.pull(pull.number)));
      }),
    adopt: (move) =>
      guarded(async () => {
        const input = move.input as Input;
        if (input.document.round > 0) return 'absent';
        const pull = await find(input);
        return pull && pull.head === input.head ? success(seen(pull)) : 'absent';
      }),
  };
}

export function mergeMove(deps: DeliveryDeps): MoveExecutor {
  type Input = Common & { number: number; method: MergeMethod; title: string; document: Told };
  const result = (commit: string, tree: string) => success({ commit, tree });
  return {
    kind: 'merge',
    perform: (move) =>
      unlessPaused(deps, move.partition, async () => {
        const input = move.input as Input;
        const forge = await deps.forgeOf(input.repo);
        if ((await forge.pull(input.number)).state === 'draft') await forge.markReady(input.number);
        const expected = { head: input.head, base: input.base };
        const time = new Date(deps.now()).toISOString();
        try {
          const { number, method } = input;
          const landed = await forge.merge(number, expected, method, mergeMessage(input), time);
          return result(landed.commit, landed.tree);
        } catch (error) {
          if (!(error instanceof ForgeError) || error.tag !== 'waiting') throw error;
          return success({ waits: error.message, seen: seen(await forge.pull(input.number)) });
        }
      }),
    adopt: (move) =>
      guarded(async () => {
        const input = move.input as Input;
        const pull = await (await deps.forgeOf(input.repo)).pull(input.number);
        if (pull.state !== 'merged' || pull.head !== input.head || !pull.mergeCommit)
          return 'absent';
        return result(pull.mergeCommit, pull.mergeTree ?? '');
      }),
  };

  function mergeMessage(input: Input): string {
    const { verdicts, evidence, approvedBy } = input.document;
    const judges = verdicts.map((verdict) => `${verdict.family} ${verdict.verdict}`).join(', ');
    const lines = [
      `${pullTitle(input.title)} (#${input.number})`,
      '',
      `Aedev-Task: ${input.task}`,
      `Aedev-Mission: ${input.mission}`,
      `Aedev-Evidence: ${evidence?.digest ?? ''}`,
      `Aedev-Verdicts: ${judges}`,
    ];
    if (approvedBy) lines.push(`Aedev-Approved-By: ${approvedBy}`);
    return `${lines.join('\n')}\n`;
  }
}

/** Closes a cancelled task's pull request, found by its marker when the log does not know its number. */
export function closePullMove(deps: DeliveryDeps): MoveExecutor {
  interface Input {
    task: string;
    repo: string;
    number: number | null;
    reason: string;
  }
  const ended = (pull: PullRequest | null) => success({ merged: pull?.mergeCommit ?? null });
  const find = async ({ repo, number, task }: Input): Promise<PullRequest | null> => {
    const forge = await deps.forgeOf(repo);
    return number === null ? forge.findPull(taskMarker(task), branchOf(task)) : forge.pull(number);
  };
  const isOver = (pull: PullRequest | null) =>
    pull === null || pull.state === 'closed' || pull.state === 'merged';
  return {
    kind: 'close-pull',
    perform: (move) =>
      guarded(async () => {
        const input = move.input as Input;
        const pull = await find(input);
        if (pull === null || isOver(pull)) return ended(pull);
        await (await deps.forgeOf(input.repo)).close(pull.number, input.reason);
        return ended(null);
      }),
    adopt: (move) =>
      guarded(async () => {
        const pull = await find(move.input as Input);
        return isOver(pull) ? ended(pull) : 'absent';
      }),
  };
}

function documentOf(input: Common, told: Told): PullDocument {
  const features = told.evidence?.features;
  const before = told.evidence?.verify.base ?? [];
  const after = told.evidence?.verify.head ?? [];
  return {
    task: input.task,
    mission: input.mission,
    title: told.title,
    specDigest: told.specDigest,
    evidenceDigest: told.evidence?.digest ?? '',
    base: input.base,
    head: input.head,
    tree: input.tree,
    round: told.round,
    files: (features?.files ?? []).map((file) => ({
      path: file.path,
      change: file.status,
      added: file.binary ? null : file.added,
      removed: file.binary ? null : file.deleted,
    })),
    moreFiles: Math.max(0, (features?.totals.files ?? 0) - (features?.files.length ?? 0)),
    verify: after.map((check, index) => ({
      command: check.argv,
      before: before[index] ?? null,
      after: check,
    })),
    verdicts: told.verdicts,
    risk: told.risk,
  };
}

/** A forge's refusal is an outcome like any other. */
async function guarded<T extends Outcome | 'absent'>(work: () => Promise<T>): Promise<T | Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    return failure({
      code: CODES[error.tag] ?? error.tag,
      reason: error.message,
      remedy: error.remedy,
      retryable: error.retryable,
      retryAt: error.retryAt,
    });
  }
}

/** Failures of a forge that have a hold of their own by another name. */
const CODES: { [tag in ForgeError['tag']]?: string } = {
  barred: BARRED,
  auth: 'forge-access',
  forbidden: 'forge-access',
  limited: 'forge-limit',
  unavailable: 'forge-down',
};
