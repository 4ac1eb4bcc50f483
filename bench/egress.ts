/**
 * The only way out of a container against a connection of one's own: bytes through it, and what it
 * adds to a question and its answer. On both sides client and server are processes of their own; in
 * between stand the forwarder as it runs in a container, and the daemon's proxy. Without TLS, whose
 * own cost would hide some of that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEgress } from '../src/execution/egress/proxy.ts';
import { type Bench, inTurn, median, type Ratio } from './measure.ts';

const THROUGH = 'bytes through the egress proxy over direct';
const ADDED = 'latency added by the egress proxy, ms';
const HOST = 'server.test';
const MEGABYTES = 256;
const PINGS = 400;

/** Seen from bench/ and from build/bench/. */
const [FORWARDER = ''] = ['..', '../..']
  .map((up) => new URL(`${up}/docker/forwarder.mjs`, import.meta.url))
  .filter((url) => existsSync(fileURLToPath(url)))
  .map(String);

/** Answers `g` with the bytes, anything else with itself. Says its port. */
const SERVER = `
const chunk = Buffer.alloc(1 << 16, 7);
require('node:net').createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    if (data[0] !== 103) return socket.write(data);
    let left = ${MEGABYTES} << 4;
    const more = () => { while (left-- > 0) if (!socket.write(chunk)) return socket.once('drain', more); };
    more();
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

const FORWARD = `
import(process.argv[1]).then(async ({ startForwarder }) => {
  const server = await startForwarder(0, process.argv[2]);
  server.ref(); console.log(server.address().port);
});`;

/** Connects, by a CONNECT when told to, and prints milliseconds: of all the bytes, and of a median ping. */
const CLIENT = `
const [port, target] = process.argv.slice(1);
const socket = require('node:net').connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
const next = () => new Promise((done) => socket.once('data', done));
(async () => {
  await new Promise((done) => socket.once('connect', done));
  if (target) { socket.write('CONNECT ' + target + ' HTTP/1.1\\r\\nhost: ' + target + '\\r\\n\\r\\n'); await next(); }
  const pings = [];
  for (let at = 0; at < ${PINGS}; at++) { const from = performance.now(); socket.write('ping'); await next(); pings.push(performance.now() - from); }
  let left = ${MEGABYTES} << 20; const from = performance.now(); socket.write('g');
  await new Promise((done) => socket.on('data', (data) => { left -= data.length; if (left <= 0) done(); }));
  const took = performance.now() - from;
  console.log(JSON.stringify([took, pings.sort((a, b) => a - b)[${PINGS} >> 1]])); socket.destroy();
})();`;

/** Starts a script and gives the first line that it prints. */
async function started(script: string, args: string[], children: ChildProcess[]): Promise<string> {
  const child = spawn(process.execPath, ['-e', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('a part of the bench ended without a word');
}

export const egress: Bench = {
  names: [THROUGH, ADDED],
  async run(rounds) {
    const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-egress-'));
    const children: ChildProcess[] = [];
    const port = await started(SERVER, [], children);
    const target = `${HOST}:${port}`;
    const way = await startEgress({
      allow: [target],
      api: null,
      log: join(dir, 'log'),
      now: Date.now,
      limits: { bytes: Number.MAX_SAFE_INTEGER },
      resolve: async () => ['127.0.0.1'],
      loopback: [target],
      root: dir,
    });
    try {
      const door = await started(FORWARD, [FORWARDER, way.socket], children);
      const pings: { ours: number[]; other: number[] } = { ours: [], other: [] };
      const side = (whose: 'ours' | 'other', args: string[]) => async () => {
        const [took, ping] = JSON.parse(await started(CLIENT, args, children)) as [number, number];
        pings[whose].push(ping);
        return took;
      };
      const ours = side('ours', [door, target]);
      const other = side('other', [port]);
      await inTurn(1, ours, other);
      pings.ours = [];
      pings.other = [];
      const seen = await inTurn(Math.max(rounds, 7), ours, other);
      const added = pings.ours.map((ping, at) => ping - (pings.other[at] ?? 0));
      return [
        {
          name: THROUGH,
          // Of speeds, so the slower side's time stands below.
          value: 1 / seen.ratio,
          // Three connections for one, on the same cores.
          goal: 0.3,
          better: 'higher',
          note: `${speed(seen.ours)} of ${speed(seen.other)}`,
        },
        latency(added, pings.other),
      ];
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await way.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

const latency = (added: number[], direct: number[]): Ratio => ({
  name: ADDED,
  value: median(added),
  goal: 0.5,
  better: 'lower',
  note: `on top of ${median(direct).toFixed(3)} ms direct`,
});

const speed = (took: number): string => `${Math.round(MEGABYTES / (took / 1000))} MB/s`;
