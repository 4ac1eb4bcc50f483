/** What the result of each move leads to. A result counts only while its key is still wanted. */
import type { Command } from './commands.ts';
import type { Context } from './context.ts';
import {
  type Finding,
  holdCode,
  type Outcome,
  type Refusal,
  refuse,
  type Usage,
} from './contract.ts';
import { taskPolicy } from './policy.ts';
import { riskOf } from './risk.ts';
import { afterFailure, attemptOf } from './steps.ts';
import type { EvidenceSummary, PullSeen, Run, Task, TaskEvent, VerdictSeen } from './task.ts';
import { followedBy, held, requestRun, review, rework } from './task-next.ts';
import { openFamilies, taskSteps } from './task-steps.ts';

type Settle = Extract<Command, { type: 'task.settle' }>;
type Failed = Outcome & { ok: false };

export function settleTask(state: Task, command: Settle, ctx: Context): TaskEvent[] | Refusal {
  if (!taskSteps(state).some((step) => step.key === command.key)) {
    return refuse(
      'stale-result',
      `The result of ${command.key} came late: the task no longer waits for it.`,
    );
  }
  const { outcome } = command;
  if (command.kind === 'close-pull') return closed(state, outcome);
  if (command.kind === 'run-coder')
    return outcome.ok ? ran(state, outcome.result as RunResult, ctx) : notRan(state, outcome, ctx);
  if (!outcome.ok) return failed(state, command, outcome, ctx);
  switch (command.kind) {
    case 'prepare':
      return prepared(state, outcome.result as Prepared, ctx);
    case 'verify':
      return verified(state, outcome.result as EvidenceSummary, ctx);
    case 'judge':
      return judged(state, outcome.result as VerdictSeen, ctx);
    case 'push':
      return pushed(state, outcome.result as Pushed, ctx);
    case 'open-pull':
      return opened(state, outcome.result as PullSeen, ctx);
    case 'merge':
      return merged(
        state,
        outcome.result as { commit: string; tree: string; expected: string },
        ctx,
      );
    case 'cleanup':
      return [
        {
          type: 'task.remembered',
          data: {
            rounds: state.rounds,
            runs: state.runs.length,
            lost: state.lostRuns,
            score: state.risk?.score ?? null,
          },
        },
      ];
    default:
      return refuse('unknown-move', `Nobody knows the move kind ${command.kind}.`);
  }
}

function failed(state: Task, command: Settle, outcome: Failed, ctx: Context): TaskEvent[] {
  if (command.kind === 'merge' && (outcome.code === 'base-moved' || outcome.code === 'conflict')) {
    return [{ type: 'task.base-moved', data: { from: state.base ?? '', to: null } }];
  }
  const { attempt } = attemptOf(state.attempts, command.kind, command.which);
  const next = afterFailure(outcome, attempt, ctx.policy.policies.rework, ctx.now);
  if (next !== 'hold') {
    return [
      {
        type: 'task.move-failed',
        data: {
          key: command.key,
          code: outcome.code,
          reason: outcome.reason,
          retryAt: next.retryAt,
        },
      },
    ];
  }
  const code = outcome.code === 'head-moved' ? 'foreign-push' : holdCode(outcome.code);
  return [
    held(
      state,
      ctx,
      code,
      outcome.reason,
      outcome.remedy && `${outcome.remedy}; then \`aedev hold resume ${state.id}\``,
    ),
  ];
}

interface Prepared {
  base: string;
  /** Set when there already was work: its change applied on the new base, or why it could not be. */
  refreshed: { head: string; tree: string } | { conflict: string[] } | null;
}

function prepared(state: Task, result: Prepared, ctx: Context): TaskEvent[] {
  if (result.refreshed && 'head' in result.refreshed) {
    return [
      {
        type: 'task.refreshed',
        data: { base: result.base, head: result.refreshed.head, tree: result.refreshed.tree },
      },
    ];
  }
  const ready: TaskEvent = { type: 'task.prepared', data: { base: result.base } };
  if (result.refreshed) {
    const findings = result.refreshed.conflict.map((file) => ({
      source: 'merge conflict',
      file,
      line: null,
      sentence: 'the base branch changed this file too; make the change again on what is there now',
    }));
    return followedBy(state, [ready], ctx, (after) =>
      rework(after, 'the change conflicts with the moved base', findings, 'base', ctx),
    );
  }
  return followedBy(state, [ready], ctx, (after) => (after.slot ? [requestRun(after, ctx)] : []));
}

