/**
 * What the doctor looks at of the coders: their programs, where their credentials come from, and what
 * the programs say of the login that they would use. No byte of a credential is printed.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HomePaths } from '../../config/home.ts';
import { laneOf } from '../../control/lane.ts';
import type { Policy } from '../../control/policy.ts';
import { streamOf } from '../../control/streams.ts';
import { TASK, type Task } from '../../control/task.ts';
import type { TaskRow } from '../../control/views.ts';
import { looksLikeToken } from '../../execution/coders/claude-login.ts';
import type { Coder, CoderProblem } from '../../execution/coders/coder.ts';
import { createCoder } from '../../execution/coders/create.ts';
import { type Resolved, resolveCredential } from '../../execution/credentials.ts';
import { findProgram } from '../../execution/find-program.ts';
import { probeProblems } from '../../execution/probe.ts';
import { chooseTier } from '../../execution/sandboxes/choose.ts';
import { DockerSandbox } from '../../execution/sandboxes/docker.ts';
import { ProcessSandbox } from '../../execution/sandboxes/process.ts';
import { type Sandbox, SandboxError, type SandboxTier } from '../../execution/sandboxes/sandbox.ts';
import { SrtSandbox } from '../../execution/sandboxes/srt.ts';
import { systemKeychain } from '../../lib/keychain.ts';
import type { CoderFacts } from '../../operations/doctor/coders.ts';
import { StoreError } from '../../store/event-store.ts';
import { srtOptions } from '../planes/sandboxes.ts';
import { openForDoctor } from './log.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The default coder, those that repos name, and those that open tasks were created with, each looked at once. */
export async function coders(policy: Policy, paths: HomePaths, env: Env): Promise<CoderFacts[]> {
  const { policies, repos } = policy;
  const users = new Map<string, string[]>([[policies.coders.default, ['the default']]]);
  const add = (coder: string, user: string) =>
    users.set(coder, [...(users.get(coder) ?? []), user]);
  for (const { id, coder } of Object.values(repos)) if (coder) add(coder, `repo ${id}`);
  // Only what no setting explains any more is told task by task.
  for (const { id, coder } of await openTasks(paths))
    if (!users.has(coder) || users.get(coder)?.[0]?.startsWith('task ')) add(coder, `task ${id}`);
  const tier = await chooseTier(policies.sandbox.tier);
  const facts: CoderFacts[] = [];
  for (const [family, usedBy] of users)
    facts.push(await coderFacts(policy, paths, env, { family, usedBy, tier }));
  return facts;
}

/** None when the log cannot be read: that is told of the log. */
async function openTasks(paths: HomePaths): Promise<Task[]> {
  try {
    const reader = openForDoctor(paths);
    try {
      const open = (await reader.views('task')).filter(
        ({ row }) => !TASK.terminal.includes((row as TaskRow).status as never),
      );
      const states = await Promise.all(open.map(({ key }) => reader.state(streamOf.task(key))));
      return states.flatMap((found) => (found ? [found.state as Task] : []));
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}

async function coderFacts(
  { policies }: Policy,
  paths: HomePaths,
  env: Env,
  { family, usedBy, tier }: { family: string; usedBy: string[]; tier: SandboxTier },
): Promise<CoderFacts> {
  const coder = createCoder(family, policies.coders);
  const lane = laneOf(policies, family);
  const resolved = await resolveCredential(coder, lane, env, systemKeychain(env));
  const { name, from, problem } = resolved.credential;
  const value = name === null ? undefined : resolved.env[name];
  const program = coder.executable ?? null;
  const one: CoderFacts = {
    family,
    usedBy,
    lane,
    problems: await coder.check(resolved.env, lane),
    program,
    at: null,
    credential: name === null ? null : { name, from, problem },
    odd: family === 'claude' && lane === 'subscription' && !looksLikeToken(value ?? ''),
  };
  if (tier === 'docker') one.at = 'image';
  else if (program !== null) {
    const path = await findProgram(program, env['PATH'] ?? '');
    one.at = path === null ? null : { path };
    // Of a scripted coder nothing is known: run to be asked, it might begin to work.
    if (path !== null && family === 'claude') one.version = await versionOf(path, env);
  }
  const silent = one.version === null && one.at !== 'image';
  if (one.problems.length > 0 || one.at === null || silent) return one;
  return {
    ...one,
    ...(await asked(policies, paths, resolved, { coder, tier, path: env['PATH'] })),
  };
}

/** What the program says where it would run, in folders of their own: the home is only looked at. */
async function asked(
  policies: Policy['policies'],
  paths: HomePaths,
  { env }: Resolved,
  { coder, tier, path }: { coder: Coder; tier: SandboxTier; path: string | undefined },
): Promise<{ login: CoderProblem[] }> {
  if ((coder.probes ?? []).length === 0) return { login: [] };
  const folder = mkdtempSync(join(tmpdir(), 'aedev-doctor-'));
  try {
    const sandbox = sandboxOf(policies, paths, folder, tier, path);
    // What is wrong with the room itself is told under its own name.
    if ((await sandbox.check()).length > 0) return { login: [] };
    const image = (await sandbox.checkCoder?.(coder.family)) ?? [];
    if (image.length > 0) return { login: image };
    const { memory_mb, cpus, pids } = policies.sandbox;
    const lane = laneOf(policies, coder.family);
    const limits = { memoryMb: memory_mb, cpus, pids };
    const scratch = join(folder, 'scratch');
    const request = { sandbox, coder, lane, env, task: 'doctor', scratch, limits };
    return { login: await probeProblems(request, AbortSignal.timeout(60_000)) };
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    const { message, remedy } = error;
    return { login: [{ code: 'sandbox-engine', sentence: message, remedy }] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sandboxOf(
  { sandbox }: Policy['policies'],
  paths: HomePaths,
  folder: string,
  tier: SandboxTier,
  path: string | undefined,
): Sandbox {
  const own = { records: join(folder, 'records'), scratch: join(folder, 'scratch') };
  const install = 'doctor';
  if (tier === 'srt')
    return new SrtSandbox({ ...srtOptions(paths, sandbox, install, path), ...own });
  if (tier === 'process') {
    const optedIn = sandbox.allow_process;
    return new ProcessSandbox({ ...own, optedIn, install, ...(path ? { path } : {}) });
  }
  const image = { name: sandbox.image.name, digest: sandbox.image.digest ?? '' };
  return new DockerSandbox({ image, install, scratch: own.scratch });
}

/** In an environment without a home and without secrets: asking must leave nothing behind. */
function versionOf(path: string, env: Env): Promise<string | null> {
  const closed = {
    PATH: env['PATH'] ?? '',
    LC_ALL: 'C',
    // A folder below it can be made by nobody, not even by root.
    HOME: '/dev/null',
    CLAUDE_CONFIG_DIR: '/dev/null/claude',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  const options = {
    env: closed,
    timeout: 10_000,
    killSignal: 'SIGKILL',
    maxBuffer: 65_536,
  } as const;
  return new Promise((resolve) => {
    execFile(path, ['--version'], options, (error, stdout) =>
      resolve(error === null ? (/\d+(\.\d+)+/.exec(stdout)?.[0] ?? null) : null),
    );
  });
}
