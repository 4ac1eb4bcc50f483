/**
 * One run: lay out a workspace, start the coder in a sandbox, read what it left, and commit it from
 * the host. Nobody listens to its process any more once the daemon is gone, so after a crash the run
 * is lost: the next life ends what of it still lives (in docker and process it does), salvages what
 * it left to a ref, and a new run gets a workspace of its own.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONDITIONS, type Outcome } from '../../control/contract.ts';
import type { EgressRecord } from '../../control/egress.ts';
import type { MoveExecutor } from '../../control/executor.ts';
import { failure, success } from '../../control/failure.ts';
import type { Lane } from '../../control/lane.ts';
import type { Keychain } from '../../lib/keychain.ts';
import type { CacheUse } from '../caches/caches.ts';
import type { Coder, CoderResult, CoderStart, WindowReport } from '../coders/coder.ts';
import { finishRun, prepareRun } from '../coders/contract.ts';
import { resolveCredential } from '../credentials.ts';
import { withProviders } from '../egress/api-windows.ts';
import { egressForRun } from '../egress/for-run.ts';
import { proveLane } from '../lane-proof.ts';
import { preflight } from '../preflight.ts';
import { probeProblems, refusePaid } from '../probe.ts';
import {
  type Sandbox,
  SandboxError,
  type SandboxExit,
  type SandboxSpec,
} from '../sandboxes/sandbox.ts';
import {
  type Collected,
  type Furnishing,
  type Mirror,
  WorkspaceError,
  type WorkspaceLimits,
  type Workspaces,
} from '../workspace/workspace.ts';
import { cacheFailure } from './cache-failure.ts';
import { type CutRunDeps, noteTier, salvage, settleCut, wasCut } from './cut-run.ts';
import { runNotes } from './run-notes.ts';
import { keepOutcome, readOutcome } from './run-outcome.ts';
import { blocked, sandboxFailure } from './sandbox-failure.ts';
import { workspaceFailure } from './workspace-failure.ts';

export interface RunCoderSettings {
  sandbox: Sandbox;
  coder: Coder;
  model: string | null;
  permissionMode: string;
  allowedTools: string[];
  maxTurns: number | null;
  /** US dollars by the CLI's own count; of a run that the operator approved: what was approved. */
  maxCostUsd: number | null;
  limits: { wallMs: number; idleMs: number; memoryMb: number; cpus: number; pids: number };
  network: 'none' | 'host';
  /** `host:port` that the run may reach where its tier has the proxy. */
  egressAllow: readonly string[];
  workspace: WorkspaceLimits;
}

export interface RunCoderDeps {
  workspaces: Workspaces;
  /** Folder that holds one folder per run. */
  runs: string;
  hostEnv: Readonly<Record<string, string | undefined>>;
  /** Asked for a credential that the environment has not. */
  keychain: Keychain;
  now(): number;
  settings(repo: string, coder: string): RunCoderSettings;
  /** Ready-made dependencies for the work tree. */
  furnishing(use: CacheUse, signal: AbortSignal): Promise<Furnishing | undefined>;
  /** Told while a run is at work what its provider says of the subscription's windows. */
  heard?(account: string, run: string, windows: WindowReport[]): void;
  /** Every sandbox that may hold something of an earlier life. */
  sandboxes: readonly Sandbox[];
}

interface Input {
  task: string;
  mission: string;
  repo: string;
  run: string;
  role: 'coder' | 'fixer';
  coder: string;
  title: string;
  base: string;
  start: string;
  round: number;
  prompt: string;
  startedAt: string;
  lane: Lane | null;
  approvedUsd: number | null;
}

/** How a run ended, and what it asked to reach; null where nothing restricted or led it out. */
type Ended = SandboxExit & {
  egress: EgressRecord[] | null;
  /** Host that the proxy adds the credential for; null where the run itself held it. */
  proxied: string | null;
  /** What the proxy saw the API say of its rate-limit windows. */
  windows: WindowReport[];
};

const MAX_STREAM_BYTES = 64 * 1024 * 1024;

export function runCoderMove(deps: RunCoderDeps): Required<MoveExecutor> {
  return {
    kind: 'run-coder',
    perform: (move, signal) => perform(deps, move.input as Input, signal),
    adopt: async (move) => (await readOutcome(folder(deps, (move.input as Input).run))) ?? 'absent',
    lost: (move) => cutOff(deps, move.input as Input, 'the daemon went away'),
  };
}

const folder = (deps: RunCoderDeps, run: string) => join(deps.runs, run);