interface RunResult {
  outcome:
    | { kind: 'success'; summary: string }
    | { kind: 'hold'; code: string; reason: string; remedy: string; resumesAt: string | null }
    | { kind: 'retryable'; code: string; reason: string }
    | { kind: 'failure'; code: string; reason: string };
  usage: Usage;
  windows: unknown[];
  cliVersion: string | null;
  laneProof: string | null;
  denied: string[];
  provenance: { tier: string; image: string | null; engine: string | null };
  collected: { commit: string | null; tree: string; notes: string[] } | null;
  salvaged: string | null;
}

function ran(state: Task, result: RunResult, ctx: Context): TaskEvent[] {
  const run = state.run ?? '';
  const { outcome } = result;
  const events: TaskEvent[] = [
    {
      type: 'model.usage.recorded',
      data: { run, role: runRole(state), family: state.coder, usage: result.usage },
    },
    {
      type: 'task.run-ended',
      data: {
        run,
        started: true,
        outcome: outcome.kind === 'success' ? 'success' : outcome.code,
        reason: outcome.kind === 'success' ? 'the coder finished' : outcome.reason,
        salvaged: result.salvaged,
        ...result.provenance,
        cliVersion: result.cliVersion,
        laneProof: result.laneProof,
        windows: result.windows,
        denied: result.denied,
      },
    },
  ];
  switch (outcome.kind) {
    case 'success':
      return followedBy(state, events, ctx, (after) => [
        ...collected(after, run, result.collected, ctx),
        ...paidLane(after, result.usage, ctx),
      ]);
    case 'hold':
      return [
        ...events,
        held(state, ctx, holdCode(outcome.code), outcome.reason, outcome.remedy, outcome.resumesAt),
      ];
    case 'retryable':
    case 'failure':
      return followedBy(state, events, ctx, (after) => {
        const { max_attempts, backoff_seconds } = ctx.policy.policies.rework;
        const tries = outcome.kind === 'retryable' ? max_attempts : Math.min(2, max_attempts);
        if (after.failedRuns >= tries)
          return [held(after, ctx, 'coder-failed', outcome.reason, '')];
        const pause =
          outcome.kind === 'retryable'
            ? Math.min(backoff_seconds * 2 ** (after.failedRuns - 1), 900)
            : 0;
        if (pause === 0) return after.slot ? [requestRun(after, ctx)] : [];
        const at = new Date(Date.parse(ctx.now) + pause * 1000).toISOString();
        return [
          held(
            after,
            ctx,
            'coder-transient',
            outcome.reason,
            'nothing to do: it is tried again by itself',
            at,
          ),
        ];
      });
  }
}

/** The work is kept; nothing goes on until the operator has seen what it may cost. */
function paidLane(state: Task, usage: Usage, ctx: Context): TaskEvent[] {
  if (usage.lane !== 'api' && usage.lane !== 'sdk-credit') return [];
  const remedy = `see where the coder's login comes from, then \`aedev hold resume ${state.id}\``;
  return [
    held(
      state,
      ctx,
      'paid-lane',
      `the run used the lane ${usage.lane}, not the subscription`,
      remedy,
    ),
  ];
}

const runRole = (state: Task): Run['role'] =>
  state.runs.find((run) => run.id === state.run)?.role ?? 'coder';

function collected(
  state: Task,
  run: string,
  work: RunResult['collected'],
  ctx: Context,
): TaskEvent[] {
  if (work?.commit)
    return [
      {
        type: 'task.work-collected',
        data: { run, head: work.commit, tree: work.tree, notes: work.notes },
      },
    ];
  const finding: Finding = {
    source: 'aedev',
    file: null,
    line: null,
    sentence: 'the run ended without changing any file; make the change that the request asks for',
  };
  return rework(state, 'the coder changed nothing', [finding], 'base', ctx);
}

/** The run never started, or its process is gone. */
function notRan(state: Task, outcome: Failed, ctx: Context): TaskEvent[] {
  const run = state.run ?? '';
  if (outcome.code === 'lost') {
    const lost: TaskEvent = {
      type: 'task.run-lost',
      data: { run, reason: outcome.reason, salvaged: outcome.salvaged ?? null },
    };
    return followedBy(state, [lost], ctx, (after) =>
      after.lostRuns > ctx.policy.policies.rework.max_lost_runs
        ? [
            held(
              after,
              ctx,
              'run-lost',
              `${after.lostRuns} runs in a row were lost: ${outcome.reason}`,
              '',
            ),
          ]
        : after.slot
          ? [requestRun(after, ctx)]
          : [],
    );
  }
  const ended: TaskEvent = {
    type: 'task.run-ended',
    data: {
      run,
      started: false,
      outcome: outcome.code,
      reason: outcome.reason,
      salvaged: outcome.salvaged ?? null,
      tier: null,
      image: null,
      engine: null,
      cliVersion: null,
      laneProof: null,
      windows: [],
      denied: [],
    },
  };
  const remedy = outcome.remedy && `${outcome.remedy}; then \`aedev hold resume ${state.id}\``;
  return [
    ended,
    held(
      state,
      ctx,
      holdCode(outcome.code),
      outcome.reason,
      remedy,
      outcome.retryable ? outcome.retryAt : null,
    ),
  ];
}

