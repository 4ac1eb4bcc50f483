/** The one way out: what it sends where, what it asks first, and what it counts. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ForgeError } from '../../../src/delivery/forges/forge.ts';
import { createTransport } from '../../../src/delivery/forges/github/transport.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    request.resume();
    request.on('end', () => answer(request, response));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const off = {
  assertAllowed: (what: string) => {
    throw new ForgeError('remote-writes-off', what);
  },
};
const on = { assertAllowed: () => {} };
const make = (apiUrl: string, gate: typeof off | typeof on = on) =>
  createTransport({ apiUrl, gate, authorization: async () => 'Bearer dummy-token' });
const ok = (_: IncomingMessage, response: ServerResponse) => void response.end('{}');
const graph = (query: string) => ({ method: 'POST', body: JSON.stringify({ query }) });

describe('the transport', () => {
  test.each([
    ['PUT', { method: 'PUT' }],
    ['POST', { method: 'POST', body: '{"query":7}' }],
    ['patch', { method: 'patch' }],
    ['DELETE', { method: 'DELETE' }],
    ['a mutation', graph('mutation { x }')],
    ['a document with a mutation in it', graph('query a { x } mutation b { y }')],
    ['an anonymous document', graph('{ x }')],
    ['no JSON', { method: 'POST', body: 'query { x }' }],
  ])('asks the gate about %s, and sends nothing when it says no', async (_, init) => {
    const { url, seen } = await serve(ok);
    await expect(make(url, off).fetch(`${url}/x`, init)).rejects.toMatchObject({
      tag: 'remote-writes-off',
    });
    expect(seen).toEqual([]);
    await make(url).fetch(`${url}/x`, init);
    expect(seen).toHaveLength(1);
  });

  test('does not ask about reads', async () => {
    const { url, seen } = await serve(ok);
    await make(url, off).fetch(`${url}/x`);
    await make(url, off).fetch(`${url}/graphql`, graph('query ($a: Int) { x }'));
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer dummy-token',
      'Bearer dummy-token',
    ]);
  });

  test('sends the credential nowhere else, redirects included', async () => {
    const elsewhere = await serve(ok);
    const { url, seen } = await serve((_, response) => {
      response.writeHead(302, { location: `${elsewhere.url}/log` }).end();
    });
    const one = make(url);
    await expect(one.fetch(`${elsewhere.url}/x`)).rejects.toMatchObject({ tag: 'refused' });
    expect((await one.fetch(`${url}/x`)).status).toBe(302);
    expect(elsewhere.seen).toEqual([]);
    const location = await one.redirectOf('/log');
    expect(location).toBe(`${elsewhere.url}/log`);
    await one.plain(location ?? '', 100);
    expect(elsewhere.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(seen).toHaveLength(2);
  });

  test('an unchanged answer is free, and says so', async () => {
    let body = '{"a":1}';
    const { url, seen } = await serve((request, response) => {
      const etag = `"${body}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { etag, 'content-type': 'application/json' }).end(body);
    });
    const one = make(url);
    const read = async () => {
      const response = await one.fetch(`${url}/x`);
      return [response.status, await response.text(), response.headers.get('x-aedev-unchanged')];
    };
    expect(await read()).toEqual([200, '{"a":1}', null]);
    expect(await read()).toEqual([200, '{"a":1}', '1']);
    expect(await read()).toEqual([200, '{"a":1}', '1']);
    body = '{"a":2}';
    expect(await read()).toEqual([200, '{"a":2}', null]);
    expect(one.counts).toEqual({ counted: 2, unchanged: 2 });
    expect(seen).toHaveLength(4);
  });

  test('keeps only the end of a log, and no more of an answer than one can be', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/log') response.end(`${'a'.repeat(100_000)}end`);
      else {
        const part = Buffer.alloc(1024 * 1024, 32);
        const more = () => {
          while (response.write(part)) if (response.destroyed) return;
        };
        response.on('drain', more).on('error', () => {});
        more();
      }
    });
    const one = make(url);
    expect(await one.plain(`${url}/log`, 5)).toBe('aaend');
    await expect(one.fetch(`${url}/endless`)).rejects.toMatchObject({ tag: 'unavailable' });
  });
});
