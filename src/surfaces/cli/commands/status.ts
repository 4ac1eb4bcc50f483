/** What aedev does and waits for, from the log alone: true while the daemon hangs or is dead. */
import { clause } from '../../clause.ts';
import { endsBy } from '../hold-text.ts';
import type { Host } from '../host.ts';
import { withReader } from '../open.ts';
import { ago, type Ink, inkFor, safe, say, sayJson, stateInk } from '../output.ts';
import { type FullStatus, fullStatus, mayAllowProcess, plainStatus } from '../status-line.ts';
import { windowLines } from '../window-text.ts';

interface StatusOptions {
  plain?: boolean;
  json?: boolean;
}

export async function status(host: Host, options: StatusOptions): Promise<void> {
  const allowed = await processAllowed(host);
  const doc = await withReader(host, (reader) => fullStatus(reader, host.paths(), allowed));
  if (options.json) return sayJson(host, doc);
  if (options.plain) return say(host, plainStatus(doc));
  for (const line of statusLines(inkFor(host), doc, Date.now())) say(host, line);
}

async function processAllowed(host: Host): Promise<boolean> {
  if (!mayAllowProcess(host.paths())) return false;
  const { loadConfig } = await import('../../../config/load.ts');
  const loaded = loadConfig(host.paths());
  return !loaded.ok || loaded.policy.policies.sandbox.allow_process;
}

function statusLines(paint: Ink, doc: FullStatus, now: number): string[] {
  const lines = [daemonLine(paint, doc, now)];
  for (const problem of doc.policyProblems)
    lines.push(paint.red(`Nothing new starts while this is so: ${safe(problem)}`));
  if (doc.halted)
    lines.push(
      paint.red(
        `HALTED by ${safe(doc.halted.by)} ${ago(doc.halted.since, now)}: ${safe(doc.halted.reason)}; \`aedev halt --end\` ends it`,
      ),
    );
  else if (doc.switch)
    lines.push(paint.red('HALTED: the kill switch is thrown; `aedev halt --end` ends it'));
  if (doc.process.allowed)
    lines.push(
      paint.red(
        'The process tier is allowed: coders may run as plain processes of yours, without isolation.',
      ),
    );
  if (doc.process.runs > 0)
    lines.push(
      paint.red(
        `${doc.process.runs} ${doc.process.runs === 1 ? 'run' : 'runs'} executed in the process tier, without isolation.`,
      ),
    );
  const working = doc.tasks.filter((task) => task.hold === null);
  lines.push('', paint.bold('Now'));
  for (const task of working)
    lines.push(
      `  ${safe(task.id)}  ${stateInk(paint, safe(task.status), false)}  ${safe(task.repo)}: ${safe(task.title, 100)}${task.running ? `  run ${safe(task.running)}` : ''}`,
    );
  const moving = doc.missions.filter(
    (mission) =>
      mission.hold === null &&
      ['submitted', 'clarifying', 'planning'].includes(mission.status) &&
      mission.questions === 0,
  );
  for (const mission of moving)
    lines.push(`  ${safe(mission.id)}  ${safe(mission.status)}  ${safe(mission.title, 100)}`);
  if (working.length + moving.length === 0) lines.push('  nothing');
  lines.push('', paint.bold('Waits'));
  for (const { id, title, hold } of doc.holds)
    lines.push(
      `  ${safe(id)}  ${paint.yellow(safe(hold.code))}  ${safe(title, 80)}`,
      `      ${safe(clause(hold.reason))}; ${endsBy(hold, now)}; ${safe(hold.remedy)}`,
    );
  if (doc.approvals > 0)
    lines.push(
      `  ${doc.approvals} ${doc.approvals === 1 ? 'approval' : 'approvals'}: aedev approvals`,
    );
  if (doc.holds.length === 0 && doc.approvals === 0) lines.push('  nothing');
  if (doc.windows.length > 0)
    lines.push('', paint.bold('Subscription windows'), ...windowLines(doc.windows, now));
  lines.push('', paint.bold('Repos'));
  for (const repo of doc.repos)
    lines.push(
      `  ${safe(repo.id)}  ${repo.paused === null ? '' : `${paint.red('paused')}, `}${repo.slots} at work, ${repo.queued} queued`,
    );
  if (doc.repos.length === 0) lines.push('  none: aedev repo add PATH');
  const ends = Object.entries(doc.ended).map(([state, number]) => `${number} ${safe(state)}`);
  if (ends.length > 0) lines.push('', `Ended missions: ${ends.join(', ')}`);
  return lines;
}

function daemonLine(paint: Ink, doc: FullStatus, now: number): string {
  const { state, pid, version, since } = doc.daemon;
  if (state === 'running')
    return `${paint.green('running')}: daemon ${safe(version)}, pid ${pid}, since ${since ? ago(since, now) : 'unknown'}; ${doc.events} events`;
  if (state === 'dead')
    return paint.red(
      `The daemon (pid ${pid}) died without saying so; nothing is lost. \`aedev daemon start\``,
    );
  return `${paint.yellow('stopped')}: nothing happens until \`aedev daemon start\`; ${doc.events} events`;
}
