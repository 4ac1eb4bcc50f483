/** Pull requests, reviews and threads, in GraphQL. */
import { actor, connection, type Graph, type Slice } from './graph-base.ts';
import { commit, ref, rollup } from './graph-commit.ts';
import { mergeQueue, queueEntry, repository } from './graph-repo.ts';
import { issueOf, observe } from './pulls.ts';
import { reviewDecision, rulesOf } from './rules.ts';
import {
  nodeId,
  type Pull,
  type Repo,
  type Review,
  type ReviewComment,
  type Thread,
} from './world.ts';

function review(graph: Graph, one: Review) {
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
    createdAt: one.createdAt,
  };
}

function thread(graph: Graph, repo: Repo, one: Thread) {
  const comments = repo.reviewComments.filter((comment) => comment.root === one.root);
  const [root] = comments;
  const isOutdated = repo.pulls.get(one.pull)?.head !== root?.commit;
  return {
    __typename: 'PullRequestReviewThread',
    id: nodeId('PRRT', repo.id, one.root),
    isResolved: one.resolvedBy !== null,
    isOutdated,
    path: root?.path ?? '',
    line: isOutdated ? null : (root?.line ?? null),
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
  const entry = repo.queue.find((one) => one.pull === pull.number);
  return {
    __typename: 'PullRequest',
    id: nodeId('PR', repo.id, pull.number),
    number: pull.number,
    url: html,
    title: issue.title,
    body: issue.body ?? '',
    state: stateOf(repo, pull),
    isDraft: pull.draft,
    mergedBy: () => (pull.mergedBy === null ? null : actor(graph, pull.mergedBy)),
    mergeCommit: () =>
      pull.mergedAt === null || pull.mergeCommit === null
        ? null
        : commit(graph, repo, pull.mergeCommit),
    mergeable: async () => {
      const { mergeable } = await look();
      return mergeable === null ? 'UNKNOWN' : mergeable ? 'MERGEABLE' : 'CONFLICTING';
    },
    mergeStateStatus: async () => (await look()).state.toUpperCase(),
    headRefName: pull.headBranch,
    headRefOid: pull.head,
    headRef: () => (pull.headOwner === repo.owner ? ref(graph, repo, pull.headBranch) : null),
    headRepository: () => (pull.headOwner === repo.owner ? repository(graph, repo) : null),
    baseRefName: pull.baseBranch,
    baseRef: () => ref(graph, repo, pull.baseBranch),
    reviewDecision: reviewDecision(repo, pull),
    reviews: (args: Slice) => connection('reviews', args, reviews, (one) => review(graph, one)),
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
      }));
    },
    commits: async (args: Slice) => {
      const { git } = site;
      const base = (await git.mergeBase(pull.baseShown, pull.head)) ?? pull.baseShown;
      const ids = await git.between(base, pull.head);
      return connection('commits', args, ids, (oid) => ({
        id: nodeId('PRC', repo.id, pull.number, oid),
        commit: () => commit(graph, repo, oid),
      }));
    },
    statusCheckRollup: () => rollup(graph, repo, pull.head),
    isInMergeQueue: entry !== undefined,
    isMergeQueueEnabled: Boolean(rulesOf(repo, pull.baseBranch)?.mergeQueue),
    mergeQueueEntry: () => (entry === undefined ? null : queueEntry(graph, repo, entry)),
    mergeQueue: () => mergeQueue(graph, repo, pull.baseBranch),
  };
}
