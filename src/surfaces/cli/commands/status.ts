/** What aedev does and waits for, from the log alone: true while the daemon hangs or is dead. */

import { readFileSync } from 'node:fs';
import { haltPath } from '../../../config/halt-file.ts';
import type { RunRow } from '../../../control/views.ts';
import { codeOf } from '../../../lib/small-file.ts';
import { clause } from '../../clause.ts';
import { type StatusDoc, statusDoc } from '../../documents.ts';
import { endsBy } from '../hold-text.ts';
import type { Host } from '../host.ts';
import { livingDaemon } from '../life.ts';
import { withReader } from '../open.ts';
import { ago, type Ink, inkFor, safe, say, sayJson, stateInk } from '../output.ts';
import { windowLines } from '../window-text.ts';

interface StatusOptions {
  plain?: boolean;
  json?: boolean;
}

export interface FullStatus extends StatusDoc {
  /** The kill switch's file is there; the log may not say so yet. */
  switch: boolean;
  process: {
    /** policies.yaml lets runs execute without isolation. */
    allowed: boolean;
    /** Runs that did. */
    runs: number;
  };
}

export async function status(host: Host, options: StatusOptions): Promise<void> {
  const living = livingDaemon(host);
  const doc = await withReader(host, async (reader): Promise<FullStatus> => {
    const runs = (await reader.views('run')).map(({ row }) => row as RunRow);
    return {
      ...(await statusDoc(reader, (pid) => living?.pid === pid)),
      switch: halted(host),
      process: {
        allowed: await processAllowed(host),
        runs: runs.filter(({ run }) => run.tier === 'process').length,
      },
    };
  });
  if (options.json) return sayJson(host, doc);
  if (options.plain) return say(host, plainStatus(doc));
  for (const line of statusLines(inkFor(host), doc, Date.now())) say(host, line);
}

function halted(host: Host): boolean {
  try {
    readFileSync(haltPath(host.paths()));
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}

/** Parsing the policy is slow; where the words do not occur there is nothing to parse. */
async function processAllowed(host: Host): Promise<boolean> {
  let text = '';
  try {
    text = readFileSync(host.paths().policiesFile, 'utf8');
  } catch {
    return false;
  }
  const named = text
    .split('\n')
    .some((line) => /allow_process["']?\s*:(?!\s*false\b)/.test(line.replace(/(^|\s)#.*$/, '')));
  if (!named) return false;
  const { loadConfig } = await import('../../../config/load.ts');
  const loaded = loadConfig(host.paths());
  return !loaded.ok || loaded.policy.policies.sandbox.allow_process;
}

/** Two messages' worth at most. */
export function plainStatus(doc: FullStatus): string {
  const running = doc.tasks.filter((task) => task.running !== null);
  const forYou = doc.holds.filter(({ hold }) => !('at' in hold.resumes)).length;
  const parts = [
    `aedev ${doc.daemon.state}${doc.halted || doc.switch ? ', HALTED' : ''}`,
    `${doc.missions.length} ${doc.missions.length === 1 ? 'mission' : 'missions'} open, ${running.length} running`,
    `${doc.holds.length} held (${forYou} for you), ${doc.approvals} to approve`,
    ...(doc.policyProblems.length > 0 ? ['POLICY FILE BROKEN, nothing new starts'] : []),
    ...(doc.process.allowed || doc.process.runs > 0 ? ['PROCESS TIER, not isolated'] : []),
    ...running.slice(0, 2).map((task) => `${safe(task.id)} ${safe(task.status)}`),
  ];
  return parts.join('; ').slice(0, 320);
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
      `  ${safe(repo.id)}  ${repo.paused ? paint.red(`paused: ${safe(repo.paused)}; aedev hold resume ${safe(repo.id)}`) : `${repo.slots} at work, ${repo.queued} queued`}`,
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