const cutOff = (deps: RunCoderDeps, input: Input, cause: string): Promise<Outcome> =>
  settleCut(cutDeps(deps, input), input, cause);

const cutDeps = (deps: RunCoderDeps, input: Input): CutRunDeps => ({
  workspaces: deps.workspaces,
  sandboxes: deps.sandboxes,
  current: deps.settings(input.repo, input.coder).sandbox,
  dir: folder(deps, input.run),
  now: deps.now,
});

async function perform(deps: RunCoderDeps, input: Input, signal: AbortSignal): Promise<Outcome> {
  const settings = deps.settings(input.repo, input.coder);
  const { sandbox, coder } = settings;
  const dir = folder(deps, input.run);
  // An earlier try was cut off where nothing could be kept of it: that comes before anything new.
  if (await wasCut(dir)) return cutOff(deps, input, 'its sandbox went away');
  const lane = input.lane ?? (input.coder === 'scripted' ? 'none' : 'subscription');
  const { env } = await resolveCredential(coder, lane, deps.hostEnv, deps.keychain);
  const [problem] = await preflight(sandbox, coder, env, lane);
  if (problem) return blocked(problem, CONDITIONS.coderReady);

  let given: Furnishing | undefined;
  try {
    given = await deps.furnishing(input, signal);
  } catch (error) {
    const failed = await cacheFailure(sandbox, error);
    if (failed) return failed;
    if (error instanceof WorkspaceError) return workspaceFailure(error);
    throw error;
  }
  const workspace = join(dir, 'workspace');
  const mirror = deps.workspaces.mirror(input.repo);
  let exit: Ended;
  try {
    const { task } = input;
    const scratch = join(deps.runs, '.scratch');
    const asked = { sandbox, coder, lane, env, task, scratch, limits: settings.limits };
    const [unfit] = await probeProblems(asked, signal);
    if (unfit) return blocked(unfit);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await noteTier(dir, sandbox);
    const at = { dir, workspace, mirror, lane, env, given };
    exit = await startIn(settings, deps, input, at, signal);
  } catch (error) {
    if (error instanceof SandboxError)
      return MID_RUN.includes(error.tag)
        ? cutOff(deps, input, error.message)
        : sandboxFailure(sandbox, error);
    if (error instanceof WorkspaceError) return workspaceFailure(error);
    throw error;
  }
  if (signal.aborted) {
    // Whoever withdrew this run does not wait for it; its work is kept all the same.
    return endedFromOutside(deps, input);
  }
  const left = {
    workspace,
    stdout: join(dir, 'stdout'),
    stderr: join(dir, 'stderr'),
    exit,
    now: new Date(deps.now()).toISOString(),
  };
  const read = withProof(await finishRun(coder, left), lane, coder, exit);
  try {
    const outcome = success(await keep(deps, settings, input, mirror, workspace, read, exit));
    await keepOutcome(dir, outcome);
    return outcome;
  } catch (error) {
    // Of a run that ended, too, the work comes first: on a full disk it waits where it is.
    if (!(error instanceof WorkspaceError)) throw error;
    return cutOff(deps, input, `it ended, but could not be collected: ${error.message}`);
  }
}

async function endedFromOutside(deps: RunCoderDeps, input: Input): Promise<Outcome> {
  const reason = 'the run was ended from outside';
  try {
    const { salvaged, work } = await salvage({ ...deps, dir: folder(deps, input.run) }, input);
    return { ...failure({ code: 'aborted', reason, retryable: true }), salvaged, work };
  } catch (error) {
    if (!(error instanceof WorkspaceError)) throw error;
    return cutOff(deps, input, reason);
  }
}

/** The CLI's own word on who paid, beside what aedev knows. */
function withProof(read: CoderResult, given: Lane, coder: Coder, exit: Ended): CoderResult {
  const claim = { lane: read.usage.lane, proof: read.laneProof };
  const { egress, proxied } = exit;
  const holds = coder.credential ? given : 'none';
  const { lane, proof } = proveLane({ claim, given: holds, proxied, egress });
  const windows = withProviders(read.windows, exit.windows);
  return { ...read, windows, usage: { ...read.usage, lane }, laneProof: proof };
}

/** Tags after which the program may have worked. */
const MID_RUN: readonly SandboxError['tag'][] = ['cut', 'limits'];

