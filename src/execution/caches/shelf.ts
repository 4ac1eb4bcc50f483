/** The caches on the disk: `<root>/<repo>/<key>/` holds `seal.json` and the folder `tree`. */
import { randomUUID } from 'node:crypto';
import { lstatSync, renameSync, utimesSync } from 'node:fs';
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { removeTree } from '../workspace/remove.ts';

const SEAL = 'seal.json';
/** Begins the name of one that is being made. */
export const FRESH = '.new-';

const record = z.object({
  path: z.string(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  entries: z.number(),
  bytes: z.number(),
  made: z.string(),
  /** What it was made by and from, for people. */
  setup: z.array(z.string()),
  base: z.string(),
  environment: z.string(),
  files: z.array(z.object({ path: z.string(), blob: z.string() })),
  /** What the set-up asked to reach; null where no proxy led it out. */
  egress: z
    .array(
      z.object({
        host: z.string(),
        port: z.number().nullable(),
        allowed: z.boolean(),
        bytes: z.number(),
      }),
    )
    .nullable(),
});
export type CacheRecord = z.output<typeof record>;

export interface ShelvedCache {
  repo: string;
  key: string;
  record: CacheRecord;
  /** Milliseconds since 1970. */
  used: number;
}

export interface Shelf {
  /** Null when there is none that reads. */
  find(repo: string, key: string): Promise<CacheRecord | null>;
  treeOf(repo: string, key: string): string;
  /** Notes that it is of use now. */
  touch(repo: string, key: string, now: number): void;
  /** A new private folder for one in the making, on the same file system. */
  begin(repo: string): Promise<string>;
  /** Shelves what was made in `fresh` (its `tree`); one that is there already wins. */
  put(fresh: string, repo: string, key: string, made: CacheRecord): Promise<void>;
  list(): Promise<ShelvedCache[]>;
  remove(repo: string, key: string): Promise<void>;
}

export function createShelf(root: string): Shelf {
  const folder = (repo: string, key: string) => join(root, repo, key);

  const find: Shelf['find'] = async (repo, key) => {
    try {
      const text = await readFile(join(folder(repo, key), SEAL), 'utf8');
      const parsed = record.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  };

  /** By a rename first: one that is half gone must not look like one that can be used. */
  const remove: Shelf['remove'] = async (repo, key) => {
    const gone = join(root, repo, `${FRESH}${randomUUID()}`);
    const there = lstatSync(folder(repo, key), { throwIfNoEntry: false });
    if (there === undefined) return;
    renameSync(folder(repo, key), gone);
    await removeTree(gone);
  };

  return {
    find,
    remove,
    treeOf: (repo, key) => join(folder(repo, key), 'tree'),
    touch(repo, key, now) {
      try {
        utimesSync(join(folder(repo, key), SEAL), now / 1000, now / 1000);
      } catch {
        // It only sorts; pruning may just have taken it.
      }
    },
    async begin(repo) {
      const fresh = join(root, repo, `${FRESH}${randomUUID()}`);
      await mkdir(fresh, { recursive: true, mode: 0o700 });
      return fresh;
    },
    async put(fresh, repo, key, made) {
      const file = await open(join(fresh, SEAL), 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify(made));
        await file.sync();
      } finally {
        await file.close();
      }
      // A broken one, or one without a seal, is in the way.
      if ((await find(repo, key)) === null) await remove(repo, key);
      try {
        renameSync(fresh, folder(repo, key));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code)) throw error;
        await removeTree(fresh);
      }
    },
    async list() {
      const found: ShelvedCache[] = [];
      for (const repo of await readdir(root).catch(() => [])) {
        for (const key of await readdir(join(root, repo)).catch(() => [])) {
          if (!/^[0-9a-f]{64}$/.test(key)) continue;
          const made = await find(repo, key);
          const info = await stat(join(folder(repo, key), SEAL)).catch(() => null);
          if (made !== null && info !== null)
            found.push({ repo, key, record: made, used: info.mtimeMs });
        }
      }
      return found;
    },
  };
}
