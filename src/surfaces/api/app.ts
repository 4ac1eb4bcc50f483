/** The daemon's HTTP surface: guards first, then thin handlers over documents and the dispatcher. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { streamOf } from '../../control/streams.ts';
import type { Task } from '../../control/task.ts';
import { printable } from '../../lib/escape.ts';
import { approvalsDoc, holdsDoc, missionDoc, taskDoc } from '../documents.ts';
import { missionsDoc, reposDoc, tasksDoc } from '../lists.ts';
import { statusDoc } from '../status-doc.ts';
import { usageReport } from '../usage-report.ts';
import type { ApiDeps } from './deps.ts';
import { type EventRequest, eventAnswers } from './events.ts';
import { type ApiEnv, checkBody, checkSource, checkToken, onlyOperator } from './guard.ts';
import { openApiDocument } from './openapi.ts';
import { ApiProblem, problemOf, problemResponse, SECURITY_HEADERS } from './problem.ts';
import { routes } from './routes.ts';

export interface Api {
  /** `port` is the one the request came in on. Never rejects. */
  fetch(request: Request, env: { port: number }): Promise<Response>;
  /** Ends every open event stream, so that a server can close. */
  endStreams(): void;
}

type Ctx = Context<ApiEnv>;

export function createApi(deps: ApiDeps): Api {
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook(result) {
      if (result.success) return;
      const [issue] = result.error.issues;
      const place = printable((issue?.path ?? []).join('.'), 100) || `the ${result.target}`;
      const why = printable(issue?.message ?? 'not valid', 300);
      throw new ApiProblem(400, 'invalid', `${place}: ${why}. See /openapi.json.`);
    },
  });
  const token = checkToken(deps.actorOf);
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  });
  app.use(checkSource);
  app.use((c, next) => (c.req.path === '/healthz' ? next() : token(c, next)));
  app.use(async (c, next) => {
    // Hono would run the GET handler and drop its body: an event stream would never be ended.
    if (c.req.method === 'HEAD') throw notAllowed();
    await next();
  });
  const streams = eventAnswers(deps);
  readRoutes(app, deps);
  writeRoutes(app, deps);
  const events = (c: Ctx, request: EventRequest) =>
    streams.answer(c.get('actor'), c.req.raw.headers, request);
  app.openapi(routes.events, (c) => events(c, c.req.valid('query')));
  app.openapi(routes.stream, (c) => events(c, { ...c.req.valid('query'), live: true }));
  app.openapi(routes.history, async (c) => {
    const { id } = c.req.valid('param');
    if (!(await deps.reader.state(streamOf.task(id)))) throw unknown('task', id);
    return events(c, { ...c.req.valid('query'), stream: streamOf.task(id) });
  });
  let document: object | undefined;
  app.get('/openapi.json', (c) => {
    document ??= openApiDocument(deps.identity.version);
    return c.json(document);
  });
  for (const path of new Set(app.routes.map((route) => route.path))) {
    if (!path.includes('*'))
      app.all(path, () => {
        throw notAllowed();
      });
  }
  app.notFound(() => {
    throw new ApiProblem(404, 'unknown-route', 'There is no such route; see /openapi.json.');
  });
  app.onError((error) => {
    const known =
      error instanceof HTTPException
        ? new ApiProblem(400, 'invalid', 'The request cannot be read; see /openapi.json.')
        : problemOf(error);
    if (known.code === 'internal' || known.code === 'corrupt')
      deps.log('error', 'a request failed', { error: String(error) });
    return problemResponse(known);
  });
  return {
    fetch: async (request, env) => app.fetch(request, env),
    endStreams: streams.end,
  };
}

const notAllowed = () =>
  new ApiProblem(405, 'wrong-method', 'This route has another method; see /openapi.json.');
const unknown = (what: 'mission' | 'task', id: string) =>
  new ApiProblem(404, `unknown-${what}`, `There is no ${what} ${id}; see \`aedev ${what} list\`.`);

function readRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  const { reader, identity } = deps;
  app.openapi(routes.health, (c) => {
    const { nonce } = c.req.valid('query');
    const { version, boot } = identity;
    const proof = nonce === undefined ? null : identity.prove(nonce);
    return c.json({ ok: true as const, version, boot, proof }, 200);
  });
  app.openapi(routes.status, async (c) => {
    // Whoever asks this process knows that this process lives.
    const status = await statusDoc(reader, (pid) => pid === identity.pid);
    return c.json(
      plain({ ...status, switch: deps.halted(), policyProblems: deps.policyProblems() }),
      200,
    );
  });
  app.openapi(routes.missions, async (c) => c.json(plain(await missionsDoc(reader)), 200));
  app.openapi(routes.mission, async (c) => {
    const { id } = c.req.valid('param');
    const mission = await missionDoc(reader, id, deps.checkEvidence);
    if (!mission) throw unknown('mission', id);
    return c.json(plain(mission), 200);
  });
  app.openapi(routes.tasks, async (c) => c.json(plain(await tasksDoc(reader)), 200));
  app.openapi(routes.task, async (c) => {
    const { id } = c.req.valid('param');
    const task = (await reader.state(streamOf.task(id)))?.state as Task | undefined;
    if (!task) throw unknown('task', id);
    return c.json(plain(await taskDoc(task, deps.checkEvidence)), 200);
  });
  app.openapi(routes.repos, async (c) => c.json(plain(await reposDoc(reader)), 200));
  app.openapi(routes.holds, async (c) => c.json(plain({ holds: await holdsDoc(reader) }), 200));
  app.openapi(routes.approvals, async (c) =>
    c.json(plain({ approvals: await approvalsDoc(reader) }), 200),
  );
  app.openapi(routes.usage, async (c) => c.json(plain(await usageReport(reader)), 200));
  app.openapi(routes.evidence, async (c) => {
    const { digest } = c.req.valid('param');
    const bundle = await deps.readEvidence(digest).catch((error: unknown) => {
      if ((error as { tag?: unknown } | null)?.tag !== 'not-found') throw error;
      throw new ApiProblem(404, 'unknown-evidence', 'There is no evidence with this digest here.');
    });
    return c.body(Uint8Array.from(bundle), 200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${digest}"`,
    });
  });
  app.openapi(routes.logs, async (c) => {
    const { run } = c.req.valid('param');
    const { which } = c.req.valid('query');
    const found = await deps.logs(run, which);
    if (!found) throw new ApiProblem(404, 'unknown-run', `Run ${run} left no ${which} here.`);
    return c.json({ run, which, text: found.text, truncated: found.truncated }, 200);
  });
}

/**
 * Hono's types ask for index signatures, which interfaces do not have. What really goes out is held
 * against the schemas by test/surfaces/api.
 */
const plain = (doc: object) => doc as never;

function writeRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  for (const path of ['/v1/commands', '/v1/refresh', '/v1/prune', '/v1/stop'])
    app.use(path, checkBody);
  app.openapi(routes.command, async (c) => {
    const actor = c.get('actor');
    const { id, command } = c.req.valid('json');
    // The engine's own commands have ids that can be foretold (`settle:<move>`): a caller who
    // took one would make the engine believe it had been done. So each actor has ids of its own.
    const receipt = await deps.dispatch({ id: `${actor}/${id}`, actor, command });
    const { outcome, code, sentence, seqs, data } = receipt;
    const answer = plain({ outcome, code, sentence, seqs, data });
    if (outcome === 'accepted') return c.json(answer, 200);
    const forbidden = !actor.startsWith('operator:') && command.type !== 'mission.submit';
    if (forbidden || code === 'not-an-operator') return c.json(answer, 403);
    return UNKNOWN.includes(code ?? '') ? c.json(answer, 404) : c.json(answer, 409);
  });
  app.openapi(routes.refresh, async (c) => {
    onlyOperator(c.get('actor'), 'make the daemon read its files again');
    return c.json({ problems: await deps.refresh() }, 200);
  });
  app.openapi(routes.prune, async (c) => {
    onlyOperator(c.get('actor'), 'prune');
    const { dryRun } = c.req.valid('json');
    // What is kept, and how long, is in these files.
    if (!dryRun && (await deps.refresh()).length > 0)
      throw new ApiProblem(
        409,
        'policy-broken',
        'A policy file is broken; nothing was pruned. Mend what `aedev config check` says, then prune.',
      );
    return c.json(await deps.prune(dryRun), 200);
  });
  app.openapi(routes.stop, (c) => {
    onlyOperator(c.get('actor'), 'stop the daemon');
    deps.stop(c.req.valid('json').reason);
    return c.json({ stopping: true as const }, 202);
  });
}

/** Refusals of the control plane that say that something does not exist. */
const UNKNOWN = ['unknown-mission', 'unknown-task', 'unknown-repo'];