async function startIn(
  settings: RunCoderSettings,
  deps: RunCoderDeps,
  input: Input,
  at: {
    dir: string;
    workspace: string;
    mirror: Mirror;
    lane: Lane;
    env: CoderStart['hostEnv'];
    given: Furnishing | undefined;
  },
  signal: AbortSignal,
): Promise<Ended> {
  const { sandbox, coder } = settings;
  const remapped = sandbox.inside({ workspace: at.workspace }, at.workspace) !== at.workspace;
  const objects = join(at.mirror.gitDir, 'objects');
  await deps.workspaces.layOut(
    at.mirror,
    input.start,
    at.workspace,
    remapped ? '/objects' : objects,
    at.given,
  );
  const inside = (path: string) => sandbox.inside({ workspace: at.workspace }, path);
  const { dir, lane, env } = at;
  const heard = (windows: WindowReport[]) => {
    if (lane === 'subscription') deps.heard?.(input.coder, input.run, windows);
  };
  const way = { dir, allow: settings.egressAllow, now: deps.now, heard };
  const egress = await egressForRun(sandbox.tier, coder, way, env, lane);
  let records: EgressRecord[] | null = null;
  let exit: SandboxExit;
  try {
    const command = coder.command({
      workspaceInside: inside(at.workspace),
      repoInside: inside(join(at.workspace, 'repo')),
      role: input.role,
      model: settings.model,
      permissionMode: settings.permissionMode,
      allowedTools: settings.allowedTools,
      maxTurns: settings.maxTurns,
      maxCostUsd: input.approvedUsd ?? settings.maxCostUsd,
      lane,
      generation: input.round + 1,
      hostEnv: env,
      ...egress?.start,
    });
    refusePaid(command);
    const promptFile = await prepareRun(at.workspace, input.prompt, command);
    const spec: SandboxSpec = {
      run: input.run,
      task: input.task,
      argv: command.argv,
      workspace: at.workspace,
      cwd: command.cwd ?? 'repo',
      readOnly: [{ source: objects, target: '/objects' }],
      env: command.env,
      secretEnv: command.secretEnv,
      stdin: command.stdin === 'prompt' ? promptFile : null,
      stdout: join(at.dir, 'stdout'),
      stderr: join(at.dir, 'stderr'),
      maxOutputBytes: MAX_STREAM_BYTES,
      network: settings.network,
      limits: settings.limits,
    };
    exit = await sandbox.run(egress?.through(spec) ?? spec, signal);
  } finally {
    records = (await egress?.close()) ?? null;
  }
  const windows = egress?.windows() ?? [];
  return { ...exit, egress: records, proxied: egress?.apiHost ?? null, windows };
}

/** A finished change becomes a commit on the base; anything else is kept under the run's salvage ref. */
async function keep(
  deps: RunCoderDeps,
  settings: RunCoderSettings,
  input: Input,
  mirror: Mirror,
  workspace: string,
  read: CoderResult,
  exit: Ended,
) {
  const common = {
    usage: read.usage,
    windows: read.windows,
    cliVersion: read.cliVersion,
    laneProof: read.laneProof,
    denied: read.denied,
    provenance: {
      tier: exit.provenance.tier,
      image: exit.provenance.image,
      engine: exit.provenance.engine,
      egress: exit.egress,
    },
  };
  const salvaged = async () => {
    const kept = await salvage({ ...deps, dir: folder(deps, input.run) }, input);
    const { work } = kept;
    return { salvaged: kept.salvaged, work, notes: runNotes(exit, kept.notes) };
  };
  if (read.outcome.kind !== 'success')
    return { ...common, outcome: read.outcome, collected: null, ...(await salvaged()) };
  try {
    const message = `${input.title}\n\nAedev-Task: ${input.task}\nAedev-Mission: ${input.mission}\n`;
    const collected: Collected = await deps.workspaces.collect(
      mirror,
      workspace,
      input.base,
      { message, time: input.startedAt },
      settings.workspace,
    );
    if (collected.commit) await deps.workspaces.keep(mirror, `runs/${input.run}`, collected.commit);
    const notes = runNotes(exit, collected.notes);
    return { ...common, outcome: read.outcome, collected, salvaged: null, notes };
  } catch (error) {
    if (!(error instanceof WorkspaceError)) throw error;
    if (error.tag === 'disk-full') throw error;
    const kept = await salvaged();
    const { code, reason, remedy: then } = workspaceFailure(error);
    const remedy = kept.work.kind === 'unchanged' ? then : `look at what it had done; ${then}`;
    return {
      ...common,
      outcome: { kind: 'hold' as const, code, reason, remedy, resumesAt: null },
      collected: null,
      ...kept,
    };
  }
}
