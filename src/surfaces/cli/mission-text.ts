/** A mission in words, and what happens next. */
import { clause } from '../clause.ts';
import type { MissionDoc } from '../documents.ts';
import { endsBy, holdLines } from './hold-text.ts';
import { ago, type Ink, safe, safeLines, shortDigest, stateInk } from './output.ts';
import { taskLine } from './task-text.ts';

export function missionLines(paint: Ink, mission: MissionDoc, now: number): string[] {
  const { clarification } = mission;
  const lines = [
    `${paint.bold(safe(mission.id))}  ${stateInk(paint, safe(mission.state), mission.hold !== null)}`,
    ...safeLines(mission.text.trim(), 4000)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
  const add = (name: string, value: string) => lines.push(`${paint.dim(name.padEnd(11))}${value}`);
  add('repos', mission.repos.map((repo) => safe(repo)).join(' '));
  add('asked', `${safe(mission.submittedBy)}, ${ago(mission.submittedAt, now)}`);
  if (clarification.score !== null)
    add(
      'ambiguity',
      `${clarification.score} of 100${clarification.before === clarification.score ? '' : ` (${clarification.before} before the answers)`}`,
    );
  for (const [name, { score, because }] of Object.entries(clarification.signals ?? {}))
    if (score > 0)
      lines.push(
        `            ${safe(name)} ${score}: ${because.map(({ words, why }) => `${safe(words, 80)} (${safe(why, 200)})`).join('; ')}`,
      );
  for (const { question, text } of clarification.answers)
    add('answered', `${safe(question, 80)}: ${safe(text)}`);
  if (mission.specDigest) add('spec', safe(mission.specDigest));
  if (mission.approval)
    add('approved', `by ${safe(mission.approval.by)}, ${ago(mission.approval.at, now)}`);
  for (const task of mission.tasks) {
    lines.push(taskLine(paint, task));
    if (task.hold)
      lines.push(
        `  ${safe(clause(task.hold.reason))}; ${endsBy(task.hold, now)}; ${safe(task.hold.remedy)}`,
      );
  }
  if (mission.end) add('end', safe(mission.end));
  return lines;
}

/** What the operator can do now. */
export function nextLines(paint: Ink, mission: MissionDoc, now: number): string[] {
  const { questions } = mission.clarification;
  const id = safe(mission.id);
  if (mission.end !== null) return [];
  if (questions.length > 0) {
    const lines = questions.flatMap((question, index) => [
      `${paint.bold(`${index + 1}.`)} ${safe(question.text)} ${paint.dim(`[${safe(question.id, 80)}]`)}`,
      ...question.options.map((option) => `     - ${safe(option)}`),
    ]);
    return [
      'No coder runs before these are answered or waived:',
      ...lines,
      `Answer: aedev mission answer ${id} 1="…"   Go on without: aedev mission answer ${id} --waive`,
    ];
  }
  if (mission.expires !== null)
    return [
      `The spec ${paint.bold(safe(mission.specDigest))} waits for your approval until ${safe(mission.expires)} (${ago(mission.expires, now)}).`,
      `Read it: aedev mission show ${id} --spec   Approve it: aedev mission approve ${id}`,
    ];
  if (mission.hold) return holdLines(paint, mission.hold, now);
  if (mission.state === 'submitted' || mission.state === 'clarifying')
    return [`It is being read against the repos; see: aedev mission show ${id}`];
  return [`Follow it: aedev watch ${id}`];
}

/** A few short lines for a phone. */
export function missionPlain(mission: MissionDoc): string {
  const { questions, score } = mission.clarification;
  const held = mission.hold ?? mission.tasks.find((task) => task.hold)?.hold ?? null;
  const what =
    mission.end !== null
      ? safe(mission.end, 80)
      : questions.length > 0
        ? `${questions.length} questions open`
        : mission.expires !== null
          ? `approve spec ${safe(shortDigest(mission.specDigest))}`
          : held
            ? `held: ${safe(held.code)}`
            : mission.tasks
                .map((task) => `${safe(task.repo, 20)} ${safe(task.state)}`)
                .join(', ') || `score ${score ?? 'not known yet'}`;
  return `${safe(mission.id)} ${safe(mission.state)}: ${what}`.slice(0, 160);
}
