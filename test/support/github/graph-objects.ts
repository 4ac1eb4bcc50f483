/** The objects of GraphQL that delivering work needs, lazily: a field is a value or a function. */
import { authorize } from './auth.ts';
import type { Hub } from './hub.ts';
import { issueOf, observe } from './pulls.ts';
import { ApiError, type Needs } from './reply.ts';
import { reviewDecision, rulesOf } from './rules.ts';
import { changes } from './view-pull.ts';
import {
  type CheckRun,
  type CommitStatus,
  nodeId,
  type Pull,
  parseNodeId,
  type QueueEntry,
  type Repo,
  type Review,
  type ReviewComment,
  type Thread,
  type Token,
  type User,
  userOf,
  type World,
} from './world.ts';

export interface Graph {
  hub: Hub;
  world: World;
  token: Token;
  viewer: User;
  web: string;
}

/** An error with GitHub's `type`. */
export class GraphProblem extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** REST's refusals in GraphQL's words. */
export function permit(graph: Graph, repo: Repo, needs: Needs, missing: string): void {
  try {
    authorize(graph.token, repo, needs);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reply.status === 404) throw new GraphProblem('NOT_FOUND', missing);
    throw new GraphProblem('FORBIDDEN', error.message);
  }
}

interface Slice {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

function connection<T>(name: string, args: Slice, items: T[], node: (item: T) => unknown) {
  const { first, last } = args;
  if (first == null && last == null) {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
    throw new GraphProblem('MISSING_PAGINATION_BOUNDARIES', message);
  }
  const size = first ?? last ?? 0;
  if (size < 1 || size > 100) {
    const message = `Requesting ${size} records on the \`${name}\` connection exceeds the limit of 100 records.`;
    throw new GraphProblem('EXCESSIVE_PAGINATION', message);
  }
  const at = (cursor: string | null | undefined, fallback: number) =>
    cursor == null
      ? fallback
      : Number(Buffer.from(cursor, 'base64').toString('utf8').split(':')[1]);
  const cursor = (index: number) => Buffer.from(`cursor:${index}`).toString('base64');
  const from = at(args.after, -1) + 1;
  const to = at(args.before, items.length);
  const start = first == null ? Math.max(from, to - size) : from;
  const end = first == null ? to : Math.min(to, from + size);
  const shown = items.slice(start, end);
  return {
    totalCount: items.length,
    nodes: () => shown.map(node),
    edges: () => shown.map((item, index) => ({ cursor: cursor(start + index), node: node(item) })),
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: shown.length > 0 ? cursor(start) : null,
      endCursor: shown.length > 0 ? cursor(end - 1) : null,
    },
  };
}

export function actor(graph: Graph, login: string) {
  const user = userOf(graph.world, login);
  return {
    __typename: user.type,
    id: nodeId('U', user.id),
    databaseId: user.id,
    // GraphQL leaves out the suffix that REST gives apps.
    login: user.login.replace(/\[bot\]$/, ''),
    url: `${graph.web}/${user.login}`,
    resourcePath: `/${user.login}`,
    avatarUrl: `${graph.web}/avatars/${user.id}`,
  };
}

async function commit(graph: Graph, repo: Repo, oid: string) {
  const found = await graph.hub.site(repo).git.commit(oid);
  return {
    __typename: 'Commit',
    id: nodeId('C', repo.id, oid),
    oid,
    abbreviatedOid: oid.slice(0, 7),
    message: found.message,
    messageHeadline: found.message.split('\n')[0],
    url: `${graph.web}/${repo.owner}/${repo.name}/commit/${oid}`,
    tree: { __typename: 'Tree', id: nodeId('T', repo.id, found.tree), oid: found.tree },
    parents: (args: Slice) =>
      connection('parents', args, found.parents, (id) => commit(graph, repo, id)),
    statusCheckRollup: (_: unknown) => rollup(graph, repo, oid),
    repository: () => repository(graph, repo),
  };
}

const FAILED = new Set([
  'failure',
  'timed_out',
  'cancelled',
  'action_required',
  'startup_failure',
  'stale',
]);

