/** Events in plain words, one sentence each. Text from outside is quoted as it is: escape it where it is shown. */
import { type Work, workWords } from '../control/run-work.ts';
import { clause } from './clause.ts';

interface Told {
  type: string;
  actor: string;
  data: unknown;
}

type Fields = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === 'string' ? value : String(value ?? ''));
const short = (value: unknown): string => text(value).slice(0, 12);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const plural = (count: number, one: string, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

/** Logs of older versions hold the commit only. */
const leftWork = (d: Fields): string => {
  if (d['work']) return `; ${workWords(d['work'] as Work)}`;
  return d['salvaged'] ? `; unfinished work kept as ${short(d['salvaged'])}` : '';
};

const WORDS: Record<string, (data: Fields, actor: string) => string> = {
  'mission.submitted': (d) =>
    `${text(d['by'])} asked for a change in ${list(d['repos']).join(', ')}`,
  'mission.assessed': (d) => {
    const assessment = fields(d['assessment']);
    const questions = list(assessment['questions']).length;
    return `the request scored ${text(assessment['score'])} of 100 for ambiguity${questions > 0 ? `; ${plural(questions, 'question')} open` : ''}`;
  },
  'mission.answered': (d, actor) =>
    `${actor} gave ${plural(list(d['answers']).length, 'answer')}${d['waive'] ? ' and waived the rest' : ''}`,
  'mission.spec-sealed': (d) =>
    `the spec was sealed as ${short(d['digest'])} (ambiguity ${text(d['before'])} before, ${text(d['after'])} after); it can be approved until ${text(d['expires'])}`,
  'mission.spec-written': () => 'a copy of the spec was written to clarified-spec.md',
  'mission.approval-expired': (d) => `nobody approved spec ${short(d['digest'])} in time`,
  'mission.approved': (d) => `${text(d['by'])} approved spec ${short(d['digest'])}`,
  'mission.planned': (d) => `planned as ${plural(list(d['tasks']).length, 'task')}`,
  'mission.task-changed': (d) => `task ${text(d['task'])} is ${text(d['status'])}`,
  'mission.done': (d) => `done: ${plural(Number(d['merged']), 'change')} merged`,
  'mission.failed': (d) => `failed: ${text(d['reason'])}`,
  'mission.cancelled': (d, actor) =>
    `${d['rejected'] ? 'rejected' : 'cancelled'} by ${actor}: ${text(d['reason'])}`,
  'mission.held': (d) => `held (${text(d['code'])}): ${clause(d['reason'])}; ${text(d['remedy'])}`,
  'mission.resumed': (d) => `resumed by ${text(d['by'])}`,
  'mission.move-failed': (d) =>
    `${stepOf(d['key'])} did not work (${text(d['reason'])}); tried again at ${text(d['retryAt'])}`,
  'task.created': (d) => `created for repo ${text(d['repo'])}, coder ${text(d['coder'])}`,
  'task.readied': () => 'everything it depends on is there',
  'task.started': () => 'got a slot of its repo',
  'task.slot-taken': () => 'got a slot of its repo again',
  'task.prepared': (d) => `starts from base ${short(d['base'])}`,
  'task.refreshed': (d) =>
    `the change was brought onto the moved base ${short(d['base'])} as ${short(d['head'])}`,
  'task.run-requested': (d) => `run ${text(d['run'])} (${text(d['role'])}) asked for its budget`,
  'task.run-started': (d) => `run ${text(d['run'])} let in`,
  'task.paid-run-approved': (d) =>
    `${text(d['by'])} approved one run in the paid lane, up to $${text(d['usd'])}`,
  'account.run-admitted': (d) =>
    `run ${text(d['run'])} of task ${text(d['task'])} was let in${d['wish'] ? ', as the operator wished' : d['probe'] ? ' as the first after a limit' : ''}`,
  'account.run-turned-away': (d) =>
    `run ${text(d['run'])} of task ${text(d['task'])} waits until ${text(d['until'])}: ${text(d['reason'])}`,
  'account.windows-noted': (d) =>
    `run ${text(d['run'])} is over; ${plural(list(d['windows']).length, 'window')} known${d['limited'] ? ', and a limit holds' : ''}`,
  'account.windows-heard': (d) =>
    `the provider told run ${text(d['run'])}, which is at work, of ${plural(list(d['windows']).length, 'window')}`,
  'account.turn-dropped': (d) => `task ${text(d['task'])} gave up its turn`,
  'task.run-ended': (d) =>
    `run ${text(d['run'])} ${d['started'] === false ? 'did not begin' : 'ended'}: ${text(d['outcome'])} (${text(d['reason'])})${leftWork(d)}`,
  'task.run-lost': (d) => `run ${text(d['run'])} was lost: ${text(d['reason'])}`,
  'model.usage.recorded': (d) => {
    const usage = fields(d['usage']);
    const known = (value: unknown) =>
      value === null || value === undefined ? 'unknown' : String(value);
    return `run ${text(d['run'])} used ${known(usage['inputTokens'])} tokens in, ${known(usage['outputTokens'])} out, cost ${usage['costUsd'] == null ? 'unknown' : `$${text(usage['costUsd'])}`}, lane ${text(usage['lane'])}`;
  },
  'task.work-collected': (d) => `the host committed the change as ${short(d['head'])}`,
  'task.evidence-sealed': (d) => {
    const summary = fields(d['summary']);
    const verify = fields(summary['verify']);
    const how = verify['configured']
      ? `verify commands ${verify['passed'] ? 'pass' : 'fail'}`
      : 'no verify commands are configured';
    return `evidence ${short(summary['digest'])} sealed: ${how}, ${plural(list(summary['findings']).length, 'finding')}`;
  },
  'task.evidence-voided': (d) => `the evidence is gathered anew: ${text(d['reason'])}`,
  'task.verdict-recorded': (d) => {
    const count = list(d['findings']).length;
    return `judge ${text(d['family'])} says ${text(d['verdict'])}${d['reason'] ? ` (${text(d['reason'])})` : ''}${count > 0 ? `, ${plural(count, 'finding')}` : ''}`;
  },
  'task.risk-scored': (d) => `risk ${text(d['score'])} of 100, ${text(d['band'])}`,
  'task.cleared': (d) => `cleared for its pull request: ${text(d['why'])}`,
  'task.rework-requested': (d) =>
    `sent back to the coder: ${text(d['cause'])} (${plural(list(d['findings']).length, 'finding')})`,
  'task.pushed': (d) => `pushed ${short(d['commit'])} to ${text(d['branch'])}`,
  'task.pull-opened': (d) =>
    `pull request ${text(d['number'])} is open (${text(d['state'])}) at ${short(d['head'])}`,
  'task.pull-observed': (d) =>
    `pull request ${text(d['number'])} changed: ${text(d['state'])} at ${short(d['head'])}`,
  'task.merge-requested': (d) =>
    `asks for approval ${short(d['digest'])} of merging ${short(d['head'])} into ${short(d['base'])}, until ${text(d['expires'])}`,
  'task.merge-approved': (d) => `${text(d['by'])} approved the merge`,
  'task.merge-started': (d) => `merging ${short(d['head'])}: ${text(d['why'])}`,
  'task.merge-stopped': () => 'the merge was held; whether it may be merged is asked again',
  'task.merge-waits': (d) => `not merged yet: ${text(d['why'])}`,
  'task.merged': (d) => `merged as ${short(d['commit'])} by ${text(d['by'])}`,
  'task.merge-alarm': (d) =>
    `ALARM: the merge landed tree ${short(d['found'])}, judged was ${short(d['expected'])}`,
  'task.base-moved': (d) =>
    `the base moved on from ${short(d['from'])}; the change is checked again on the new one`,
  'task.remembered': (d) =>
    `remembered: ${plural(Number(d['runs']), 'run')}, ${plural(Number(d['rounds']), 'round')} of rework`,
  'task.closing': (d) => `closing its pull request: ${text(d['reason'])}`,
  'task.held': (d) => `held (${text(d['code'])}): ${clause(d['reason'])}; ${text(d['remedy'])}`,
  'task.resumed': (d) => `resumed by ${text(d['by'])}`,
  'task.move-failed': (d) =>
    `${stepOf(d['key'])} did not work (${text(d['reason'])}); tried again at ${text(d['retryAt'])}`,
  'task.failed': (d) => `failed: ${text(d['reason'])}`,
  'task.cancelled': (d) => `cancelled: ${text(d['reason'])}`,
  'task.abandoned': (d) => `abandoned: ${text(d['reason'])}`,
  'repo.registered': (d) => `repo ${text(d['id'])} registered`,
  'repo.removed': (d) => `repo ${text(d['id'])} removed`,
  'repo.slot-queued': (d) => `task ${text(d['task'])} waits for a slot`,
  'repo.slot-granted': (d) => `task ${text(d['task'])} got a slot`,
  'repo.slot-released': (d) => `task ${text(d['task'])} gave its slot back`,
  'repo.paused': (d) => `paused: ${text(d['reason'])}`,
  'repo.unpaused': (d) => `resumed by ${text(d['by'])}`,
  'budget.reserved': (d) => `budget reserved for run ${text(d['run'])}`,
  'budget.denied': (d) => `run ${text(d['run'])} was not started: ${text(d['reason'])}`,
  'budget.settled': (d) => `budget of run ${text(d['run'])} settled`,
  'system.policy-adopted': (d) => `policy ${short(d['hash'])} is in force, by ${text(d['by'])}`,
  'system.policy-noted': (d) => {
    const problems = list(d['problems']);
    return problems.length === 0
      ? 'the policy files can be read again'
      : `the policy files are broken, nothing new starts: ${problems.map(text).join('; ')}`;
  },
  'system.started': (d) =>
    `daemon ${text(d['version'])} started, pid ${text(d['pid'])}${d['crashed'] ? '; the one before it had not stopped properly' : ''}`,
  'system.stopped': (d) => `daemon stopped: ${text(d['reason'])}`,
  'system.halted': (d) => `HALTED by ${text(d['by'])}: ${text(d['reason'])}`,
  'system.unhalted': (d) => `the halt was ended by ${text(d['by'])}`,
  'system.repaired': (d) => `the janitor mended: ${text(d['what'])} (${text(d['detail'])})`,
  'command.refused': (d, actor) =>
    `refused ${text(d['command'])} of ${text(d['target'])} by ${actor}: ${text(d['sentence'])}`,
};

const stepOf = (key: unknown): string => text(key).split('/')[1] ?? 'a step';

/** The event as one sentence; its type when nobody wrote one. */
export function inWords(event: Told): string {
  const words = WORDS[event.type];
  return words ? words(fields(event.data), event.actor) : event.type;
}
