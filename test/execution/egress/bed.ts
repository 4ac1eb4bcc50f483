import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Egress,
  type EgressOptions,
  startEgress,
} from '../../../src/execution/egress/proxy.ts';

export interface EgressBed {
  dir: string;
  logFile: string;
  start(options?: Partial<EgressOptions>): Promise<Egress>;
  /** A server on loopback that answers `echo:` and what it was sent. */
  echo(): Promise<{ port: number; seen: string[] }>;
  /** Sends bytes to the proxy's socket and reads until it closes. */
  say(egress: Egress, bytes: string | Buffer): Promise<string>;
  log(): Record<string, unknown>[];
  end(): Promise<void>;
}

export function egressBed(): EgressBed {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-eg-'));
  const logFile = join(dir, 'egress.log');
  const proxies: Egress[] = [];
  const servers: { server: Server; sockets: Set<Socket> }[] = [];
  return {
    dir,
    logFile,
    async start(options = {}) {
      const egress = await startEgress({
        allow: [],
        api: null,
        log: logFile,
        now: () => Date.parse('2026-11-22T15:00:00.000Z'),
        root: dir,
        resolve: async () => ['127.0.0.1'],
        ...options,
      });
      proxies.push(egress);
      return egress;
    },
    async echo() {
      const seen: string[] = [];
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('data', (data) => {
          seen.push(data.toString());
          socket.write(`echo:${data}`);
        });
      });
      servers.push({ server, sockets });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return { port: (server.address() as AddressInfo).port, seen };
    },
    say: (egress, bytes) =>
      new Promise((done, failed) => {
        let text = '';
        const socket = connect(egress.socket);
        socket.on('data', (data) => {
          text += data;
        });
        socket.on('error', failed);
        socket.on('close', () => done(text));
        socket.write(bytes);
      }),
    log: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    async end() {
      await Promise.all(proxies.map((egress) => egress.close()));
      for (const { server, sockets } of servers) {
        for (const socket of sockets) socket.destroy();
        await new Promise((done) => server.close(done));
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Opens a tunnel and gives the socket once the proxy has said yes. */
export function openTunnel(egress: Egress, target: string): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket = connect(egress.socket);
    socket.once('error', failed);
    socket.once('data', (data) => {
      if (data.toString().startsWith('HTTP/1.1 200 ')) done(socket);
      else failed(new Error(data.toString()));
    });
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  });
}
