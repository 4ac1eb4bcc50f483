/** Repositories, merge queues and the root of queries, in GraphQL. */
import { actor, connection, type Graph, GraphProblem, permit, type Slice } from './graph-base.ts';
import { commit, ref } from './graph-commit.ts';
import { pullRequest } from './graph-pull.ts';
import { rulesOf } from './rules.ts';
import { nodeId, type Pull, parseNodeId, type QueueEntry, type Repo } from './world.ts';

export function repository(graph: Graph, repo: Repo) {
  return {
    __typename: 'Repository',
    id: nodeId('R', repo.id),
    nameWithOwner: `${repo.owner}/${repo.name}`,
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      ref(graph, repo, qualifiedName.replace(/^refs\/heads\//, '')),
    pullRequest: ({ number }: { number: number }) => {
      const pull = repo.pulls.get(number);
      if (pull === undefined) {
        const message = `Could not resolve to a PullRequest with the number of ${number}.`;
        throw new GraphProblem('NOT_FOUND', message);
      }
      permit(graph, repo, ['pull_requests:read'], 'Could not resolve to a PullRequest.');
      return pullRequest(graph, repo, pull);
    },
  };
}

export function mergeQueue(graph: Graph, repo: Repo, branch: string) {
  if (!rulesOf(repo, branch)?.mergeQueue) return null;
  const entries = repo.queue.filter((entry) => repo.pulls.get(entry.pull)?.baseBranch === branch);
  return {
    id: nodeId('MQ', repo.id, branch),
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
    headCommit: () => commit(graph, repo, entry.sha),
  };
}

/** Finds what an id names, or GitHub's words for not finding it. */
function lookUp(graph: Graph, id: string): { repo: Repo; kind: string; parts: string[] } {
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
  };
}
