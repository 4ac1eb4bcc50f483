import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { printable } from '../lib/escape.ts';
import type { Coder, CoderProblem, CoderStart } from './coders/coder.ts';
import type { Sandbox } from './sandboxes/sandbox.ts';

/**
 * Everything that keeps a run of this coder from starting in this sandbox, now. Empty when it may
 * start. There is never a fallback: another coder, tier or lane is for the operator to choose.
 */
export async function preflight(
  sandbox: Sandbox,
  coder: Coder,
  hostEnv: CoderStart['hostEnv'],
): Promise<CoderProblem[]> {
  const [room, login] = await Promise.all([roomProblems(sandbox, coder), coder.check(hostEnv)]);
  const program = coder.executable ?? null;
  // In a container the image holds the program; elsewhere the host must.
  const shared = sandbox.tier !== 'docker' && program !== null;
  if (!shared || (await isOnPath(program, hostEnv['PATH'] ?? ''))) return [...room, ...login];
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

async function isOnPath(program: string, path: string): Promise<boolean> {
  const candidates = isAbsolute(program)
    ? [program]
    : path.split(delimiter).flatMap((folder) => (folder === '' ? [] : join(folder, program)));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}
