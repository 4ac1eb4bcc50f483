import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, connect as dial } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ServeError, type Serving, serve } from '../../../src/surfaces/api/serve.ts';
import { OPERATOR, world } from './world.ts';

const open: Serving[] = [];
afterEach(async () => {
  for (const serving of open.splice(0)) await serving.close(0);
});
async function start(host?: string) {
  const one = world();
  const serving = await serve(one.api, { ...(host ? { host } : {}), port: 0 });
  open.push(serving);
  return { ...one, serving };
}

/** Bytes in, bytes out: what no HTTP client would send. */
async function raw(port: number, text: string): Promise<string> {
  const socket = dial({ host: '127.0.0.1', port });
  socket.end(text.replaceAll('\n', '\r\n'));
  let answer = '';
  for await (const piece of socket) answer += piece;
  return answer;
}

describe('serve', () => {
  it('refuses every address but loopback', async () => {
    const { api } = world();
    for (const host of [
      '0.0.0.0',
      '::',
      '192.168.1.5',
      '100.64.0.1',
      '127.0.0.2',
      'example.invalid',
      '',
      'fd7a::1',
    ]) {
      await expect(serve(api, { host, port: 0 })).rejects.toMatchObject({ tag: 'not-loopback' });
    }
  });

  it('says who may hold a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error = await serve(world().api, { port }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ServeError);
    expect(error).toMatchObject({ tag: 'port-taken' });
    expect(error.sentence).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(error.remedy).toContain('system.port');
    other.close();
  });

  it('serves on the port it was given, and knows it', async () => {
    const { serving } = await start('localhost');
    const url = `http://localhost:${serving.port}/v1/status`;
    const headers = { authorization: `Bearer ${OPERATOR}` };
    expect((await fetch(url.replace('localhost', '127.0.0.1'), { headers })).status).toBe(200);
    const text = await raw(
      serving.port,
      `GET /v1/status HTTP/1.1\nHost: 127.0.0.1:7247\nAuthorization: Bearer ${OPERATOR}\nConnection: close\n\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toContain('"code":"foreign-host"');
  });

  it('answers what is no HTTP, or two things at once, with one JSON sentence', async () => {
    const { serving, calls } = await start();
    const { port } = serving;
    const host = `Host: 127.0.0.1:${port}`;
    const end = 'Connection: close\n\n';
    const cases = {
      'two hosts': `GET /healthz HTTP/1.1\n${host}\nHost: evil.example\n${end}`,
      'two equal hosts': `GET /healthz HTTP/1.1\n${host}\n${host}\n${end}`,
      'no host': `GET /healthz HTTP/1.0\n\n`,
      'a NUL in the path': `GET /healthz\0 HTTP/1.1\n${host}\n${end}`,
      'a NUL in a header': `GET /healthz HTTP/1.1\n${host}\nX: a\0b\n${end}`,
      'no HTTP': 'EHLO example\n\n',
      'two lengths': `POST /v1/stop HTTP/1.1\n${host}\nContent-Length: 1\nContent-Length: 2\n${end}`,
      'length and chunks': `POST /v1/stop HTTP/1.1\n${host}\nContent-Length: 4\nTransfer-Encoding: chunked\n${end}`,
      'huge headers': `GET /healthz HTTP/1.1\n${host}\nX: ${'x'.repeat(40_000)}\n${end}`,
      'a backslash': `GET \\healthz HTTP/1.1\n${host}\n${end}`,
      'a method of its own': `BREW /healthz HTTP/1.1\n${host}\n${end}`,
    };
    for (const [what, text] of Object.entries(cases)) {
      const answer = await raw(port, text);
      expect([what, answer.slice(0, 12)]).toEqual([what, 'HTTP/1.1 400']);
      const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
      expect(body).toMatchObject({ code: 'invalid', sentence: expect.stringMatching(/\.$/) });
    }
    expect(calls.stops).toEqual([]);
  });

  it('believes the absolute target over the Host header, and neither alone', async () => {
    const { serving } = await start();
    const ours = `127.0.0.1:${serving.port}`;
    const get = (target: string, host: string) =>
      raw(serving.port, `GET ${target} HTTP/1.1\nHost: ${host}\nConnection: close\n\n`);
    expect(await get(`http://${ours}/healthz`, ours)).toMatch(/^HTTP\/1\.1 200/);
    expect(await get('http://evil.example/healthz', ours)).toMatch(/^HTTP\/1\.1 403/);
    expect(await get(`http://${ours}/healthz`, 'evil.example')).toMatch(/^HTTP\/1\.1 403/);
  });

  it('closes gracefully: ends streams, frees the port, may be closed twice', async () => {
    const { serving } = await start();
    const stream = await fetch(`http://127.0.0.1:${serving.port}/v1/stream`, {
      headers: { authorization: `Bearer ${OPERATOR}` },
    });
    const text = stream.text();
    await serving.close(60_000);
    expect(await text).toContain(': aedev events');
    await serving.close();
    const again = await serve(world().api, { port: serving.port });
    open.push(again);
    expect(again.port).toBe(serving.port);
  });
});
