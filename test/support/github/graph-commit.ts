/** Commits, branches and what checks say of them, in GraphQL. */
import { actor, connection, type Graph, type Slice } from './graph-base.ts';
import { repository } from './graph-repo.ts';
import { rulesOf } from './rules.ts';
import { type CheckRun, type CommitStatus, nodeId, type Repo } from './world.ts';

export async function commit(graph: Graph, repo: Repo, oid: string) {
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
export function rollup(graph: Graph, repo: Repo, oid: string) {
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

export function ref(graph: Graph, repo: Repo, branch: string) {
  const oid = repo.refs.get(`refs/heads/${branch}`);
  if (oid === undefined) return null;
  return {
    id: nodeId('REF', repo.id, `refs/heads/${branch}`),
    name: branch,
    prefix: 'refs/heads/',
    target: () => commit(graph, repo, oid),
  };
}
