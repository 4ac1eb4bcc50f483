import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../src/control/contract.ts';
import { loadOrCreateIdentity, prove, readIdentity } from '../../../src/lib/identity.ts';
import { isAlive, startTimeOf } from '../../../src/lib/process-life.ts';
import { type Client, type ClientError, connect } from '../../../src/surfaces/api/client.ts';
import type { ApiDeps } from '../../../src/surfaces/api/deps.ts';
import { openLine } from '../../../src/surfaces/api/line.ts';
import { type Serving, serve } from '../../../src/surfaces/api/serve.ts';
import {
  type DaemonFile,
  readDaemonFile,
  removeDaemonFile,
  writeDaemonFile,
} from '../../../src/surfaces/daemon-file.ts';
import { BOOT, OPERATOR, submit, type World, world } from './world.ts';

let folder: string;
let daemonFile: string;
let identityKey: string;
let key: Buffer;
let tokensAsked: number;
const servers: (Server | TcpServer)[] = [];
const servings: Serving[] = [];
const clients: Client[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aedev-client-'));
  daemonFile = join(folder, 'daemon.json');
  identityKey = join(folder, 'keys', 'identity.key');
  key = loadOrCreateIdentity(identityKey);
  tokensAsked = 0;
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const serving of servings.splice(0)) await serving.close(0);
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const note = (port: number, over: object = {}) =>
  writeDaemonFile(daemonFile, {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    port,
    boot: BOOT,
    version: '0.0.0-test',
    startedAt: '2026-01-01T00:00:00.000Z',
    ...over,
  });

async function link(timeoutMs = 10_000, token = OPERATOR): Promise<Client> {
  const client = await connect({
    daemonFile,
    identityKey,
    timeoutMs,
    token() {
      tokensAsked += 1;
      return token;
    },
  });
  clients.push(client);
  return client;
}

async function daemon(
  port = 0,
  over: Partial<ApiDeps> = {},
): Promise<World & { serving: Serving }> {
  let real = port;
  const one = world({
    identity: {
      boot: BOOT,
      version: '0.0.0-test',
      pid: process.pid,
      prove: (nonce) => prove(key, nonce, BOOT, real),
    },
    ...over,
  });
  const serving = await serve(one.api, { port });
  servings.push(serving);
  real = serving.port;
  note(real);
  return { ...one, serving };
}

async function squat(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  note(port);
  return port;
}

const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return error as ClientError;
};
const fails = async (tag: string, timeoutMs?: number) => {
  const error = await failure(link(timeoutMs));
  expect(error).toMatchObject({
    tag,
    sentence: expect.stringMatching(/^[A-Z/].*\.$/),
    remedy: expect.stringMatching(/^[A-Z].*\.$/),
  });
  expect(tokensAsked).toBe(0);
  return error;
};

