/**
 * Making a cache: the operator's command, in a sandbox, in a fresh checkout of the base, with no
 * token and no way out but the repo's registries. What it leaves at the cache's place is kept.
 */
import { lstatSync, renameSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EgressRecord } from '../../control/egress.ts';
import type { CacheRule } from '../../control/policy-caches.ts';
import { printable } from '../../lib/escape.ts';
import { egressForRun } from '../egress/for-run.ts';
import type { Sandbox, SandboxSpec } from '../sandboxes/sandbox.ts';
import { bytes, child, rawPath } from '../workspace/paths.ts';
import { removeTree } from '../workspace/remove.ts';
import type { Mirror, Workspaces } from '../workspace/workspace.ts';
import { CacheError } from './error.ts';
import { freeze, type Seal, seal } from './tree.ts';

export interface FillSettings {
  sandbox: Sandbox;
  /** `host:port` that the command may reach where the tier has the proxy. */
  registries: readonly string[];
  limits: { memoryMb: number; cpus: number; pids: number };
}

export interface FillOrder {
  /** Names the execution, so that it can be found and ended: `<task>-setup-…`. */
  run: string;
  task: string;
  mirror: Mirror;
  base: string;
  rule: CacheRule;
  /** Private folder; afterwards its `tree` holds the sealed cache, and nothing else is in it. */
  fresh: string;
}

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const TOLD_BYTES = 600;

/** @throws CacheError `setup` or `place`; SandboxError when it could not be started */
export async function fill(
  { sandbox, registries, limits }: FillSettings,
  workspaces: Workspaces,
  order: FillOrder,
  now: () => number,
  signal: AbortSignal,
): Promise<{ seal: Seal; egress: EgressRecord[] | null }> {
  const { fresh, rule } = order;
  const workspace = join(fresh, 'workspace');
  const repo = join(workspace, 'repo');
  await mkdir(workspace, { mode: 0o700 });
  await workspaces.checkout(order.mirror, order.base, repo);
  // On the disk: in a container HOME and /tmp are memory, and downloads are large.
  for (const name of ['home', 'tmp']) await mkdir(join(workspace, name), { mode: 0o700 });
  const inside = (name: string) => sandbox.inside({ workspace }, join(workspace, name));
  const wallMs = rule.wall_minutes * 60_000;
  const stderr = join(fresh, 'stderr');
  const spec: SandboxSpec = {
    run: order.run,
    task: order.task,
    argv: [...rule.setup],
    workspace,
    cwd: 'repo',
    readOnly: [],
    env: { CI: 'true', HOME: inside('home'), TMPDIR: inside('tmp') },
    secretEnv: [],
    stdin: null,
    stdout: join(fresh, 'stdout'),
    stderr,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    network: sandbox.tier === 'process' ? 'host' : 'none',
    limits: { wallMs, idleMs: wallMs, ...limits },
  };
  // Nobody's API: the way out leads to the registries alone, and no credential is put in.
  const way = { dir: fresh, allow: registries, now };
  const egress = await egressForRun(sandbox.tier, {}, way, {});
  let records: EgressRecord[] | null = null;
  try {
    const exit = await sandbox.run(egress?.through(spec) ?? spec, signal);
    signal.throwIfAborted();
    if (exit.ended !== 'exited' || exit.code !== 0) {
      const how =
        exit.ended === 'exited'
          ? `ended with ${exit.code === null ? exit.signal : `code ${exit.code}`}`
          : `was ended at its limit (${exit.ended})`;
      throw new CacheError('setup', `${title(rule)} ${how}: ${await tail(stderr)}`);
    }
  } finally {
    records = (await egress?.close()) ?? null;
  }
  const tree = join(fresh, 'tree');
  take(repo, rule, tree);
  await freeze(tree);
  const sealed = await seal(tree);
  for (const name of ['workspace', 'stdout', 'stderr', 'egress.log'])
    await removeTree(join(fresh, name));
  return { seal: sealed, egress: records };
}

const title = (rule: CacheRule): string =>
  `The setup command of the cache ${printable(rule.path, 200)} (${printable(rule.setup.join(' '), 200)})`;

/** Moves what was made out of the tree that the command could write; no link on the way is followed. */
function take(repo: string, rule: CacheRule, tree: string): void {
  let at = rawPath(repo);
  for (const name of Buffer.from(rule.path, 'utf8').toString('latin1').split('/')) {
    at = child(at, name);
    if (lstatSync(bytes(at), { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new CacheError('setup', `${title(rule)} made no folder ${printable(rule.path, 200)}.`);
    }
  }
  renameSync(bytes(at), tree);
}

/** The end of what it said, made harmless: programs say last why they failed. */
async function tail(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return 'it said nothing';
  try {
    const { size } = await file.stat();
    const text = Buffer.alloc(Math.min(size, TOLD_BYTES));
    await file.read(text, 0, text.length, Math.max(0, size - TOLD_BYTES));
    return printable(text.toString('utf8').trim(), TOLD_BYTES) || 'it said nothing';
  } finally {
    await file.close();
  }
}
