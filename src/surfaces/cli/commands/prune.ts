/** What is no longer needed on the disk: shown, or taken away. */

import type { PruneReport } from '../../../control/prune-report.ts';
import { ClientError } from '../../api/client-error.ts';
import { bytesText } from '../bytes.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { livingDaemon } from '../living-daemon.ts';
import { openClient } from '../open.ts';
import { inkFor, safe, say, sayJson, table } from '../output.ts';

interface PruneOptions {
  dryRun?: boolean;
  json?: boolean;
}

/** Saving the work of many large workspaces takes its time. */
const PATIENCE_MS = 60 * 60_000;

export async function prune(host: Host, options: PruneOptions): Promise<ExitName> {
  const dryRun = options.dryRun === true;
  const report = await ask(host, dryRun);
  const exit: ExitName = report.left.length > 0 ? 'machine' : 'ok';
  if (options.json) {
    sayJson(host, { dryRun, ...report });
    return exit;
  }
  const paint = inkFor(host);
  const rows = report.removed.map(({ kind, what, why, bytes, saved }) => [
    kind,
    safe(what),
    bytes === null ? '' : bytesText(bytes),
    `${safe(why)}${saved === null ? '' : `; its work is at ${safe(saved)}`}`,
  ]);
  if (rows.length > 0) {
    const head = ['', dryRun ? 'would go' : 'gone', 'size', 'why'];
    say(host, await table(head, rows, host.columns));
  }
  for (const { kind, what, reason } of report.left)
    say(host, paint.yellow(`The ${kind} ${safe(what)} stays: ${safe(reason)}`));
  const sum = bytesText(report.bytes);
  if (dryRun) say(host, rows.length === 0 ? 'Nothing to prune.' : `${sum} in all would be freed.`);
  else say(host, rows.length === 0 ? 'Nothing was pruned.' : `${sum} in all were freed.`);
  return exit;
}

async function ask(host: Host, dryRun: boolean): Promise<PruneReport> {
  if (livingDaemon(host) === null) return host.prune({ dryRun });
  try {
    const client = await openClient(host, PATIENCE_MS);
    try {
      return await client.post<PruneReport>('/v1/prune', { dryRun });
    } finally {
      client.close();
    }
  } catch (error) {
    // It ended between the look and the question.
    const ended = error instanceof ClientError && ['not-running', 'stale'].includes(error.tag);
    if (ended) return host.prune({ dryRun });
    throw error;
  }
}
