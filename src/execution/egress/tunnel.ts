import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type EgressRecord, parseTarget, type Target } from '../../control/egress.ts';
import type { ByteBudget } from './budget.ts';
import type { Decisions } from './decisions.ts';
import { DialError, type DialOptions, dial } from './dial.ts';

export interface TunnelDeps {
  /** `host:port`, each as {@link keyOf} writes it. */
  allowed: ReadonlySet<string>;
  decisions: Decisions;
  budget: ByteBudget;
  /** Whatever is open, so that the run's end can end it. */
  sockets: Set<Duplex>;
  idleMs: number;
  dialling: DialOptions;
}

export const keyOf = ({ host, port }: Target): string => `${host}:${port}`;

/** One CONNECT: decided by name, resolved, decided by address, dialled, joined. */
export async function tunnel(
  deps: TunnelDeps,
  asked: string,
  client: Socket,
  head: Buffer,
): Promise<void> {
  const { decisions, dialling, budget, sockets } = deps;
  client.on('error', () => client.destroy());
  const parsed = parseTarget(asked);
  const target = 'problem' in parsed ? null : parsed;
  const decide = (refused: string | null) =>
    decisions.add({ kind: 'connect', asked, target, refused });
  const refuse = (reason: string, status = 403) => {
    decide(reason);
    client.end(plainAnswer(status, reason));
    client.destroySoon();
  };
  if ('problem' in parsed) return refuse(parsed.problem, 400);
  if (!deps.allowed.has(keyOf(parsed))) return refuse('not-on-the-list');
  if (budget.isSpent) return refuse('byte-limit');
  let remote: Socket;
  try {
    remote = await dial(parsed, dialling);
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    return refuse(error.tag, error.tag === 'forbidden-address' ? 403 : 502);
  }
  if (client.destroyed || budget.isSpent) {
    remote.destroy();
    decide('gone');
    return;
  }
  const record = decide(null);
  sockets.add(remote);
  remote.once('close', () => sockets.delete(remote));
  join(deps, client, remote, head, record);
}

function join(
  { budget, idleMs }: TunnelDeps,
  client: Socket,
  remote: Socket,
  head: Buffer,
  record: EgressRecord,
): void {
  const end = () => {
    client.destroy();
    remote.destroy();
  };
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) {
    budget.take(head.length, record);
    remote.write(head);
  }
  for (const [from, to] of [
    [client, remote],
    [remote, client],
  ] as const) {
    from.setTimeout(idleMs, end);
    from.once('error', end);
    from.once('close', end);
    from.on('data', (chunk: Buffer) => budget.take(chunk.length, record));
    from.pipe(to);
  }
}

/** An answer with a short reason of ours; never anything that was asked. */
export function plainAnswer(status: number, reason: string): string {
  const words = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway' }[status] ?? 'Error';
  const body = `aedev does not let this out: ${reason}\n`;
  return [
    `HTTP/1.1 ${status} ${words}`,
    'content-type: text/plain',
    `content-length: ${body.length}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
