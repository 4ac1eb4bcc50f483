/** The HTTP surface on a loopback port. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { printable } from '../../lib/escape.ts';
import type { Api } from './app.ts';
import { ApiProblem, problemBody, problemResponse } from './problem.ts';

/** Why the daemon cannot listen. */
export class ServeError extends Error {
  readonly tag: 'not-loopback' | 'port-taken' | 'port-denied' | 'listen-failed';
  readonly sentence: string;
  readonly remedy: string;
  constructor(tag: ServeError['tag'], sentence: string, remedy: string, cause?: unknown) {
    super(`${sentence} ${remedy}`, cause === undefined ? {} : { cause });
    this.name = 'ServeError';
    this.tag = tag;
    this.sentence = sentence;
    this.remedy = remedy;
  }
}

export interface Serving {
  /** The real one, also when 0 was asked for. */
  port: number;
  /** Ends event streams, lets answers under way finish for `graceMs` (default 2000), then cuts. */
  close(graceMs?: number): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
/** A private network or a tailnet is no identity: whoever is on it could send commands. */
const bindable = (host: string): string => {
  if (LOOPBACK.includes(host)) return host === 'localhost' ? '127.0.0.1' : host;
  throw new ServeError(
    'not-loopback',
    `The daemon listens on this machine only, not on ${printable(host, 100)}.`,
    'Use 127.0.0.1 or ::1; reach it from elsewhere through an SSH tunnel.',
  );
};

/** Listens; resolves when it does. Rejects with {@link ServeError}. */
export async function serve(api: Api, options: { host?: string; port: number }): Promise<Serving> {
  const host = bindable(options.host ?? '127.0.0.1');
  const listener = getRequestListener(
    (request, env) => {
      const { incoming } = env as HttpBindings;
      return api.fetch(request, { port: incoming.socket.localPort ?? 0 });
    },
    { overrideGlobalObjects: false, errorHandler: () => problemResponse(unreadable()) },
  );
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16 * 1024 },
    (incoming, outgoing) => {
      // Kept alive, a connection would hold up a server that is closing until its client lets go.
      outgoing.once('finish', () => {
        if (!server.listening) incoming.socket.end();
      });
      // Node takes the first of two Host headers, another reader the second: neither is believed.
      if (oneHost(incoming)) listener(incoming, outgoing).catch(() => outgoing.destroy());
      else refuseRaw(incoming.socket);
    },
  );
  server.maxConnections = 256;
  server.on('clientError', (_error, socket) => refuseRaw(socket as Socket));
  await listen(server, host, options.port);
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : options.port;
  return { port, close: (graceMs = 2000) => close(server, api, graceMs) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port, exclusive: true }, () => {
      // Later ones (out of descriptors, say) concern one connection and must not end the daemon.
      server.removeAllListeners('error').on('error', () => {});
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ServeError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ServeError(
        'port-taken',
        `Port ${port} on ${host} is taken: by the aedev daemon of another home or account, or by another program.`,
        `See who holds it with \`lsof -nP -iTCP:${port} -sTCP:LISTEN\`; end that, or set system.port in policies.yaml to a free port.`,
        error,
      );
    case 'EACCES':
      return new ServeError(
        'port-denied',
        `This account may not listen on port ${port}.`,
        'Set system.port in policies.yaml to one of 1024 or above.',
        error,
      );
    default:
      return new ServeError(
        'listen-failed',
        `The daemon cannot listen on ${host}, port ${port} (${error.code ?? 'unknown error'}).`,
        'Check that the machine has this address, then start the daemon again.',
        error,
      );
  }
}

async function close(server: Server, api: Api, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  api.endStreams();
  server.closeIdleConnections();
  // A client that stopped reading would keep the daemon alive for ever.
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

function oneHost(incoming: IncomingMessage): boolean {
  const names = incoming.rawHeaders.filter((_, index) => index % 2 === 0);
  return names.filter((name) => name.toLowerCase() === 'host').length === 1;
}

const unreadable = () =>
  new ApiProblem(400, 'invalid', 'The request cannot be read as HTTP; see docs/reference/api.md.');

/** For what never became a request. */
function refuseRaw(socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, sentence } = unreadable();
  const body = JSON.stringify(problemBody(status, code, sentence));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
