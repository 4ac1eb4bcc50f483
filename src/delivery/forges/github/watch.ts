/**
 * Looking at open pull requests again and again, cheaply. What may have changed is found out by
 * conditional reads, which GitHub does not count while nothing changed: the list of pull requests
 * that changed last, the tip of each base branch, and the checks of heads that are not through.
 * Only what did change is read in full, many in one call; and everything is, now and then, because
 * not every change shows in those lists.
 */
import type { PullRequest } from '../forge.ts';
import type { Api } from './api.ts';
import type { Reader } from './read.ts';

/** Right after a push or a change: people and checks answer now. */
const QUICK_MS = 10_000;
const QUICK_FOR_MS = 10 * 60_000;
/** Between looks when nothing happens. */
const IDLE_MS = 60_000;
const SLEEPY_AFTER_MS = 6 * 3_600_000;
const SLEEPY_MS = 180_000;
/** Everything is read in full at least this often. */
const FULL_MS = 15 * 60_000;
/** GitHub works out mergeability in the background; so often it is asked soon. */
const UNKNOWN_TRIES = 6;

/** Of the list of pull requests: only those that changed last matter. */
const PAGE = 20;

interface Known {
  pull: PullRequest;
  readAt: number;
  /** Reads in a row that did not know yet whether it merges. */
  unknown: number;
}

export interface Watch {
  observe(numbers: readonly number[]): Promise<Map<number, PullRequest>>;
  /** aedev itself did something to it, or to a branch: it is read anew at the next look. */
  touch(number?: number): void;
}

interface Listed {
  number?: unknown;
  updated_at?: unknown;
  state?: unknown;
  draft?: unknown;
  head?: { sha?: unknown };
}

export function createWatch(api: Api, reader: Reader): Watch {
  const known = new Map<number, Known>();
  /** What the list said last time of those that changed last. */
  let latest = new Map<number, string>();
  const dirty = new Set<number>();
  let nextLook = 0;
  let lively = 0;
  let touches = 0;

  const isOver = ({ state }: PullRequest) => state === 'merged' || state === 'closed';

  /** Conditional reads only. Adds to `dirty`. */
  async function probe(numbers: readonly number[]): Promise<void> {
    const watched = numbers.flatMap((number) => known.get(number) ?? []);
    const open = watched.filter(({ pull }) => !isOver(pull));
    if (open.length === 0) return;
    await probeList(open);
    for (const branch of new Set(open.map(({ pull }) => pull.baseBranch))) {
      const tip = await baseTip(branch);
      for (const { pull } of open)
        if (pull.baseBranch === branch && pull.base !== tip) dirty.add(pull.number);
    }
    for (const { pull } of open) if (awaitsChecks(pull)) await probeChecks(pull);
  }

  async function probeList(open: Known[]): Promise<void> {
    const answer = await api.rest<unknown>(
      'list pull requests',
      'GET /repos/{owner}/{repo}/pulls',
      // Closed ones too: one that was just closed comes first, wherever it stood before.
      { state: 'all', sort: 'updated', direction: 'desc', per_page: PAGE },
    );
    if (answer.unchanged) return;
    const rows = Array.isArray(answer.data) ? (answer.data as (Listed | null)[]) : [];
    const now = new Map<number, string>();
    for (const row of rows)
      if (typeof row?.number === 'number')
        // The time has whole seconds only: the rest tells two changes within one.
        now.set(row.number, [row.updated_at, row.state, row.draft, row.head?.sha].join(' '));
    const isNews = ([number, stamp]: [number, string]) => latest.get(number) !== stamp;
    const missed = rows.length === PAGE && [...now].every(isNews);
    for (const { pull } of open) {
      const stamp = now.get(pull.number);
      if (missed || (stamp !== undefined && isNews([pull.number, stamp]))) dirty.add(pull.number);
    }
    latest = now;
  }

  async function baseTip(branch: string): Promise<unknown> {
    const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}';
    const { data } = await api.rest<{ object?: { sha?: unknown } } | null>('show a branch', route, {
      ref: `heads/${branch}`,
    });
    return data?.object?.sha;
  }

  async function probeChecks({ number, head }: PullRequest): Promise<void> {
    for (const kind of ['check-runs', 'status']) {
      const route = `GET /repos/{owner}/{repo}/commits/{ref}/${kind}`;
      const parameters = { ref: head, per_page: 100 };
      const { unchanged } = await api.rest('show checks', route, parameters);
      if (!unchanged) dirty.add(number);
    }
  }

  async function readNow(numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    const now = api.now();
    let before = touches;
    let found = await reader.read(numbers);
    // A push of our own came between: what was read may be from before it, and would look foreign.
    for (let tries = 0; before !== touches && tries < 3; tries += 1) {
      before = touches;
      found = await reader.read(numbers);
    }
    for (const number of numbers) {
      dirty.delete(number);
      const fresh = found.get(number)?.pull;
      const last = known.get(number);
      if (!fresh) {
        known.delete(number);
        continue;
      }
      const waits = fresh.mergeable === 'unknown' && !isOver(fresh);
      const unknown = waits ? (last?.unknown ?? 0) + 1 : 0;
      if (waits && unknown < UNKNOWN_TRIES) dirty.add(number);
      if (last && JSON.stringify(last.pull) !== JSON.stringify(fresh)) lively = now;
      known.set(number, { pull: fresh, readAt: now, unknown });
    }
  }

  function pause(now: number): number {
    const quiet = now - lively;
    if (quiet < QUICK_FOR_MS) return QUICK_MS;
    return quiet < SLEEPY_AFTER_MS ? IDLE_MS : SLEEPY_MS;
  }

  return {
    async observe(numbers) {
      const now = api.now();
      for (const number of known.keys()) if (!numbers.includes(number)) known.delete(number);
      if (now >= nextLook) {
        // Set first: what fails now is not asked again at once.
        nextLook = now + pause(now);
        if (numbers.some((number) => !known.has(number))) lively = lively === 0 ? now : lively;
        await probe(numbers);
        await readNow(
          numbers.filter((number) => {
            const one = known.get(number);
            return !one || dirty.has(number) || (!isOver(one.pull) && now - one.readAt >= FULL_MS);
          }),
        );
      }
      return new Map(
        numbers.flatMap((number): [number, PullRequest][] => {
          const one = known.get(number);
          return one ? [[number, one.pull]] : [];
        }),
      );
    },
    touch(number) {
      touches += 1;
      lively = api.now();
      nextLook = 0;
      if (number !== undefined) dirty.add(number);
      else for (const one of known.keys()) dirty.add(one);
    },
  };
}

/** None yet, or not all through: they change without the pull request's own time changing. */
const awaitsChecks = (pull: PullRequest): boolean =>
  pull.checks.length === 0 ||
  pull.checks.some((check) => check.state === 'pending') ||
  (pull.requiredChecks ?? []).some((name) => !pull.checks.some((check) => check.name === name));
