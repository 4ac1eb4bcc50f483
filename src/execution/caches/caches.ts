/**
 * Dependency caches: made once per (repo, key files of the base, command, registries, environment),
 * sealed, and given to runs and verify commands as copies of their own. Only a set-up in a fresh
 * sandbox on the base ever writes to one, so no run can change what the next gets.
 */

import { join } from 'node:path';
import type { CacheRule } from '../../control/policy-caches.ts';
import { type Sandbox, SandboxError } from '../sandboxes/sandbox.ts';
import { removeTree } from '../workspace/remove.ts';
import type { Furnishing, Workspaces } from '../workspace/workspace.ts';
import { CacheError } from './error.ts';
import { type FillSettings, fill } from './fill.ts';
import { type CacheKey, keyOf } from './key.ts';
import { createShelf, type ShelvedCache } from './shelf.ts';
import { copySealed } from './tree.ts';

export interface CacheSettings extends Omit<FillSettings, 'sandbox'> {
  rules: readonly CacheRule[];
  /** Tier, image and whatever else decides what a setup makes. */
  environment: string;
}

export interface CachesDeps {
  /** Host-only folder; no sandbox ever mounts it. */
  root: string;
  workspaces: Workspaces;
  settings(repo: string, sandbox: Sandbox): CacheSettings;
  now(): number;
}

/** For whose work, and from which base. */
export interface CacheUse {
  repo: string;
  base: string;
  task: string;
}

export interface Caches {
  /**
   * What a work tree of this repo is given, from caches for the base commit; those that are not
   * there are made first. Undefined when there is nothing to give.
   * @throws CacheError, SandboxError, WorkspaceError
   */
  furnishing(
    about: CacheUse,
    sandbox: Sandbox,
    signal: AbortSignal,
  ): Promise<Furnishing | undefined>;
  list(): Promise<ShelvedCache[]>;
  /** False when it is in use now. */
  remove(repo: string, key: string): Promise<boolean>;
}

interface Ready {
  rule: CacheRule;
  key: string;
}

export function createCaches(deps: CachesDeps): Caches {
  const shelf = createShelf(deps.root);
  const making = new Map<string, Promise<void>>();
  const using = new Map<string, number>();

  async function use<T>(name: string, work: () => Promise<T>): Promise<T> {
    using.set(name, (using.get(name) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (using.get(name) ?? 1) - 1;
      if (left === 0) using.delete(name);
      else using.set(name, left);
    }
  }

  async function make(
    about: CacheUse,
    settings: CacheSettings & FillSettings,
    rule: CacheRule,
    { key, files }: CacheKey,
    signal: AbortSignal,
  ): Promise<void> {
    const { repo, base, task } = about;
    const [problem] = await settings.sandbox.check();
    if (problem) throw new SandboxError('engine', problem.sentence, problem.remedy);
    const fresh = await shelf.begin(repo);
    try {
      const run = `${task}-setup-${key.slice(0, 12)}`;
      const mirror = deps.workspaces.mirror(repo);
      const order = { run, task, mirror, base, rule, fresh };
      const made = await fill(settings, deps.workspaces, order, deps.now, signal);
      await shelf.put(fresh, repo, key, {
        path: rule.path,
        ...made.seal,
        made: new Date(deps.now()).toISOString(),
        setup: rule.setup,
        base,
        environment: settings.environment,
        files,
        egress: made.egress,
      });
      shelf.touch(repo, key, deps.now());
    } finally {
      await removeTree(fresh);
    }
  }

  /** Made once however many ask; who joined tries itself when the first was called off. */
  async function ensure(
    about: CacheUse,
    settings: CacheSettings & FillSettings,
    rule: CacheRule,
    key: CacheKey,
    signal: AbortSignal,
  ): Promise<void> {
    const name = join(about.repo, key.key);
    for (;;) {
      if ((await shelf.find(about.repo, key.key)) !== null) return;
      const other = making.get(name);
      if (other === undefined) {
        const own = make(about, settings, rule, key, signal).finally(() => making.delete(name));
        making.set(name, own);
        return own;
      }
      await other.catch(() => undefined);
      signal.throwIfAborted();
    }
  }

  async function give(repo: string, { rule, key }: Ready, tree: string): Promise<void> {
    await use(join(repo, key), async () => {
      const record = await shelf.find(repo, key);
      if (record === null) throw new CacheError('broken', 'The dependency cache is gone.');
      shelf.touch(repo, key, deps.now());
      await copySealed(shelf.treeOf(repo, key), join(tree, rule.path), record.digest);
    });
  }

  return {
    async furnishing(about, sandbox, signal) {
      const settings = { ...deps.settings(about.repo, sandbox), sandbox };
      const { environment, registries, rules } = settings;
      if (rules.length === 0) return undefined;
      const { gitDir } = deps.workspaces.mirror(about.repo);
      const ready: (Ready & { made: CacheKey })[] = [];
      for (const rule of rules) {
        const named = { repo: about.repo, environment, registries };
        const made = await keyOf(gitDir, about.base, named, rule);
        if (made === null) continue;
        await ensure(about, settings, rule, made, signal);
        ready.push({ rule, key: made.key, made });
      }
      if (ready.length === 0) return undefined;
      return {
        paths: ready.map(({ rule }) => rule.path),
        async fill(tree) {
          for (const one of ready) {
            try {
              await give(about.repo, one, tree);
            } catch (error) {
              if (!(error instanceof CacheError) || error.tag !== 'broken') throw error;
              // Somebody touched it, or it came back from a backup: what it is now is not known.
              await removeTree(join(tree, one.rule.path));
              await shelf.remove(about.repo, one.key);
              await ensure(about, settings, one.rule, one.made, signal);
              await give(about.repo, one, tree);
            }
          }
        },
      };
    },
    list: () => shelf.list(),
    async remove(repo, key) {
      const name = join(repo, key);
      if (using.has(name) || making.has(name)) return false;
      await shelf.remove(repo, key);
      return true;
    },
  };
}
