/** What the result of a mission's move leads to: questions, or a sealed spec to approve. */
import type { Assessment } from './clarify/types.ts';
import type { Command } from './commands.ts';
import type { Context } from './context.ts';
import { type Hold, holdCode, type PlanTask, type Refusal, refuse } from './contract.ts';
import { type Mission, type MissionEvent, missionSteps } from './mission.ts';
import { defaultPlan } from './plan.ts';
import { renderSpec } from './spec.ts';
import { afterFailure, attemptOf, comesBackAt } from './steps.ts';

type Decision = MissionEvent[] | Refusal;

export function settleMission(
  state: Mission,
  command: Extract<Command, { type: 'mission.settle' }>,
  ctx: Context,
): Decision {
  if (!missionSteps(state).some((step) => step.key === command.key)) {
    return refuse(
      'stale-result',
      `The result of ${command.key} came late: the mission no longer waits for it.`,
    );
  }
  const { outcome } = command;
  if (!outcome.ok) {
    const { attempt } = attemptOf(state.attempts, command.kind, null);
    const then = afterFailure(outcome, attempt, ctx.policy.policies.rework, ctx.now);
    if (then !== 'hold') {
      return [
        {
          type: 'mission.move-failed',
          data: {
            key: command.key,
            code: outcome.code,
            reason: outcome.reason,
            retryAt: then.retryAt,
          },
        },
      ];
    }
    const at = comesBackAt(outcome, ctx.now);
    const remedy = `${outcome.remedy || 'Mend the cause'}; then \`aedev hold resume ${state.id}\`.`;
    return [
      {
        type: 'mission.held',
        data: {
          code: holdCode(outcome.code),
          reason: outcome.reason,
          since: ctx.now,
          resumes: at ? { at } : { by: 'operator' },
          remedy,
        },
      },
    ];
  }
  if (command.kind === 'write-spec')
    return [{ type: 'mission.spec-written', data: { digest: state.spec?.digest ?? '' } }];
  const { assessment, base } = outcome.result as {
    assessment: Assessment;
    base: Record<string, string>;
  };
  const assessed: MissionEvent = {
    type: 'mission.assessed',
    data: { assessment, round: state.round + 1, base },
  };
  return assessment.ask && !state.waived
    ? [assessed, { type: 'mission.held', data: needsAnswers(state, assessment, ctx) }]
    : [assessed, sealSpec(state, assessment, ctx)];
}

const needsAnswers = (state: Mission, assessment: Assessment, ctx: Context): Hold => ({
  code: 'needs-answers',
  reason: `the request scores ${assessment.score} of 100 for ambiguity; ${assessment.questions.length} ${assessment.questions.length === 1 ? 'question is' : 'questions are'} open`,
  since: ctx.now,
  resumes: { by: 'operator' },
  remedy: `aedev mission answer ${state.id}`,
});

function sealSpec(state: Mission, assessment: Assessment, ctx: Context): MissionEvent {
  const open = assessment.ask
    ? assessment.questions.map((question) => `Left open by the operator: ${question.text}`)
    : [];
  const acceptance = [
    ...assessment.acceptance,
    ...(state.plan ?? []).flatMap((task: PlanTask) => task.acceptance),
  ];
  const spec = renderSpec(
    {
      mission: state.id,
      repos: state.repos,
      rules: assessment.rules,
      before: state.firstScore ?? assessment.score,
      after: assessment.score,
      created: ctx.now,
      request: state.text,
      answers: state.answers.map((given) => ({
        question: state.asked[given.question]?.text ?? given.question,
        answer: given.text,
      })),
      assumptions: [...assessment.assumptions, ...open],
      acceptance,
      outOfScope: assessment.outOfScope,
      plan: (state.plan ?? defaultPlan(state.repos, state.text)).map((task) =>
        planLine(task, state.coder),
      ),
    },
    ctx.sha256,
  );
  const expires = new Date(
    Date.parse(ctx.now) + ctx.policy.policies.approvals.spec_ttl_hours * 3_600_000,
  ).toISOString();
  return {
    type: 'mission.spec-sealed',
    data: {
      digest: spec.digest,
      text: spec.text,
      before: state.firstScore ?? assessment.score,
      after: assessment.score,
      waived: state.waived,
      acceptance,
      expires,
    },
  };
}

/** Everything that decides what a task does: what is not in the spec is not approved. */
function planLine(task: PlanTask, coder: string | null): string {
  const parts = [`${task.key} in ${task.repo}: ${task.title}`];
  if (task.acceptance.length > 0) parts.push(`done when ${task.acceptance.join('; ')}`);
  if (task.allowed_paths.length > 0) parts.push(`only ${task.allowed_paths.join(', ')}`);
  if (task.depends_on.length > 0) parts.push(`after ${task.depends_on.join(', ')}`);
  parts.push(coder ? `coder ${coder}` : 'coder as the repo says');
  return parts.join(' | ');
}
