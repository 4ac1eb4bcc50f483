/** The {@link Workspaces} over the installed git: see ./workspace.ts for what each promises. */
import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { printable } from '../../lib/escape.ts';
import { isObjectId } from '../../lib/git.ts';
import { readRef } from '../../lib/read-ref.ts';
import { createAheads } from './ahead.ts';
import { workspaceError } from './errors.ts';
import { type GatherInput, gather, gatherLeniently } from './gather.ts';
import { takeOut } from './given.ts';
import { checkout, layOut } from './lay-out.ts';
import { forget, type Layout, recall, remember } from './layouts.ts';
import { type Network, sourceRef, syncMirror } from './mirror.ts';
import { isPlainId, isRefPath } from './names.ts';
import { Notes } from './notes.ts';
import { swapRef } from './refs.ts';
import { removeTree } from './remove.ts';
import { proveKept, removeKept } from './retire.ts';
import { checkStore } from './store-check.ts';
import { createTurns } from './turns.ts';
import { mirrorUse, repack } from './upkeep.ts';
import { type Mirror, WorkspaceError, type Workspaces } from './workspace.ts';

export interface WorkspacesOptions {
  /** Host-only folder for the mirrors (`<home>/repos`); no sandbox may ever mount it writable. */
  root: string;
  /** What git needs to reach a repo's source over the network. Never asked for local sources. */
  network?(repo: string): Promise<Network>;
  /** For tests: how long git may take for a tree, ms. */
  patienceMs?: number;
}

const lstatIfThere = (path: string) => lstatSync(path, { throwIfNoEntry: false });
const TRIES = 5;
const MAX_SALVAGES = 100;

function id(value: string, what: string): string {
  if (isPlainId(value)) return value;
  throw new WorkspaceError('git', `"${printable(value, 100)}" cannot be the id of a ${what}.`);
}

