/** HTTP itself: reading requests, sending answers whole or broken. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Reply } from './reply.ts';

const MAX_BODY_BYTES = 256 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('request too large');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

/** Resets the connection, as a dying server or a box in between does. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/**
 * Ends a connection in the middle of an answer. git's HTTP library sends a request again by itself
 * when a kept-open connection dies before any answer, so a plain reset would be met twice.
 */
export function hangUp(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 1000 });
  response.write('0', () => response.socket?.destroySoon());
}

export type Damage = 'malformed' | 'truncated' | 'html';

export function send(response: ServerResponse, reply: Reply, damage: Damage | null = null): void {
  const headers: Record<string, string | number> = { ...reply.headers, server: 'github.com' };
  let data = Buffer.alloc(0);
  if (reply.raw !== undefined) {
    data = Buffer.from(reply.raw.data);
    headers['content-type'] = reply.raw.type;
  } else if (reply.body !== undefined) {
    data = Buffer.from(JSON.stringify(reply.body));
    headers['content-type'] = 'application/json; charset=utf-8';
  }
  if (damage === 'html') {
    data = Buffer.from(
      '<!DOCTYPE html><html><body>We had issues producing the response.</body></html>',
    );
    headers['content-type'] = 'text/html; charset=utf-8';
  }
  if (damage === 'malformed') data = Buffer.from(`${data.toString('utf8').slice(0, -1)}<`);
  headers['content-length'] = data.length;
  if (reply.status === 204 || reply.status === 304) {
    delete headers['content-length'];
    delete headers['content-type'];
    data = Buffer.alloc(0);
  }
  response.writeHead(reply.status, headers);
  if (damage === 'truncated') {
    // Half of what was promised has to be on its way before the end.
    response.write(data.subarray(0, data.length >> 1), () => response.socket?.destroySoon());
    return;
  }
  response.end(data);
}
