/** The daemon's life, the kill switch, and what outlived a daemon. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { broken, few, missing, ok, type Problem, warning } from './words.ts';

export interface DaemonFacts {
  /** What daemon.json says; null when there is none. */
  file:
    | { state: 'damaged'; told: Problem }
    | { state: 'dead'; pid: number; startedAt: string }
    /** `trouble`: why it could not be proven to be this installation's daemon. */
    | {
        state: 'alive';
        pid: number;
        port: number;
        version: string;
        startedAt: string;
        /** The program was built anew since it started. */
        older: boolean;
        trouble: Problem | null;
      }
    | null;
  /** The life that the log has not seen end. */
  openBoot: { pid: number | null; startedAt: string | null } | null;
  /** Process that holds the daemon's lock, as its note says and if it lives. */
  lockHolder: number | null;
  haltedInLog: { by: string; since: string; reason: string } | null;
  /** The reason in the halt file, null when there is none. */
  haltFile: { path: string; reason: string } | null;
}

const START = 'Run `aedev daemon start`.';

export function ofDaemon(facts: DaemonFacts): Diagnosis[] {
  return [lifeLine(facts), ...haltLines(facts)];
}

function lifeLine({ file, openBoot, lockHolder }: DaemonFacts): Diagnosis {
  const what = 'daemon';
  if (file?.state === 'damaged')
    return broken(what, 'machine', file.told.sentence, file.told.remedy);
  if (file?.state === 'alive') {
    const { pid, port, version, startedAt, older, trouble } = file;
    if (trouble) return broken(what, 'machine', trouble.sentence, trouble.remedy);
    if (older)
      return warning(
        what,
        `It runs since ${startedAt} (process ${pid}, port ${port}), and aedev was built anew since: it goes on with the program that it started as, until the build after the next takes that away.`,
        'Run `aedev daemon stop`, then `aedev daemon start`.',
      );
    return ok(
      what,
      `It runs since ${startedAt} (version ${version}, process ${pid}, port ${port}) and has proven that it is ours.`,
    );
  }
  if (lockHolder !== null)
    return warning(
      what,
      `A note says that process ${lockHolder} holds the daemon's lock, and a process of that number lives: a daemon is starting or stopping, or the number was given to another program.`,
      'Run `aedev daemon start`: it refuses when a daemon has the lock.',
    );
  const died =
    'without having stopped properly; what it had acknowledged is safe in the log, and its open work is taken up at the next start';
  if (file)
    return broken(
      what,
      'machine',
      `The daemon (process ${file.pid}, started ${file.startedAt}) died ${died}.`,
      START,
    );
  if (openBoot) {
    const since = openBoot.startedAt === null ? '' : `, started ${openBoot.startedAt},`;
    const who = openBoot.pid === null ? '' : ` (process ${openBoot.pid})`;
    return broken(
      what,
      'machine',
      `The log shows a daemon${who}${since} that ended ${died}.`,
      START,
    );
  }
  return missing(what, 'advice', 'The daemon is not running.', START);
}

function haltLines({ haltedInLog, haltFile, file }: DaemonFacts): Diagnosis[] {
  if (!haltedInLog && !haltFile) return [];
  const why = haltedInLog
    ? `since ${haltedInLog.since} by ${haltedInLog.by}: ${haltedInLog.reason}`
    : `by the file ${haltFile?.path}: ${haltFile?.reason}`;
  // A halt in the log is ended by an event, and only a daemon writes those.
  const start = haltedInLog && file?.state !== 'alive' ? 'aedev daemon start && ' : '';
  const remedy = `Run \`${start}aedev halt --end\`.`;
  return [warning('halt', `aedev is halted, nothing new begins (${why}).`, remedy)];
}

export interface ProcessFacts {
  /** A daemon of this home lives: what runs is its own, or ended by its janitor. */
  owner: boolean;
  /** Runs with something alive, where it was looked. */
  runs: string[];
}

export function ofProcesses({ owner, runs }: ProcessFacts): Diagnosis[] {
  if (owner) return [];
  return few(
    runs,
    10,
    (run) =>
      broken(
        'processes',
        'machine',
        `Something of run ${run} is still alive, and no daemon owns it.`,
        'Run `aedev daemon start`: it ends such processes first of all.',
      ),
    (left) =>
      broken(
        'processes',
        'machine',
        `${left} more runs have something alive that no daemon owns.`,
        START,
      ),
  );
}
