/** Check runs and commit statuses of a pull request's head, as one list: the newest of each name. */
import type { PullRequest } from '../forge.ts';
import { named, said } from './hostile.ts';
import type { CheckContext } from './queries.ts';

type Check = PullRequest['checks'][number];

export interface ReadCheck {
  check: Check;
  /** By protection of the base branch. */
  required: boolean;
  /** Of a failed check run: where its annotations and log are. */
  failedRun: { id: number; actions: boolean } | null;
}

/** An event of the log has to hold them. */
const MAX_CHECKS = 250;

/** Conclusions with which GitHub itself lets a required check pass. */
const GOOD = new Set(['SUCCESS', 'NEUTRAL', 'SKIPPED']);

export function readChecks(contexts: readonly CheckContext[]): ReadCheck[] {
  const newest = new Map<string, { at: string; id: number; read: ReadCheck }>();
  for (const context of contexts) {
    const one = context.__typename === 'CheckRun' ? fromRun(context) : fromStatus(context);
    // A check run and a status of one name are two things, and both count.
    const key = `${context.__typename} ${one.read.check.name}`;
    const old = newest.get(key);
    if (!old || old.at < one.at || (old.at === one.at && old.id < one.id)) newest.set(key, one);
  }
  const all = [...newest.values()].map(({ read }) => read);
  if (all.length <= MAX_CHECKS) return all;
  // What decides is never the part that is left out.
  const rank = ({ check, required }: ReadCheck) =>
    check.state !== 'success' ? 0 : required ? 1 : 2;
  return all.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_CHECKS);
}

function fromRun(run: Extract<CheckContext, { __typename: 'CheckRun' }>) {
  const done = run.status === 'COMPLETED';
  const failed = done && !GOOD.has(run.conclusion ?? '');
  const state = !done ? 'pending' : failed ? 'failure' : 'success';
  // Only what failed has to be told at length.
  const words = failed
    ? [run.title, run.summary].filter((part) => part !== '').join(': ')
    : run.title;
  const ended =
    failed && run.conclusion !== 'FAILURE' ? ` (${named(run.conclusion ?? '').toLowerCase()})` : '';
  const read: ReadCheck = {
    check: { name: named(run.name), state, summary: `${said(words)}${ended}`.trim() },
    required: run.isRequired,
    failedRun:
      failed && run.databaseId !== null
        ? { id: run.databaseId, actions: run.checkSuite?.app?.slug === 'github-actions' }
        : null,
  };
  return { at: run.startedAt ?? run.completedAt ?? '', id: run.databaseId ?? 0, read };
}

function fromStatus(status: Extract<CheckContext, { __typename: 'StatusContext' }>) {
  const state =
    status.state === 'SUCCESS'
      ? 'success'
      : status.state === 'PENDING' || status.state === 'EXPECTED'
        ? 'pending'
        : 'failure';
  const read: ReadCheck = {
    check: { name: named(status.context), state, summary: said(status.description) },
    required: status.isRequired,
    failedRun: null,
  };
  return { at: status.createdAt, id: 0, read };
}
