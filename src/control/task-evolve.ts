/** How each event changes a task. Total: an unknown event changes nothing, a terminal state absorbs. */
import { withVerdict } from './judging-spent.ts';
import { next } from './machine.ts';
import type { Attempts } from './steps.ts';
import { branchOf, type Run, SLOTTED, TASK, type Task, type TaskEvent } from './task.ts';

const FRESH_RUN: Omit<Run, 'id' | 'role' | 'coder'> = {
  status: 'requested',
  startedAt: null,
  endedAt: null,
  outcome: null,
  reason: null,
  usage: null,
  tier: null,
  image: null,
  engine: null,
  cliVersion: null,
  laneProof: null,
  salvaged: null,
};

/** What rests on the head commit and is void without it. */
const NO_EVIDENCE = {
  evidence: null,
  policy: null,
  families: [],
  verdicts: [],
  unclear: {},
  risk: null,
  mergeRequest: null,
  approval: null,
  inQueue: null,
} satisfies Partial<Task>;

export function evolveTask(state: Task | null, event: TaskEvent, at: string): Task | null {
  if (event.type === 'task.created') return state ?? created(event.data, at);
  if (!state || TASK.terminal.includes(state.status)) return state;
  const status = next(TASK, state.status, event.type);
  const changed = apply({ ...state, status }, event, at);
  // A slot is for work in progress: who waits for somebody gives it back.
  const keeps = changed.slot && !changed.hold && SLOTTED.includes(changed.status);
  return keeps === changed.slot ? changed : { ...changed, slot: keeps };
}

function created(data: Extract<TaskEvent, { type: 'task.created' }>['data'], at: string): Task {
  return {
    ...data,
    status: 'waiting',
    createdAt: at,
    slot: false,
    generation: 1,
    attempts: {},
    rounds: 0,
    refreshes: 0,
    failedRuns: 0,
    lostRuns: 0,
    windowRuns: 0,
    wish: false,
    paid: null,
    findings: [],
    base: null,
    head: null,
    tree: null,
    start: null,
    run: null,
    runs: [],
    ...NO_EVIDENCE,
    branch: branchOf(data.id),
    published: false,
    pushed: null,
    pull: null,
    handledReviews: [],
    merged: null,
    closing: null,
    landing: false,
    hold: null,
    end: null,
    endedAt: null,
  };
}

