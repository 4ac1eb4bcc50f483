/** What commands may do to a mission. Pure: the same state, command and context give the same events. */
import type { Assessment } from './clarify/types.ts';
import type { Command } from './commands.ts';
import { type Context, onlyOperator } from './context.ts';
import { type Refusal, refuse } from './contract.ts';
import { MISSION, type Mission, type MissionEvent } from './mission.ts';
import { settleMission } from './mission-settle.ts';
import { checkPlan, defaultPlan } from './plan.ts';
import { TASK } from './task.ts';

type Decision = MissionEvent[] | Refusal;
type MissionCommand = Extract<Command, { type: `mission.${string}` }>;

export function decideMission(
  state: Mission | null,
  command: MissionCommand,
  ctx: Context,
): Decision {
  if (command.type === 'mission.submit') return submit(state, command, ctx);
  if (!state)
    return refuse(
      'unknown-mission',
      `There is no mission ${command.mission}; see \`aedev mission list\`.`,
    );
  if (MISSION.terminal.includes(state.status)) {
    return refuse(
      'mission-ended',
      `Mission ${state.id} has ended (${state.status}: ${state.end ?? ''}); submit a new one.`,
    );
  }
  switch (command.type) {
    case 'mission.answer':
      return answer(state, command, ctx);
    case 'mission.approve':
      return approve(state, command.digest, ctx);
    case 'mission.reject':
      if (state.status !== 'awaiting-approval') {
        return refuse(
          'not-awaiting-approval',
          `Mission ${state.id} is ${state.status}: there is nothing to reject; \`aedev mission cancel ${state.id}\` ends it.`,
        );
      }
      return (
        onlyOperator(ctx, 'reject a mission') ?? [
          {
            type: 'mission.cancelled',
            data: { reason: command.reason || 'rejected', rejected: true },
          },
        ]
      );
    case 'mission.cancel':
      return (
        onlyOperator(ctx, 'cancel a mission') ?? [
          {
            type: 'mission.cancelled',
            data: { reason: command.reason || 'cancelled', rejected: false },
          },
        ]
      );
    case 'mission.resume':
      return resume(state, ctx);
    case 'mission.settle':
      return settleMission(state, command, ctx);
    case 'mission.wake':
      return wake(state, ctx);
    case 'mission.note-task':
      return noteTask(state, command.task, command.status);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

function submit(
  state: Mission | null,
  command: Extract<Command, { type: 'mission.submit' }>,
  ctx: Context,
): Decision {
  if (state) return refuse('exists', `Mission ${command.mission} exists already.`);
  if (command.text.trim() === '')
    return refuse('empty-request', 'The request is empty; say in words what should change.');
  if (CONTROL.test(command.text)) {
    return refuse(
      'control-characters',
      'The request contains control characters; remove them and submit it again.',
    );
  }
  for (const repo of command.repos) {
    if (!ctx.policy.repos[repo]) {
      return refuse(
        'unknown-repo',
        `There is no repo "${repo}"; see \`aedev repo list\`, or register it with \`aedev repo add\`.`,
      );
    }
  }
  for (const task of command.plan ?? []) {
    // Each becomes a line of a prompt, of a pull request, of a commit.
    const odd = [task.title, ...task.acceptance, ...task.allowed_paths].find(
      (text) => CONTROL.test(text) || /[\n\r\t\u2028\u2029]/.test(text),
    );
    if (odd !== undefined) {
      return refuse(
        'control-characters',
        `Task "${task.key}" of the plan has a line break or a control character in its words; remove it.`,
      );
    }
  }
  const wrong = command.plan && checkPlan(command.plan, command.repos);
  if (wrong) return refuse('plan-invalid', wrong);
  return [
    {
      type: 'mission.submitted',
      data: {
        id: command.mission,
        text: command.text,
        repos: [...new Set(command.repos)],
        coder: command.coder,
        plan: command.plan,
        by: ctx.actor,
      },
    },
  ];
}

function answer(
  state: Mission,
  command: Extract<Command, { type: 'mission.answer' }>,
  ctx: Context,
): Decision {
  const denied = onlyOperator(ctx, 'answer questions about a mission');
  if (denied) return denied;
  if (state.status !== 'clarifying' && state.status !== 'awaiting-approval') {
    return refuse('not-clarifying', `Mission ${state.id} is ${state.status}: it asks nothing now.`);
  }
  if (state.assessing)
    return refuse('busy', `Mission ${state.id} is being assessed; try again in a moment.`);
  const answers = [];
  for (const given of command.answers) {
    const asked = state.asked[given.question];
    if (!asked) {
      const open = Object.keys(state.asked).join(', ') || 'none';
      return refuse(
        'unknown-question',
        `Mission ${state.id} did not ask "${given.question}"; it asked: ${open}.`,
      );
    }
    if (CONTROL.test(given.text))
      return refuse('control-characters', 'The answer contains control characters; remove them.');
    answers.push({
      question: given.question,
      signal: asked.signal as Assessment['questions'][number]['signal'],
      text: given.text,
    });
  }
  if (answers.length === 0 && !command.waive && !state.spec?.void) {
    return refuse('no-answers', 'No answer was given; answer a question, or waive the open ones.');
  }
  return [{ type: 'mission.answered', data: { answers, waive: command.waive || state.waived } }];
}

function approve(state: Mission, digest: string, ctx: Context): Decision {
  const denied = onlyOperator(ctx, 'approve a mission');
  if (denied) return denied;
  if (state.approval) {
    return refuse(
      'already-approved',
      `Mission ${state.id} was approved by ${state.approval.by} at ${state.approval.at}; an approval is used once.`,
    );
  }
  if (state.status !== 'awaiting-approval' || !state.spec) {
    return refuse(
      'not-awaiting-approval',
      `Mission ${state.id} is ${state.status}: there is nothing to approve yet.`,
    );
  }
  if (state.spec.digest !== digest) {
    return refuse(
      'digest-changed',
      `The spec of ${state.id} changed since it was shown (now ${state.spec.digest.slice(0, 12)}…); read it with \`aedev mission show ${state.id}\` and approve again.`,
    );
  }
  if (state.spec.void || state.spec.expires <= ctx.now) {
    return refuse(
      'approval-expired',
      `The time to approve ${state.id} ran out at ${state.spec.expires}; \`aedev mission answer ${state.id} --renew\` asks anew.`,
    );
  }
  const plan = state.plan ?? defaultPlan(state.repos, state.text);
  const ids = new Map(plan.map((task) => [task.key, ctx.id('t')]));
  const idOf = (key: string) => ids.get(key) ?? '';
  return [
    { type: 'mission.approved', data: { digest, by: ctx.actor } },
    {
      type: 'mission.planned',
      data: {
        tasks: plan.map((task) => ({
          id: idOf(task.key),
          key: task.key,
          repo: task.repo,
          title: task.title,
          dependsOn: task.depends_on.map(idOf),
        })),
      },
    },
  ];
}

function resume(state: Mission, ctx: Context): Decision {
  const denied = onlyOperator(ctx, 'resume a mission');
  if (denied) return denied;
  if (!state.hold) return refuse('not-held', `Mission ${state.id} is not held.`);
  if (state.hold.code === 'needs-answers') {
    return refuse('needs-answers', `Mission ${state.id} waits for answers: ${state.hold.remedy}`);
  }
  // A void spec is never revived: what is approved must be what is shown now.
  if (state.hold.code === 'approval-expired')
    return [{ type: 'mission.answered', data: { answers: [], waive: state.waived } }];
  return [{ type: 'mission.resumed', data: { by: ctx.actor } }];
}

function wake(state: Mission, ctx: Context): Decision {
  if (state.hold && 'at' in state.hold.resumes && state.hold.resumes.at <= ctx.now) {
    return [{ type: 'mission.resumed', data: { by: ctx.actor } }];
  }
  if (
    !state.hold &&
    state.status === 'awaiting-approval' &&
    state.spec &&
    !state.spec.void &&
    state.spec.expires <= ctx.now
  ) {
    return [
      { type: 'mission.approval-expired', data: { digest: state.spec.digest } },
      {
        type: 'mission.held',
        data: {
          code: 'approval-expired',
          reason: `nobody approved before ${state.spec.expires}`,
          since: ctx.now,
          resumes: { by: 'operator' },
          remedy: `aedev mission answer ${state.id} --renew`,
        },
      },
    ];
  }
  return [];
}

/** A mission is done when every task is; one that ended otherwise fails it, after all have ended. */
function noteTask(state: Mission, task: string, status: string): Decision {
  const before = state.tasks.find((candidate) => candidate.id === task);
  if (!before) return refuse('unknown-task', `Mission ${state.id} has no task ${task}.`);
  if (before.status === status) return [];
  const tasks = state.tasks.map((one) => (one.id === task ? { ...one, status } : one));
  const changed: MissionEvent = { type: 'mission.task-changed', data: { task, status } };
  if (!tasks.every((one) => TASK.terminal.includes(one.status as never))) return [changed];
  const unmerged = tasks.filter((one) => one.status !== 'remembered');
  return unmerged.length === 0
    ? [changed, { type: 'mission.done', data: { merged: tasks.length } }]
    : [
        changed,
        {
          type: 'mission.failed',
          data: { reason: `${unmerged.map((one) => `${one.id} ${one.status}`).join(', ')}` },
        },
      ];
}