function checkRun(graph: Graph, repo: Repo, run: CheckRun) {
  const app = graph.world.apps.get(run.app);
  return {
    __typename: 'CheckRun',
    id: nodeId('CR', run.id),
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    title: run.title,
    summary: run.summary,
    text: run.text,
    url: `${graph.web}/${repo.owner}/${repo.name}/runs/${run.id}`,
    detailsUrl: run.detailsUrl === '' ? null : run.detailsUrl,
    externalId: run.externalId,
    startedAt: run.startedAt,
    completedAt: run.completedAt,
    isRequired: (args: { pullRequestNumber?: number }) => required(repo, args, run.name),
    checkSuite: {
      __typename: 'CheckSuite',
      id: nodeId('CS', run.suite),
      databaseId: run.suite,
      app: app
        ? { id: nodeId('A', app.id), databaseId: app.id, slug: app.slug, name: app.name }
        : null,
    },
  };
}

function required(repo: Repo, args: { pullRequestNumber?: number }, name: string): boolean {
  const pull = repo.pulls.get(args.pullRequestNumber ?? 0);
  const rules = pull === undefined ? null : rulesOf(repo, pull.baseBranch);
  return rules?.requiredChecks.includes(name) ?? false;
}

function statusContext(graph: Graph, repo: Repo, status: CommitStatus) {
  return {
    __typename: 'StatusContext',
    id: nodeId('SC', status.id),
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    targetUrl: status.targetUrl,
    createdAt: status.createdAt,
    creator: () => actor(graph, status.author),
    isRequired: (args: { pullRequestNumber?: number }) => required(repo, args, status.context),
  };
}

/** Newest runs and statuses of a commit; null when there is none. */
function rollup(graph: Graph, repo: Repo, oid: string) {
  const runs = repo.checkRuns.filter((run) => run.sha === oid);
  const latest = [...new Map(runs.map((run) => [`${run.suite} ${run.name}`, run])).values()];
  const statuses = repo.statuses.filter((status) => status.sha === oid);
  const newest = [...new Map(statuses.map((status) => [status.context, status])).values()];
  if (latest.length + newest.length === 0) return null;
  const isBad =
    latest.some((run) => FAILED.has(run.conclusion ?? '')) ||
    newest.some((status) => status.state === 'failure' || status.state === 'error');
  const isPending =
    latest.some((run) => run.status !== 'completed') ||
    newest.some((status) => status.state === 'pending');
  const all = [
    ...latest.map((run) => () => checkRun(graph, repo, run)),
    ...newest.map((status) => () => statusContext(graph, repo, status)),
  ];
  return {
    id: nodeId('SCR', repo.id, oid),
    state: isBad ? 'FAILURE' : isPending ? 'PENDING' : 'SUCCESS',
    commit: () => commit(graph, repo, oid),
    contexts: (args: Slice) => connection('contexts', args, all, (make) => make()),
  };
}

function ref(graph: Graph, repo: Repo, branch: string) {
  const oid = repo.refs.get(`refs/heads/${branch}`);
  if (oid === undefined) return null;
  return {
    id: nodeId('REF', repo.id, `refs/heads/${branch}`),
    name: branch,
    prefix: 'refs/heads/',
    target: () => commit(graph, repo, oid),
  };
}

