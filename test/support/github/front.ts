/** The way of a request: what it is, which fault it meets, what answers it. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { secretOf } from './auth.ts';
import type { Meeting } from './faults.ts';
import { answerGit, type GitRequest, readGitPath } from './git-surface.ts';
import { answerGraph, readOperation } from './graph.ts';
import type { Hub } from './hub.ts';
import type { Entry } from './journal.ts';
import { primaryLimit, secondaryLimit } from './limits.ts';
import type { Reply } from './reply.ts';
import { refCommands } from './smart-http.ts';
import { hangUp, readBody, reset, send } from './wire.ts';
import type { Token } from './world.ts';

interface Surface {
  surface: Entry['surface'];
  path: string;
  api: string;
}

function surfaceOf(address: URL, isGit: boolean, url: string): Surface {
  const path = address.pathname;
  if (isGit) return { surface: 'git', path, api: url };
  if (path === '/graphql') return { surface: 'graphql', path, api: url };
  if (path === '/api/graphql') {
    return { surface: 'graphql', path: '/graphql', api: `${url}/api/v3` };
  }
  if (path.startsWith('/api/v3/')) {
    return { surface: 'rest', path: path.slice('/api/v3'.length), api: `${url}/api/v3` };
  }
  return { surface: 'rest', path, api: url };
}

export class Front {
  readonly #hub: Hub;
  readonly #url: string;
  readonly #hooks: string;
  readonly #working = new Set<Promise<void>>();

  constructor(hub: Hub, url: string, hooks: string) {
    this.#hub = hub;
    this.#url = url;
    this.#hooks = hooks;
  }

  /** The HTTP handler. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const work = this.#handle(request, response);
    this.#working.add(work);
    const forget = () => this.#working.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Resolves when nothing is being done any more. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.allSettled(this.#working);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', this.#url);
    const method = request.method ?? 'GET';
    const git = readGitPath(address.pathname);
    const where = surfaceOf(address, git !== null, this.#url);
    const body = await readBody(request);
    const said = secretOf(request.headers.authorization);
    const token = said === null ? undefined : this.#hub.world.tokens.get(said.secret);
    const entry = this.#hub.journal.open(
      {
        at: this.#hub.now(),
        surface: where.surface,
        method,
        path: where.path + address.search,
        api: where.api,
        who: token?.login ?? (said?.isJwt ? 'app' : null),
        ...this.#nature(method, where, git, body),
      },
      body,
    );
    const perform = (meeting: Meeting | null): Promise<Reply> =>
      this.#perform({ request, method, address, where, git, body, entry, meeting });
    const meeting = this.#hub.faults.take(entry);
    await this.#answer(entry, response, meeting, perform, token ?? null);
  }

  /** Whether a request changes something, and what it is about. */
  #nature(
    method: string,
    where: Surface,
    git: GitRequest | null,
    body: Buffer,
  ): Pick<Entry, 'kind' | 'operation'> {
    if (where.surface === 'graphql') return readOperation(body);
    if (git !== null) {
      const commands = git.what === 'git-receive-pack' ? refCommands(body) : [];
      // git asks with an empty push first, to find out whether it may.
      const kind = commands.length > 0 ? 'write' : 'read';
      return { kind, operation: commands.map(({ ref }) => ref) };
    }
    if (/\/access_tokens$/.test(where.path)) return { kind: 'auth', operation: [] };
    return { kind: method === 'GET' || method === 'HEAD' ? 'read' : 'write', operation: [] };
  }

  async #answer(
    entry: Entry,
    response: ServerResponse,
    meeting: Meeting | null,
    perform: (meeting: Meeting | null) => Promise<Reply>,
    token: Token | null,
  ): Promise<void> {
    const fault = meeting?.fault;
    const isAfter = fault !== undefined && 'after' in fault && fault.after === true;
    const trouble = async (): Promise<Reply | 'reset' | null> => {
      meeting?.meet();
      if (fault?.kind === 'reset') return 'reset';
      if (fault?.kind === 'hold') await meeting?.released;
      if (fault?.kind === 'call') await fault.run();
      if (fault?.kind === 'status') {
        const { status, headers = {} } = fault;
        return { status, headers, body: fault.body ?? { message: 'Server Error' } };
      }
      return null;
    };
    let reply: Reply | 'reset' | null = null;
    if (fault !== undefined && !isAfter) reply = await trouble();
    if (reply === null && fault !== undefined) reply = this.#limited(fault, entry, token);
    if (reply === null) {
      if (fault?.kind === 'repeat') await perform(meeting);
      reply = await perform(meeting);
      if (fault?.kind === 'cut') reply = 'reset';
      if (isAfter) reply = (await trouble()) ?? reply;
    }
    if (reply === 'reset') return entry.surface === 'git' ? hangUp(response) : reset(response);
    entry.status = reply.status;
    const id = randomBytes(8).toString('hex').toUpperCase();
    const headers: Record<string, string> = { 'x-github-request-id': id, ...reply.headers };
    if (entry.api.endsWith('/api/v3')) headers['x-github-enterprise-version'] = '3.17.0';
    const damage =
      fault?.kind === 'malformed' || fault?.kind === 'truncated' || fault?.kind === 'html'
        ? fault.kind
        : null;
    const status = (fault?.kind === 'html' ? fault.status : undefined) ?? reply.status;
    send(response, { ...reply, status, headers }, damage);
  }

  #limited(fault: Meeting['fault'], entry: Entry, token: Token | null): Reply | null {
    const now = this.#hub.now();
    const resource = entry.surface === 'graphql' ? 'graphql' : 'core';
    if (fault.kind === 'primary-limit') {
      this.#hub.limits.exhaust(token, now, fault.resetIn, resource);
      if (resource === 'graphql') return null;
      const { reply } = primaryLimit(token, fault.status ?? 403);
      return { ...reply, headers: this.#hub.limits.headers(token, resource, now) };
    }
    if (fault.kind !== 'secondary-limit') return null;
    const { reply } = secondaryLimit(fault.status ?? 403, fault.retryAfter ?? null);
    const headers = { ...this.#hub.limits.headers(token, resource, now), ...reply.headers };
    return { ...reply, headers };
  }

  async #perform(input: {
    request: IncomingMessage;
    method: string;
    address: URL;
    where: Surface;
    git: GitRequest | null;
    body: Buffer;
    entry: Entry;
    meeting: Meeting | null;
  }): Promise<Reply> {
    const { request, method, address, where, git, entry } = input;
    const header = (name: string) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    const stale = input.meeting?.snapshot ?? null;
    const world = stale !== null && entry.kind === 'read' ? stale : this.#hub.world;
    if (git !== null) {
      const isCut = input.meeting?.fault.kind === 'cut';
      return answerGit(this.#hub, git, {
        service: address.searchParams.get('service'),
        authorization: header('authorization'),
        protocol: header('git-protocol'),
        body: input.body,
        cut: isCut,
        hooks: this.#hooks,
        web: this.#url,
      });
    }
    const headers = Object.fromEntries(
      Object.keys(request.headers).map((name) => [name, header(name)]),
    );
    const rest = {
      method,
      path: where.path,
      query: address.searchParams,
      headers,
      body: input.body,
      api: where.api,
      web: this.#url,
    };
    if (where.surface === 'graphql')
      return this.#hub.exclusive(() => answerGraph(this.#hub, rest, world));
    return this.#hub.exclusive(() => {
      this.#hub.onRequestProblems = (problems) => {
        entry.problems.push(...problems);
      };
      return this.#hub.rest(rest, world);
    });
  }
}
