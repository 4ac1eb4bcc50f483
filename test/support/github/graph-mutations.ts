/** The mutations of GraphQL that delivering work needs. */
import { mergePull, setState } from './deeds.ts';
import { type Graph, GraphProblem, permit } from './graph-base.ts';
import { pullRequest, thread } from './graph-pull.ts';
import { lookUp, pullById, queueEntry } from './graph-repo.ts';
import { issueOf, touch } from './pulls.ts';
import { enqueue, readyToLand } from './queue.ts';
import { ApiError, type Needs } from './reply.ts';
import { checkStates, rulesOf } from './rules.ts';
import { addReviewComment } from './talk.ts';
import { type MergeMethod, nextId, type Pull, type Repo, type Thread } from './world.ts';

interface Input {
  pullRequestId: string;
  expectedHeadOid?: string | null;
  mergeMethod?: string | null;
  commitHeadline?: string | null;
  commitBody?: string | null;
  clientMutationId?: string | null;
  threadId: string;
  pullRequestReviewThreadId: string;
  body: string;
  id: string;
}

const no = (message: string) => new GraphProblem('UNPROCESSABLE', message);
const PULLS: Needs = ['pull_requests:write'];
const CONTENTS: Needs = ['contents:write'];

export function mutationRoot(graph: Graph) {
  const { hub, world } = graph;
  const by = graph.token.login;

  /** The open pull request of an input, for somebody who may change it. */
  function target(input: Input, needs: Needs): { repo: Repo; pull: Pull } {
    const { repo, pull } = pullById(graph, input.pullRequestId ?? input.id);
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

  function theThread(id: string): { repo: Repo; found: Thread } {
    const { repo, kind, parts } = lookUp(graph, id);
    const missing = `Could not resolve to a node with the global id of '${id}'`;
    const found = repo.threads.find((one) => one.root === Number(parts[1]));
    if (kind !== 'PRRT' || found === undefined) throw new GraphProblem('NOT_FOUND', missing);
    permit(graph, repo, PULLS, missing);
    return { repo, found };
  }

  async function resolve(input: Input, resolvedBy: string | null) {
    const { repo, found } = theThread(input.threadId);
    found.resolvedBy = resolvedBy;
    await hub.settle(repo);
    return { clientMutationId: input.clientMutationId ?? null, thread: thread(graph, repo, found) };
  }

  return {
    convertPullRequestToDraft: ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, PULLS);
      assertOpen(repo, pull);
      if (!repo.settings.drafts) {
        throw no('Draft pull requests are not supported in this repository.');
      }
      pull.draft = true;
      pull.autoMerge = null;
      return done(repo, pull, input);
    },
    markPullRequestReadyForReview: ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, PULLS);
      assertOpen(repo, pull);
      pull.draft = false;
      return done(repo, pull, input);
    },
    enablePullRequestAutoMerge: async ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, CONTENTS);
      assertOpen(repo, pull);
      assertHead(pull, input);
      if (!repo.settings.autoMerge) throw no('Auto merge is not allowed for this repository');
      if (pull.draft) throw no('Pull request Pull request is in draft status');
      const rules = rulesOf(repo, pull.baseBranch);
      if (rules === null) {
        throw no('Pull request Protected branch rules not configured for this branch');
      }
      if (rules.mergeQueue === null && (await readyToLand(hub.site(repo), pull)) === null) {
        // Checks that nobody requires do not keep it from landing, but name another state.
        const states = [...checkStates(repo, pull.head).values()];
        const isClean = states.every((state) => state === 'passing');
        throw no(`Pull request Pull request is in ${isClean ? 'clean' : 'unstable'} status`);
      }
      pull.autoMerge = {
        by,
        method: (input.mergeMethod ?? 'MERGE').toLowerCase() as MergeMethod,
        at: hub.iso(),
        title: input.commitHeadline ?? '',
        body: input.commitBody ?? '',
      };
      return done(repo, pull, input);
    },
    disablePullRequestAutoMerge: ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, CONTENTS);
      if (pull.autoMerge === null) throw no("Can't disable auto-merge for this pull request");
      pull.autoMerge = null;
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
    dequeuePullRequest: async ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, CONTENTS);
      const entry = repo.queue.find((one) => one.pull === pull.number);
      if (entry === undefined) throw no('Pull request is not in the merge queue');
      const view = queueEntry(graph, repo, entry);
      repo.queue = repo.queue.filter((one) => one !== entry);
      const { clientMutationId } = await done(repo, pull, input);
      return { clientMutationId, mergeQueueEntry: view };
    },
    mergePullRequest: async ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, CONTENTS);
      try {
        await mergePull(hub.site(repo), pull, {
          by,
          method: (input.mergeMethod ?? 'MERGE').toLowerCase() as MergeMethod,
          sha: input.expectedHeadOid ?? undefined,
          title: input.commitHeadline ?? undefined,
          body: input.commitBody ?? undefined,
        });
      } catch (error) {
        if (error instanceof ApiError) throw no(error.message);
        throw error;
      }
      return done(repo, pull, input);
    },
    closePullRequest: async ({ input }: { input: Input }) => {
      const { repo, pull } = target(input, PULLS);
      await setState(hub.site(repo), pull.number, 'closed');
      return done(repo, pull, input);
    },
    resolveReviewThread: ({ input }: { input: Input }) => resolve(input, by),
    unresolveReviewThread: ({ input }: { input: Input }) => resolve(input, null),
    addPullRequestReviewThreadReply: async ({ input }: { input: Input }) => {
      const { repo, found } = theThread(input.pullRequestReviewThreadId);
      const pull = repo.pulls.get(found.pull) as Pull;
      const root = repo.reviewComments.find((one) => one.id === found.root);
      const comment = addReviewComment(world, hub.site(repo), pull, {
        by,
        body: input.body,
        path: root?.path ?? '',
        line: root?.line ?? 1,
        replyTo: found.root,
      });
      const id = `PRRC_${Buffer.from(String(comment.id)).toString('base64url')}`;
      const view = {
        id,
        databaseId: comment.id,
        fullDatabaseId: String(comment.id),
        body: comment.body,
      };
      return { clientMutationId: input.clientMutationId ?? null, comment: view };
    },
  };
}
