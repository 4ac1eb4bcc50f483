/** Plain fetch and plain git against the GitHub double, as any client would use it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gitEnvironment } from '../../src/lib/git-environment.ts';
import type { RepoHandle } from '../support/github/control.ts';
import { type GitHubDouble, startGitHubDouble } from '../support/github/double.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what the tests expect of them
type Json = any;

export interface Answer {
  status: number;
  body: Json;
  headers: Headers;
}

export type Client = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

export function client(url: string, token: string | null): Client {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      body: isJson && text !== '' ? JSON.parse(text) : text,
      headers: response.headers,
    };
  };
}

export interface GitRun {
  code: number;
  out: string;
  err: string;
}

export interface Bed {
  hub: GitHubDouble;
  repo: RepoHandle;
  token: string;
  /** `/repos/acme/shop`. */
  at: string;
  call: Client;
  query(text: string, variables?: Record<string, unknown>): Promise<Json>;
  git(args: string[], options?: { cwd?: string; token?: string | null }): Promise<GitRun>;
  /** A clone with its own work tree. */
  clone(): Promise<string>;
  folder(): string;
  close(): Promise<void>;
}

/** A double with one private repository that `aedev-bot` may write to. */
export async function startBed(): Promise<Bed> {
  const hub = await startGitHubDouble();
  const people = { 'aedev-bot': 'write', ann: 'write', bob: 'read' } as const;
  const files = { 'README.md': 'shop\n', 'src/a.txt': 'one\ntwo\nthree\n' };
  const repo = await hub.createRepo('acme/shop', { people, files });
  const token = hub.token();
  const call = client(hub.url, token);
  const folders: string[] = [];
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'aedev-github-client-'));
    folders.push(made);
    return made;
  };
  const git: Bed['git'] = (args, options = {}) =>
    new Promise((resolve) => {
      const secret = options.token === undefined ? token : options.token;
      const basic = Buffer.from(`x-access-token:${secret}`).toString('base64');
      const config: [string, string][] =
        secret === null ? [] : [['http.extraHeader', `Authorization: Basic ${basic}`]];
      config.push(['user.name', 'bot'], ['user.email', 'bot@example.com']);
      const env = gitEnvironment({ protocols: ['http', 'file'], config });
      const cwd = options.cwd ?? tmpdir();
      execFile('git', args, { env, cwd }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
      });
    });
  return {
    hub,
    repo,
    token,
    at: '/repos/acme/shop',
    call,
    async query(text, variables = {}) {
      const { body } = await call('POST', '/graphql', { query: text, variables });
      return body;
    },
    git,
    async clone() {
      const into = join(folder(), 'work');
      const { code, err } = await git(['clone', '--quiet', hub.gitUrl(repo), into]);
      if (code !== 0) throw new Error(err);
      return into;
    },
    folder,
    async close() {
      for (const made of folders) rmSync(made, { recursive: true, force: true });
      await hub.close();
    },
  };
}

/** Writes files into a work tree. */
export function write(folder: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
