/** Pull requests as GitHub shows them now: one GraphQL call for many, more only for long lists. */
import { z } from 'zod';
import { ForgeError, type PullRequest } from '../forge.ts';
import type { Api } from './api.ts';
import { readChecks } from './checks.ts';
import { isAmbiguous } from './classify.ts';
import { createFailures } from './failures.ts';
import { named, said } from './hostile.ts';
import { createPeople } from './people.ts';
import {
  type CheckContext,
  type Connection,
  contextsPage,
  type PullNode,
  pageQuery,
  pullNode,
  pullsQuery,
  type Review,
  reviewsPage,
  shaped,
  type Thread,
  threadsPage,
} from './queries.ts';
import { readReviews, speakers } from './reviews.ts';
import { type BranchRules, rulesOf } from './rules.ts';

/** A pull request with what only this forge needs of it. */
export interface Found {
  pull: PullRequest;
  /** GraphQL id. */
  nodeId: string;
  body: string;
  /** Where the head branch lies: another repository's is never ours. */
  headRepository: string | null;
  queueEnabled: boolean;
}

/** So many at once: GitHub bounds how much one query may ask for. */
const BATCH = 20;
/** Pages of one list, 100 entries each. */
const MAX_PAGES = 10;
const WHAT = 'show a pull request';

export interface Reader {
  /** Those that are there and, of several, can be read. Throws ForgeError. */
  read(numbers: readonly number[]): Promise<Map<number, Found>>;
}

export function createReader(api: Api): Reader {
  const people = createPeople(api);
  const failures = createFailures(api);

  async function found(
    node: PullNode,
    rulesFor: (branch: string) => Promise<BranchRules>,
  ): Promise<Found> {
    const contexts = await allContexts(api, node);
    const reviews = await allReviews(api, node);
    const threads = await allThreads(api, node);
    const comments = (node.comments.nodes ?? []).filter((one) => one !== null);
    const all = { reviews, threads, comments };
    const writers = new Set<string>();
    for (const login of speakers(all)) if (await people.mayWrite(login)) writers.add(login);
    const open = node.state === 'OPEN';
    const rules = open ? await rulesFor(node.baseRefName) : null;
    const checks = readChecks(contexts);
    const required = new Set(rules?.requiredChecks ?? []);
    for (const { check, required: demanded } of checks) if (demanded) required.add(check.name);
    for (const { check, failedRun } of open ? checks : []) {
      if (!failedRun) continue;
      const { notes, excerpt } = await failures.of(failedRun);
      if (notes.length > 0) check.notes = notes;
      if (excerpt !== '')
        check.summary = said([check.summary, excerpt].filter((one) => one).join(' | '));
    }
    const base = rules?.tip ?? node.baseRef?.target?.oid;
    if (base === undefined)
      throw new ForgeError('not-found', 'The base branch is gone from the forge.');
    const needs = open && !node.isDraft ? needsOf(node, [...required], checks) : [];
    // Right after a push the pull request may still show the commit before it.
    const lags = open && (node.headRef?.target?.oid ?? node.headRefOid) !== node.headRefOid;
    const pull: PullRequest = {
      number: node.number,
      url: named(node.url),
      state:
        node.state === 'MERGED' ? 'merged' : !open ? 'closed' : node.isDraft ? 'draft' : 'open',
      head: (lags ? node.headRef?.target?.oid : null) ?? node.headRefOid,
      headBranch: node.headRefName,
      baseBranch: node.baseRefName,
      base,
      mergeable: lags ? 'unknown' : mergeableOf(node, open),
      checks: lags ? [] : checks.map(({ check }) => check),
      reviews: readReviews(all, (login) => writers.has(login)),
      ...(required.size > 0 ? { requiredChecks: [...required].sort() } : {}),
      ...(needs.length > 0 ? { needs } : {}),
      ...(node.isInMergeQueue ? { queued: node.mergeQueueEntry?.position ?? 1 } : {}),
      mergeCommit: node.mergeCommit?.oid ?? null,
      mergeTree: node.mergeCommit?.tree.oid ?? null,
    };
    // A draft that was closed has a commit that merging would make; it means nothing.
    if (pull.state !== 'merged') Object.assign(pull, { mergeCommit: null, mergeTree: null });
    return {
      pull,
      nodeId: node.id,
      body: node.body,
      headRepository: node.headRepository?.nameWithOwner ?? null,
      queueEnabled: node.isMergeQueueEnabled,
    };
  }

  /** GitHub gives up on a query that takes it too long: then half of it is asked at a time. */
  async function nodesOf(numbers: readonly number[]): Promise<PullNode[]> {
    try {
      const query = pullsQuery(numbers);
      const data = await api.graphql<{ repository?: unknown }>(WHAT, query, who(api));
      const nodes = shaped(NODES, data.repository, WHAT);
      return numbers.flatMap((number) => {
        const node = nodes[`p${number}`];
        if (!node) return [];
        shaped(z.literal(number), node.number, WHAT);
        return [node];
      });
    } catch (error) {
      if (numbers.length === 1 || !isAmbiguous(error)) throw error;
      const half = Math.ceil(numbers.length / 2);
      return [...(await nodesOf(numbers.slice(0, half))), ...(await nodesOf(numbers.slice(half)))];
    }
  }

  return {
    async read(numbers) {
      const answer = new Map<number, Found>();
      const wanted = [...new Set(numbers)];
      const asked = new Map<string, Promise<BranchRules>>();
      const rulesFor = (branch: string) => {
        const known = asked.get(branch) ?? rulesOf(api, branch);
        asked.set(branch, known);
        return known;
      };
      for (let at = 0; at < wanted.length; at += BATCH)
        for (const node of await nodesOf(wanted.slice(at, at + BATCH))) {
          try {
            answer.set(node.number, await found(node, rulesFor));
          } catch (error) {
            // One that cannot be read, e.g. for a flood of reviews, must not hide the others.
            const own = error instanceof ForgeError && ['refused', 'not-found'].includes(error.tag);
            if (!own || wanted.length === 1) throw error;
          }
        }
      return answer;
    },
  };
}

