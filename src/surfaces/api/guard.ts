/**
 * What a request must have before any handler sees it. A loopback port is open to every page in the
 * operator's browser (DNS rebinding, cross-site forms) and to every account of the machine.
 */
import type { MiddlewareHandler } from 'hono';
import { ApiProblem } from './problem.ts';

/** Bytes of a request body. */
export const MAX_BODY = 256 * 1024;

export interface ApiEnv {
  /** `port` is the one the connection came in on. */
  Bindings: { port: number };
  Variables: { actor: string };
}

const HOSTS = ['127.0.0.1', 'localhost', '[::1]'];

/** The names by which this server may be called. A browser adds no port when it is 80. */
const hostsOf = (port: number) => HOSTS.map((host) => (port === 80 ? host : `${host}:${port}`));

/** Host and Origin: a rebound name or a foreign page never gets further. */
export const checkSource: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const host = (c.req.header('host') ?? '').toLowerCase();
  const allowed = hostsOf(c.env.port);
  // An absolute request target overrides the Host header, so both must be ours.
  if (!allowed.includes(host) || !allowed.includes(new URL(c.req.url).host)) {
    throw new ApiProblem(
      403,
      'foreign-host',
      `This server answers only to ${allowed.join(', ')}; use one of these addresses.`,
    );
  }
  const origin = c.req.header('origin');
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) {
    throw new ApiProblem(
      403,
      'foreign-origin',
      'Pages of other origins may not call this server; use the CLI.',
    );
  }
  await next();
};

/** Who asks is the token's business alone. */
export const checkToken =
  (actorOf: (token: string) => string | null): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const [, token] =
      /^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const actor = token === undefined ? null : actorOf(token);
    if (actor === null) {
      throw new ApiProblem(
        401,
        'no-token',
        'Send a token of this installation as `Authorization: Bearer …`; the CLI does so by itself.',
      );
    }
    c.set('actor', actor);
    await next();
  };

/**
 * A body is JSON by its declared type (which a cross-site form cannot send), bounded, and UTF-8
 * throughout: decoding damage away would record words that nobody sent.
 */
export const checkBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (c.req.method !== 'POST') return next();
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(type)) {
    throw new ApiProblem(
      415,
      'not-json',
      'Send the body as JSON with the header `Content-Type: application/json`.',
    );
  }
  const tooLarge = new ApiProblem(
    413,
    'too-large',
    `The body is larger than ${MAX_BODY / 1024} kB; send less.`,
  );
  // Refused by what it says of itself before a byte is read, and counted all the same.
  if (Number(c.req.header('content-length') ?? 0) > MAX_BODY) throw tooLarge;
  const bytes = new Uint8Array(MAX_BODY);
  let size = 0;
  const reader = c.req.raw.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done || value === undefined) break;
    if (size + value.length > MAX_BODY) {
      await reader?.cancel();
      throw tooLarge;
    }
    bytes.set(value, size);
    size += value.length;
  }
  c.req.raw = new Request(c.req.raw.url, {
    method: 'POST',
    headers: c.req.raw.headers,
    body: checkedJson(bytes.subarray(0, size)),
  });
  return next();
};

function checkedJson(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
    return text;
  } catch {
    throw new ApiProblem(400, 'not-json', 'The body is not valid JSON in UTF-8; correct it.');
  }
}

export function onlyOperator(actor: string, what: string): void {
  if (actor.startsWith('operator:')) return;
  throw new ApiProblem(403, 'not-an-operator', `Only the operator may ${what}; ${actor} may not.`);
}
