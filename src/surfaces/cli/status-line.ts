/** What `aedev status` knows, and its one line of plain text. Loads nothing that the line does not need. */
import { readFileSync, statSync } from 'node:fs';
import { haltPath } from '../../config/halt-file.ts';
import type { HomePaths } from '../../config/home.ts';
import type { RunRow } from '../../control/views.ts';
import { printable } from '../../lib/escape.ts';
import { livingDaemonAt } from '../daemon-file.ts';
import type { Reader } from '../reader.ts';
import { type StatusDoc, statusDoc } from '../status-doc.ts';

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

/** Everything from the log and the home's files; `allowed` as {@link FullStatus} says. */
export async function fullStatus(
  log: Reader,
  paths: HomePaths,
  allowed: boolean,
): Promise<FullStatus> {
  const reader = readOnce(log);
  const living = livingDaemonAt(paths.daemonFile);
  const runs = (await reader.views('run')).map(({ row }) => row as RunRow);
  return {
    ...(await statusDoc(reader, (pid) => living?.pid === pid)),
    switch: halted(paths),
    process: { allowed, runs: runs.filter(({ run }) => run.tier === 'process').length },
  };
}

function halted(paths: HomePaths): boolean {
  try {
    return statSync(haltPath(paths), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** Each kind of row is wanted for several lines of the document, and read once. */
function readOnce(reader: Reader): Reader {
  const read = new Map<string, ReturnType<Reader['views']>>();
  return {
    state: (stream) => reader.state(stream),
    view: (kind, key) => reader.view(kind, key),
    read: (options) => reader.read(options),
    lastSeq: () => reader.lastSeq(),
    views(kind) {
      const rows = read.get(kind) ?? reader.views(kind);
      read.set(kind, rows);
      return rows;
    },
  };
}

/**
 * Could policies.yaml allow the process tier? Parsing it is slow; where the words do not occur there
 * is nothing to parse.
 */
export function mayAllowProcess(paths: HomePaths): boolean {
  let text = '';
  try {
    text = readFileSync(paths.policiesFile, 'utf8');
  } catch {
    return false;
  }
  return text
    .split('\n')
    .some((line) => /allow_process["']?\s*:(?!\s*false\b)/.test(line.replace(/(^|\s)#.*$/, '')));
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
    ...running.slice(0, 2).map((task) => `${printable(task.id)} ${printable(task.status)}`),
  ];
  return parts.join('; ').slice(0, 320);
}
