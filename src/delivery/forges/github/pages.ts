/** Lists of GitHub's REST API, read whole although they change meanwhile. */
import { ForgeError } from '../forge.ts';
import type { Api } from './api.ts';

const MAX_PAGES = 30;
const TRIES = 4;

/**
 * All entries, each once. Pages shift when entries come or go while they are read, so one could be
 * missed: the pages are asked for again until all of them were unchanged, which ETags make free.
 * Throws ForgeError, `unavailable` when the list does not come to rest.
 */
export async function readAll<T extends { id: number | string }>(
  api: Api,
  what: string,
  route: string,
  parameters: Record<string, unknown>,
): Promise<T[]> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { items, pages, unchanged } = await once<T>(api, what, route, parameters);
    if (pages === 1 || unchanged) return [...items.values()];
  }
  throw new ForgeError('unavailable', `GitHub did not ${what}: the list keeps changing.`, true);
}

async function once<T extends { id: number | string }>(
  api: Api,
  what: string,
  route: string,
  parameters: Record<string, unknown>,
): Promise<{ items: Map<string, T>; pages: number; unchanged: boolean }> {
  const items = new Map<string, T>();
  let unchanged = true;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await api.rest<unknown>(what, route, { ...parameters, per_page: 100, page });
    if (!Array.isArray(answer.data))
      throw new ForgeError('unavailable', `GitHub did not ${what}: it gave no list.`, true);
    unchanged = unchanged && answer.unchanged;
    for (const item of answer.data as (T | null)[])
      if (item && ['number', 'string'].includes(typeof item.id)) items.set(String(item.id), item);
    if (!/;\s*rel="?next"?/.test(answer.link)) return { items, pages: page, unchanged };
  }
  throw new ForgeError('refused', `GitHub has more entries than aedev reads; could not ${what}.`);
}