export const who = (api: Api) => ({ owner: api.address.owner, name: api.address.name });

const NODES = z.record(z.string(), pullNode.nullable());

function mergeableOf(node: PullNode, open: boolean): PullRequest['mergeable'] {
  if (!open) return 'unknown';
  if (node.mergeable === 'CONFLICTING') return 'conflict';
  return node.mergeable === 'MERGEABLE' && node.mergeStateStatus !== 'UNKNOWN'
    ? 'clean'
    : 'unknown';
}

/**
 * What protection still demands, in words. An administrator's token could merge in spite of it,
 * which is why this is looked at and not left to GitHub's refusal.
 */
function needsOf(
  node: PullNode,
  required: readonly string[],
  checks: ReturnType<typeof readChecks>,
): string[] {
  const needs: string[] = [];
  if (node.reviewDecision === 'REVIEW_REQUIRED') needs.push('an approving review');
  if (node.reviewDecision === 'CHANGES_REQUESTED')
    needs.push('that the reviewer who asked for changes approves');
  const open = required.filter(
    (name) => !checks.some(({ check }) => check.name === name && check.state === 'success'),
  );
  const ahead = node.isInMergeQueue ? 0 : (node.mergeQueue?.entries?.totalCount ?? 0);
  if (node.isMergeQueueEnabled && ahead > 0)
    needs.push(`that the ${ahead} pull request(s) before it leave the merge queue`);
  // A queue takes whatever fulfils the rules, and checks them itself.
  if (node.isMergeQueueEnabled) return needs;
  if (!TAKEN.has(node.mergeStateStatus) && needs.length === 0 && open.length === 0)
    needs.push(`something that GitHub tells as "${named(node.mergeStateStatus).toLowerCase()}"`);
  return needs;
}

/**
 * States in which GitHub merges for everybody who may write. "Unstable" is green but for checks that
 * nobody demands, on which the core decides; a conflict and what is not known yet are told elsewhere.
 */
const TAKEN = new Set(['CLEAN', 'HAS_HOOKS', 'UNSTABLE', 'DIRTY', 'UNKNOWN']);

type Listed<T> = {
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: (T | null)[] | null;
};

async function allPages<T>(
  api: Api,
  number: number,
  connection: Connection,
  first: Listed<T>,
  idOf: (node: T) => string,
  pick: (pull: unknown) => Listed<T> | null,
): Promise<T[]> {
  // Lists change while they are read: what comes twice counts once.
  const all = new Map<string, T>();
  const add = (page: Listed<T>) => {
    for (const node of page.nodes ?? []) if (node !== null) all.set(idOf(node), node);
  };
  add(first);
  let { pageInfo } = first;
  for (let pages = 1; pageInfo.hasNextPage && pageInfo.endCursor !== null; pages += 1) {
    if (pages >= MAX_PAGES) {
      const why = `Pull request ${number} has more ${connection} than aedev reads.`;
      throw new ForgeError('refused', why, false, { remedy: 'merge or close it yourself' });
    }
    const variables = { ...who(api), after: pageInfo.endCursor };
    const query = pageQuery(number, connection);
    const data = await api.graphql<{ repository?: Record<string, unknown> }>(
      WHAT,
      query,
      variables,
    );
    const page = pick(data.repository?.[`p${number}`]);
    if (page === null) break;
    add(page);
    pageInfo = page.pageInfo;
  }
  return [...all.values()];
}

const contextsOf = (commits: PullNode['commits'], head: string): Listed<CheckContext> | null => {
  const commit = commits.nodes?.find((one) => one?.commit.oid === head)?.commit;
  return commit?.statusCheckRollup?.contexts ?? null;
};

/** Of this head only: a push may have come between. */
async function allContexts(api: Api, node: PullNode): Promise<CheckContext[]> {
  const first = contextsOf(node.commits, node.headRefOid);
  if (first === null) return [];
  const idOf = (one: CheckContext) =>
    one.__typename === 'CheckRun'
      ? `run ${one.databaseId} ${one.name}`
      : `status ${one.context} ${one.createdAt}`;
  return allPages(api, node.number, 'contexts', first, idOf, (pull) =>
    contextsOf(shaped(contextsPage, pull, WHAT).commits, node.headRefOid),
  );
}

const allReviews = (api: Api, node: PullNode): Promise<Review[]> =>
  allPages(
    api,
    node.number,
    'reviews',
    node.reviews,
    (one: Review) => one.fullDatabaseId,
    (pull) => shaped(reviewsPage, pull, WHAT).reviews,
  );

const allThreads = (api: Api, node: PullNode): Promise<Thread[]> =>
  allPages(
    api,
    node.number,
    'threads',
    node.reviewThreads,
    (one: Thread) => one.id,
    (pull) => shaped(threadsPage, pull, WHAT).reviewThreads,
  );
