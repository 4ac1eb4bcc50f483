/**
 * The only way out of a run's container: an allow-list proxy on a unix socket, one per run, on the
 * host. CONNECT to exact `host:port`, and the coder's own API with the credential added here.
 */
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import type { Duplex } from 'node:stream';
import { type EgressRecord, parseTarget, type Target } from '../../control/egress.ts';
import type { ApiAccess, WindowReport } from '../coders/coder.ts';
import { SandboxError } from '../sandboxes/sandbox.ts';
import { ApiGate } from './api.ts';
import { ApiWindows } from './api-windows.ts';
import { ByteBudget } from './budget.ts';
import { Decisions } from './decisions.ts';
import type { Resolve } from './dial.ts';
import { listenOn, socketFolder } from './socket-folder.ts';
import { keyOf, plainAnswer, tunnel } from './tunnel.ts';

export interface EgressLimits {
  connections: number;
  /** A connection on which nothing moved for so long is ended. */
  idleMs: number;
  /** The head of a request must be there within this time. */
  headersMs: number;
  connectMs: number;
  /** In all, both directions. */
  bytes: number;
}

const LIMITS: EgressLimits = {
  connections: 64,
  idleMs: 10 * 60_000,
  headersMs: 10_000,
  connectMs: 15_000,
  bytes: 4 * 1024 ** 3,
};
/** A whole request, its body included. */
const REQUEST_MS = 120_000;

export interface EgressOptions {
  /** `host:port`, or `host` for port 443. */
  allow: readonly string[];
  api: ApiAccess | null;
  /** Host file for the decisions, a line each; outside everything that the run can write. */
  log: string;
  now: () => number;
  limits?: Partial<EgressLimits>;
  /** For tests: another resolver. */
  resolve?: Resolve;
  /** For tests only: exact `host:port` that may resolve to loopback. */
  loopback?: readonly string[];
  /** Folder under which the socket's own folder is made; its path must be short. */
  root?: string;
  /** Told at once what is new of the API's rate-limit windows. */
  heard?: ((windows: WindowReport[]) => void) | undefined;
}

export interface Egress {
  /** Host path of the socket, to be mounted into the container. */
  readonly socket: string;
  /** What was asked so far, for the evidence. */
  records(): EgressRecord[];
  /** What the API said of its rate-limit windows. */
  windows(): WindowReport[];
  /** Ends every connection and takes the socket away. */
  close(): Promise<void>;
}

/** @throws SandboxError `io` or `spec`: no room for a socket, or an entry of the list is none */
export async function startEgress(options: EgressOptions): Promise<Egress> {
  const limits = { ...LIMITS, ...options.limits };
  const allowed = new Set(options.allow.map((entry) => keyOf(entryOf(entry))));
  const { folder, socket } = await socketFolder(options.root ?? tmpdir());
  const decisions = new Decisions(options.log, options.now);
  const sockets = new Set<Duplex>();
  const endAll = () => {
    for (const one of sockets) one.destroy();
  };
  const budget = new ByteBudget(limits.bytes, endAll);
  const { api, resolve, loopback } = options;
  const windows = new ApiWindows(options.now, options.heard);
  const gate = api
    ? new ApiGate({ access: api, decisions, budget, idleMs: limits.idleMs, windows })
    : null;
  const dialling = {
    connectMs: limits.connectMs,
    ...(resolve ? { resolve } : {}),
    ...(loopback ? { loopback } : {}),
  };
  const tunnels = { allowed, decisions, budget, sockets, idleMs: limits.idleMs, dialling };

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (gate !== null) return gate.handle(request, response);
    const asked = `${request.method} ${request.url}`;
    decisions.add({ kind: 'malformed', asked, target: null, refused: 'only-connect' });
    response.writeHead(405, { connection: 'close' }).end();
  };
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: limits.headersMs,
      requestTimeout: Math.max(limits.headersMs, REQUEST_MS),
      // Between two answers of the model a test may run for minutes.
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    },
    onRequest,
  );
  server.maxConnections = limits.connections;
  server.timeout = limits.idleMs;
  server.on('connection', (one: Socket) => {
    sockets.add(one);
    one.once('close', () => sockets.delete(one));
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    // Never rejects but for a defect of ours; then the connection ends and the daemon lives.
    tunnel(tunnels, request.url ?? '', client as Socket, head).catch(() => client.destroy());
  });
  server.on('clientError', (error: NodeJS.ErrnoException, client: Duplex) => {
    // A reset asks for nothing, so there is nothing to decide.
    if (error.code !== 'ECONNRESET') {
      const refused = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'not-http';
      decisions.add({ kind: 'malformed', asked: '', target: null, refused });
      if (client.writable) client.write(plainAnswer(400, refused));
    }
    (client as Socket).destroySoon();
  });
  const end = async () => {
    gate?.close();
    endAll();
    decisions.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listenOn(server, socket);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    socket,
    records: () => decisions.records(),
    windows: () => windows.list(),
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      await end();
      await closed;
    },
  };
}

function entryOf(text: string): Target {
  const target = parseTarget(text, 443);
  if ('problem' in target) {
    const remedy = 'Correct sandbox.egress.allow in policies.yaml.';
    throw new SandboxError('spec', 'An entry of the egress list is no host:port.', remedy);
  }
  return target;
}
