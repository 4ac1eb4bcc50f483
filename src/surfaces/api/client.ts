/**
 * The CLI's way to the daemon. Node's own HTTP only, no schema library: every command that changes
 * something starts here, and starting must be quick.
 */
import { randomBytes } from 'node:crypto';
import type { StoredEvent, SurfaceCommand } from '../../control/contract.ts';
import { readIdentity } from '../../lib/identity.ts';
import { type DaemonFile, isAlive, readDaemonFile } from '../daemon-file.ts';
import { ClientError, clientErrors } from './client-error.ts';
import type { CommandReceipt } from './deps.ts';
import { type Line, openLine, piecesOf } from './line.ts';
import { sseMessages } from './sse.ts';

export { ClientError } from './client-error.ts';

export interface ConnectOptions {
  daemonFile: string;
  identityKey: string;
  /** Called only when the daemon has proven itself. */
  token(): string;
  /** Milliseconds for each answer. Default 10000. */
  timeoutMs?: number;
}

export interface Client {
  /** What daemon.json says of the daemon behind this client. */
  daemon: DaemonFile;
  /** Refusals are receipts. `id`: to send one command again; made at random when left out. */
  command(command: SurfaceCommand, id?: string): Promise<CommandReceipt>;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  /**
   * Hands over every event from `fromSeq` on, in order and without a gap, until the signal aborts or
   * the daemon ends; resolves with the number of the next event.
   */
  stream(
    fromSeq: number,
    onEvent: (event: StoredEvent) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<number>;
  close(): void;
}

/** A stream says at least a keep-alive every 15 s. */
const STREAM_SILENCE_MS = 60_000;

interface Found {
  file: DaemonFile;
  line: Line;
}

/** Looked up anew for each connection: the daemon may have come back on another port. */
async function find(options: ConnectOptions): Promise<Found> {
  const file = readDaemonFile(options.daemonFile);
  if (!file) throw clientErrors.notRunning();
  if (!isAlive(file.pid, file.startTime)) throw clientErrors.stale(file);
  const key = readIdentity(options.identityKey);
  if (!key) throw clientErrors.notRunning();
  return { file, line: await openLine(file, key, options.timeoutMs ?? 10_000) };
}

/** Finds and proves the daemon. Rejects with {@link ClientError}, DaemonFileError or IdentityError. */
export async function connect(options: ConnectOptions): Promise<Client> {
  let found = await find(options);
  const headers = { authorization: `Bearer ${options.token()}`, accept: 'application/json' };
  let queue: Promise<unknown> = Promise.resolve();

  /** One at a time: a connection carries one answer after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  }

  const ask = (method: 'GET' | 'POST', path: string, body?: object) =>
    inTurn(async () => {
      const send = (on: Line) =>
        on.ask({
          method,
          path,
          headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
      const idle = found;
      if (!idle.line.usable()) found = await find(options);
      try {
        return await send(found.line);
      } catch (error) {
        // The daemon may close an idle connection while we write on it. Asking twice is safe:
        // commands have ids, everything else may be repeated.
        if (found !== idle || !(error instanceof ClientError) || error.tag !== 'lost') throw error;
        idle.line.close();
        found = await find(options);
        return send(found.line);
      }
    });

  const answerOf = async <T>(asked: ReturnType<typeof ask>): Promise<T> => {
    const { status, text } = await asked;
    if (status >= 200 && status < 300) return parse(text) as T;
    throw refusalOf(status, text);
  };

  return {
    daemon: found.file,
    async command(command, id = randomBytes(16).toString('hex')) {
      const { status, text } = await ask('POST', '/v1/commands', { id, command });
      const receipt = parse(text) as CommandReceipt;
      // A refusal that was recorded is an answer; anything else never became a command.
      if (status === 200 || ([403, 404, 409].includes(status) && receipt.seqs?.length > 0)) {
        const { outcome, code, sentence, seqs, data } = receipt;
        return { outcome, code, sentence, seqs, data };
      }
      throw refusalOf(status, text);
    },
    get: (path) => answerOf(ask('GET', path)),
    post: (path, body) => answerOf(ask('POST', path, body)),
    async stream(fromSeq, onEvent, signal) {
      let next = fromSeq;
      if (signal.aborted) return next;
      const { file, line: own } = await find(options);
      const abort = () => own.close();
      signal.addEventListener('abort', abort, { once: true });
      try {
        const answer = await own.open({ method: 'GET', path: `/v1/stream?from=${next}`, headers });
        const status = answer.statusCode ?? 0;
        const pieces = piecesOf(answer, file, STREAM_SILENCE_MS);
        if (status !== 200) {
          let text = '';
          for await (const piece of pieces) text += piece.toString('utf8').slice(0, 4096);
          throw refusalOf(status, text);
        }
        for await (const data of sseMessages(pieces)) {
          const event = parse(data) as StoredEvent;
          if (event.seq !== next) throw clientErrors.lost(new Error(`event ${next} is missing`));
          await onEvent(event);
          next += 1;
          if (signal.aborted) break;
        }
        return next;
      } catch (error) {
        if (signal.aborted && error instanceof ClientError && error.tag === 'lost') return next;
        throw error;
      } finally {
        signal.removeEventListener('abort', abort);
        own.close();
      }
    },
    close: () => found.line.close(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw clientErrors.lost(cause);
  }
}

function refusalOf(status: number, text: string): ClientError {
  const { code, sentence } = (parse(text) ?? {}) as { code?: unknown; sentence?: unknown };
  const said = typeof sentence === 'string' ? sentence : `The daemon answered ${status}.`;
  const options = { code: typeof code === 'string' ? code : String(status) };
  if (status === 401) {
    const remedy =
      'Restart the daemon if the token was renewed: `aedev daemon stop`, then `start`.';
    return new ClientError('unauthorised', 'The daemon does not know this token.', remedy, options);
  }
  return new ClientError(status >= 500 ? 'failed' : 'refused', said, '', options);
}
