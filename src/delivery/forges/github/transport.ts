/**
 * The one way out to GitHub's API, below every plug-in: asks the remote-write gate for each request
 * that may change something at the very moment it leaves, sends the credential to the API's own
 * address only, follows no redirect with it, and bounds time and size.
 */
import { ForgeError, type RemoteWriteGate } from '../forge.ts';
import { EtagCache, UNCHANGED } from './etags.ts';

export interface TransportOptions {
  /** Requests to any other origin are refused. */
  apiUrl: string;
  gate: RemoteWriteGate;
  /** The value of the Authorization header now. */
  authorization(): Promise<string>;
  /** Default: the platform's. */
  fetch?: typeof fetch;
  timeoutMs?: number;
}

/** What was asked of GitHub so far. */
export interface CallCounts {
  /** Answers that count against the rate limit. */
  counted: number;
  /** 304s, which do not. */
  unchanged: number;
}

export interface Transport {
  fetch: typeof fetch;
  counts: CallCounts;
  /** Reads `path` of the API once without following its redirect; null when there is none. */
  redirectOf(path: string): Promise<string | null>;
  /** Reads from another host without any credential; at most `maxBytes` from its end. */
  plain(url: string, maxBytes: number): Promise<string>;
}

const MAX_BODY = 32 * 1024 * 1024;

export function createTransport(options: TransportOptions): Transport {
  const { origin } = new URL(options.apiUrl);
  const send = options.fetch ?? fetch;
  const timeoutMs = options.timeoutMs ?? 30_000;
  const cache = new EtagCache();
  const counts: CallCounts = { counted: 0, unchanged: 0 };

  async function call(url: string, init: RequestInit): Promise<Response> {
    if (new URL(url).origin !== origin)
      throw new ForgeError('refused', 'A call for the GitHub API was about to go elsewhere.');
    const headers = new Headers(init.headers);
    headers.set('authorization', await options.authorization());
    const method = (init.method ?? 'GET').toUpperCase();
    // The last moment: nothing is awaited between this answer and the request.
    if (mayWrite(method, init.body))
      options.gate.assertAllowed(`${method} ${new URL(url).pathname}`);
    const response = await send(url, {
      ...init,
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 304) counts.unchanged += 1;
    else counts.counted += 1;
    return response;
  }

  return {
    counts,
    async fetch(input, init = {}) {
      const url = String(input instanceof Request ? input.url : input);
      const headers = new Headers(init.headers);
      const isRead = (init.method ?? 'GET').toUpperCase() === 'GET';
      const key = `${headers.get('accept') ?? ''} ${url}`;
      const known = isRead ? cache.get(key) : undefined;
      if (known) headers.set('if-none-match', known.etag);
      const response = await call(url, { ...init, headers });
      if (known && response.status === 304) {
        await response.arrayBuffer();
        return new Response(known.body, { headers: [...known.headers, [UNCHANGED, '1']] });
      }
      const body = await bounded(response);
      const etag = response.headers.get('etag');
      const kept = [...response.headers].filter(([name]) => KEPT.has(name));
      if (isRead && response.status === 200 && etag) cache.keep(key, { etag, body, headers: kept });
      const empty = [204, 205, 304].includes(response.status);
      return new Response(empty ? null : body, { status: response.status, headers: kept });
    },
    async redirectOf(path) {
      const response = await call(`${options.apiUrl}${path}`, { method: 'GET' });
      await response.body?.cancel();
      return response.status === 302 ? response.headers.get('location') : null;
    },
    async plain(url, maxBytes) {
      const response = await send(url, {
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok || !response.body) return '';
      return tail(response.body, maxBytes);
    },
  };
}

/** Of a response's headers, those that octokit and we read. */
const KEPT = new Set([
  'content-type',
  'etag',
  'link',
  'retry-after',
  'x-accepted-github-permissions',
  'x-github-request-id',
  'x-oauth-scopes',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-ratelimit-used',
]);

/** Reads are GET and HEAD, and a GraphQL document that is one query. Everything else may write. */
function mayWrite(method: string, body: unknown): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  if (typeof body !== 'string') return true;
  try {
    const { query } = JSON.parse(body) as { query?: unknown };
    return typeof query !== 'string' || !/^\s*query\b/.test(query) || /\bmutation\b/.test(query);
  } catch {
    return true;
  }
}

async function bounded(response: Response): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_BODY) {
      throw new ForgeError('unavailable', 'GitHub sent more than can be an answer.', true);
    }
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A log's end names its cause, and its beginning may be endless: only the end is kept. */
async function tail(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  let end = Buffer.alloc(0);
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > MAX_BODY) break;
    end = Buffer.concat([end, Buffer.from(part)]).subarray(-maxBytes);
  }
  return end.toString('utf8');
}
