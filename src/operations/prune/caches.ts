/** Dependency caches by age and by what they weigh together; the longest unused go first. */
import type { Finder, Prunable } from './prune.ts';

const DAY_MS = 24 * 3600 * 1000;
/** One that was just used is about to be used again. */
const SPARED_MS = 3600 * 1000;

export interface CacheFacts {
  repo: string;
  key: string;
  /** Folder of the work tree that it fills. */
  path: string;
  bytes: number;
  /** Last use, milliseconds since 1970. */
  used: number;
}

export interface CachePorts {
  now(): number;
  keepDays: number;
  maxBytes: number;
  /** The disk is below the floor: caches can be made again, so the unused ones go. */
  short(): Promise<boolean>;
  registered(repo: string): boolean;
  list(): Promise<CacheFacts[]>;
  /** False when it is in use now. */
  remove(repo: string, key: string): Promise<boolean>;
}

export function cachesFinder(ports: CachePorts): Finder {
  return async (limit) => {
    const now = ports.now();
    const all = (await ports.list()).sort((a, b) => a.used - b.used);
    const short = all.length > 0 && (await ports.short());
    let total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    const found: Prunable[] = [];
    for (const cache of all) {
      const why = reason(cache);
      if (why === null) continue;
      total -= cache.bytes;
      if (found.length >= limit) break;
      const { repo, key, path, bytes } = cache;
      found.push({
        kind: 'cache',
        what: `${repo} ${path}`,
        why,
        bytes,
        async remove() {
          if (!(await ports.remove(repo, key))) throw new Error('it is in use now');
          return {};
        },
      });
    }
    return found;

    function reason({ repo, used }: CacheFacts): string | null {
      const days = ports.keepDays;
      if (!ports.registered(repo)) return 'its repo is not registered any more';
      if (now - used > days * DAY_MS) return `nothing has used it for ${days} days`;
      if (now - used <= SPARED_MS) return null;
      if (total > ports.maxBytes) return 'all caches together are larger than policy allows';
      return short ? 'the disk is nearly full, and it can be made again' : null;
    }
  };
}
