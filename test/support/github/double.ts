/**
 * DOUBLE of GitHub for tests: REST, GraphQL and git over HTTP on one loopback port, over real bare
 * repositories. Made from GitHub's public documentation and checked against GitHub's own
 * descriptions; it shares no code with aedev's GitHub adapter.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretOf } from './auth.ts';
import { RepoHandle } from './control.ts';
import type { Meeting } from './faults.ts';
import { GitDir } from './git-dir.ts';
import { answerGit, type GitRequest, readGitPath } from './git-surface.ts';
import { answerGraph, readOperation } from './graph.ts';
import { Hub } from './hub.ts';
import type { Entry } from './journal.ts';
import { personOf } from './landing.ts';
import { primaryLimit, secondaryLimit } from './limits.ts';
import type { Reply } from './reply.ts';
import { refCommands, writeHooks } from './smart-http.ts';
import { webPage } from './web-page.ts';
import { readBody, reset, send } from './wire.ts';
import { type App, type Level, nextId, type Repo, type Token, userOf } from './world.ts';

export interface NewRepo {
  /** Files of the first commit; null makes an empty repository. */
  files?: Record<string, string> | null;
  private?: boolean;
  defaultBranch?: string;
  /** Login → permission; the owner is admin anyway. */
  people?: Record<string, 'admin' | 'write' | 'read'>;
  settings?: Partial<Repo['settings']>;
}

export interface NewToken {
  login?: string;
  kind?: 'classic' | 'fine-grained';
  /** Default: all that aedev needs. A classic token takes `{ repo: 'write' }` or `{}`. */
  permissions?: Record<string, Level>;
  /** Default: all the login may see. */
  repos?: RepoHandle[];
  /** Milliseconds from now. */
  expiresIn?: number;
}

/** Permissions that delivering work needs. */
export const WORK: Record<string, Level> = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'read',
  statuses: 'read',
  administration: 'read',
};

export interface AppHandle {
  id: number;
  clientId: string;
  installation: number;
  /** PEM, made for this app alone. */
  privateKey: string;
}

interface Surface {
  surface: Entry['surface'];
  path: string;
  api: string;
}

export class GitHubDouble {
  readonly hub: Hub;
  readonly journal;
  readonly faults;
  readonly limits;
  /** `http://127.0.0.1:<port>`: root of pages and of git, and of REST as on api.github.com. */
  readonly url: string;
  readonly #hooks: string;
  readonly #stop: () => Promise<void>;

  constructor(hub: Hub, url: string, hooks: string, stop: () => Promise<void>) {
    this.hub = hub;
    this.journal = hub.journal;
    this.faults = hub.faults;
    this.limits = hub.limits;
    this.url = url;
    this.#hooks = hooks;
    this.#stop = stop;
  }

  /** Addresses as on GitHub Enterprise Server. */
  get enterprise(): { api: string; graphql: string } {
    return { api: `${this.url}/api/v3`, graphql: `${this.url}/api/graphql` };
  }

  /** Where git finds a repository; without any secret in it. */
  gitUrl(repo: RepoHandle): string {
    return `${this.url}/${repo.fullName}.git`;
  }

  /** Makes the double's clock go forward. */
  advance(milliseconds: number): void {
    this.hub.clockOffset += milliseconds;
  }

  async createRepo(fullName: string, input: NewRepo = {}): Promise<RepoHandle> {
    const [owner = '', name = ''] = fullName.split('/');
    const { world } = this.hub;
    const branch = input.defaultBranch ?? 'main';
    userOf(world, owner);
    const id = nextId(world);
    const gitDir = join(this.hub.root, `${id}.git`);
    const git = await GitDir.create(gitDir, branch);
    const people = Object.entries(input.people ?? {});
    const repo: Repo = {
      id,
      owner,
      name,
      private: input.private ?? true,
      defaultBranch: branch,
      gitDir,
      createdAt: this.hub.iso(),
      settings: {
        mergeCommit: true,
        squash: true,
        rebase: true,
        autoMerge: false,
        deleteBranchOnMerge: false,
        drafts: true,
        archived: false,
        ...input.settings,
      },
      refs: new Map(),
      nextNumber: 1,
      issues: new Map(),
      pulls: new Map(),
      labels: new Map(),
      comments: [],
      reviews: [],
      reviewComments: [],
      threads: [],
      suites: [],
      checkRuns: [],
      statuses: [],
      rules: [],
      queue: [],
      permissions: new Map([
        ...people.map(([login, level]): [string, typeof level] => [login.toLowerCase(), level]),
        [owner.toLowerCase(), 'admin'],
      ]),
    };
    if (input.files !== null) {
      const tree = await git.writeTree(null, input.files ?? { 'README.md': `${name}\n` });
      const person = personOf(owner, this.hub.iso());
      const people = { author: person, committer: person };
      await git.setRef(`refs/heads/${branch}`, await git.commitTree(tree, [], 'start\n', people));
      repo.refs = await git.refs();
    }
    world.repos.set(id, repo);
    world.names.set(fullName.toLowerCase(), id);
    return new RepoHandle(this.hub, id);
  }

  /** A token made at run time; nothing that looks like one is ever written down. */
  token(input: NewToken = {}): string {
    const kind = input.kind ?? 'fine-grained';
    const start = kind === 'classic' ? 'ghp' : 'github_pat';
    const login = input.login ?? 'aedev-bot';
    userOf(this.hub.world, login);
    const token: Token = {
      value: `${start}_${randomBytes(18).toString('hex')}`,
      kind,
      login,
      permissions: input.permissions ?? (kind === 'classic' ? { repo: 'write' } : { ...WORK }),
      repos: input.repos?.map(({ id }) => id) ?? 'all',
      expiresAt: input.expiresIn === undefined ? null : this.hub.now() + input.expiresIn,
      app: null,
    };
    this.hub.world.tokens.set(token.value, token);
    return token.value;
  }