export function repository(graph: Graph, repo: Repo) {
  const html = `${graph.web}/${repo.owner}/${repo.name}`;
  return {
    __typename: 'Repository',
    id: nodeId('R', repo.id),
    databaseId: repo.id,
    name: repo.name,
    nameWithOwner: `${repo.owner}/${repo.name}`,
    owner: () => actor(graph, repo.owner),
    url: html,
    isPrivate: repo.private,
    isArchived: repo.settings.archived,
    mergeCommitAllowed: repo.settings.mergeCommit,
    squashMergeAllowed: repo.settings.squash,
    rebaseMergeAllowed: repo.settings.rebase,
    autoMergeAllowed: repo.settings.autoMerge,
    deleteBranchOnMerge: repo.settings.deleteBranchOnMerge,
    defaultBranchRef: () => ref(graph, repo, repo.defaultBranch),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      ref(graph, repo, qualifiedName.replace(/^refs\/heads\//, '')),
    object: ({ oid }: { oid?: string }) => (oid ? commit(graph, repo, oid) : null),
    pullRequest: ({ number }: { number: number }) => {
      const pull = repo.pulls.get(number);
      if (pull === undefined) {
        const message = `Could not resolve to a PullRequest with the number of ${number}.`;
        throw new GraphProblem('NOT_FOUND', message);
      }
      permit(graph, repo, ['pull_requests:read'], 'Could not resolve to a PullRequest.');
      return pullRequest(graph, repo, pull);
    },
    pullRequests: (
      args: Slice & { states?: string[]; headRefName?: string; baseRefName?: string },
    ) => {
      permit(graph, repo, ['pull_requests:read'], 'Could not resolve to a Repository.');
      const found = [...repo.pulls.values()].filter(
        (pull) =>
          (args.states == null || args.states.includes(stateOf(repo, pull))) &&
          (args.headRefName == null || args.headRefName === pull.headBranch) &&
          (args.baseRefName == null || args.baseRefName === pull.baseBranch),
      );
      return connection('pullRequests', args, found, (pull) => pullRequest(graph, repo, pull));
    },
    mergeQueue: ({ branch }: { branch?: string }) =>
      mergeQueue(graph, repo, branch ?? repo.defaultBranch),
  };
}

function mergeQueue(graph: Graph, repo: Repo, branch: string) {
  if (!rulesOf(repo, branch)?.mergeQueue) return null;
  const entries = repo.queue.filter((entry) => repo.pulls.get(entry.pull)?.baseBranch === branch);
  return {
    id: nodeId('MQ', repo.id, branch),
    url: `${graph.web}/${repo.owner}/${repo.name}/queue/${branch}`,
    entries: (args: Slice) =>
      connection('entries', args, entries, (entry) => queueEntry(graph, repo, entry)),
  };
}

export function queueEntry(graph: Graph, repo: Repo, entry: QueueEntry) {
  const base = repo.pulls.get(entry.pull)?.baseBranch;
  const line = repo.queue.filter((one) => repo.pulls.get(one.pull)?.baseBranch === base);
  return {
    __typename: 'MergeQueueEntry',
    id: nodeId('MQE', repo.id, entry.id),
    position: line.indexOf(entry) + 1,
    state: 'AWAITING_CHECKS',
    enqueuedAt: entry.at,
    enqueuer: () => actor(graph, entry.by),
    jump: false,
    solo: false,
    estimatedTimeToMerge: null,
    baseCommit: () => commit(graph, repo, entry.base),
    headCommit: () => commit(graph, repo, entry.sha),
    pullRequest: () => pullRequest(graph, repo, repo.pulls.get(entry.pull) as Pull),
    mergeQueue: () => mergeQueue(graph, repo, base ?? ''),
  };
}

function review(graph: Graph, repo: Repo, one: Review) {
  return {
    __typename: 'PullRequestReview',
    id: nodeId('PRR', one.id),
    databaseId: one.id,
    fullDatabaseId: String(one.id),
    author: () => actor(graph, one.author),
    viewerDidAuthor: one.author === graph.viewer.login,
    state: one.state,
    body: one.body,
    submittedAt: one.submittedAt,
    createdAt: one.submittedAt,
    commit: () => commit(graph, repo, one.commit),
    url: `${graph.web}/${repo.owner}/${repo.name}/pull/${one.pull}#pullrequestreview-${one.id}`,
  };
}

function reviewComment(graph: Graph, repo: Repo, one: ReviewComment) {
  const isOutdated = repo.pulls.get(one.pull)?.head !== one.commit;
  return {
    __typename: 'PullRequestReviewComment',
    id: nodeId('PRRC', one.id),
    databaseId: one.id,
    fullDatabaseId: String(one.id),
    author: () => actor(graph, one.author),
    viewerDidAuthor: one.author === graph.viewer.login,
    body: one.body,
    path: one.path,
    line: isOutdated ? null : one.line,
    originalLine: one.line,
    outdated: isOutdated,
    createdAt: one.createdAt,
    updatedAt: one.updatedAt,
    url: `${graph.web}/${repo.owner}/${repo.name}/pull/${one.pull}#discussion_r${one.id}`,
    replyTo: () => {
      const root = repo.reviewComments.find((comment) => comment.id === one.root);
      return root === undefined || root === one ? null : reviewComment(graph, repo, root);
    },
  };
}

export function thread(graph: Graph, repo: Repo, one: Thread) {
  const comments = repo.reviewComments.filter((comment) => comment.root === one.root);
  const [root] = comments;
  const isOutdated = repo.pulls.get(one.pull)?.head !== root?.commit;
  return {
    __typename: 'PullRequestReviewThread',
    id: nodeId('PRRT', repo.id, one.root),
    isResolved: one.resolvedBy !== null,
    isCollapsed: one.resolvedBy !== null,
    isOutdated,
    path: root?.path ?? '',
    line: isOutdated ? null : (root?.line ?? null),
    originalLine: root?.line ?? null,
    diffSide: 'RIGHT',
    subjectType: 'LINE',
    resolvedBy: () => (one.resolvedBy === null ? null : actor(graph, one.resolvedBy)),
    viewerCanResolve: true,
    viewerCanUnresolve: true,
    viewerCanReply: true,
    pullRequest: () => pullRequest(graph, repo, repo.pulls.get(one.pull) as Pull),
    comments: (args: Slice) =>
      connection('comments', args, comments, (comment) => reviewComment(graph, repo, comment)),
  };
}

function stateOf(repo: Repo, pull: Pull): 'OPEN' | 'CLOSED' | 'MERGED' {
  if (pull.mergedAt !== null) return 'MERGED';
  return issueOf(repo, pull.number).state === 'open' ? 'OPEN' : 'CLOSED';
}

export function pullRequest(graph: Graph, repo: Repo, pull: Pull) {
  const issue = issueOf(repo, pull.number);
  const site = graph.hub.site(repo);
  const html = `${graph.web}/${repo.owner}/${repo.name}/pull/${pull.number}`;
  // One look at mergeability per query, as one look starts the background job once.
  let seen: ReturnType<typeof observe> | null = null;
  const look = () => {
    seen ??= observe(site, pull);
    return seen;
  };
  const reviews = repo.reviews.filter((one) => one.pull === pull.number && one.state !== 'PENDING');
  const latest = [...new Map(reviews.map((one) => [one.author, one])).values()];
  const entry = repo.queue.find((one) => one.pull === pull.number);
  const auto = pull.autoMerge;
  return {
    __typename: 'PullRequest',
    id: nodeId('PR', repo.id, pull.number),
    databaseId: issue.id,
    fullDatabaseId: String(issue.id),
    number: pull.number,
    url: html,
    permalink: html,
    title: issue.title,
    body: issue.body ?? '',
    bodyText: issue.body ?? '',
    author: () => actor(graph, issue.author),
    state: stateOf(repo, pull),
    isDraft: pull.draft,
    closed: issue.state === 'closed',
    closedAt: issue.closedAt,
    createdAt: issue.createdAt,
    updatedAt: issue.updatedAt,
    merged: pull.mergedAt !== null,
    mergedAt: pull.mergedAt,
    mergedBy: () => (pull.mergedBy === null ? null : actor(graph, pull.mergedBy)),
    mergeCommit: () =>
      pull.mergedAt === null || pull.mergeCommit === null
        ? null
        : commit(graph, repo, pull.mergeCommit),
    potentialMergeCommit: async () => {
      const { mergeCommit } = await look();
      return mergeCommit === null || pull.mergedAt !== null
        ? null
        : commit(graph, repo, mergeCommit);
    },
    mergeable: async () => {
      const { mergeable } = await look();
      return mergeable === null ? 'UNKNOWN' : mergeable ? 'MERGEABLE' : 'CONFLICTING';
    },
    mergeStateStatus: async () => (await look()).state.toUpperCase(),
    headRefName: pull.headBranch,
    headRefOid: pull.head,
    headRef: () => (pull.headOwner === repo.owner ? ref(graph, repo, pull.headBranch) : null),
    headRepository: () => (pull.headOwner === repo.owner ? repository(graph, repo) : null),
    headRepositoryOwner: () => actor(graph, pull.headOwner),
    isCrossRepository: pull.headOwner !== repo.owner,
    baseRefName: pull.baseBranch,
    baseRefOid: pull.baseShown,
    baseRef: () => ref(graph, repo, pull.baseBranch),
    baseRepository: () => repository(graph, repo),
    repository: () => repository(graph, repo),
    changedFiles: async () => (await changes(site, pull)).length,
    reviewDecision: reviewDecision(repo, pull),
    reviews: (args: Slice & { states?: string[] }) => {
      const wanted = reviews.filter(
        (one) => args.states == null || args.states.includes(one.state),
      );
      return connection('reviews', args, wanted, (one) => review(graph, repo, one));
    },
    latestReviews: (args: Slice) =>
      connection('latestReviews', args, latest, (one) => review(graph, repo, one)),
    latestOpinionatedReviews: (args: Slice) => {
      const said = reviews.filter((one) => one.state !== 'COMMENTED');
      const last = [...new Map(said.map((one) => [one.author, one])).values()];
      return connection('latestOpinionatedReviews', args, last, (one) => review(graph, repo, one));
    },
    reviewThreads: (args: Slice) => {
      const mine = repo.threads.filter((one) => one.pull === pull.number);
      return connection('reviewThreads', args, mine, (one) => thread(graph, repo, one));
    },
    comments: (args: Slice) => {
      const mine = repo.comments.filter((one) => one.issue === pull.number);
      return connection('comments', args, mine, (one) => ({
        __typename: 'IssueComment',
        id: nodeId('IC', one.id),
        databaseId: one.id,
        fullDatabaseId: String(one.id),
        author: () => actor(graph, one.author),
        viewerDidAuthor: one.author === graph.viewer.login,
        body: one.body,
        createdAt: one.createdAt,
        updatedAt: one.updatedAt,
        url: `${html}#issuecomment-${one.id}`,
      }));
    },
    commits: async (args: Slice) => {
      const { git } = site;
      const base = (await git.mergeBase(pull.baseShown, pull.head)) ?? pull.baseShown;
      const ids = await git.between(base, pull.head);
      return connection('commits', args, ids, (oid) => ({
        id: nodeId('PRC', repo.id, pull.number, oid),
        commit: () => commit(graph, repo, oid),
        url: `${html}/commits/${oid}`,
      }));
    },
    statusCheckRollup: () => rollup(graph, repo, pull.head),
    labels: (args: Slice) =>
      connection('labels', args, issue.labels, (name) => {
        const label = repo.labels.get(name.toLowerCase());
        return { id: nodeId('LA', label?.id ?? 0), name, color: label?.color ?? '' };
      }),
    isInMergeQueue: entry !== undefined,
    isMergeQueueEnabled: Boolean(rulesOf(repo, pull.baseBranch)?.mergeQueue),
    mergeQueueEntry: () => (entry === undefined ? null : queueEntry(graph, repo, entry)),
    mergeQueue: () => mergeQueue(graph, repo, pull.baseBranch),
    autoMergeRequest: auto && {
      enabledAt: auto.at,
      enabledBy: () => actor(graph, auto.by),
      mergeMethod: auto.method.toUpperCase(),
      commitHeadline: auto.title === '' ? null : auto.title,
      commitBody: auto.body === '' ? null : auto.body,
    },
  };
}

/** Finds what an id names, or GitHub's words for not finding it. */
export function lookUp(graph: Graph, id: string): { repo: Repo; kind: string; parts: string[] } {
  const { kind, parts } = parseNodeId(id);
  const repo = graph.world.repos.get(Number(parts[0]));
  const missing = `Could not resolve to a node with the global id of '${id}'`;
  if (repo === undefined) throw new GraphProblem('NOT_FOUND', missing);
  permit(graph, repo, [], missing);
  return { repo, kind, parts };
}

export function pullById(graph: Graph, id: string): { repo: Repo; pull: Pull } {
  const { repo, kind, parts } = lookUp(graph, id);
  const pull = repo.pulls.get(Number(parts[1]));
  if (kind !== 'PR' || pull === undefined) {
    const message = `Could not resolve to a node with the global id of '${id}'`;
    throw new GraphProblem('NOT_FOUND', message);
  }
  return { repo, pull };
}

export function queryRoot(graph: Graph) {
  return {
    viewer: () => actor(graph, graph.viewer.login),
    rateLimit: () => {
      const { core: _, graphql } = graph.hub.limits.view(graph.token, graph.hub.now()).resources;
      const resetAt = new Date(graphql.reset * 1000).toISOString();
      return { ...graphql, cost: 1, nodeCount: 1, resetAt };
    },
    repository: ({
      owner,
      name,
      followRenames,
    }: {
      owner: string;
      name: string;
      followRenames?: boolean;
    }) => {
      const missing = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
      const found = graph.hub.repoAt(graph.world, owner, name);
      if (found === null || (found.moved && followRenames === false)) {
        throw new GraphProblem('NOT_FOUND', missing);
      }
      permit(graph, found.repo, [], missing);
      return repository(graph, found.repo);
    },
    node: ({ id }: { id: string }) => {
      const { repo, kind, parts } = lookUp(graph, id);
      if (kind === 'R') return repository(graph, repo);
      if (kind === 'PR') return pullRequest(graph, repo, pullById(graph, id).pull);
      const root = repo.threads.find((one) => one.root === Number(parts[1]));
      if (kind === 'PRRT' && root !== undefined) return thread(graph, repo, root);
      const entry = repo.queue.find((one) => one.id === Number(parts[1]));
      if (kind === 'MQE' && entry !== undefined) return queueEntry(graph, repo, entry);
      if (kind === 'MQE') return null;
      throw new GraphProblem('INTERNAL', `The double does not cover nodes of kind ${kind}.`);
    },
  };
}
