/** Who may write to the repository, asked of GitHub and remembered for an hour. */
import { ForgeError } from '../forge.ts';
import type { Api } from './api.ts';

const KEPT_MS = 3_600_000;
const MAX_PEOPLE = 2000;

export interface People {
  /** Throws ForgeError when it cannot be found out: nobody is believed unasked. */
  mayWrite(login: string): Promise<boolean>;
}

/** Document: "Get repository permissions for a user"; `maintain` is told as `write`. */
export function createPeople(api: Api): People {
  const known = new Map<string, { may: boolean; until: number }>();
  return {
    async mayWrite(login) {
      const kept = known.get(login);
      if (kept && kept.until > api.now()) return kept.may;
      const may = await ask(api, login);
      if (known.size >= MAX_PEOPLE) known.clear();
      known.set(login, { may, until: api.now() + KEPT_MS });
      return may;
    },
  };
}

async function ask(api: Api, username: string): Promise<boolean> {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(username)) return false;
  const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
  try {
    const { data } = await api.rest<{ permission?: unknown } | null>(
      'tell what a reviewer may do',
      route,
      { username },
    );
    return data?.permission === 'admin' || data?.permission === 'write';
  } catch (error) {
    // Nobody that this repository knows.
    if (error instanceof ForgeError && error.tag === 'not-found') return false;
    throw error;
  }
}
