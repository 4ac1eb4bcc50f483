/** Setting check runs and commit statuses, whoever does it. */
import type { Site } from './pulls.ts';
import { type CheckRun, type CommitStatus, nextId, type World } from './world.ts';

export interface NewCheck {
  sha: string;
  name: string;
  app: number;
  status?: CheckRun['status'];
  conclusion?: string | null;
  title?: string | null;
  summary?: string | null;
  text?: string | null;
  detailsUrl?: string;
  externalId?: string;
  startedAt?: string | null;
  completedAt?: string | null;
  annotations?: CheckRun['annotations'];
  log?: string;
}

/** One suite per app and commit, as GitHub makes them. */
function suiteOf(world: World, site: Site, sha: string, app: number): number {
  const known = site.repo.suites.find((suite) => suite.sha === sha && suite.app === app);
  if (known !== undefined) return known.id;
  const suite = { id: nextId(world), sha, app };
  site.repo.suites.push(suite);
  return suite.id;
}

export function addCheckRun(world: World, site: Site, input: NewCheck): CheckRun {
  const suite = suiteOf(world, site, input.sha, input.app);
  const run: CheckRun = {
    id: nextId(world),
    suite,
    sha: input.sha,
    name: input.name,
    app: input.app,
    status: 'queued',
    conclusion: null,
    title: null,
    summary: null,
    text: null,
    detailsUrl: '',
    externalId: '',
    startedAt: site.now,
    completedAt: null,
    annotations: [],
    log: null,
  };
  site.repo.checkRuns.push(run);
  changeCheckRun(site, run, input);
  return run;
}

export function changeCheckRun(site: Site, run: CheckRun, input: Partial<NewCheck>): void {
  run.name = input.name ?? run.name;
  run.status = input.status ?? run.status;
  // A conclusion completes a run, and nothing else may have one.
  if (input.conclusion !== undefined && input.conclusion !== null) run.status = 'completed';
  run.conclusion = run.status === 'completed' ? (input.conclusion ?? run.conclusion) : null;
  run.title = input.title ?? run.title;
  run.summary = input.summary ?? run.summary;
  run.text = input.text ?? run.text;
  run.detailsUrl = input.detailsUrl ?? run.detailsUrl;
  run.externalId = input.externalId ?? run.externalId;
  run.startedAt = input.startedAt ?? run.startedAt;
  run.completedAt = run.status === 'completed' ? (input.completedAt ?? site.now) : null;
  run.log = input.log ?? run.log;
  run.annotations.push(...(input.annotations ?? []));
}

export function addStatus(
  world: World,
  site: Site,
  input: Pick<CommitStatus, 'sha' | 'context' | 'state'> &
    Partial<Pick<CommitStatus, 'description' | 'targetUrl'>> & { by: string },
): CommitStatus {
  const status: CommitStatus = {
    id: nextId(world),
    sha: input.sha,
    context: input.context,
    state: input.state,
    description: input.description ?? null,
    targetUrl: input.targetUrl ?? null,
    author: input.by,
    createdAt: site.now,
  };
  site.repo.statuses.push(status);
  return status;
}
