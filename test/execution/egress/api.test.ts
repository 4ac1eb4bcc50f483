import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Egress } from '../../../src/execution/egress/proxy.ts';
import { type EgressBed, egressBed } from './bed.ts';

const REAL = 'real-token-of-the-operator';
let bed: EgressBed;
let provider: Server;
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let reply: (request: IncomingMessage, response: import('node:http').ServerResponse) => void;

beforeEach(async () => {
  bed = egressBed();
  seen = [];
  reply = (_request, response) => void response.end('{}');
  provider = createServer(async (asked, response) => {
    let body = '';
    try {
      for await (const chunk of asked) body += chunk;
    } catch {
      // The proxy broke the request off, as it should when the run does.
      return;
    }
    seen.push({ method: asked.method ?? '', url: asked.url ?? '', headers: asked.headers, body });
    reply(asked, response);
  });
  await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  await bed.end();
  provider.closeAllConnections();
  await new Promise((done) => provider.close(done));
});

const url = () => `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
const start = (path = '', more = {}) =>
  bed.start({ api: { baseUrl: url() + path, authorization: `Bearer ${REAL}` }, ...more });

function ask(egress: Egress, method: string, path: string, headers = {}, body = '') {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>(
    (done, failed) => {
      const asking = request({ socketPath: egress.socket, method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', failed);
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      asking.on('error', failed);
      asking.end(body);
    },
  );
}

describe("the way to the coder's own API", () => {
  it('hears what the provider says of its windows, and passes it on', async () => {
    const name = 'anthropic-ratelimit-unified-5h';
    reply = (_asked, response) =>
      void response
        .writeHead(429, { [`${name}-status`]: 'rejected', [`${name}-utilization`]: '1' })
        .end('{}');
    const egress = await start();
    expect(egress.windows()).toEqual([]);
    // A probe carries no credential, so it is nobody's window.
    await ask(egress, 'HEAD', '/');
    expect(egress.windows()).toEqual([]);
    const answered = await ask(egress, 'POST', '/v1/messages', {}, '{}');
    expect(answered).toMatchObject({ status: 429, headers: { [`${name}-status`]: 'rejected' } });
    expect(egress.windows()).toMatchObject([{ kind: 'five_hour', status: 'rejected' }]);
  });

  it('never brings the credential back, however an answer repeats it', async () => {
    const egress = await start();
    const came = async () => {
      const got = await ask(egress, 'POST', '/v1/messages', {}, '{}').catch(() => null);
      return got === null ? 'cut' : got.text;
    };
    reply = (asked, response) => void response.end(`you sent ${asked.headers.authorization}`);
    expect(await came()).toBe('cut');
    reply = (asked, response) =>
      void response.setHeader('x-echo', `${asked.headers.authorization}`).end();
    expect(await came()).toBe('cut');
    const pieces = (...all: string[]): void => {
      reply = (_asked, response) => {
        const next = () => {
          const piece = all.shift();
          if (piece === undefined) response.end();
          else response.write(piece, () => setImmediate(next));
        };
        next();
      };
    };
    pieces('a', REAL.slice(0, 7), REAL.slice(7), 'b');
    expect(await came()).toBe('cut');
    // What only begins like it comes whole.
    pieces(`x ${REAL.slice(0, 5)}`, `${REAL.slice(0, 9)}`, ' y r', 're', REAL.slice(0, -1));
    expect(await came()).toBe(`x ${REAL.slice(0, 5)}${REAL.slice(0, 9)} y rre${REAL.slice(0, -1)}`);
    expect(seen.every(({ headers }) => headers['accept-encoding'] === 'identity')).toBe(true);
  });

  it('puts the real credential in the place of every one that the run sent', async () => {
    const egress = await start();
    const sent = {
      authorization: 'Bearer of-the-run',
      'x-api-key': 'key-of-the-run',
      cookie: 'a=b',
      'proxy-authorization': 'Basic abc',
      'x-forwarded-for': '1.2.3.4',
      'anthropic-organization-id': 'other',
      'anthropic-beta': 'oauth-2025-04-20',
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
    };
    const { status } = await ask(egress, 'POST', '/v1/messages?beta=true', sent, '{"a":1}');
    expect(status).toBe(200);
    const [first] = seen;
    expect(first).toMatchObject({ method: 'POST', url: '/v1/messages?beta=true', body: '{"a":1}' });
    expect(first?.headers).toMatchObject({
      authorization: `Bearer ${REAL}`,
      'anthropic-beta': 'oauth-2025-04-20',
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
      host: new URL(url()).host,
    });
    for (const name of ['x-api-key', 'cookie', 'proxy-authorization', 'x-forwarded-for'])
      expect(first?.headers).not.toHaveProperty(name);
    expect(first?.headers).not.toHaveProperty('anthropic-organization-id');
  });

  it('goes below the path of the configured address', async () => {
    const egress = await start('/proxy/');
    await ask(egress, 'POST', '/v1/messages', {}, '{}');
    expect(seen[0]?.url).toBe('/proxy/v1/messages');
  });

  it.each([
    ['HEAD', '/'],
    ['HEAD', '/api/hello'],
    ['GET', '/api/hello'],
  ])('lets the probe %s %s through, without the credential', async (method, path) => {
    const egress = await start();
    expect((await ask(egress, method, path)).status).toBe(200);
    expect(seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each([
    ['GET', '/v1/messages'],
    ['POST', '/v1/messages/batches'],
    ['POST', '/v1/messages/../files'],
    ['POST', '/v1/messages/count_tokens/..'],
    ['POST', '/v1/messagesx'],
    ['POST', '//evil.test/v1/messages'],
    ['POST', 'http://evil.test/v1/messages'],
    ['POST', '/v1/messages#x'],
    ['POST', '/v1/messages?a=%0d%0a'],
    ['POST', '/v1/files'],
    ['GET', '/v1/organizations/me'],
    ['DELETE', '/v1/messages'],
    ['GET', '/'],
    ['OPTIONS', '*'],
  ])('refuses %s %s', async (method, path) => {
    const egress = await start();
    expect((await ask(egress, method, path)).status).toBe(403);
    expect(seen).toEqual([]);
    expect(bed.log()).toMatchObject([{ kind: 'api', allowed: false, reason: 'not-an-api-call' }]);
  });

  it('passes an event stream on as it comes', async () => {
    const egress = await start();
    let finish = () => {};
    reply = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
      finish = () => response.end('data: last\n\n');
    };
    const text = await new Promise<string>((done, failed) => {
      const asking = request({ socketPath: egress.socket, method: 'POST', path: '/v1/messages' });
      asking.on('error', failed);
      asking.on('response', (response) => {
        let all = '';
        response.on('data', (chunk) => {
          all += chunk;
          // The end is only sent once the beginning has arrived.
          if (all === 'data: first\n\n') finish();
        });
        response.on('end', () => done(all));
      });
      asking.end('{}');
    });
    expect(text).toBe('data: first\n\ndata: last\n\n');
    expect(egress.records()).toEqual([
      { host: '127.0.0.1', port: Number(new URL(url()).port), allowed: true, bytes: 27 },
    ]);
  });

  it('does not follow a redirect, nor let the run follow it', async () => {
    const egress = await start();
    reply = (_request, response) =>
      void response.writeHead(307, { location: 'http://evil.test/' }).end();
    const { status, headers } = await ask(egress, 'POST', '/v1/messages', {}, '{}');
    expect(status).toBe(502);
    expect(headers).not.toHaveProperty('location');
    expect(seen).toHaveLength(1);
  });

  it('gives back status and limits of the provider, but no cookie', async () => {
    const egress = await start();
    reply = (_request, response) =>
      void response
        .writeHead(429, { 'anthropic-ratelimit-unified-status': 'rejected', 'set-cookie': 'a=b' })
        .end('{"type":"error"}');
    const { status, headers, text } = await ask(egress, 'POST', '/v1/messages', {}, '{}');
    expect({ status, text }).toEqual({ status: 429, text: '{"type":"error"}' });
    expect(headers).toMatchObject({ 'anthropic-ratelimit-unified-status': 'rejected' });
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it.each([
    ['resets', (request: IncomingMessage) => void request.socket.resetAndDestroy()],
    ['hangs', () => {}],
  ])('breaks the line off when the provider %s', async (_what, act) => {
    const egress = await start('', { limits: { idleMs: 200 } });
    reply = act;
    await expect(ask(egress, 'POST', '/v1/messages', {}, '{}')).rejects.toThrow();
  });

  it('breaks the line off when the provider stops in the middle', async () => {
    const egress = await start();
    reply = (asked, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some', () => asked.socket.resetAndDestroy());
    };
    await expect(ask(egress, 'POST', '/v1/messages', {}, '{}')).rejects.toThrow();
  });

  it('gives a smuggled second request no other rights', async () => {
    const egress = await start();
    const answer = await bed.say(
      egress,
      'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/files HTTP/1.1\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toEqual([]);
  });

  it('outlives every header that a run can think of', async () => {
    const egress = await start();
    const name = fc.oneof(
      fc.constantFrom(
        'anthropic-beta',
        'x-app',
        'content-type',
        'expect',
        'upgrade',
        'connection',
        'content-length',
        'transfer-encoding',
        'x-stainless-a',
      ),
      fc.string({ maxLength: 12 }),
    );
    const value = fc.oneof(
      fc.constantFrom(
        '100-continue',
        'chunked',
        'close, anthropic-beta',
        '-1',
        '99',
        '0x2',
        'websocket',
        '\xff\x80',
        'a\r\n b',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    const lines = fc.array(fc.tuple(name, value), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lines, async (headers) => {
        const client = connect(egress.socket);
        client.on('error', () => {});
        const text = headers.map(([key, said]) => `${key}: ${said}\r\n`).join('');
        const closed = new Promise((done) => client.once('close', done));
        client.once('data', () => client.destroy());
        client.end(Buffer.from(`POST /v1/messages HTTP/1.1\r\nHost: x\r\n${text}\r\n{}`, 'latin1'));
        await closed;
      }),
      { numRuns: 300 },
    );
    expect((await ask(egress, 'POST', '/v1/messages', {}, '{}')).status).toBe(200);
    for (const { headers } of seen.filter(({ method }) => method === 'POST'))
      expect(headers.authorization).toBe(`Bearer ${REAL}`);
  });

  it('ends with the run, also in the middle of an answer', async () => {
    const egress = await start();
    const gone = new Promise<void>((done) => {
      reply = (asked, response) => {
        asked.socket.once('close', () => done());
        response.write('data: first\n\n');
      };
    });
    const client = connect(egress.socket);
    client.on('error', () => {});
    client.write('POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}');
    await new Promise((done) => client.once('data', done));
    await egress.close();
    await gone;
  });

  it('keeps the credential out of the log, the records and the answers', async () => {
    const egress = await start();
    const answers = [
      await ask(egress, 'POST', '/v1/messages', {}, '{}'),
      await ask(egress, 'POST', '/v1/nothing', {}, '{}'),
    ];
    expect(JSON.stringify([answers, bed.log(), egress.records()])).not.toContain(REAL);
  });
});
