/** The two ways to the work: the log for looking, the daemon for everything that changes something. */
import type { SurfaceCommand } from '../../control/contract.ts';
import type { Client } from '../api/client.ts';
import type { CommandReceipt } from '../api/deps.ts';
import { CliError } from './exit-codes.ts';
import type { Host, LogReader } from './host.ts';
import { safe } from './output.ts';

/** Opens the log read-only: it works while the daemon hangs or is dead. */
export async function withReader<T>(
  host: Host,
  look: (reader: LogReader) => Promise<T>,
): Promise<T> {
  const reader = await host.openReader();
  try {
    return await look(reader);
  } finally {
    await reader.close();
  }
}

/** Finds and proves the daemon. Rejects with ClientError when there is none. */
export async function openClient(host: Host, timeoutMs?: number): Promise<Client> {
  const paths = host.paths();
  const [{ connect }, { readToken }, { identityKeyPath }] = await Promise.all([
    import('../api/client.ts'),
    import('../../config/tokens.ts'),
    import('../../config/keys.ts'),
  ]);
  return connect({
    daemonFile: paths.daemonFile,
    identityKey: identityKeyPath(paths),
    token: () => readToken(paths, 'operator'),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

export async function withClient<T>(host: Host, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openClient(host);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Sends a command; a recorded refusal becomes a {@link CliError}. */
export async function send(client: Client, command: SurfaceCommand): Promise<CommandReceipt> {
  const receipt = await client.command(command);
  if (receipt.outcome === 'accepted') return receipt;
  const code = receipt.code ?? 'refused';
  const exit = code.startsWith('unknown-') && code !== 'unknown-question' ? 'not-found' : 'refused';
  throw new CliError(exit, receipt.sentence ?? 'The command was refused.', '', code);
}

const SHAPES = {
  mission: /^m-[a-z0-9]{4,32}$/,
  task: /^t-[a-z0-9]{4,32}$/,
  run: /^r-[a-z0-9]{4,32}$/,
} as const;

/** The id when it has the form of one; a slip of the hand never reaches the daemon. */
export function idOf(kind: keyof typeof SHAPES, text: string): string {
  if (SHAPES[kind].test(text)) return text;
  const list = kind === 'run' ? 'aedev task show ID' : `aedev ${kind} list`;
  throw new CliError(
    'usage',
    `"${safe(text, 80)}" is not the id of a ${kind}: they look like ${kind[0]}-x7k2m9.`,
    `See \`${list}\`.`,
  );
}

export const notFound = (kind: string, id: string): CliError =>
  new CliError(
    'not-found',
    `There is no ${kind} ${safe(id, 80)}.`,
    kind === 'run' ? 'See `aedev task show ID`.' : `See \`aedev ${kind} list\`.`,
    `unknown-${kind}`,
  );
