/** Repositories, merge queues and the root of queries, in GraphQL. */
import { actor, connection, type Graph, GraphProblem, permit, type Slice } from './graph-base.ts';
import { commit, ref } from './graph-commit.ts';
import { pullRequest, stateOf, thread } from './graph-pull.ts';
import { rulesOf } from './rules.ts';
import { nodeId, type Pull, parseNodeId, type QueueEntry, type Repo } from './world.ts';

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

export function mergeQueue(graph: Graph, repo: Repo, branch: string) {
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
