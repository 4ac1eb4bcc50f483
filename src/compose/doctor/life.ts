/** What the doctor looks at of the daemon and of living runs. No token is sent, nothing is ended. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { haltFile, haltPath } from '../../config/halt-file.ts';
import type { HomePaths } from '../../config/home.ts';
import { identityKeyPath } from '../../config/keys.ts';
import type { Policies } from '../../control/policy.ts';
import type { System } from '../../control/system.ts';
import { LABEL } from '../../execution/sandboxes/docker-args.ts';
import { ProcessSandbox } from '../../execution/sandboxes/process.ts';
import { livingRuns } from '../../execution/sandboxes/srt-family.ts';
import { docker } from '../../lib/docker-cli.ts';
import { IdentityError, readIdentity } from '../../lib/identity.ts';
import type { DaemonFacts, ProcessFacts } from '../../operations/doctor/daemon.ts';
import type { Problem } from '../../operations/doctor/words.ts';
import { StoreError } from '../../store/event-store.ts';
import { ClientError } from '../../surfaces/api/client-error.ts';
import { openLine } from '../../surfaces/api/line.ts';
import {
  type DaemonFile,
  DaemonFileError,
  isAlive,
  readDaemonFile,
  startTimeOf,
} from '../../surfaces/daemon-file.ts';
import { evidencePublicKey, openForDoctor } from './log.ts';

/** The program as it is started; not there when it runs from its sources. */
const PROGRAM = new URL('../../main.js', import.meta.url);

/** A daemon that works answers in milliseconds. */
const PROOF_MS = 3000;

export async function daemon(paths: HomePaths): Promise<DaemonFacts> {
  const system = await systemOf(paths);
  const halt = haltFile(paths).read();
  return {
    file: await fileOf(paths),
    openBoot: system?.boot ? { pid: system.pid, startedAt: system.startedAt } : null,
    lockHolder: lockHolder(paths),
    haltedInLog: system?.halted ?? null,
    haltFile: halt && { path: haltPath(paths), reason: halt.reason },
  };
}

/** What the log says of the daemon's lives; null when it says nothing or cannot be read. */
async function systemOf(paths: HomePaths): Promise<System | null> {
  try {
    const reader = openForDoctor(paths);
    try {
      return ((await reader.state('system/main'))?.state as System | undefined) ?? null;
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

async function fileOf(paths: HomePaths): Promise<DaemonFacts['file']> {
  let file: DaemonFile | null;
  try {
    file = readDaemonFile(paths.daemonFile);
  } catch (error) {
    if (!(error instanceof DaemonFileError)) throw error;
    return { state: 'damaged', told: { sentence: error.sentence, remedy: error.remedy } };
  }
  if (!file) return null;
  const { pid, port, version, startedAt } = file;
  if (!isAlive(pid, file.startTime)) return { state: 'dead', pid, startedAt };
  const trouble = await troubleOf(paths, file);
  const older = builtAfter(startedAt);
  return { state: 'alive', pid, port, version, startedAt, older, trouble };
}

/** Was the program here built after the daemon started? Then the daemon is an earlier one. */
function builtAfter(startedAt: string): boolean {
  const built = statSync(PROGRAM, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return built > Date.parse(startedAt);
}

/** Why the daemon could not prove itself, null when it did. */
async function troubleOf(paths: HomePaths, file: DaemonFile): Promise<Problem | null> {
  try {
    const key = readIdentity(identityKeyPath(paths));
    if (!key) {
      const sentence = `The daemon (process ${file.pid}) lives, but the key it proves itself with is gone.`;
      return { sentence, remedy: 'Run `aedev daemon stop`, then `aedev daemon start`.' };
    }
    (await openLine(file, key, PROOF_MS)).close();
    return null;
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof IdentityError)) throw error;
    return { sentence: error.sentence, remedy: error.remedy };
  }
}

/** The lock itself is not touched: taking it, even for a moment, could keep a daemon from starting. */
function lockHolder(paths: HomePaths): number | null {
  let note: string;
  try {
    note = readFileSync(`${paths.daemonLock}.pid`, 'latin1');
  } catch {
    return null;
  }
  const pid = /^\d{1,10}\n$/.test(note) ? Number(note) : 0;
  return startTimeOf(pid) === null ? null : pid;
}

/** Runs of this installation with something alive; `containers`: ask the engine too. */
export async function processes(
  paths: HomePaths,
  policies: Policies | null,
): Promise<ProcessFacts> {
  const key = evidencePublicKey(paths);
  const owner = ownerOf(paths);
  if (!key || owner) return { owner, runs: [] };
  const install = key.keyId.slice(0, 16);
  const records = join(paths.runs, '.records');
  const sandbox = new ProcessSandbox({ optedIn: false, records, install });
  const runs = process.platform === 'win32' ? [] : await sandbox.orphans();
  if (process.platform === 'linux') runs.push(...livingRuns(install));
  // A tier that is named is the only one: an engine that is not used may not even be there.
  if (['auto', 'docker'].includes(policies?.sandbox.tier ?? 'auto'))
    runs.push(...(await containersOf(install)));
  return { owner: false, runs: [...new Set(runs)].sort() };
}

/** daemon.json is written before anything is set in motion, and removed after everything has ended. */
function ownerOf(paths: HomePaths): boolean {
  try {
    const file = readDaemonFile(paths.daemonFile);
    return file !== null && isAlive(file.pid, file.startTime);
  } catch (error) {
    if (error instanceof DaemonFileError) return false;
    throw error;
  }
}

/** Not by the docker sandbox's own look, which tidies up as it goes. */
async function containersOf(install: string): Promise<string[]> {
  const filter = `--filter=label=${LABEL.install}=${install}`;
  const answer = await docker(['ps', filter, `--format={{.Label "${LABEL.run}"}}`], 10_000);
  return answer.code === 0 ? answer.stdout.split('\n').filter((line) => line !== '') : [];
}
