/** The state of one GitHub double and the way of a request through it, without HTTP itself. */
import { createHash } from 'node:crypto';
import { authenticate, authorize, type Caller } from './auth.ts';
import { answerProblems, requestProblems } from './described.ts';
import { Faults } from './faults.ts';
import { GitDir } from './git-dir.ts';
import { Journal } from './journal.ts';
import { primaryLimit, RateLimits } from './limits.ts';
import type { Site } from './pulls.ts';
import { settle } from './queue.ts';
import { ApiError, type Call, type Reply, type Route } from './reply.ts';
import { Router } from './router.ts';
import { appRoutes } from './routes-app.ts';
import { checkRoutes, logRoutes } from './routes-checks.ts';
import { gitRoutes } from './routes-git.ts';
import { pullRoutes } from './routes-pulls.ts';
import { talkRoutes } from './routes-talk.ts';
import { newWorld, type Repo, userOf, type World } from './world.ts';

export interface RestRequest {
  method: string;
  /** Decoded of nothing: as it stands in the request, without prefix and query. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** Roots of REST addresses and of pages. */
  api: string;
  web: string;
}

export class Hub {
  world: World = newWorld();
  readonly limits = new RateLimits();
  readonly journal = new Journal();
  readonly faults = new Faults(() => {
    // Who may do what is known at once everywhere; only the content of repositories lags behind.
    const { tokens, apps } = this.world;
    return { ...structuredClone(this.world), tokens, apps };
  });
  readonly root: string;
  /** What the double did wrong: answers that GitHub's description does not allow, and crashes. */
  readonly problems: string[] = [];
  readonly leaks: string[] = [];
  /** Root of the other origin, where logs lie. */
  logs = '';
  mergeabilityDelay = 1;
  /** Added to the machine's clock, in milliseconds. */
  clockOffset = 0;
  readonly #router: Router;
  #last: Promise<unknown> = Promise.resolve();

  constructor(root: string) {
    this.root = root;
    const routes: Route[] = [
      ...appRoutes,
      ...logRoutes(() => this.logs),
      ...checkRoutes,
      ...talkRoutes,
      ...pullRoutes,
      ...gitRoutes,
    ];
    this.#router = new Router(routes);
  }

  now(): number {
    return Date.now() + this.clockOffset;
  }

  iso(): string {
    return new Date(Math.floor(this.now() / 1000) * 1000).toISOString().replace('.000', '');
  }

  /** One thing at a time: every request sees whole effects of others. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => {});
    return next;
  }

  site(repo: Repo): Site {
    return {
      repo,
      git: new GitDir(repo.gitDir),
      now: this.iso(),
      mergeabilityDelay: this.mergeabilityDelay,
    };
  }

  async settle(repo: Repo): Promise<void> {
    await settle(this.site(repo));
  }

  /** The repository of a path, or where it moved to. */
  repoAt(world: World, owner: string, name: string): { repo: Repo; moved: boolean } | null {
    const id = world.names.get(`${owner}/${name}`.toLowerCase());
    const repo = id === undefined ? undefined : world.repos.get(id);
    if (repo === undefined) return null;
    const moved = `${repo.owner}/${repo.name}`.toLowerCase() !== `${owner}/${name}`.toLowerCase();
    return { repo, moved };
  }

