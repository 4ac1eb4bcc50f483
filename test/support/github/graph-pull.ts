/** Pull requests, reviews and threads, in GraphQL. */
import { actor, connection, type Graph, type Slice } from './graph-base.ts';
import { commit, ref, rollup } from './graph-commit.ts';
import { mergeQueue, queueEntry, repository } from './graph-repo.ts';
import { issueOf, observe } from './pulls.ts';
import { reviewDecision, rulesOf } from './rules.ts';
import { changes } from './view-pull.ts';
import {
  nodeId,
  type Pull,
  type Repo,
  type Review,
  type ReviewComment,
  type Thread,
} from './world.ts';

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

export function stateOf(repo: Repo, pull: Pull): 'OPEN' | 'CLOSED' | 'MERGED' {
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
