/**
 * One connection to the daemon, proven before any token is sent on it. The proof holds for the
 * connection, not for the port: were the daemon to die after it, a program that takes the port
 * would be on another connection, and this one is never replaced.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect as dial } from 'node:net';
import { prove } from '../../lib/identity.ts';
import type { DaemonFile } from '../daemon-file.ts';
import { ClientError, clientErrors } from './client-error.ts';

/** Bytes of an answer; a proof needs far less. */
const MAX_PROOF = 4096;
const MAX_ANSWER = 64 * 1024 * 1024;
const TOO_LARGE = 'AEDEV_TOO_LARGE';

export interface Ask {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Line {
  /** The answer's head; rejects with {@link ClientError} `hanging` or `lost`. */
  open(ask: Ask): Promise<IncomingMessage>;
  /** The whole answer. */
  ask(ask: Ask): Promise<{ status: number; text: string }>;
  /** False once the connection is gone. */
  usable(): boolean;
  close(): void;
}

/** Connects and proves. `timeoutMs` bounds the proof and each answer's head. */
export async function openLine(
  file: DaemonFile,
  key: Uint8Array,
  timeoutMs: number,
): Promise<Line> {
  const line = rawLine(file, timeoutMs);
  const nonce = randomBytes(24).toString('base64url');
  try {
    const answer = await line.open({ method: 'GET', path: `/healthz?nonce=${nonce}` });
    const text = await read(answer, MAX_PROOF, file, timeoutMs);
    if (answer.statusCode !== 200) {
      throw clientErrors.squatter(file, `it answered ${answer.statusCode ?? 'nothing'}`);
    }
    check(text, nonce, file, key);
    return line;
  } catch (error) {
    line.close();
    throw inProof(error, file);
  }
}

function check(text: string, nonce: string, file: DaemonFile, key: Uint8Array): void {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw clientErrors.squatter(file, 'it does not speak JSON');
  }
  const { boot, proof } = (answer ?? {}) as { boot?: unknown; proof?: unknown };
  const right =
    typeof boot === 'string' &&
    typeof proof === 'string' &&
    /^[0-9a-f]{64}$/.test(proof) &&
    /^[\w-]{1,64}$/.test(boot) &&
    timingSafeEqual(Buffer.from(proof), Buffer.from(prove(key, nonce, boot, file.port)));
  if (!right) throw clientErrors.squatter(file, 'it cannot prove that it is');
}

/** What a broken connection means while nothing is proven. */
function inProof(error: unknown, file: DaemonFile): unknown {
  if (!(error instanceof ClientError) || error.tag !== 'lost') return error;
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  return code.startsWith('HPE_') || code === TOO_LARGE
    ? clientErrors.squatter(file, 'it does not answer as one would')
    : clientErrors.notListening(file, error.cause);
}

function rawLine(file: DaemonFile, timeoutMs: number): Line {
  const socket = dial({ host: '127.0.0.1', port: file.port });
  let given = false;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  Object.assign(agent, {
    createConnection(_options: unknown, done: (error: Error | null, socket?: unknown) => void) {
      if (given || socket.destroyed) done(new Error('the connection is gone'));
      else {
        given = true;
        done(null, socket);
      }
    },
  });
  // Before a request has it, an error of the socket would have no listener.
  socket.on('error', () => {});
  const line: Line = {
    usable: () => !socket.destroyed && socket.writable,
    close() {
      agent.destroy();
      socket.destroy();
    },
    open({ method, path, headers = {}, body }) {
      return new Promise((resolve, reject) => {
        const sent = request({
          agent,
          host: '127.0.0.1',
          port: file.port,
          method,
          path,
          headers: {
            ...headers,
            host: `127.0.0.1:${file.port}`,
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          },
        });
        const timer = setTimeout(() => {
          reject(clientErrors.hanging(file, timeoutMs));
          line.close();
        }, timeoutMs);
        sent.on('response', (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        sent.on('error', (cause) => {
          clearTimeout(timer);
          reject(clientErrors.lost(cause));
        });
        sent.end(body);
      });
    },
    async ask(ask) {
      const answer = await line.open(ask);
      const text = await read(answer, MAX_ANSWER, file, timeoutMs);
      return { status: answer.statusCode ?? 0, text };
    },
  };
  return line;
}

/** The whole body, bounded in size and in the time between two pieces. */
export async function read(
  answer: IncomingMessage,
  max: number,
  file: DaemonFile,
  timeoutMs: number,
): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of piecesOf(answer, file, timeoutMs)) {
    size += piece.length;
    if (size > max) {
      answer.destroy();
      throw clientErrors.lost(Object.assign(new Error('too large'), { code: TOO_LARGE }));
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Pieces of a body as they come; `hanging` when the next one takes too long. */
export async function* piecesOf(
  answer: IncomingMessage,
  file: DaemonFile,
  timeoutMs: number,
): AsyncGenerator<Buffer> {
  const hang = () => answer.destroy(clientErrors.hanging(file, timeoutMs));
  let timer = setTimeout(hang, timeoutMs);
  try {
    for await (const piece of answer) {
      clearTimeout(timer);
      yield piece as Buffer;
      timer = setTimeout(hang, timeoutMs);
    }
  } catch (error) {
    throw error instanceof ClientError ? error : clientErrors.lost(error);
  } finally {
    clearTimeout(timer);
  }
}