describe('the client', () => {
  it('sends commands, reads documents and follows the log of the real daemon', async () => {
    const { store } = await daemon();
    const client = await link();
    const receipt = await client.command(submit('m-aaaa0001'), 'client-id-1');
    expect(receipt).toEqual({
      outcome: 'accepted',
      code: null,
      sentence: null,
      seqs: [1],
      data: null,
    });
    expect(await client.command(submit('m-aaaa0001'), 'client-id-1')).toEqual(receipt);
    expect(await client.command(submit('m-aaaa0001'))).toMatchObject({
      outcome: 'refused',
      code: 'exists',
    });
    expect(await client.get('/v1/missions')).toMatchObject({ missions: [{ id: 'm-aaaa0001' }] });
    expect(await client.post('/v1/refresh', {})).toEqual({ problems: [] });
    const controller = new AbortController();
    const seen: StoredEvent[] = [];
    const next = await client.stream(
      1,
      async (event) => {
        seen.push(event);
        if (seen.length === 2) await client.command(submit('m-aaaa0002'));
        if (seen.length === 3) controller.abort();
      },
      controller.signal,
    );
    expect(next).toBe(4);
    expect(seen).toEqual(await store.read({}));
  });

  it('does many things at once on its one proven connection', async () => {
    const { events } = await daemon();
    const client = await link();
    const ids = Array.from({ length: 20 }, (_, i) => `m-many00${String(i).padStart(2, '0')}`);
    await Promise.all(ids.map((id) => client.command(submit(id))));
    expect(await events()).toHaveLength(20);
  });

  it('comes back after a restart on another port, proving it anew', async () => {
    const first = await daemon();
    const client = await link();
    await client.command(submit('m-aaaa0001'));
    await first.serving.close(0);
    await daemon();
    expect(await client.command(submit('m-aaaa0002'))).toMatchObject({ outcome: 'accepted' });
  });

  it('never sends a token to a program that took the port after the proof', async () => {
    const { serving } = await daemon();
    const client = await link();
    await serving.close(0);
    const heard: (string | undefined)[] = [];
    const server = createServer((incoming, outgoing) => {
      heard.push(incoming.headers.authorization);
      outgoing.end('{}');
    });
    servers.push(server);
    server.listen(serving.port, '127.0.0.1');
    await once(server, 'listening');
    expect(await failure(client.command(submit('m-aaaa0001')))).toMatchObject({ tag: 'squatter' });
    expect(await failure(client.stream(1, () => {}, new AbortController().signal))).toMatchObject({
      tag: 'squatter',
    });
    expect(heard).toEqual([undefined, undefined]);
  });

  it('has a line that is never replaced by an unproven connection', async () => {
    const heard: (string | undefined)[] = [];
    const port = await squat((incoming, outgoing) => {
      heard.push(incoming.headers.authorization);
      const nonce = new URL(incoming.url ?? '', 'http://x').searchParams.get('nonce') ?? '';
      outgoing.setHeader('connection', 'close');
      outgoing.end(JSON.stringify({ boot: BOOT, proof: prove(key, nonce, BOOT, port) }));
    });
    const line = await openLine(readDaemonFile(daemonFile) as DaemonFile, key, 10_000);
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const asked = line.ask({ method: 'GET', path: '/v1/status', headers });
    expect(await failure(asked)).toMatchObject({ tag: 'lost' });
    expect(heard).toEqual([undefined]);
    line.close();
  });

  it('tells refusals, a wrong token and failures apart', async () => {
    await daemon();
    const client = await link();
    expect(await failure(client.get('/v1/missions/m-none'))).toMatchObject({
      tag: 'refused',
      code: 'unknown-mission',
    });
    const invalid = client.command({ type: 'nonsense' } as never);
    expect(await failure(invalid)).toMatchObject({ tag: 'refused', code: 'invalid' });
    const stranger = await link(10_000, 'aedev_op_wrong');
    for (const work of [
      stranger.get('/v1/status'),
      stranger.command(submit('m-aaaa0001')),
      stranger.stream(1, () => {}, new AbortController().signal),
    ]) {
      const error = await failure(work);
      expect(error).toMatchObject({ tag: 'unauthorised' });
      expect(error.message).not.toContain('aedev_op_wrong');
    }
    const ahead = client.stream(99, () => {}, new AbortController().signal);
    expect(await failure(ahead)).toMatchObject({ tag: 'refused', code: 'ahead-of-log' });
  });

  it('hears that the daemon stops before it is gone', async () => {
    let serving: Serving | undefined;
    const one = await daemon(0, { stop: () => void serving?.close() });
    serving = one.serving;
    const client = await link();
    expect(await client.post('/v1/stop', { reason: 'test' })).toEqual({ stopping: true });
    expect(await failure(client.get('/v1/status'))).toMatchObject({ tag: 'not-listening' });
  });

  it('says that a stream ended with the daemon, and where to go on', async () => {
    const { serving } = await daemon();
    const client = await link();
    await client.command(submit('m-aaaa0001'));
    const next = await client.stream(1, () => void serving.close(0), new AbortController().signal);
    expect(next).toBe(2);
  });
});