function apply(state: Task, event: TaskEvent, at: string): Task {
  switch (event.type) {
    case 'task.started':
    case 'task.slot-taken':
      return { ...state, slot: true };
    case 'task.prepared':
      return {
        ...state,
        base: event.data.base,
        start: event.data.base,
        head: null,
        tree: null,
        ...NO_EVIDENCE,
      };
    case 'task.refreshed':
      return {
        ...state,
        ...event.data,
        ...NO_EVIDENCE,
        ...nextGeneration(state),
        refreshes: state.refreshes + 1,
      };
    case 'task.run-requested': {
      const run: Run = {
        id: event.data.run,
        role: event.data.role,
        coder: state.coder,
        ...(event.data.lane ? { lane: event.data.lane } : {}),
        ...(event.data.approvedUsd ? { approvedUsd: event.data.approvedUsd } : {}),
        ...FRESH_RUN,
      };
      return {
        ...state,
        run: run.id,
        runs: [...state.runs, run],
        attempts: {
          ...state.attempts,
          'run-coder': {
            attempt: (state.attempts['run-coder']?.attempt ?? 0) + 1,
            notBefore: null,
          },
        },
      };
    }
    case 'task.run-started':
      return {
        ...withRun(state, event.data.run, { status: 'running', startedAt: at }),
        wish: false,
        paid: null,
      };
    case 'task.run-ended': {
      const { run, started, windows: _windows, denied: _denied, ...end } = event.data;
      const { outcome, salvaged } = end;
      const failed = started && outcome !== 'success' ? 1 : 0;
      return {
        ...withRun(state, run, {
          status: 'ended',
          ...(started ? {} : { turnedAway: true as const }),
          endedAt: at,
          ...end,
        }),
        run: null,
        failedRuns: outcome === 'success' ? 0 : state.failedRuns + failed,
        lostRuns: outcome === 'success' ? 0 : state.lostRuns,
        windowRuns: windowRuns(state, outcome),
        // A run that came to an end left its work as its coder had it: the next one takes it up there.
        start: salvaged ?? state.start,
      };
    }
    case 'task.run-lost':
      // Cut off in the middle of nobody knows what: kept at its ref, but the next run begins where this one did.
      return {
        ...withRun(state, event.data.run, {
          status: 'lost',
          endedAt: at,
          outcome: 'lost',
          ...event.data,
        }),
        run: null,
        lostRuns: state.lostRuns + 1,
      };
    case 'model.usage.recorded':
      return withRun(state, event.data.run, { usage: event.data.usage });
    case 'task.work-collected':
      return {
        ...state,
        head: event.data.head,
        tree: event.data.tree,
        findings: [],
        ...NO_EVIDENCE,
      };
    case 'task.evidence-sealed':
      return {
        ...state,
        evidence: event.data.summary,
        policy: event.data.policy,
        families: event.data.families,
        verdicts: [],
        unclear: {},
        risk: null,
        mergeRequest: null,
        approval: null,
      };
    case 'task.evidence-voided':
      return { ...state, ...NO_EVIDENCE, ...nextGeneration(state), hold: null };
    case 'task.verdict-recorded': {
      const { family, verdict } = event.data;
      const others = state.verdicts.filter((one) => one.family !== family);
      const judging = withVerdict(state.judging ?? [], event.data);
      const heard = { ...state, verdicts: [...others, event.data], judging };
      if (verdict !== 'inconclusive') return heard;
      // Apart from the attempts: those count what got no answer at all, too.
      const unclear = { ...state.unclear, [family]: (state.unclear?.[family] ?? 0) + 1 };
      return { ...heard, unclear, attempts: bump(state.attempts, `judge-${family}`, null) };
    }
    case 'task.risk-scored':
      return { ...state, risk: event.data };
    case 'task.cleared':
      return { ...state, published: true };
    case 'task.rework-requested':
      return {
        ...state,
        ...nextGeneration(state),
        findings: event.data.findings,
        rounds: event.data.fresh ? 0 : state.rounds + 1,
        run: null,
        hold: null,
        wish: false,
        paid: null,
        start: event.data.from === 'head' ? (state.head ?? state.start) : state.base,
        // From the base: what was made before is out of the way, and no later round falls back on it.
        ...(event.data.from === 'base' ? { head: null, tree: null } : {}),
        handledReviews: [
          ...state.handledReviews,
          ...(state.pull?.reviews ?? []).map((review) => review.id),
        ],
      };
    case 'task.pushed':
      return { ...state, pushed: event.data.commit };
    case 'task.pull-opened':
    case 'task.pull-observed':
      return { ...state, pull: event.data };
    case 'task.merge-requested':
      return { ...state, mergeRequest: event.data, approval: null };
    case 'task.merge-waits':
      return {
        ...state,
        ...nextGeneration(state),
        inQueue: event.data.queued ? state.head : state.inQueue,
      };
    case 'task.merge-approved':
      return { ...state, approval: { ...event.data, at }, hold: null };
    case 'task.merged':
      return { ...state, merged: event.data, hold: null };
    case 'task.base-moved':
      return { ...state, ...nextGeneration(state), mergeRequest: null, approval: null, hold: null };
    case 'task.closing':
      if (state.status === 'merging' && !state.hold && state.closing === null)
        return { ...state, closing: event.data.reason, landing: true };
      return {
        ...state,
        closing: event.data.reason,
        landing: false,
        hold: null,
        run: null,
        ...nextGeneration(state),
      };
    case 'task.held': {
      const { findings = state.findings, ...hold } = event.data;
      return { ...state, hold, findings };
    }
    case 'task.paid-run-approved':
      return { ...state, paid: event.data };
    case 'task.resumed':
    case 'task.merge-stopped':
      return {
        ...state,
        ...nextGeneration(state),
        // A run that was cut off is settled under the first key; the one after it needs another.
        ...(state.run ? { attempts: bump({}, 'run-coder', null, 0) } : {}),
        hold: null,
        ...counted(state, event.data.by),
        ...wished(state, event.data.by),
        // Only what was no answer is asked again: a fail stands whatever else held the task.
        verdicts: state.verdicts.filter((one) => one.verdict !== 'inconclusive'),
        unclear: {},
      };
    case 'task.move-failed': {
      const step = event.data.key.split('/')[1] ?? '';
      return { ...state, attempts: bump(state.attempts, step, event.data.retryAt) };
    }
    case 'task.remembered':
      return { ...state, hold: null, end: 'merged', endedAt: at };
    case 'task.failed':
    case 'task.cancelled':
    case 'task.abandoned':
      return { ...state, hold: null, run: null, end: event.data.reason, endedAt: at };
    default:
      return state;
  }
}

/** What a person looked at starts to count anew; a pause between two tries does not. */
function counted(state: Task, by: string): Pick<Task, 'failedRuns' | 'lostRuns' | 'refreshes'> {
  const { failedRuns, lostRuns, refreshes, hold } = state;
  if (by.startsWith('operator:')) return { failedRuns: 0, lostRuns: 0, refreshes: 0 };
  // A pause is no success: what passes by itself must not make the number of tries endless.
  return hold?.code === 'coder-transient' || (hold && 'when' in hold.resumes)
    ? { failedRuns, lostRuns, refreshes }
    : { failedRuns: 0, lostRuns: 0, refreshes };
}

/** Who resumes a task that waits for its account wants a run now, come what may. */
const OF_ACCOUNT: readonly string[] = [
  'claude-window',
  'window-share',
  'claude-auth',
  'claude-credit',
];

function wished(state: Task, by: string): Partial<Task> {
  // A wish is for the start that the operator asked for, not for one that time brings later.
  if (!by.startsWith('operator:')) return { wish: false };
  return { windowRuns: 0, wish: OF_ACCOUNT.includes(state.hold?.code ?? '') };
}

function windowRuns(state: Task, outcome: string): number {
  if (outcome === 'claude-window') return state.windowRuns + 1;
  return outcome === 'success' ? 0 : state.windowRuns;
}

const nextGeneration = (state: Task) => ({ generation: state.generation + 1, attempts: {} });

const bump = (
  attempts: Attempts,
  step: string,
  notBefore: string | null,
  before = 1,
): Attempts => ({
  ...attempts,
  [step]: { attempt: (attempts[step]?.attempt ?? before) + 1, notBefore },
});

const withRun = (state: Task, id: string, change: Partial<Run>): Task => ({
  ...state,
  runs: state.runs.map((run) => (run.id === id ? { ...run, ...change, id } : run)),
});
