/** Which moves a task's state wants from the world, and what each executor is told. */
import { prompt } from './prompt.ts';
import { attemptOf, type Move, type Step, stepKey } from './steps.ts';
import { runOf, TASK, type Task } from './task.ts';

/** An inconclusive answer is asked for once more before it holds; what gave no answer counts elsewhere. */
const JUDGE_ANSWERS = 2;

export function taskSteps(state: Task): Step[] {
  if (TASK.terminal.includes(state.status)) return [];
  const step = (kind: string, which: string | null = null): Step => {
    const { attempt, notBefore } = attemptOf(state.attempts, kind, which);
    return {
      key: stepKey(state.id, kind, which, state.generation, attempt),
      kind,
      which,
      notBefore,
    };
  };
  if (state.closing !== null && !state.landing) return [step('close-pull')];
  if (state.hold) return [];
  switch (state.status) {
    case 'preparing':
      return state.slot ? [step('prepare')] : [];
    case 'coding':
      return state.slot && runOf(state)?.status === 'running' ? [step('run-coder')] : [];
    case 'verifying':
      return state.slot ? [step('verify')] : [];
    case 'judging':
      return state.slot ? openFamilies(state).map((family) => step('judge', family)) : [];
    case 'publishing':
      return state.pushed === state.head ? [step('open-pull')] : [step('push')];
    case 'merging':
      return [step('merge')];
    case 'merged':
      return [step('cleanup')];
    default:
      return [];
  }
}

/** Families whose verdict on this evidence is still due. */
export const openFamilies = (state: Task): string[] =>
  state.families.filter((family) => {
    const verdict = state.verdicts.find((one) => one.family === family);
    if (!verdict) return true;
    return verdict.verdict === 'inconclusive' && (state.unclear?.[family] ?? 0) < JUDGE_ANSWERS;
  });

const MINUTE = 60_000;

export function taskMove(state: Task, step: Step, runWallMs: number): Move {
  const base = {
    ...step,
    stream: `task/${state.id}`,
    partition: state.repo,
    recovery: 'adopt' as const,
    deadlineMs: 10 * MINUTE,
  };
  const about = { task: state.id, mission: state.mission, repo: state.repo };
  const commits = { base: state.base, head: state.head, tree: state.tree };
  switch (step.kind) {
    case 'prepare':
      // Dependencies may have to be installed first.
      return {
        ...base,
        deadlineMs: 40 * MINUTE,
        input: { ...about, head: state.head, base: state.base },
      };
    case 'run-coder':
      return {
        ...base,
        recovery: 'lost',
        // The sandbox ends the run at its wall limit; the move's own limit only backs that up.
        deadlineMs: runWallMs + 5 * MINUTE,
        input: {
          ...about,
          run: state.run,
          role: runOf(state)?.role,
          coder: state.coder,
          lane: runOf(state)?.lane ?? null,
          approvedUsd: runOf(state)?.approvedUsd ?? null,
          title: state.title,
          base: state.base,
          start: state.start,
          round: state.rounds,
          prompt: prompt(state),
          startedAt: runOf(state)?.startedAt,
        },
      };
    case 'verify':
      return {
        ...base,
        deadlineMs: 120 * MINUTE,
        input: {
          ...about,
          ...commits,
          title: state.title,
          spec: state.spec,
          acceptance: state.acceptance,
          allowedPaths: state.allowedPaths,
          specDigest: state.specDigest,
          runs: state.runs.filter((run) => run.status !== 'requested'),
          coder: state.coder,
        },
      };
    case 'judge':
      return {
        ...base,
        input: { ...about, family: step.which, evidence: state.evidence?.digest, head: state.head },
      };
    case 'push':
      return {
        ...base,
        input: {
          ...about,
          ...commits,
          branch: state.branch,
          expected: state.pushed,
          allowedPaths: state.allowedPaths,
        },
      };
    case 'open-pull':
      return {
        ...base,
        input: {
          ...about,
          ...commits,
          branch: state.branch,
          title: state.title,
          document: document(state),
        },
      };
    case 'merge':
      return {
        ...base,
        input: {
          ...about,
          ...commits,
          number: state.pull?.number,
          method: state.policy?.method,
          title: state.title,
          document: document(state),
        },
      };
    case 'close-pull':
      return {
        ...base,
        input: { ...about, number: state.pull?.number ?? null, reason: state.closing },
      };
    default:
      return {
        ...base,
        input: { ...about, runs: state.runs.map((run) => run.id), branch: state.branch },
      };
  }
}

/** What a pull request may say: evidence, never coder prose. */
const document = (state: Task) => ({
  title: state.title,
  specDigest: state.specDigest,
  evidence: state.evidence,
  verdicts: state.verdicts.map(({ family, model, verdict, findings }) => ({
    family,
    model,
    verdict,
    findings,
  })),
  risk: state.risk,
  round: state.rounds,
  approvedBy: state.approval?.by ?? null,
});

/** When this task must be looked at again though nothing happens. */
export function taskTimer(state: Task): string | null {
  if (TASK.terminal.includes(state.status)) return null;
  if (state.hold && 'at' in state.hold.resumes) return state.hold.resumes.at;
  if (state.hold?.code === 'awaiting-merge-approval') return state.mergeRequest?.expires ?? null;
  return null;
}
