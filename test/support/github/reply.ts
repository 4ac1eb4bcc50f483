/** Replies and errors in GitHub's shapes, and what a route is given. */
import type { Site } from './pulls.ts';
import type { Level, Repo, Token, User, World } from './world.ts';

export interface Reply {
  status: number;
  body?: unknown;
  /** Instead of `body`: sent as it is. */
  raw?: { type: string; data: string | Buffer };
  headers?: Record<string, string>;
}

/** The documentation addresses are part of GitHub's error bodies. */
const DOCS = 'https://docs.github.com/rest';

export class ApiError extends Error {
  readonly reply: Reply;
  constructor(status: number, message: string, more: Record<string, unknown> = {}, headers = {}) {
    super(message);
    const body = { message, documentation_url: DOCS, ...more, status: String(status) };
    this.reply = { status, body, headers };
  }
}

export const notFound = () => new ApiError(404, 'Not Found');

export interface FieldError {
  resource: string;
  code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'custom' | 'unprocessable';
  field?: string;
  message?: string;
  value?: unknown;
}

/** 422 with a list of what is wrong. */
export const invalid = (...errors: FieldError[]) =>
  new ApiError(422, 'Validation Failed', { errors });

/** 422 for a body whose shape is wrong, where GitHub names the field in the message only. */
export const badRequest = (message: string) => new ApiError(422, `Invalid request.\n\n${message}`);

export interface Call {
  world: World;
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  token: Token | null;
  /** Who acts; null without a token, or for an app by its own JWT. */
  user: User | null;
  /** The app that signed the request, on `/app` routes. */
  app: number | null;
  /** Root of REST addresses and of pages, without a slash at the end. */
  api: string;
  web: string;
  now(): number;
  /** After anything that a merge queue may wait for. */
  settle(repo: Repo): Promise<void>;
}

export interface RepoCall extends Call {
  repo: Repo;
  at: Site;
  /** Whoever acts, by login. */
  by: string;
}

/** Permissions of which one is enough, e.g. `['issues:write', 'pull_requests:write']`. */
export type Needs = `${string}:${Level}`[];

export type Route =
  | { method: string; path: string; kind: 'plain'; run(call: Call): Promise<Reply> | Reply }
  | {
      method: string;
      path: string;
      kind: 'repo';
      needs: Needs;
      run(call: RepoCall): Promise<Reply> | Reply;
    };

const REPO = '/repos/{owner}/{repo}';

/** A route under `/repos/{owner}/{repo}`. `spec` is `METHOD /rest`, in the words of GitHub's description. */
export function repoRoute(
  spec: string,
  needs: Needs,
  run: (call: RepoCall) => Promise<Reply> | Reply,
): Route {
  const [method = '', path = ''] = spec.split(' ');
  return { method, path: REPO + path, kind: 'repo', needs, run };
}

export function plainRoute(spec: string, run: (call: Call) => Promise<Reply> | Reply): Route {
  const [method = '', path = ''] = spec.split(' ');
  return { method, path, kind: 'plain', run };
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });

/** One page of a list, with the `Link` header. */
export function page(call: Call, items: unknown[], wrap?: (items: unknown[]) => unknown): Reply {
  const number = (name: string, fallback: number) => {
    const value = Number(call.query.get(name) ?? fallback);
    return Number.isInteger(value) && value > 0 ? value : fallback;
  };
  const size = Math.min(100, number('per_page', 30));
  const at = number('page', 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const address = (to: number) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `${call.api}${call.params['__path'] ?? ''}?${query}`;
  };
  const links: string[] = [];
  const link = (rel: string, to: number) => links.push(`<${address(to)}>; rel="${rel}"`);
  if (at > 1) link('prev', Math.min(at - 1, last));
  if (at < last) {
    link('next', at + 1);
    link('last', last);
  }
  if (at > 1) link('first', 1);
  const shown = items.slice((at - 1) * size, at * size);
  const body = wrap === undefined ? shown : wrap(shown);
  return { status: 200, body, headers: links.length > 0 ? { link: links.join(', ') } : {} };
}

/** A field of the request's body that must be text. */
export function textField(call: Call, name: string): string | undefined {
  const value = call.body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string')
    throw badRequest(`For 'properties/${name}', ${JSON.stringify(value)} is not a string.`);
  return value;
}

export function needText(call: Call, name: string): string {
  const value = textField(call, name);
  if (value === undefined) throw badRequest(`"${name}" wasn't supplied.`);
  return value;
}
