/** What the doctor looks at of the disk. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { HomePaths } from '../../config/home.ts';
import { type Policy, policiesFile } from '../../control/policy.ts';
import { freeBytes } from '../../execution/sandboxes/disk-floor.ts';
import type { DiskFacts } from '../../operations/doctor/disk.ts';
import { weigh } from '../../operations/prune/weigh.ts';

export async function disk(paths: HomePaths, policy: Policy | null): Promise<DiskFacts> {
  const { runs, repos, caches, forge, blobs, logs } = paths;
  const parts: DiskFacts['parts'] = [];
  for (const folder of [runs, repos, caches, forge, blobs, logs])
    parts.push({ name: basename(folder), bytes: await weigh(folder) });
  const log = await stat(paths.database).catch(() => null);
  parts.push({ name: 'log', bytes: log?.size ?? 0 });
  // Without a policy that can be used: what it says when it says nothing.
  const { retention } = policy?.policies ?? policiesFile.parse({});
  return {
    parts,
    freeBytes: await freeBytes(thatExists(paths.home)),
    floorBytes: retention.min_free_gb * 1000 ** 3,
  };
}

/** The folder, or the nearest one above it that is there. */
const thatExists = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : thatExists(dirname(path));
