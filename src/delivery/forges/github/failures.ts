/** Why a check run failed: its annotations, else the end of its log. Asked once per check run. */
import type { PullRequest } from '../forge.ts';
import { ForgeError } from '../forge.ts';
import type { Api } from './api.ts';
import { flat, named } from './hostile.ts';

type Notes = NonNullable<PullRequest['checks'][number]['notes']>;
export interface Failure {
  notes: Notes;
  /** Last lines of the log; empty when there is none. */
  excerpt: string;
}

const MAX_NOTES = 10;
const LOG_BYTES = 16 * 1024;
const LOG_LINES = 25;
const MAX_KEPT = 500;

export interface Failures {
  /** Never throws for what it cannot find: the check's own words remain. */
  of(run: { id: number; actions: boolean }): Promise<Failure>;
}

export function createFailures(api: Api): Failures {
  // A completed check run does not change; run again it has another id.
  const known = new Map<number, Failure>();
  return {
    async of(run) {
      const kept = known.get(run.id);
      if (kept) return kept;
      const notes = await annotations(api, run.id);
      const excerpt = notes.length === 0 && run.actions ? await endOfLog(api, run.id) : '';
      const failure = { notes, excerpt };
      if (known.size >= MAX_KEPT) known.clear();
      known.set(run.id, failure);
      return failure;
    },
  };
}

interface Annotation {
  path?: unknown;
  start_line?: unknown;
  annotation_level?: unknown;
  title?: unknown;
  message?: unknown;
}

async function annotations(api: Api, id: number): Promise<Notes> {
  const route = 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations';
  const found = await optional(() =>
    api.rest<unknown>('show the annotations of a check', route, {
      check_run_id: id,
      per_page: 50,
    }),
  );
  if (!Array.isArray(found?.data)) return [];
  return (
    (found.data as (Annotation | null)[])
      .filter((one) => one?.annotation_level === 'failure' && typeof one.path === 'string')
      // Actions itself notes "Process completed with exit code 1" at .github: that says nothing.
      .filter((one) => one?.path !== '.github')
      .slice(0, MAX_NOTES)
      .map((one) => ({
        file: named(String(one?.path)),
        line: typeof one?.start_line === 'number' ? one.start_line : null,
        sentence: flat(
          [one?.title, one?.message].filter((part) => typeof part === 'string').join(': '),
          500,
        ),
      }))
  );
}

/** A check run of Actions has the id of its job. The log lies on another host, which gets no credential. */
async function endOfLog(api: Api, id: number): Promise<string> {
  const { owner, name } = api.address;
  const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/actions/jobs/${id}/logs`;
  const where = await optional(() => api.transport.redirectOf(path));
  if (!where || !isWebAddress(where)) return '';
  const log = await optional(() => api.transport.plain(where, LOG_BYTES));
  if (!log) return '';
  const lines = log
    .split('\n')
    // Each line begins with its time.
    .map((line) => line.replace(/^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?/, '').trim())
    .filter((line) => line !== '');
  return flat(lines.slice(-LOG_LINES).join(' | '), 1500);
}

function isWebAddress(address: string): boolean {
  try {
    return ['https:', 'http:'].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

/** Missing details make a finding poorer, and nothing worse; a used-up limit or credential counts. */
async function optional<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ForgeError && (error.tag === 'limited' || error.tag === 'auth'))
      throw error;
    return null;
  }
}