export function createWorkspaces(options: WorkspacesOptions): Workspaces {
  const root = resolve(options.root);
  const { patienceMs } = options;
  const syncing = new Map<string, Promise<unknown>>();
  const turns = createTurns();
  const aheads = createAheads();
  const mirror = (repo: string): Mirror => ({ gitDir: join(root, `${id(repo, 'repo')}.git`) });

  /** Two fetches into one mirror would fight over git's ref locks. */
  const oneAtATime = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (syncing.get(key) ?? Promise.resolve()).then(work, work);
    syncing.set(key, turn);
    try {
      return await turn;
    } finally {
      if (syncing.get(key) === turn) syncing.delete(key);
    }
  };

  /** Only where the coder could reach the mirror by its real path, or nothing is known of the run. */
  const checkStoreFor = async (from: GatherInput, layout: Layout | null): Promise<void> => {
    if (layout !== null && layout.objects !== join(from.mirrorDir, 'objects')) return;
    await checkStore(from.mirrorDir, layout?.at ?? 0);
  };

  const gathering = async <T>(
    from: GatherInput,
    work: (from: GatherInput) => Promise<T>,
  ): Promise<T> => {
    if (!isObjectId(from.parent)) {
      throw new WorkspaceError('git', `"${printable(from.parent, 60)}" is not a full commit id.`);
    }
    try {
      return await turns.together(from.mirrorDir, async () => {
        const layout = await recall(root, from.dir);
        await checkStoreFor(from, layout);
        await takeOut(join(from.dir, 'repo'), layout?.given ?? []);
        return work({ ...from, ahead: aheads.take(from.dir, from.parent) });
      });
    } catch (error) {
      throw await workspaceError(error, from.mirrorDir, 'Could not collect the workspace');
    }
  };

  const salvage: Workspaces['salvage'] = (from, dir, parent, run, time) => {
    const message = `Salvage of run ${id(run, 'run')}`;
    const input = { mirrorDir: from.gitDir, dir, parent, message, time, patienceMs };
    const notes = new Notes();
    return gathering(input, async (whole) => {
      const commit = (await gatherLeniently(whole, notes)).commit;
      if (commit === null) return null;
      const ref = await keepSalvage(from.gitDir, run, commit);
      return { ref, commit, notes: notes.list() };
    });
  };

  return {
    mirror,

    sync: (repo, source, branch, from = 'source') =>
      oneAtATime(repo, async () => {
        const found = mirror(repo);
        const ref = sourceRef(branch, from);
        const base = await turns.together(found.gitDir, () =>
          syncMirror(
            found.gitDir,
            source,
            branch,
            ref,
            () => options.network?.(repo) ?? Promise.resolve({}),
          ),
        );
        return { mirror: found, base };
      }),

    layOut: (from, commit, dir, objectsInside, furnishing) =>
      turns.together(from.gitDir, async () => {
        await remember(root, dir, objectsInside, commit, furnishing?.paths);
        aheads.keep(dir, await layOut(from.gitDir, commit, dir, objectsInside, furnishing));
      }),

    checkout: (from, commit, dir, furnishing) =>
      turns.together(from.gitDir, () => checkout(from.gitDir, commit, dir, furnishing)),

    collect(from, dir, parent, { message, time }, limits) {
      const input = { mirrorDir: from.gitDir, dir, parent, message, time, patienceMs };
      const notes = new Notes();
      return gathering(input, async (whole) => {
        const { commit, tree } = await gather(whole, limits, 'strict', notes);
        return { commit, tree, notes: notes.list() };
      });
    },

    salvage,

    async retire(from, dir, run, parent, time) {
      const ref = `refs/aedev/runs/${id(run, 'run')}`;
      let kept: Awaited<ReturnType<typeof salvage>> = null;
      // Set by the host once the run's work was collected: then the folder holds nothing more.
      if ((await readRef(from.gitDir, ref)) === null && lstatIfThere(dir)) {
        const start = (await recall(root, dir))?.commit ?? parent;
        if (start === null) {
          const sentence = `Nobody knows what ${printable(dir, 300)} was laid out from, so its work cannot be told apart`;
          throw new WorkspaceError('git', `${sentence}: look at it and remove it yourself.`);
        }
        kept = await salvage(from, dir, start, run, time).catch((error: unknown) => {
          if (!(error instanceof WorkspaceError) || error.tag !== 'no-tree') throw error;
          // The work may lie beside it under another name.
          const sentence = `In ${printable(dir, 300)} ${error.message}: look whether it holds work, and remove it yourself.`;
          throw new WorkspaceError('no-tree', sentence, { cause: error });
        });
        if (kept !== null) await proveKept(from.gitDir, kept.ref, kept.commit, start);
      }
      try {
        await removeKept(dir);
        await forget(root, dir);
      } catch (error) {
        throw await workspaceError(error, root, `Could not remove ${printable(dir, 300)}`);
      }
      return kept;
    },

    upkeep: (from) =>
      turns.alone(from.gitDir, async () => {
        const before = await mirrorUse(from.gitDir);
        try {
          await repack(from.gitDir);
        } catch (error) {
          throw await workspaceError(error, from.gitDir, 'Could not repack the mirror');
        }
        return before.bytes - (await mirrorUse(from.gitDir)).bytes;
      }),

    async keep(from, name, commit) {
      if (!isRefPath(name) || /^(?:source|upstream)\//.test(name) || !isObjectId(commit)) {
        throw new WorkspaceError('git', `"${printable(name, 100)}" cannot be kept as a ref.`);
      }
      const ref = `refs/aedev/${name}`;
      try {
        for (let tries = 0; tries < TRIES; tries += 1) {
          const old = await readRef(from.gitDir, ref);
          if (old === commit || (await swapRef(from.gitDir, ref, commit, old))) return;
        }
      } catch (error) {
        throw await workspaceError(error, from.gitDir, `Could not keep ${ref}`);
      }
      throw new WorkspaceError('git', `${ref} is moved by others all the time; retry later.`);
    },

    async discard(dir) {
      try {
        await removeTree(dir);
        await removeTree(`${dir}.new`);
        await forget(root, dir);
      } catch (error) {
        throw await workspaceError(error, root, `Could not remove ${printable(dir, 300)}`);
      }
    },
  };
}

/** Salvaging twice never loses the first: other content gets the next free name. */
async function keepSalvage(gitDir: string, run: string, commit: string): Promise<string> {
  for (let count = 1; count <= MAX_SALVAGES; count += 1) {
    const ref = `refs/aedev/salvage/${run}${count === 1 ? '' : `.${count}`}`;
    const old = await readRef(gitDir, ref);
    if (old === commit) return ref;
    if (old === null && (await swapRef(gitDir, ref, commit, null))) return ref;
  }
  throw new WorkspaceError('git', `Run ${run} has been salvaged ${MAX_SALVAGES} times already.`);
}
