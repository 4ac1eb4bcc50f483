/** Check runs and commit statuses over REST. */
import { addStatus } from './checks.ts';
import {
  badRequest,
  created,
  needText,
  notFound,
  page,
  type RepoCall,
  type Route,
  repoRoute,
  textField,
} from './reply.ts';
import { commitAt } from './routes-git.ts';
import {
  viewAnnotations,
  viewCheckRun,
  viewCombined,
  viewStatusWithCreator,
} from './view-check.ts';
import type { CheckRun } from './world.ts';

function theRun(call: RepoCall): CheckRun {
  const id = Number(call.params['check_run_id']);
  const run = call.repo.checkRuns.find((one) => one.id === id);
  if (run === undefined) throw notFound();
  return run;
}

/**
 * Where logs lie: another origin, as on GitHub, so that a client that takes its token along gives it
 * away. The address is signed and needs none.
 */
export function logRoutes(logs: () => string): Route[] {
  return [
    repoRoute('GET /actions/jobs/{job_id}/logs', ['actions:read'], (call) => {
      const id = Number(call.params['job_id']);
      const run = call.repo.checkRuns.find((one) => one.id === id);
      if (run === undefined || run.log === null) throw notFound();
      return { status: 302, headers: { location: `${logs()}/logs/${call.repo.id}/${id}?sig=x` } };
    }),
  ];
}

export const checkRoutes: Route[] = [
  repoRoute('GET /check-runs/{check_run_id}/annotations', ['checks:read'], (call) =>
    page(call, viewAnnotations(call, call.repo, theRun(call))),
  ),
  repoRoute('POST /statuses/{sha}', ['statuses:write'], async (call) => {
    const sha = await commitAt(call, call.params['sha'] ?? '');
    const state = needText(call, 'state');
    const states = ['error', 'failure', 'pending', 'success'] as const;
    const known = states.find((one) => one === state);
    if (known === undefined) throw badRequest(`${state} is not a state of a status.`);
    const status = addStatus(call.world, call.at, {
      sha,
      state: known,
      context: textField(call, 'context') ?? 'default',
      description: textField(call, 'description') ?? null,
      targetUrl: textField(call, 'target_url') ?? null,
      by: call.by,
    });
    await call.settle(call.repo);
    return created(viewStatusWithCreator(call, call.repo, status));
  }),
  repoRoute('GET /commits/{ref}/check-runs', ['checks:read'], async (call) => {
    const sha = await commitAt(call, call.params['ref'] ?? '');
    const { query } = call;
    const name = query.get('check_name');
    const status = query.get('status');
    const app = query.get('app_id');
    let runs = call.repo.checkRuns.filter((run) => run.sha === sha);
    if ((query.get('filter') ?? 'latest') === 'latest') {
      runs = [...new Map(runs.map((run) => [`${run.suite} ${run.name}`, run])).values()];
    }
    runs = runs.filter(
      (run) =>
        (name === null || run.name === name) &&
        (status === null || run.status === status) &&
        (app === null || run.app === Number(app)),
    );
    const views = runs.reverse().map((run) => viewCheckRun(call, call.repo, run));
    return page(call, views, (check_runs) => ({ total_count: views.length, check_runs }));
  }),
  repoRoute('GET /commits/{ref}/status', ['statuses:read'], async (call) => {
    const sha = await commitAt(call, call.params['ref'] ?? '');
    const whole = viewCombined(call, call.repo, sha);
    return page(call, whole.statuses, (statuses) => ({ ...whole, statuses }));
  }),
];
