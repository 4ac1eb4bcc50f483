/** `aedev doctor` on the real world. Nothing here writes to the home, and no daemon is needed. */
import type { HomePaths } from '../config/home.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Diagnosis } from '../control/diagnosis.ts';
import { type DoctorPorts, examine } from '../operations/doctor.ts';
import { coders } from './doctor/coders.ts';
import { disk } from './doctor/disk.ts';
import { home, keys, leftFiles, machine } from './doctor/home.ts';
import { daemon, processes } from './doctor/life.ts';
import { evidence, log } from './doctor/log.ts';
import { judges, repos, sandbox } from './doctor/work.ts';

/** Warnings of the files that the doctor says itself, with what it has seen. */
const SAID_ELSEWHERE = ['sandbox.tier', 'judges.families'];

/** Looks at everything and changes nothing; never rejects for what it finds. */
export async function diagnose(
  paths: HomePaths,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Diagnosis[]> {
  const { loaded, unreadable } = configOf(paths);
  const policy = loaded?.ok ? loaded.policy : null;
  const ports: DoctorPorts = {
    machine,
    home: () => home(paths),
    async config() {
      if (!loaded) throw unreadable;
      if (!loaded.ok) return { problems: loaded.problems.map(formatProblem), warnings: [] };
      const warnings = loaded.warnings.filter(({ path }) => !SAID_ELSEWHERE.includes(path));
      return { problems: [], warnings: warnings.map(formatProblem) };
    },
    keys: () => keys(paths),
    log: () => log(paths),
    evidence: () => evidence(paths),
    leftFiles: () => leftFiles(paths, Date.now()),
    disk: () => disk(paths, policy),
    daemon: () => daemon(paths),
    processes: () => processes(paths, policy?.policies ?? null),
    work: policy && {
      sandbox: () => sandbox(policy, paths, env),
      coders: () => coders(policy, paths, env),
      judges: () => judges(policy, paths, env),
      repos: () => repos(policy, paths, env),
    },
  };
  return examine(ports);
}

/** `unreadable`: why a file that is there cannot be read. */
function configOf(paths: HomePaths): { loaded: LoadedConfig | null; unreadable: unknown } {
  try {
    return { loaded: loadConfig(paths), unreadable: null };
  } catch (error) {
    return { loaded: null, unreadable: error };
  }
}
