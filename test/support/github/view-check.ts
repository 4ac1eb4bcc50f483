/** Check runs, check suites and commit statuses as REST shows them. */
import { openPulls } from './pulls.ts';
import type { Call } from './reply.ts';
import { repoPage, repoUrl, viewApp, viewRepo, viewUser } from './view-repo.ts';
import { type CheckRun, type CommitStatus, nodeId, type Pull, type Repo } from './world.ts';

/** The pull requests of this repository, not of forks, whose head the commit is. */
function pullsOf(call: Call, repo: Repo, sha: string) {
  const from = { id: repo.id, url: repoUrl(call, repo), name: repo.name };
  const view = (pull: Pull) => ({
    id: repo.issues.get(pull.number)?.id,
    number: pull.number,
    url: `${repoUrl(call, repo)}/pulls/${pull.number}`,
    head: { ref: pull.headBranch, sha: pull.head, repo: from },
    base: { ref: pull.baseBranch, sha: pull.baseShown, repo: from },
  });
  return openPulls(repo)
    .filter((pull) => pull.head === sha && pull.headOwner === repo.owner)
    .map(view);
}

function appOf(call: Call, id: number) {
  const app = call.world.apps.get(id);
  return app === undefined ? null : viewApp(call, app);
}

export function viewCheckRun(call: Call, repo: Repo, run: CheckRun) {
  const url = `${repoUrl(call, repo)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.sha,
    external_id: run.externalId,
    url,
    html_url: `${repoPage(call, repo)}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite },
    app: appOf(call, run.app),
    pull_requests: pullsOf(call, repo, run.sha),
  };
}

export function viewAnnotations(call: Call, repo: Repo, run: CheckRun) {
  return run.annotations.map(({ path, line, level, message }) => ({
    path,
    blob_href: `${repoPage(call, repo)}/blob/${run.sha}/${path}`,
    start_line: line,
    end_line: line,
    start_column: null,
    end_column: null,
    annotation_level: level,
    title: null,
    message,
    raw_details: null,
  }));
}

export function viewStatus(call: Call, repo: Repo, status: CommitStatus) {
  return {
    url: `${repoUrl(call, repo)}/statuses/${status.sha}`,
    avatar_url: `${call.web}/avatars/${status.author}`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

export function viewStatusWithCreator(call: Call, repo: Repo, status: CommitStatus) {
  return { ...viewStatus(call, repo, status), creator: viewUser(call, status.author) };
}

/** The newest status of every context. Without any status the state is `pending`. */
export function viewCombined(call: Call, repo: Repo, sha: string) {
  const mine = repo.statuses.filter((status) => status.sha === sha);
  const latest = [...new Map(mine.map((status) => [status.context, status])).values()];
  const states = latest.map(({ state }) => state);
  const state =
    states.includes('failure') || states.includes('error')
      ? 'failure'
      : states.length === 0 || states.includes('pending')
        ? 'pending'
        : 'success';
  const url = repoUrl(call, repo);
  return {
    state,
    statuses: latest.map((status) => viewStatus(call, repo, status)),
    sha,
    total_count: latest.length,
    repository: viewRepo(call, repo, 'minimal'),
    commit_url: `${url}/commits/${sha}`,
    url: `${url}/commits/${sha}/status`,
  };
}
