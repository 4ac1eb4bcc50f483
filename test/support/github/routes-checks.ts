/** Check runs, check suites and commit statuses over REST. */
import { addCheckRun, addStatus, changeCheckRun, type NewCheck } from './checks.ts';
import {
  ApiError,
  badRequest,
  created,
  needText,
  notFound,
  ok,
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
  viewSuite,
} from './view-check.ts';
import type { CheckRun } from './world.ts';

function theRun(call: RepoCall): CheckRun {
  const id = Number(call.params['check_run_id']);
  const run = call.repo.checkRuns.find((one) => one.id === id);
  if (run === undefined) throw notFound();
  return run;
}

/** Only apps write check runs. */
function theApp(call: RepoCall): number {
  if (call.token?.app == null) throw new ApiError(403, 'You must authenticate via a GitHub App.');
  return call.token.app;
}

/** What a request may say of a run. */
function saidOf(call: RepoCall): Partial<NewCheck> {
  const output = (call.body['output'] ?? {}) as Record<string, unknown>;
  const word = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const annotations = Array.isArray(output['annotations']) ? output['annotations'] : [];
  const said = {
    status: word(call.body['status']) as CheckRun['status'] | undefined,
    conclusion: word(call.body['conclusion']),
    detailsUrl: word(call.body['details_url']),
    externalId: word(call.body['external_id']),
    startedAt: word(call.body['started_at']),
    completedAt: word(call.body['completed_at']),
    title: word(output['title']),
    summary: word(output['summary']),
    text: word(output['text']),
    annotations: (annotations as Record<string, unknown>[]).map((one) => ({
      path: String(one['path']),
      line: Number(one['start_line']),
      level: String(one['annotation_level']),
      message: String(one['message']),
    })),
  };
  if (said.status === 'completed' && said.conclusion === undefined) {
    throw badRequest('"conclusion" wasn\'t supplied.');
  }
  const known = Object.entries(said).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Partial<NewCheck>;
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
  repoRoute('POST /check-runs', ['checks:write'], async (call) => {
    const app = theApp(call);
    const name = needText(call, 'name');
    const sha = await call.at.git.resolve(needText(call, 'head_sha'));
    if (sha === null) throw new ApiError(422, 'No commit found for SHA');
    const run = addCheckRun(call.world, call.at, { ...saidOf(call), sha, name, app });
    await call.settle(call.repo);
    return created(viewCheckRun(call, call.repo, run));
  }),
  repoRoute('GET /check-runs/{check_run_id}/annotations', ['checks:read'], (call) =>
    page(call, viewAnnotations(call, call.repo, theRun(call))),
  ),
  repoRoute('GET /check-runs/{check_run_id}', ['checks:read'], (call) =>
    ok(viewCheckRun(call, call.repo, theRun(call))),
  ),
  repoRoute('PATCH /check-runs/{check_run_id}', ['checks:write'], async (call) => {
    const run = theRun(call);
    if (theApp(call) !== run.app) {
      throw new ApiError(
        403,
        'Invalid app_id `undefined` - check run can only be modified by the GitHub App that created it.',
      );
    }
    const name = textField(call, 'name');
    changeCheckRun(call.at, run, { ...saidOf(call), ...(name === undefined ? {} : { name }) });
    await call.settle(call.repo);
    return ok(viewCheckRun(call, call.repo, run));
  }),
  repoRoute('GET /check-suites/{check_suite_id}', ['checks:read'], async (call) => {
    const id = Number(call.params['check_suite_id']);
    const suite = call.repo.suites.find((one) => one.id === id);
    if (suite === undefined) throw notFound();
    return ok(await viewSuite(call, call.repo, call.at.git, suite));
  }),
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
  repoRoute('GET /commits/{ref}/check-suites', ['checks:read'], async (call) => {
    const sha = await commitAt(call, call.params['ref'] ?? '');
    const suites = call.repo.suites.filter((suite) => suite.sha === sha);
    const views = await Promise.all(
      suites.map((suite) => viewSuite(call, call.repo, call.at.git, suite)),
    );
    return page(call, views, (check_suites) => ({ total_count: views.length, check_suites }));
  }),
  repoRoute('GET /commits/{ref}/status', ['statuses:read'], async (call) => {
    const sha = await commitAt(call, call.params['ref'] ?? '');
    const whole = viewCombined(call, call.repo, sha);
    return page(call, whole.statuses, (statuses) => ({ ...whole, statuses }));
  }),
  repoRoute('GET /commits/{ref}/statuses', ['statuses:read'], async (call) => {
    const sha = await commitAt(call, call.params['ref'] ?? '');
    const mine = call.repo.statuses.filter((status) => status.sha === sha).reverse();
    return page(
      call,
      mine.map((status) => viewStatusWithCreator(call, call.repo, status)),
    );
  }),
];
