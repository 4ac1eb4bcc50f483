import { printable } from '../lib/escape.ts';
import type { Coder, CoderProblem, CoderStart, Lane } from './coders/coder.ts';
import { findProgram } from './find-program.ts';
import type { Sandbox } from './sandboxes/sandbox.ts';

/**
 * Static preflight: everything that keeps a run of this coder from starting in this sandbox, now. Empty when it may
 * start. There is never a fallback: another coder, tier or lane is for the operator to choose.
 */
export async function preflight(
  sandbox: Sandbox,
  coder: Coder,
  hostEnv: CoderStart['hostEnv'],
  lane?: Lane,
): Promise<CoderProblem[]> {
  const [room, login] = await Promise.all([
    roomProblems(sandbox, coder),
    coder.check(hostEnv, lane),
  ]);
  const program = coder.executable ?? null;
  // In a container the image holds the program; elsewhere the host must.
  const shared = sandbox.tier !== 'docker' && program !== null;
  if (!shared || (await findProgram(program, hostEnv['PATH'] ?? '')) !== null)
    return [...room, ...login];
  const missing = {
    code: 'coder-missing',
    sentence: `The program ${printable(program, 200)} of the ${coder.family} coder is not on the PATH.`,
    remedy: 'Install it for the account that aedev runs under, or configure its full path.',
  };
  return [...room, ...login, missing];
}

/** What of it is the sandbox's: the engine, the image, and the coder's program in that image. */
export async function roomProblems(sandbox: Sandbox, coder: Coder): Promise<CoderProblem[]> {
  const room = await sandbox.check();
  return room.length > 0 ? room : ((await sandbox.checkCoder?.(coder.family)) ?? []);
}
