/**
 * A run that was cut off: by the death of the daemon, or of the container under it. Whatever of it
 * is alive is ended first, then its work is kept; while that cannot be done the run stays open.
 */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../../control/contract.ts';
import { failure } from '../../control/failure.ts';
import { type Work, workWords } from '../../control/run-work.ts';
import { printable } from '../../lib/escape.ts';
import { type Sandbox, SandboxError } from '../sandboxes/sandbox.ts';
import { WorkspaceError, type Workspaces } from '../workspace/workspace.ts';
import { sandboxFailure } from './sandbox-failure.ts';

export interface CutRun {
  run: string;
  repo: string;
  /** Commit that its workspace was laid out from. */
  start: string;
  startedAt: string;
}

export interface CutRunDeps {
  workspaces: Workspaces;
  /** Every sandbox that may hold something of it. */
  sandboxes: readonly Sandbox[];
  /** The one that runs use now. */
  current: Sandbox;
  /** The run's folder. */
  dir: string;
  now(): number;
}

/** A full disk is looked at again after this long. */
const DISK_MS = 5 * 60_000;
const TIER_FILE = 'tier';
/** Characters of what was left out, in a reason. */
const MAX_NOTES = 600;

/** Which sandbox must be asked later; the policy may name another one by then. */
export const noteTier = (dir: string, sandbox: Sandbox): Promise<void> =>
  // On a full disk the laying out fails next, and says so.
  writeFile(join(dir, TIER_FILE), sandbox.tier, { mode: 0o600 }).catch(() => {});

/** What {@link noteTier} noted; null when nothing was laid out. */
export const notedTier = (dir: string): Promise<string | null> =>
  readFile(join(dir, TIER_FILE), 'utf8').catch(() => null);

export const wasCut = (dir: string): Promise<boolean> =>
  stat(join(dir, 'workspace')).then(
    () => true,
    () => false,
  );

/** @param cause what cut it off, as the end of "run r-… was cut off:" */
export async function settleCut(deps: CutRunDeps, run: CutRun, cause: string): Promise<Outcome> {
  const own = await sandboxOf(deps);
  try {
    return await endAndKeep(deps, own, run, cause);
  } catch (error) {
    const where = `its work is still in ${join(deps.dir, 'workspace')} and is kept as soon as that can be done`;
    if (error instanceof SandboxError) {
      const found = await sandboxFailure(own, error);
      const reason = `run ${run.run} was cut off: ${cause}; ${where}. ${found.reason}`;
      return failure({ ...found, reason, unsettled: true });
    }
    if (!(error instanceof WorkspaceError)) throw error;
    const reason = `run ${run.run} was cut off: ${cause}; ${where}. ${error.message}`;
    if (error.tag === 'disk-full')
      return failure({
        code: 'disk-full',
        reason,
        remedy: 'free some disk space',
        retryable: true,
        retryAt: new Date(deps.now() + DISK_MS).toISOString(),
        unsettled: true,
      });
    const remedy = 'look at that folder, or `aedev task cancel` the task: the folder stays';
    return failure({ code: 'refused-tree', reason, remedy, unsettled: true });
  }
}

async function sandboxOf({ dir, sandboxes, current }: CutRunDeps): Promise<Sandbox> {
  const tier = await notedTier(dir);
  return sandboxes.find((one) => one.tier === tier) ?? current;
}

async function endAndKeep(
  deps: CutRunDeps,
  own: Sandbox,
  { run, repo, start, startedAt }: CutRun,
  cause: string,
): Promise<Outcome> {
  const ends: string[] = [];
  for (const sandbox of deps.sandboxes) {
    const { found, ended, detail } = await sandbox.reap(run).catch((error: unknown) => {
      // The tier that it ran in must answer; another one's engine may well be out of reach.
      if (sandbox.tier === own.tier) throw error;
      return { found: 0, ended: 0, detail: '' };
    });
    if (found > 0)
      ends.push(
        `${ended} of ${found} left in the ${sandbox.tier} sandbox ended${detail ? ` (${detail})` : ''}`,
      );
  }
  const { salvaged, work, notes } = (await wasCut(deps.dir))
    ? await salvage(deps, { run, repo, start, startedAt })
    : NOTHING;
  const odd = notes.length > 0 ? ` (${printable(notes.join('; '), MAX_NOTES)})` : '';
  const processes = ends.length > 0 ? ends.join('; ') : 'nothing of it was alive';
  return {
    ok: false,
    code: 'lost',
    reason: `run ${run} was cut off: ${cause}; ${processes}; ${workWords(work)}${odd}`,
    remedy: '',
    retryable: true,
    retryAt: null,
    salvaged,
    work,
  };
}

export interface Salvaged {
  /** The commit; null when there is none. */
  salvaged: string | null;
  work: Work;
  /** What was neutralised or left out. */
  notes: string[];
}

/** Of a run that nothing was laid out for. */
const NOTHING: Salvaged = { salvaged: null, work: { kind: 'unchanged' }, notes: [] };

/** Keeps what a run left in what was laid out for it, under its salvage ref. */
export async function salvage(
  { workspaces, dir }: Pick<CutRunDeps, 'workspaces' | 'dir'>,
  { run, repo, start, startedAt }: CutRun,
): Promise<Salvaged> {
  const folder = join(dir, 'workspace');
  const mirror = workspaces.mirror(repo);
  try {
    const kept = await workspaces.salvage(mirror, folder, start, run, startedAt);
    if (kept === null) return NOTHING;
    const { ref, commit, notes } = kept;
    return { salvaged: commit, work: { kind: 'kept', ref }, notes };
  } catch (error) {
    // It will not come back: trying again would hold the task for ever.
    if (!(error instanceof WorkspaceError) || error.tag !== 'no-tree') throw error;
    return { salvaged: null, work: { kind: 'stays', why: error.message, folder }, notes: [] };
  }
}
