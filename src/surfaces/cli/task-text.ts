/** A task in words. */
import { workWords } from '../../control/run-work.ts';
import type { TaskDoc } from '../documents.ts';
import type { UsageDoc } from '../usage-doc.ts';
import { holdLines } from './hold-text.ts';
import { ago, type Ink, safe, shortDigest, stateInk } from './output.ts';

const count = (value: number | null) => value?.toLocaleString('en-US') ?? 'unknown';

export function usageText(usage: UsageDoc): string {
  if (usage.runs === 0) return 'no run yet';
  const known = usage.runs - usage.unknownRuns;
  const cost = usage.costUsd === null ? 'cost unknown' : `$${usage.costUsd}`;
  const tokens =
    known === 0
      ? 'tokens unknown'
      : `${count(usage.inputTokens)} tokens in, ${count(usage.outputTokens)} out${usage.unknownRuns > 0 ? ` (of ${usage.unknownRuns} more runs unknown)` : ''}`;
  return `${usage.runs} ${usage.runs === 1 ? 'run' : 'runs'}, ${tokens}, ${cost}, ${Math.round(usage.durationMs / 1000)} s`;
}

/** One line, for lists inside a mission. */
export function taskLine(paint: Ink, task: TaskDoc): string {
  const risk = task.risk ? `, risk ${task.risk.score} ${safe(task.risk.band)}` : '';
  return `${safe(task.id)}  ${stateInk(paint, safe(task.state), task.hold !== null)}  ${safe(task.repo)}: ${safe(task.title, 120)}${risk}`;
}

export function taskLines(paint: Ink, task: TaskDoc, now: number): string[] {
  const lines = [
    `${paint.bold(safe(task.id))}  ${stateInk(paint, safe(task.state), task.hold !== null)}  ${safe(task.title)}`,
  ];
  const add = (name: string, value: string) => lines.push(`${paint.dim(name.padEnd(10))}${value}`);
  add('mission', safe(task.mission));
  add('repo', `${safe(task.repo)}, branch ${safe(task.branch)}, coder ${safe(task.coder)}`);
  if (task.base) add('base', safe(shortDigest(task.base)));
  if (task.head) add('head', safe(shortDigest(task.head)));
  if (task.dependsOn.length > 0) add('after', task.dependsOn.map((id) => safe(id)).join(' '));
  for (const run of task.runs) {
    add('run', runText(paint, run));
    if (run.work) lines.push(`            ${safe(sentence(workWords(run.work)))}`);
    for (const note of run.notes ?? []) lines.push(`            ${safe(note)}`);
  }
  if (task.runs.length > 0) add('usage', usageText(task.usage));
  if (task.evidence) add('evidence', evidenceText(paint, task.evidence));
  if (task.verify) {
    const { configured, passed } = task.verify;
    add(
      'verify',
      !configured
        ? paint.yellow('nothing configured')
        : passed
          ? paint.green('pass')
          : paint.red('fail'),
    );
  }
  for (const finding of task.findings)
    add(
      'finding',
      paint.red(
        `${safe(finding.rule)} ${safe(finding.path)}:${finding.line ?? '?'} ${safe(finding.sentence)}`,
      ),
    );
  for (const verdict of task.verdicts) {
    add(
      'judge',
      `${safe(verdict.family)} ${verdictInk(paint, verdict.verdict)}${verdict.reason ? ` (${safe(verdict.reason)})` : ''}`,
    );
    for (const found of verdict.findings)
      lines.push(
        `            ${safe(found.severity)} ${safe(found.file ?? '')}${found.line === null ? '' : `:${found.line}`} ${safe(found.sentence)}`,
      );
  }
  if (task.risk) {
    add('risk', `${task.risk.score} of 100, ${safe(task.risk.band)}`);
    for (const { points, why } of task.risk.reasons)
      lines.push(`            ${points > 0 ? '+' : ''}${points} ${safe(why)}`);
    for (const why of task.risk.neverAutoMerge)
      lines.push(`            never by itself: ${safe(why)}`);
  }
  if (task.pull) add('pull', `${task.pull.number} ${safe(task.pull.state)} ${safe(task.pull.url)}`);
  if (task.merged)
    add('merged', `${safe(shortDigest(task.merged.commit))} by ${safe(task.merged.by)}`);
  if (task.rounds > 0) add('rework', `${task.rounds} ${task.rounds === 1 ? 'round' : 'rounds'}`);
  if (task.waitsFor) add('waits', safe(task.waitsFor));
  if (task.hold) lines.push(...holdLines(paint, task.hold, now));
  if (task.approval) {
    add(
      'approve',
      `${safe(task.approval.digest)}, until ${safe(task.approval.expires)} (${ago(task.approval.expires, now)})`,
    );
    lines.push(`  aedev task approve ${safe(task.id)}`);
  }
  if (task.end) add('end', safe(task.end));
  return lines;
}

const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;

function runText(paint: Ink, run: TaskDoc['runs'][number]): string {
  const tier =
    run.tier === 'process' ? paint.red('process tier, not isolated') : safe(run.tier ?? '');
  const how = [safe(run.outcome ?? run.status), safe(run.reason ?? '', 200), tier].filter(
    (one) => one !== '',
  );
  return `${safe(run.id)} ${safe(run.role)}: ${how.join(', ')}`;
}

function evidenceText(paint: Ink, evidence: NonNullable<TaskDoc['evidence']>): string {
  const { verified } = evidence;
  const state =
    verified === null
      ? paint.yellow('cannot be checked here')
      : verified
        ? paint.green('verified')
        : paint.red('FORGED OR DAMAGED');
  return `${safe(shortDigest(evidence.digest))} ${state}`;
}

const verdictInk = (paint: Ink, verdict: string): string =>
  verdict === 'pass'
    ? paint.green('pass')
    : verdict === 'fail'
      ? paint.red('fail')
      : paint.yellow(safe(verdict));