  /** A REST request, whole: who, how often, which route, what it answers. */
  async rest(request: RestRequest, world: World): Promise<Reply> {
    const problems: string[] = [];
    const now = this.now();
    let caller: Caller = { token: null, app: null };
    let isCounted = false;
    let reply: Reply;
    try {
      if (!request.headers['user-agent']) {
        throw new ApiError(
          403,
          'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
        );
      }
      const version = request.headers['x-github-api-version'];
      if (version !== undefined && !/^20\d\d-\d\d-\d\d$/.test(version)) {
        throw new ApiError(400, `${version} is not a supported version of the API.`);
      }
      caller = authenticate(world, request.headers['authorization'], now);
      isCounted = caller.app === null;
      if (isCounted && this.limits.left(caller.token, 'core', now) === 0) {
        isCounted = false;
        throw primaryLimit(caller.token);
      }
      reply = await this.#route(request, world, caller, problems);
    } catch (error) {
      if (!(error instanceof ApiError)) {
        const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.problems.push(`${request.method} ${request.path}: ${what}`);
      }
      reply =
        error instanceof ApiError ? error.reply : { status: 500, body: { message: 'double' } };
    }
    if (request.method === 'GET' && reply.status === 200) reply = withEtag(request, reply);
    // What did not change costs nothing.
    if (isCounted && reply.status !== 304) this.limits.count(caller.token, 'core', now);
    return { ...reply, headers: { ...this.#headers(caller, now), ...reply.headers } };
  }

  #headers({ token }: Caller, now: number): Record<string, string> {
    const headers: Record<string, string> = {
      'x-github-media-type': 'github.v3; format=json',
      'x-github-api-version-selected': '2022-11-28',
      ...this.limits.headers(token, 'core', now),
    };
    if (token?.kind === 'classic')
      headers['x-oauth-scopes'] = Object.keys(token.permissions).join(', ');
    if (token?.expiresAt != null) {
      const at = new Date(token.expiresAt).toISOString().replace('T', ' ');
      headers['github-authentication-token-expiration'] = `${at.slice(0, 19)} UTC`;
    }
    return headers;
  }

  async #route(
    request: RestRequest,
    world: World,
    caller: Caller,
    problems: string[],
  ): Promise<Reply> {
    const path = this.#canonical(world, request.path);
    const found = this.#router.find(request.method, path);
    if (found === null) {
      throw new ApiError(501, `The double does not cover ${request.method} ${request.path}.`);
    }
    const { route, params } = found;
    const body = parseBody(request.body);
    problems.push(...requestProblems(request.method, route.path, request.query, body));
    this.onRequestProblems(problems);
    const call: Call = {
      world,
      params: { ...params, __path: request.path },
      query: request.query,
      body: (body ?? {}) as Record<string, unknown>,
      token: caller.token,
      user: caller.token === null ? null : userOf(world, caller.token.login),
      app: caller.app,
      api: request.api,
      web: request.web,
      now: () => this.now(),
      settle: (repo) => (world === this.world ? this.settle(repo) : Promise.resolve()),
    };
    let reply: Reply;
    try {
      reply = await this.#run(request, route, call);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reply = error.reply;
    }
    if (reply.raw === undefined) {
      const wrong = answerProblems(request.method, route.path, reply.status, reply.body);
      this.problems.push(...wrong.map((one) => `${request.method} ${request.path}: ${one}`));
    }
    return reply;
  }

  /** Told of every request what GitHub's description says is wrong with it. */
  onRequestProblems: (problems: string[]) => void = () => {};

  async #run(request: RestRequest, route: Route, call: Call): Promise<Reply> {
    if (route.kind === 'plain') return route.run(call);
    const { owner = '', repo: name = '' } = call.params;
    const found = this.repoAt(call.world, owner, name);
    if (found === null) throw new ApiError(404, 'Not Found');
    const { repo, moved } = found;
    authorize(call.token, repo, route.needs);
    if (moved) {
      const rest = request.path.split('/').slice(4).join('/');
      const location = `${request.api}/repositories/${repo.id}${rest === '' ? '' : `/${rest}`}`;
      const query = request.query.size > 0 ? `?${request.query}` : '';
      const isRead = request.method === 'GET';
      const body = {
        message: isRead ? 'Moved Permanently' : 'Temporary Redirect',
        url: location + query,
        documentation_url:
          'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects',
      };
      return { status: isRead ? 301 : 307, body, headers: { location: location + query } };
    }
    const isWrite = request.method !== 'GET';
    if (repo.settings.archived && isWrite) {
      throw new ApiError(403, 'Repository was archived so is read-only.');
    }
    const by = call.token?.login ?? '';
    return route.run({ ...call, repo, at: this.site(repo), by });
  }

  /** `/repositories/<id>/…`, where redirects lead, is another name of `/repos/<owner>/<name>/…`. */
  #canonical(world: World, path: string): string {
    const match = /^\/repositories\/(\d+)(\/.*)?$/.exec(path);
    const repo = world.repos.get(Number(match?.[1] ?? -1));
    if (match === null || repo === undefined) return path;
    return `/repos/${repo.owner}/${repo.name}${match[2] ?? ''}`;
  }
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The same answer as for JSON of the wrong kind.
  }
  throw new ApiError(400, 'Problems parsing JSON');
}

function withEtag(request: RestRequest, reply: Reply): Reply {
  const data = reply.raw?.data ?? JSON.stringify(reply.body);
  const etag = `W/"${createHash('sha256').update(data).digest('hex')}"`;
  const known = (request.headers['if-none-match'] ?? '').split(/, */);
  const headers = { ...reply.headers, etag, 'cache-control': 'private, max-age=60, s-maxage=60' };
  return known.includes(etag) ? { status: 304, headers } : { ...reply, headers };
}
