/**
 * Runtime preflight: the coder's own program is asked, where and as a run would start it, what it is
 * and which login it would use. Each costs the start of one program, once for each program and lane.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lane } from '../control/lane.ts';
import type { Coder, CoderProbe, CoderProblem, CoderStart } from './coders/coder.ts';
import { prepareRun } from './coders/contract.ts';
import { findProgram } from './find-program.ts';
import { paidVariablesIn } from './paid-variables.ts';
import { type Sandbox, SandboxError } from './sandboxes/sandbox.ts';

export interface ProbeRequest {
  sandbox: Sandbox;
  coder: Coder;
  lane: Lane;
  /** From {@link resolveCredential}. */
  env: CoderStart['hostEnv'];
  /** Its executions are named after it. */
  task: string;
  /** Host folder for a workspace that is gone afterwards. */
  scratch: string;
  limits: { memoryMb: number; cpus: number; pids: number };
}

const LIMIT_MS = 30_000;
const MAX_ANSWER = 65_536;
/** Where a coder that holds no credential finds its API; nothing is asked there. */
const API_INSIDE = 'http://127.0.0.1:18080';

/** What was found fit, until the sandbox is another one: an image does not change, a program is looked at. */
const fit = new WeakMap<Sandbox, Set<string>>();

/**
 * Empty when the program is fit. What is found is told again each time, what was fit is not asked again.
 * @throws SandboxError when the sandbox fails
 */
export async function probeProblems(
  request: ProbeRequest,
  signal: AbortSignal,
): Promise<CoderProblem[]> {
  const { sandbox, coder, lane } = request;
  const probes = (coder.probes ?? []).filter(({ tiers }) => tiers?.includes(sandbox.tier) ?? true);
  if (probes.length === 0) return [];
  const known = fit.get(sandbox) ?? new Set();
  fit.set(sandbox, known);
  const key = `${coder.family} ${lane} ${await identity(request)}`;
  if (known.has(key)) return [];
  for (const probe of probes) {
    const problem = probe.read(await answerOf(request, probe, signal), lane);
    if (signal.aborted) return [];
    if (problem) return [problem];
  }
  known.add(key);
  return [];
}

/** Of a program that the host shares: its file as it is now. Of an image: nothing, it is the sandbox's. */
async function identity({ sandbox, coder, env }: ProbeRequest): Promise<string> {
  const program = coder.executable ?? null;
  if (sandbox.tier === 'docker' || program === null) return program ?? '';
  const path = await findProgram(program, env['PATH'] ?? '');
  if (path === null) return program;
  const file = await realpath(path);
  const { size, mtimeMs, ino } = await stat(file);
  return `${file} ${size} ${mtimeMs} ${ino}`;
}

/** What the program printed; empty when it did not end well and in time. */
async function answerOf(
  { sandbox, coder, lane, env, task, scratch, limits }: ProbeRequest,
  probe: CoderProbe,
  signal: AbortSignal,
): Promise<string> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  // Named so that what a crash leaves of it is swept away like a check's.
  const dir = await mkdtemp(join(scratch, 'verify-probe-'));
  try {
    const workspace = join(dir, 'workspace');
    await mkdir(join(workspace, 'repo'), { recursive: true });
    const inside = (path: string) => sandbox.inside({ workspace }, path);
    const command = probe.command({
      workspaceInside: inside(workspace),
      repoInside: inside(join(workspace, 'repo')),
      role: 'coder',
      model: null,
      permissionMode: 'acceptEdits',
      allowedTools: [],
      maxTurns: null,
      lane,
      hostEnv: env,
      ...(sandbox.tier !== 'process' && coder.api?.(env, lane) ? { apiBase: API_INSIDE } : {}),
    });
    refusePaid(command);
    await prepareRun(workspace, '', command);
    const stdout = join(dir, 'stdout');
    const exit = await sandbox.run(
      {
        run: `${task}-probe-${dir.slice(-6)}`,
        task,
        argv: command.argv,
        workspace,
        cwd: 'repo',
        readOnly: [],
        env: command.env,
        secretEnv: command.secretEnv,
        stdin: null,
        stdout,
        stderr: join(dir, 'stderr'),
        maxOutputBytes: MAX_ANSWER,
        network: sandbox.tier === 'process' ? 'host' : 'none',
        limits: { ...limits, wallMs: LIMIT_MS, idleMs: LIMIT_MS },
      },
      signal,
    );
    // It answers with exit code 1 when there is no login: only what it says counts.
    return exit.ended === 'exited' ? await readFile(stdout, 'utf8').catch(() => '') : '';
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * The last look before a start: nothing that pays elsewhere may be in a run's environment.
 * @throws SandboxError `spec`
 */
export function refusePaid(command: ReturnType<Coder['command']>): void {
  const [name] = paidVariablesIn(command.env, command.lends ?? command.secretEnv);
  if (name === undefined) return;
  throw new SandboxError(
    'spec',
    `The environment of the run would hold ${name}, which its lane does not.`,
    'This is a defect of aedev: nothing was started.',
  );
}