describe('before it sends the token, the client finds out', () => {
  it('that no daemon ran here', async () => {
    await fails('not-running');
    await daemon();
    rmSync(identityKey);
    await fails('not-running');
  });

  it('that the process is gone, or its number belongs to another one now', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const { pid } = child;
    await once(child, 'exit');
    note(1, { pid });
    await fails('stale');
    note(1, { startTime: 'before' });
    await fails('stale');
  });

  it('that nobody listens there', async () => {
    const { serving } = await daemon();
    await serving.close(0);
    await fails('not-listening');
  });

  it('that somebody else answers, whatever they say', async () => {
    const heard: (string | undefined)[] = [];
    let answer: RequestListener = (_incoming, outgoing) => outgoing.end('{}');
    const port = await squat((incoming, outgoing) => {
      heard.push(incoming.headers.authorization);
      answer(incoming, outgoing);
    });
    const say =
      (text: string, status = 200): RequestListener =>
      (_incoming, outgoing) => {
        outgoing.statusCode = status;
        outgoing.end(text);
      };
    const health = (boot: unknown, proof: unknown) =>
      JSON.stringify({ ok: true, version: '0.0.0-test', boot, proof });
    const known = prove(key, 'n'.repeat(32), BOOT, port);
    const proving =
      (make: (nonce: string) => string): RequestListener =>
      (incoming, outgoing) =>
        outgoing.end(make(new URL(incoming.url ?? '', 'http://x').searchParams.get('nonce') ?? ''));
    const answers: RequestListener[] = [
      say('{}'),
      say('OK'),
      say(''),
      say('null'),
      say('x'.repeat(3_000)),
      say('{"ok":true}', 500),
      say(health(BOOT, known)),
      say(health(BOOT, null)),
      say(health(BOOT, '0'.repeat(64))),
      say(health(['x'], known)),
      // Passed on to a real daemon on another port, or of another home.
      proving((nonce) => health(BOOT, prove(key, nonce, BOOT, port + 1))),
      proving((nonce) => health(BOOT, prove(Buffer.alloc(32), nonce, BOOT, port))),
      proving((nonce) => health('b-other', prove(key, nonce, BOOT, port))),
    ];
    for (answer of answers) await fails('squatter');
    answer = proving((nonce) => health('b-later', prove(key, nonce, 'b-later', port)));
    await link();
    expect(tokensAsked).toBe(1);
    expect(heard).toEqual(heard.map(() => undefined));
  });

  it('that it speaks no HTTP, says too much, or hangs up', async () => {
    const raw = async (text: string | null) => {
      const server = createTcp((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => (text === null ? socket.destroy() : socket.end(text)));
      });
      servers.push(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      note((server.address() as AddressInfo).port);
    };
    await raw('220 mail.example ESMTP\r\n');
    await fails('squatter');
    await raw(null);
    await fails('not-listening');
    await raw(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${' '.repeat(100_000)}`);
    await fails('squatter');
  });

  it('that it hangs, before and after the head of its answer', async () => {
    await squat(() => {});
    await fails('hanging', 50);
    await squat((_incoming, outgoing) => outgoing.write('{"ok":'));
    await fails('hanging', 50);
  });

  it('that the files are not to be trusted', async () => {
    for (const text of [
      '',
      '{',
      '[]',
      '{"pid":1}',
      '\0',
      `{"pid":-1,"startTime":"x","port":80,"boot":"b","version":"v","startedAt":"t"}`,
      'x'.repeat(5000),
    ]) {
      writeFileSync(daemonFile, text);
      expect(await failure(link())).toMatchObject({ tag: 'damaged' });
    }
    await daemon();
    chmodSync(identityKey, 0o644);
    expect(await failure(link())).toMatchObject({ tag: 'exposed' });
    chmodSync(identityKey, 0o600);
    writeFileSync(identityKey, 'short');
    expect(await failure(link())).toMatchObject({ tag: 'damaged' });
    expect(tokensAsked).toBe(0);
  });
});

describe('the identity', () => {
  it('is made once, for this account only', () => {
    expect(statSync(identityKey).mode & 0o777).toBe(0o600);
    expect(loadOrCreateIdentity(identityKey)).toEqual(key);
    expect(readIdentity(identityKey)).toEqual(key);
    expect(readIdentity(join(folder, 'none'))).toBeNull();
    expect(new Set(key).size).toBeGreaterThan(8);
  });

  it('proves one nonce, boot and port', () => {
    const proofs = [
      prove(key, 'n', 'b', 1),
      prove(key, 'm', 'b', 1),
      prove(key, 'n', 'c', 1),
      prove(key, 'n', 'b', 2),
      prove(Buffer.alloc(32), 'n', 'b', 1),
    ];
    expect(new Set(proofs).size).toBe(proofs.length);
    for (const proof of proofs) expect(proof).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('daemon.json', () => {
  it('is private, whole, and removed by its own life only', () => {
    note(7247);
    expect(statSync(daemonFile).mode & 0o777).toBe(0o600);
    expect(readDaemonFile(daemonFile)).toMatchObject({ port: 7247, boot: BOOT });
    removeDaemonFile(daemonFile, 'b-earlier');
    expect(existsSync(daemonFile)).toBe(true);
    removeDaemonFile(daemonFile, BOOT);
    expect(readDaemonFile(daemonFile)).toBeNull();
    removeDaemonFile(daemonFile, BOOT);
    writeFileSync(daemonFile, 'damaged');
    removeDaemonFile(daemonFile, BOOT);
    expect(readFileSync(daemonFile, 'utf8')).toBe('damaged');
  });

  it('tells a living process from an ended one and from another of the same number', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const pid = child.pid as number;
    await once(child, 'spawn');
    const start = startTimeOf(pid) as string;
    expect(isAlive(pid, start)).toBe(true);
    expect(isAlive(pid, startTimeOf(process.pid) as string)).toBe(
      start === startTimeOf(process.pid),
    );
    expect(isAlive(pid, 'before')).toBe(false);
    child.stdin.end();
    await once(child, 'exit');
    expect(isAlive(pid, start)).toBe(false);
    for (const none of [0, -1, 1.5, Number.NaN, 2 ** 40]) expect(startTimeOf(none)).toBeNull();
  });
});
