/**
 * DOUBLE of GitHub for tests: REST, GraphQL and git over HTTP on one loopback port, over real bare
 * repositories. Made from GitHub's public documentation and checked against GitHub's own
 * descriptions; it shares no code with aedev's GitHub adapter.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RepoHandle } from './control.ts';
import { Front } from './front.ts';
import { GitDir } from './git-dir.ts';
import { Hub } from './hub.ts';
import { personOf } from './landing.ts';
import { writeHooks } from './smart-http.ts';
import { reset } from './wire.ts';
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
  statuses: 'write',
  actions: 'read',
  administration: 'read',
};

export interface AppHandle {
  id: number;
  clientId: string;
  installation: number;
  /** PEM, made for this app alone. */
  privateKey: string;
}

export class GitHubDouble {
  readonly hub: Hub;
  readonly journal;
  readonly faults;
  readonly limits;
  /** `http://127.0.0.1:<port>`: root of pages and of git, and of REST as on api.github.com. */
  readonly url: string;
  readonly #stop: () => Promise<void>;

  constructor(hub: Hub, url: string, stop: () => Promise<void>) {
    this.hub = hub;
    this.journal = hub.journal;
    this.faults = hub.faults;
    this.limits = hub.limits;
    this.url = url;
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

  /**
   * Looks at a pull request, counted from its opening and from every push to head or base, that are
   * told nothing about mergeability yet; the answer to the opening is the first look. Default 1.
   */
  set mergeabilityDelay(looks: number) {
    this.hub.mergeabilityDelay = looks;
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
      permissions: input.permissions ?? { ...WORK, checks: 'write' },
      installation: nextId(world),
      repos: input.repos.map(({ id }) => id),
    };
    world.apps.set(app.id, app);
    const { id, clientId, installation } = app;
    return { id, clientId, installation, privateKey };
  }

  /** Requests to the other origin, where logs lie, that took a token along. */
  get leaks(): string[] {
    return this.hub.leaks;
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
}

/** Starts a server on a loopback port and says where it is and how to end it. */
async function listen(
  server: Server,
  port: number,
): Promise<{ url: string; stop(): Promise<void> }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}`, stop };
}

/** Serves logs at signed addresses and remembers whoever sent a token along. */
function logServer(hub: Hub): Server {
  return createServer((request, response) => {
    if (request.headers.authorization !== undefined) hub.leaks.push(request.url ?? '');
    const [, repo, run] = /^\/logs\/(\d+)\/(\d+)/.exec(request.url ?? '') ?? [];
    const found = hub.world.repos
      .get(Number(repo))
      ?.checkRuns.find((one) => one.id === Number(run));
    const log = found?.log ?? null;
    response.writeHead(log === null ? 404 : 200, { 'content-type': 'text/plain' });
    response.end(log ?? '');
  });
}

export async function startGitHubDouble(options: { port?: number } = {}): Promise<GitHubDouble> {
  const hub = new Hub(mkdtempSync(join(tmpdir(), 'aedev-github-')));
  const hooks = writeHooks(hub.root);
  let front: Front | null = null;
  const server = createServer((request, response) => {
    front?.handle(request, response).catch((error: unknown) => {
      // A client that went away in the middle is no fault of the double.
      const code = (error as { code?: unknown }).code;
      if (code !== 'ECONNRESET' && !response.destroyed) hub.problems.push(crash(error));
      reset(response);
    });
  });
  const main = await listen(server, options.port ?? 0);
  const logs = await listen(logServer(hub), 0);
  hub.logs = logs.url;
  front = new Front(hub, main.url, hooks);
  const stop = async () => {
    await main.stop();
    await front?.idle();
    await logs.stop();
  };
  return new GitHubDouble(hub, main.url, stop);
}

function crash(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
