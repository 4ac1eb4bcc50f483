/** The mutations of GraphQL that delivering work needs. */
import { type Graph, GraphProblem, permit } from './graph-base.ts';
import { pullRequest } from './graph-pull.ts';
import { pullById, queueEntry } from './graph-repo.ts';
import { issueOf, touch } from './pulls.ts';
import { enqueue, readyToLand } from './queue.ts';
import type { Needs } from './reply.ts';
import { rulesOf } from './rules.ts';
import { nextId, type Pull, type Repo } from './world.ts';

interface Input {
  pullRequestId: string;
  expectedHeadOid?: string | null;
  clientMutationId?: string | null;
}

const no = (message: string) => new GraphProblem('UNPROCESSABLE', message);
const PULLS: Needs = ['pull_requests:write'];
const CONTENTS: Needs = ['contents:write'];

export function mutationRoot(graph: Graph) {
  const { hub, world } = graph;
  const by = graph.token.login;

  /** The open pull request of an input, for somebody who may change it. */
  function target(input: Input, needs: Needs): { repo: Repo; pull: Pull } {
    const { repo, pull } = pullById(graph, input.pullRequestId);
    const missing = `Could not resolve to a node with the global id of '${input.pullRequestId}'`;
    permit(graph, repo, needs, missing);
    return { repo, pull };
  }

  function assertOpen(repo: Repo, pull: Pull): void {
    if (issueOf(repo, pull.number).state === 'closed') throw no('Pull request is closed');
  }

  function assertHead(pull: Pull, input: Input): void {
    if (input.expectedHeadOid != null && input.expectedHeadOid !== pull.head) {
      throw no('Head branch was modified. Review and try the merge again.');
    }
  }

  async function done(repo: Repo, pull: Pull, input: Input) {
    touch(hub.site(repo), pull.number);
    await hub.settle(repo);
    return {
      clientMutationId: input.clientMutationId ?? null,
      actor: null,
      pullRequest: pullRequest(graph, repo, pull),
    };
  }

  return {
    markPullRequestReadyForReview: ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, PULLS);
      assertOpen(repo, pull);
      pull.draft = false;
      return done(repo, pull, input);
    },
    enqueuePullRequest: async ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, CONTENTS);
      assertOpen(repo, pull);
      assertHead(pull, input);
      if (!rulesOf(repo, pull.baseBranch)?.mergeQueue) {
        throw no('The merge queue is not enabled for this branch');
      }
      if (repo.queue.some((entry) => entry.pull === pull.number)) {
        throw no('Pull request Pull request is already in the queue');
      }
      const site = hub.site(repo);
      const why = await readyToLand(site, pull);
      if (why !== null) throw no(`Pull request ${why}`);
      const entry = await enqueue(site, pull, by, nextId(world));
      if (entry === null) throw no('Pull request is not mergeable');
      const view = queueEntry(graph, repo, entry);
      const { clientMutationId } = await done(repo, pull, input);
      return { clientMutationId, mergeQueueEntry: view };
    },
  };
}
