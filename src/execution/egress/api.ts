/**
 * The way to the coder's own API without its credential: the run speaks plain HTTP to the proxy,
 * and the host adds the credential and speaks to the provider. Only the calls that the CLI needs.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { EgressRecord, Target } from '../../control/egress.ts';
import type { ApiAccess } from '../coders/coder.ts';
import type { ApiWindows } from './api-windows.ts';
import type { ByteBudget } from './budget.ts';
import type { Decisions } from './decisions.ts';
import { withhold } from './withhold.ts';

/** `count_tokens` and the beta flag; no batches, no files: they would outlive the run. */
const MESSAGES = /^\/v1\/messages(?:\/count_tokens)?(?:\?[\w=&.-]{0,200})?$/;

/** What of the CLI's headers goes on. Credentials, cookies and hop-by-hop headers are not in it. */
const PASSED =
  /^(?:accept|accept-encoding|accept-language|content-type|content-encoding|user-agent|x-app|x-client-request-id|x-claude-[a-z-]{1,60}|x-stainless-[a-z-]{1,60}|anthropic-[a-z-]{1,60})$/;
/** Would let the run act with rights or as a party of its own choosing. */
const NEVER =
  /^(?:anthropic-(?:organization|workspace|api-key|auth)|openai-(?:organization|project)|x-goog-(?:api-key|user-project)|x-api-key|authorization|cookie)/;
const HOP = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|set-cookie)$/;

export interface ApiDeps {
  access: ApiAccess;
  decisions: Decisions;
  budget: ByteBudget;
  idleMs: number;
  windows: ApiWindows;
}

export class ApiGate {
  readonly #deps: ApiDeps;
  readonly #url: URL;
  readonly #target: Target;
  readonly #agent: HttpAgent;
  readonly #open = new Set<ClientRequest>();

  constructor(deps: ApiDeps) {
    this.#deps = deps;
    this.#url = new URL(deps.access.baseUrl);
    const tls = this.#url.protocol === 'https:';
    this.#target = {
      host: this.#url.hostname,
      port: Number(this.#url.port) || (tls ? 443 : 80),
    };
    // Without keep-alive: a connection that the provider closed meanwhile would look like an outage.
    this.#agent = new (tls ? HttpsAgent : HttpAgent)({ maxSockets: 16 });
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { decisions, budget } = this.#deps;
    const { method = '', url = '' } = request;
    const asked = `${method} ${url}`;
    const isProbe =
      (method === 'HEAD' && (url === '/' || url === '/api/hello')) ||
      (method === 'GET' && url === '/api/hello');
    const calls = this.#deps.access.calls?.post ?? MESSAGES;
    const isCall = method === 'POST' && calls.test(url);
    const refused = !isProbe && !isCall ? 'not-an-api-call' : budget.isSpent ? 'byte-limit' : null;
    const record = decisions.add({ kind: 'api', asked, target: this.#target, refused });
    if (refused !== null) {
      answer(response, 403, refused);
      return;
    }
    try {
      this.#forward(request, response, record, isCall);
    } catch {
      // Node refuses to send on some header that it took in; the daemon lives, the call does not.
      response.destroy();
    }
  }

  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    record: EgressRecord,
    withCredential: boolean,
  ): void {
    const { access, budget, idleMs, windows } = this.#deps;
    const length = request.headers['content-length'];
    const options = {
      protocol: this.#url.protocol,
      hostname: this.#url.hostname.replace(/^\[|\]$/g, ''),
      port: this.#target.port,
      method: request.method,
      path: this.#url.pathname.replace(/\/$/, '') + (request.url ?? ''),
      agent: this.#agent,
      timeout: idleMs,
      headers: {
        ...passedOn(request.headers, access.calls?.headers ?? PASSED),
        ...(length === undefined ? {} : { 'content-length': length }),
        // So that the answer can be looked through.
        'accept-encoding': 'identity',
        ...(withCredential ? { [access.header ?? 'authorization']: access.authorization } : {}),
      },
    };
    const upstream = (this.#url.protocol === 'https:' ? httpsRequest : httpRequest)(options);
    this.#open.add(upstream);
    // The CLI knows what a broken line is; an invented status would be read as the provider's word.
    const cut = () => {
      response.destroy();
      upstream.destroy();
    };
    upstream.once('close', () => this.#open.delete(upstream));
    upstream.once('error', cut);
    upstream.once('timeout', cut);
    response.once('close', () => upstream.destroy());
    request.once('error', cut);
    request.on('data', (chunk: Buffer) => budget.take(chunk.length, record));
    request.pipe(upstream);
    upstream.once('response', (answered) => {
      answered.once('error', cut);
      answered.once('aborted', cut);
      const status = answered.statusCode ?? 502;
      // Followed, a redirect would carry the credential elsewhere.
      if (status >= 300 && status < 400) {
        answered.resume();
        answer(response, 502, 'redirect');
        return;
      }
      if (withCredential) windows.note(answered.headers);
      const withheld = withhold(access.authorization, cut);
      if (withheld.isIn(JSON.stringify(answered.headers))) return cut();
      try {
        response.writeHead(status, passedBack(answered.headers));
      } catch {
        return cut();
      }
      response.flushHeaders();
      answered.on('data', (chunk: Buffer) => budget.take(chunk.length, record));
      answered.pipe(withheld.stream).pipe(response);
    });
  }

  close(): void {
    for (const upstream of this.#open) upstream.destroy();
    this.#agent.destroy();
  }
}

function passedOn(headers: IncomingHttpHeaders, passed: RegExp): IncomingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => passed.test(name) && !NEVER.test(name));
  return Object.fromEntries(kept);
}

function passedBack(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.test(name)));
}

function answer(response: ServerResponse, status: number, reason: string): void {
  const body = JSON.stringify({
    type: 'error',
    error: { type: 'permission_error', message: `aedev does not let this out: ${reason}` },
  });
  // Closing, because the rest of the request is not read.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(body);
}
