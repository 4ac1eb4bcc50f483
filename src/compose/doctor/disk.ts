/** What the doctor looks at of the disk. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { HomePaths } from '../../config/home.ts';
import type { Policy } from '../../control/policy.ts';
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
  const floor = policy?.policies.retention.min_free_gb;
  return {
    parts,
    freeBytes: await freeBytes(paths.home),
    floorBytes: floor === undefined ? null : floor * 1000 ** 3,
  };
}