function verified(state: Task, summary: EvidenceSummary, ctx: Context): TaskEvent[] {
  const policy = taskPolicy(ctx.policy, state.repo);
  if (!policy)
    return [
      held(state, ctx, 'source-unavailable', `repo ${state.repo} is no longer registered`, ''),
    ];
  const families = [...new Set(policy.families)].filter((family) => family !== state.coder);
  const sealed: TaskEvent = { type: 'task.evidence-sealed', data: { summary, policy, families } };
  return followedBy(state, [sealed], ctx, (after) => {
    const secrets = summary.findings.filter((finding) => finding.kind === 'secret');
    if (secrets.length > 0) {
      const first = secrets[0];
      const reason = `${secrets.length} credential(s) in the change, e.g. ${first?.rule} in ${first?.path}${first?.line ? `:${first.line}` : ''}; nothing was shown to a judge or pushed`;
      return [
        held(
          after,
          ctx,
          'secret-found',
          reason,
          `\`aedev hold resume ${state.id}\` sends it back to be taken out, \`aedev task cancel ${state.id}\` ends it; if the credential is real, revoke it`,
        ),
      ];
    }
    const findings: Finding[] = [
      ...summary.verify.failures.map((sentence) => ({
        source: 'verify',
        file: null,
        line: null,
        sentence,
      })),
      ...summary.findings.map((finding) => ({
        source: finding.rule,
        file: finding.path,
        line: finding.line,
        sentence: finding.sentence,
      })),
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

function judged(state: Task, verdict: VerdictSeen, ctx: Context): TaskEvent[] {
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

const SEVERITY = ['blocker', 'major', 'minor'] as const;
const asJudged = (verdict: VerdictSeen) => ({
  family: verdict.family,
  verdict: verdict.verdict,
  worst:
    SEVERITY.find((level) => verdict.findings.some((finding) => finding.severity === level)) ??
    null,
});

interface Pushed {
  commit: string;
  branch: string;
  findings: { rule: string; kind: string; path: string; line: number | null; sentence: string }[];
}

function pushed(state: Task, result: Pushed, ctx: Context): TaskEvent[] {
  const first = result.findings[0];
  if (!first)
    return [{ type: 'task.pushed', data: { branch: result.branch, commit: result.commit } }];
  const code = result.findings.some((finding) => finding.kind === 'secret')
    ? 'secret-found'
    : 'push-gate';
  return [
    held(
      state,
      ctx,
      code,
      `the push gate refused ${result.findings.length} thing(s), first: ${first.sentence}`,
      `\`aedev hold resume ${state.id}\` sends it back, \`aedev task cancel ${state.id}\` ends it`,
    ),
  ];
}

const opened = (state: Task, pull: PullSeen, ctx: Context): TaskEvent[] =>
  followedBy(state, [{ type: 'task.pull-opened', data: pull }], ctx, (after) =>
    review(after, pull, ctx),
  );

function merged(
  state: Task,
  result: { commit: string; tree: string; expected: string },
  ctx: Context,
): TaskEvent[] {
  const done: TaskEvent = {
    type: 'task.merged',
    data: { commit: result.commit, tree: result.tree, by: 'aedev' },
  };
  if (result.tree === result.expected) return [done];
  return [
    done,
    { type: 'task.merge-alarm', data: { expected: result.expected, found: result.tree } },
    held(
      state,
      ctx,
      'merge-tree-differs',
      `the merge landed tree ${result.tree.slice(0, 12)}, judged was ${result.expected.slice(0, 12)}; the repo is paused`,
      `look at commit ${result.commit.slice(0, 12)}, then \`aedev hold resume ${state.id}\` and \`aedev repo resume ${state.repo}\``,
    ),
  ];
}

/** A cancelled task's pull request: closed, or said plainly that it was not. */
const closed = (state: Task, outcome: Outcome): TaskEvent[] => {
  const reason = state.closing ?? 'cancelled';
  const left = outcome.ok
    ? ''
    : ` (pull request ${state.pull?.number} is still open: ${outcome.reason})`;
  return [{ type: 'task.cancelled', data: { reason: `${reason}${left}` } }];
};
