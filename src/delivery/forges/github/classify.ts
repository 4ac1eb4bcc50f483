/**
 * What went wrong with a call to GitHub, by status, headers and error types; never by its message,
 * which is quoted for people only. Documents: "Best practices for using the REST API" and "Rate
 * limits and query limits for the GraphQL API" on docs.github.com.
 */
import { printable } from '../../../lib/escape.ts';
import { ForgeError } from '../forge.ts';

/** The parts of octokit's errors that are decided on. */
interface Shape {
  status?: number;
  cause?: unknown;
  response?: {
    status?: number;
    headers?: Record<string, string | number | undefined>;
    data?: unknown;
  };
  /** GraphQL. */
  errors?: { type?: string; message?: string; path?: unknown }[];
  headers?: Record<string, string | number | undefined>;
}

/** Limits without a time are waited out this long; GitHub asks for at least a minute. */
const UNKNOWN_LIMIT_MS = 60_000;
/** GitHub's own reset times are at most an hour away; a longer one is a wrong clock or a lie. */
const LONGEST_LIMIT_MS = 2 * 3_600_000;

/** True when the call may have done its work though no answer told so. */
export const isAmbiguous = (error: unknown): boolean =>
  error instanceof ForgeError && error.tag === 'unavailable';

/**
 * `what` says what was tried, e.g. "open a pull request". `now` in milliseconds. `clean` takes
 * credentials out of text that the other side wrote.
 */
export function asForgeError(
  error: unknown,
  what: string,
  now: number,
  clean: (text: string) => string = (text) => text,
): ForgeError {
  const inner = forgeErrorIn(error);
  if (inner) return inner;
  const shape = (typeof error === 'object' && error !== null ? error : {}) as Shape;
  const status = shape.response?.status ?? shape.status ?? 0;
  const headers = { ...shape.headers, ...shape.response?.headers };
  const data = shape.response?.data;
  const said = quoted(data, shape, clean);
  const cannot = (why: string) => `GitHub did not ${what}: ${why}${said}`;
  const limit = limitOf(shape, status, headers, data, now);
  if (limit !== null) {
    return new ForgeError('limited', cannot('a limit of its API is used up.'), true, {
      retryAt: new Date(limit).toISOString(),
      remedy: 'nothing is needed: it goes on by itself at the reset time',
    });
  }
  const types = typesOf(shape);
  if (types.includes('NOT_FOUND') || status === 404 || status === 410) {
    return new ForgeError('not-found', cannot('it does not show that to this credential.'), false, {
      remedy: 'check the name, and that the credential may read the repository',
    });
  }
  if (status === 401) {
    return new ForgeError('auth', cannot('it does not take the credential.'), false, {
      remedy: 'renew it: see "GitHub" in docs/operations.md',
    });
  }
  if (status === 403 || types.some((type) => DENIED.has(type))) {
    return new ForgeError('forbidden', cannot('the credential may not do that.'), false, {
      remedy: 'give it the permissions that docs/operations.md lists under "GitHub"',
    });
  }
  if (status >= 300 && status < 400) {
    return new ForgeError('refused', cannot('it answers from another address now.'), false, {
      remedy: 'if the repository was renamed or moved, correct forge.repo and source in repos.yaml',
    });
  }
  // octokit reports a line that broke, or a body that is no JSON, as 500 or without a status.
  if (status >= 500 || status < 300 || types.length > 0)
    return new ForgeError('unavailable', cannot('it gave no usable answer.'), true);
  return new ForgeError('refused', cannot(`it answered ${status}.`), false);
}

const DENIED = new Set(['FORBIDDEN', 'INSUFFICIENT_SCOPES', 'SAML_FAILURE']);

/** One of ours, thrown inside the transport and wrapped by octokit. */
function forgeErrorIn(error: unknown): ForgeError | null {
  for (let at: unknown = error, depth = 0; at && depth < 5; depth += 1) {
    if (at instanceof ForgeError) return at;
    at = (at as { cause?: unknown }).cause;
  }
  return null;
}

/** Both of octokit's forms: errors of a GraphQL answer, and a whole answer in `response.data`. */
function typesOf(shape: Shape): string[] {
  // A 422 of REST has `errors` too, of another kind.
  const isGraph = shape.response?.status === 200;
  const inData = isGraph ? (shape.response?.data as { errors?: unknown } | null)?.errors : [];
  const all = [shape.errors, inData].flatMap((list) => (Array.isArray(list) ? list : []));
  return all.map((one) => String((one as { type?: unknown } | null)?.type ?? 'ERROR'));
}

/** When a used-up limit ends, in milliseconds; null when it is another failure. */
function limitOf(
  shape: Shape,
  status: number,
  headers: Record<string, string | number | undefined>,
  data: unknown,
  now: number,
): number | null {
  const number = (name: string): number | null => {
    const value = headers[name];
    return value === undefined || !/^\d{1,12}$/.test(String(value)) ? null : Number(value);
  };
  const after = number('retry-after');
  const reset = number('x-ratelimit-reset');
  const spent = number('x-ratelimit-remaining') === 0;
  const bounded = (time: number) => Math.min(Math.max(time, now + 1000), now + LONGEST_LIMIT_MS);
  const graphql = typesOf(shape).includes('RATE_LIMITED');
  if (status !== 403 && status !== 429 && !graphql) return null;
  if (after !== null) return bounded(now + after * 1000);
  // One second more, because its clock and ours differ.
  if (spent && reset !== null) return bounded(reset * 1000 + 1000);
  const secondary = /#(?:about-)?secondary-rate-limits$/.test(
    String((data as { documentation_url?: unknown } | null)?.documentation_url ?? ''),
  );
  if (status === 429 || graphql || secondary || spent) return now + UNKNOWN_LIMIT_MS;
  return null;
}

/** The other side's own words: escaped, short, and without credentials. */
function quoted(data: unknown, shape: Shape, clean: (text: string) => string): string {
  const body = data as { message?: unknown; errors?: unknown } | null;
  const errors = Array.isArray(body?.errors) ? body.errors : (shape.errors ?? []);
  const parts = [
    body?.message,
    ...errors.slice(0, 3).map((one) => (one as { message?: unknown } | null)?.message),
  ].filter((part): part is string => typeof part === 'string' && part !== '');
  if (parts.length === 0) return '';
  return ` It says: "${printable(clean(parts.join('; ')), 300)}"`;
}