  revoke(token: string): void {
    this.hub.world.tokens.delete(token);
  }

  /** An app installed on some repositories. */
  app(input: {
    repos: RepoHandle[];
    permissions?: Record<string, Level>;
    slug?: string;
  }): AppHandle {
    const { world } = this.hub;
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const slug = input.slug ?? 'aedev';
    const app: App = {
      id: nextId(world),
      clientId: `Iv1.${randomBytes(8).toString('hex')}`,
      slug,
      name: slug,
      owner: input.repos[0]?.state.owner ?? 'acme',
      publicKey,
      permissions: input.permissions ?? { ...WORK, checks: 'write', statuses: 'write' },
      installation: nextId(world),
      repos: input.repos.map(({ id }) => id),
    };
    world.apps.set(app.id, app);
    const { id, clientId, installation } = app;
    return { id, clientId, installation, privateKey };
  }

  /** What the double did wrong so far. {@link close} throws when there is anything. */
  get problems(): string[] {
    return this.hub.problems;
  }

  async close(): Promise<void> {
    this.faults.clear();
    await this.#stop();
    rmSync(this.hub.root, { recursive: true, force: true });
    const [first] = this.problems;
    if (first !== undefined) throw new Error(`the GitHub double was not faithful: ${first}`);
  }

  /** The HTTP handler. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const git = readGitPath(address.pathname);
    const where = surfaceOf(address, git !== null, this.url);
    const body = await readBody(request);
    const said = secretOf(request.headers.authorization);
    const token = said === null ? undefined : this.hub.world.tokens.get(said.secret);
    const entry = this.journal.open(
      {
        at: this.hub.now(),
        surface: where.surface,
        method,
        path: where.path + address.search,
        who: token?.login ?? (said?.isJwt ? 'app' : null),
        ...this.#nature(method, where, git, body),
      },
      body,
    );
    const perform = (meeting: Meeting | null): Promise<Reply> =>
      this.#perform({ request, method, address, where, git, body, entry, meeting });
    const meeting = this.faults.take(entry);
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
    if (reply === 'reset') return reset(response);
    entry.status = reply.status;
    const id = randomBytes(8).toString('hex').toUpperCase();
    const headers = { 'x-github-request-id': id, ...reply.headers };
    const damage =
      fault?.kind === 'malformed' || fault?.kind === 'truncated' || fault?.kind === 'html'
        ? fault.kind
        : null;
    const status = (fault?.kind === 'html' ? fault.status : undefined) ?? reply.status;
    send(response, { ...reply, status, headers }, damage);
  }

  #limited(fault: Meeting['fault'], entry: Entry, token: Token | null): Reply | null {
    const now = this.hub.now();
    const resource = entry.surface === 'graphql' ? 'graphql' : 'core';
    if (fault.kind === 'primary-limit') {
      this.limits.exhaust(token, now, fault.resetIn, resource);
      if (resource === 'graphql') return null;
      const { reply } = primaryLimit(token);
      return { ...reply, headers: this.limits.headers(token, resource, now) };
    }
    if (fault.kind !== 'secondary-limit') return null;
    const { reply } = secondaryLimit(fault.status ?? 403, fault.retryAfter ?? null);
    const headers = { ...this.limits.headers(token, resource, now), ...reply.headers };
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
    const world = stale !== null && entry.kind === 'read' ? stale : this.hub.world;
    if (git !== null) {
      const isCut = input.meeting?.fault.kind === 'cut';
      return answerGit(this.hub, git, {
        service: address.searchParams.get('service'),
        authorization: header('authorization'),
        protocol: header('git-protocol'),
        body: input.body,
        cut: isCut,
        hooks: this.#hooks,
        web: this.url,
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
      web: this.url,
    };
    if (where.surface === 'web')
      return this.hub.exclusive(async () => webPage(this.hub, where.path, this.url));
    if (where.surface === 'graphql')
      return this.hub.exclusive(() => answerGraph(this.hub, rest, world));
    return this.hub.exclusive(() => {
      this.hub.onRequestProblems = (problems) => {
        entry.problems.push(...problems);
      };
      return this.hub.rest(rest, world);
    });
  }
}

const REST = /^\/(?:repos|repositories|app|installation|user|rate_limit|meta)(?:\/|$)/;

function surfaceOf(address: URL, isGit: boolean, url: string): Surface {
  const path = address.pathname;
  if (isGit) return { surface: 'git', path, api: url };
  if (path === '/graphql') return { surface: 'graphql', path, api: url };
  if (path === '/api/graphql')
    return { surface: 'graphql', path: '/graphql', api: `${url}/api/v3` };
  if (path.startsWith('/api/v3/')) {
    return { surface: 'rest', path: path.slice('/api/v3'.length), api: `${url}/api/v3` };
  }
  if (REST.test(path)) return { surface: 'rest', path, api: url };
  return { surface: 'web', path, api: url };
}

export async function startGitHubDouble(options: { port?: number } = {}): Promise<GitHubDouble> {
  const root = mkdtempSync(join(tmpdir(), 'aedev-github-'));
  const hub = new Hub(root);
  const hooks = writeHooks(root);
  let double: GitHubDouble | null = null;
  const server = createServer((request, response) => {
    double?.handle(request, response).catch((error: unknown) => {
      // A client that went away in the middle is no fault of the double.
      const code = (error as { code?: unknown }).code;
      if (code !== 'ECONNRESET' && !response.destroyed) hub.problems.push(crash(error));
      reset(response);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  double = new GitHubDouble(hub, `http://127.0.0.1:${address.port}`, hooks, stop);
  return double;
}

function crash(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
