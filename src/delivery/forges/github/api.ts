/** octokit on our transport: paced by its plug-ins as GitHub asks, with typed failures. */
import { GraphqlResponseError } from '@octokit/graphql';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { ForgeError, type RemoteWriteGate } from '../forge.ts';
import type { GitHubAddress } from './address.ts';
import { asForgeError } from './classify.ts';
import type { Credentials } from './credentials.ts';
import { UNCHANGED } from './etags.ts';
import { type CallCounts, createTransport, type Transport } from './transport.ts';

export interface ApiOptions {
  address: GitHubAddress;
  credentials: Credentials;
  gate: RemoteWriteGate;
  /** Milliseconds since the epoch. */
  now(): number;
  fetch?: typeof fetch;
  /** False: no pauses between writes and tries; against a double on this machine only. */
  paced?: boolean;
}

export interface Api {
  readonly address: GitHubAddress;
  readonly counts: CallCounts;
  readonly transport: Transport;
  now(): number;
  /**
   * One REST call. `route` as octokit takes it, e.g. `GET /repos/{owner}/{repo}/pulls`; owner and
   * repo are filled in. Reads that broke are tried again; writes never are. Throws ForgeError.
   */
  rest<T>(what: string, route: string, parameters?: Record<string, unknown>): Promise<Answer<T>>;
  /** One GraphQL document; what of the repository is not there is null in it. Throws ForgeError. */
  graphql<T>(what: string, document: string, variables?: Record<string, unknown>): Promise<T>;
}

export interface Answer<T> {
  data: T;
  /** The same as the last time: GitHub said 304. */
  unchanged: boolean;
  /** The `Link` header. */
  link: string;
  headers: Record<string, string | undefined>;
}

const Paced = Octokit.plugin(retry, throttling);
const READ_TRIES = 2;
/** Answers that another try right after does not change; 429 least of all. */
const FINAL = [400, 401, 403, 404, 405, 409, 410, 415, 422, 429, 451];

export function createApi(options: ApiOptions): Api {
  const { address, credentials, gate, now } = options;
  const transport = createTransport({
    apiUrl: address.apiUrl,
    gate,
    authorization: async () => `Bearer ${await credentials.token()}`,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
  const paced = options.paced ?? true;
  const octokit = new Paced({
    baseUrl: address.apiUrl,
    userAgent: 'aedev',
    request: { fetch: transport.fetch },
    // Its own lines could hold what others wrote.
    log: { debug() {}, info() {}, warn() {}, error() {} },
    // A used-up limit is a hold with a time in the log, never a sleeping call.
    throttle: {
      enabled: paced,
      id: `${address.apiUrl} ${credentials.from}`,
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
    retry: { retryAfterBaseValue: paced ? 1000 : 1, doNotRetry: FINAL },
  });
  octokit.hook.before('request', (request) => {
    const query: unknown = request['query'];
    const isRead =
      request.method === 'GET' || (typeof query === 'string' && /^\s*query\b/.test(query));
    // A write whose answer was lost may have worked: its caller looks before it tries again.
    request.request = { ...request.request, retries: isRead ? READ_TRIES : 0 };
  });
  /** No request leaves before a limit's own time is over. */
  let closedUntil: ForgeError | null = null;

  async function typed<T>(what: string, call: () => Promise<T>): Promise<T> {
    if (closedUntil) {
      if (Date.parse(closedUntil.retryAt ?? '') > now()) throw closedUntil;
      closedUntil = null;
    }
    try {
      // Asked for here, so that a missing credential is not taken for a line that broke.
      await credentials.token();
      return await call();
    } catch (error) {
      const typedError = asForgeError(error, what, now(), credentials.clean);
      if (typedError.tag === 'auth') credentials.forget();
      if (typedError.tag === 'limited' && typedError.retryAt) closedUntil = typedError;
      throw typedError;
    }
  }

  return {
    address,
    counts: transport.counts,
    transport,
    now,
    rest: <T>(what: string, route: string, parameters: Record<string, unknown> = {}) =>
      typed(what, async () => {
        const { owner, name: repo } = address;
        const headers = { 'x-github-api-version': '2022-11-28' };
        const response = await octokit.request(route, { owner, repo, headers, ...parameters });
        const answered = response.headers as Record<string, string | undefined>;
        if (response.status >= 300) throw { response };
        return {
          data: response.data as T,
          unchanged: answered[UNCHANGED] !== undefined,
          link: answered['link'] ?? '',
          headers: answered,
        };
      }),
    graphql: <T>(what: string, document: string, variables: Record<string, unknown> = {}) =>
      typed(what, async () => {
        const data = await octokit.graphql<T | null>(document, variables).catch(partly<T>);
        if (data === null || typeof data !== 'object')
          throw new ForgeError('unavailable', `GitHub did not ${what}: it gave no data.`, true);
        return data;
      }),
  };
}

/** Of several pull requests asked for at once one may be gone: the others are an answer. */
function partly<T>(error: unknown): T {
  if (!(error instanceof GraphqlResponseError)) throw error;
  const gone = error.errors?.every(
    ({ type, path }) => type === 'NOT_FOUND' && Array.isArray(path) && path.length >= 2,
  );
  if (!gone || typeof error.data !== 'object' || error.data === null) throw error;
  return error.data as T;
}
