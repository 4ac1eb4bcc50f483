/**
 * `aedev doctor`: looks at everything that work needs and says of each thing whether it is in
 * order. It sees the world through ports that only read, and goes on when one of them fails.
 */
import type { Diagnosis } from '../control/diagnosis.ts';
import { type CoderFacts, ofCoders } from './doctor/coders.ts';
import { type DaemonFacts, ofDaemon, ofProcesses, type ProcessFacts } from './doctor/daemon.ts';
import { type DiskFacts, ofDisk } from './doctor/disk.ts';
import { type EvidenceFacts, type LogFacts, ofEvidence, ofLog } from './doctor/log.ts';
import {
  type HomeFacts,
  type KeyFacts,
  type LeftFile,
  type MachineFacts,
  ofHome,
  ofKeys,
  ofLeftFiles,
  ofMachine,
} from './doctor/machine.ts';
import { broken, ok, warning } from './doctor/words.ts';
import {
  type JudgeFacts,
  ofJudges,
  ofRepos,
  ofSandbox,
  type RepoFacts,
  type SandboxFacts,
} from './doctor/work.ts';

export interface ConfigFacts {
  /** `file:line:column path: reason`, one per problem; the files are not used when there is any. */
  problems: string[];
  warnings: string[];
}

/** Each looks once, writes nothing, and may take its time; a rejection becomes a line of its own. */
export interface DoctorPorts {
  machine(): Promise<MachineFacts>;
  home(): Promise<HomeFacts>;
  config(): Promise<ConfigFacts>;
  /** With them, whether there is a log. */
  keys(): Promise<{ keys: KeyFacts[]; used: boolean }>;
  log(): Promise<LogFacts>;
  evidence(): Promise<EvidenceFacts>;
  leftFiles(): Promise<LeftFile[]>;
  disk(): Promise<DiskFacts>;
  daemon(): Promise<DaemonFacts>;
  processes(): Promise<ProcessFacts>;
  /** What a valid policy asks for; null when the configuration cannot be used. */
  work: {
    sandbox(): Promise<SandboxFacts>;
    coders(): Promise<CoderFacts[]>;
    judges(): Promise<JudgeFacts[]>;
    repos(): Promise<{ repos: RepoFacts[]; remoteWrites: boolean }>;
  } | null;
}

const CHECK =
  'Correct that line; `aedev config check` lists every problem and says when none is left.';

/** All that was found, the foundations first. Never rejects. */
export async function examine(ports: DoctorPorts): Promise<Diagnosis[]> {
  const { work } = ports;
  let there = false;
  const home = await look('home', ports.home, (facts) => {
    there = facts.state === 'folder';
    return ofHome(facts);
  });
  const parts = [
    look('machine', ports.machine, ofMachine),
    Promise.resolve(home),
    look('disk', ports.disk, ofDisk),
    ...(there ? insideHome(ports) : []),
    ...(work
      ? [
          look('sandbox', work.sandbox, ofSandbox),
          look('coders', work.coders, ofCoders),
          look('judges', work.judges, ofJudges),
          look('repos', work.repos, ({ repos, remoteWrites }) => ofRepos(repos, remoteWrites)),
        ]
      : [Promise.resolve([UNKNOWN_WORK])]),
  ];
  return (await Promise.all(parts)).flat();
}

const UNKNOWN_WORK = warning(
  'work',
  'Sandbox, coders, judges and repos were not looked at, since the configuration cannot be used.',
  'Run `aedev config check`, then `aedev doctor` again.',
);

const insideHome = (ports: DoctorPorts): Promise<Diagnosis[]>[] => [
  look('config', ports.config, ofConfig),
  look('keys', ports.keys, ({ keys, used }) => ofKeys(keys, used)),
  look('log', ports.log, ofLog),
  look('evidence', ports.evidence, ofEvidence),
  look('left files', ports.leftFiles, ofLeftFiles),
  look('daemon', ports.daemon, ofDaemon),
  look('processes', ports.processes, ofProcesses),
];

/** A look that fails is itself something to know, and must not keep the others from being told. */
async function look<T>(
  what: string,
  ask: () => Promise<T>,
  judge: (facts: T) => Diagnosis[],
): Promise<Diagnosis[]> {
  try {
    return judge(await ask());
  } catch (error) {
    const { sentence, remedy } = error as { sentence?: unknown; remedy?: unknown };
    if (typeof sentence === 'string')
      return [broken(what, 'machine', sentence, typeof remedy === 'string' ? remedy : '')];
    const why = error instanceof Error ? error.message : String(error);
    return [broken(what, 'machine', `It could not be looked at: ${why.slice(0, 300)}`)];
  }
}

function ofConfig({ problems, warnings }: ConfigFacts): Diagnosis[] {
  const told = [
    ...problems.map((problem) => broken('config', 'config', `${problem}.`, CHECK)),
    ...warnings.map((one) => warning('config', `${one}.`)),
  ];
  if (problems.length > 0) return told;
  return [ok('config', 'policies.yaml and repos.yaml are valid.'), ...told];
}
