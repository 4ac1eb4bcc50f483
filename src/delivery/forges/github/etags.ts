/**
 * The last answers of GitHub to reads, by address. Asked again with their ETag, an unchanged answer
 * comes back as 304, which does not count against the rate limit. Kept in memory only.
 */

const MAX_ENTRIES = 1000;
/** Characters; larger answers are not kept. */
const MAX_BODY = 2 * 1024 * 1024;
const MAX_TOTAL = 32 * 1024 * 1024;

interface Entry {
  etag: string;
  body: string;
  headers: [string, string][];
}

/** Says on a response that nothing changed since the last one. */
export const UNCHANGED = 'x-aedev-unchanged';

export class EtagCache {
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  keep(key: string, entry: Entry): void {
    this.#drop(key);
    if (entry.body.length > MAX_BODY) return;
    this.#entries.set(key, entry);
    this.#size += entry.body.length;
    for (const old of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES && this.#size <= MAX_TOTAL) break;
      this.#drop(old);
    }
  }

  #drop(key: string): void {
    const old = this.#entries.get(key);
    if (!old) return;
    this.#entries.delete(key);
    this.#size -= old.body.length;
  }
}
