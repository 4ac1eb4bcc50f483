import { approvalsDoc, holdsDoc } from '../../documents.ts';
import { endsBy } from '../hold-text.ts';
import type { Host } from '../host.ts';
import { withReader } from '../open.ts';
import { ago, inkFor, safe, say, sayJson, table } from '../output.ts';
import { change } from './change.ts';

interface ListOptions {
  plain?: boolean;
  json?: boolean;
}

export async function list(host: Host, options: ListOptions): Promise<void> {
  const holds = await withReader(host, holdsDoc);
  if (options.json) return sayJson(host, { holds });
  const now = Date.now();
  if (options.plain) {
    if (holds.length === 0) say(host, 'nothing held');
    for (const { id, hold } of holds)
      say(
        host,
        `${safe(id)} ${safe(hold.code)}: ${endsBy(hold, now)}; ${safe(hold.remedy)}`.slice(0, 160),
      );
    return;
  }
  if (holds.length === 0) return say(host, 'Nothing is held.');
  const paint = inkFor(host);
  const rows = holds.map(({ id, title, hold }) => [
    safe(id),
    paint.yellow(safe(hold.code)),
    ago(hold.since, now),
    `${safe(hold.reason)} (${safe(title, 60)})`,
    endsBy(hold, now),
    safe(hold.remedy),
  ]);
  const head = ['held', 'code', 'since', 'why', 'ends', 'what to do'];
  say(host, await table(head, rows, host.columns));
}

/** The form of the id tells what it is of. */
export function resume(host: Host, options: { json?: boolean }, id: string) {
  const command = /^m-[a-z0-9]{4,32}$/.test(id)
    ? ({ type: 'mission.resume', mission: id } as const)
    : /^t-[a-z0-9]{4,32}$/.test(id)
      ? ({ type: 'task.resume', task: id } as const)
      : ({ type: 'repo.resume', repo: id } as const);
  return change(host, options, id, 'resumed', command);
}

export async function approvals(host: Host, options: ListOptions): Promise<void> {
  const waiting = await withReader(host, approvalsDoc);
  if (options.json) return sayJson(host, { approvals: waiting });
  const now = Date.now();
  if (options.plain) {
    if (waiting.length === 0) say(host, 'nothing to approve');
    for (const one of waiting)
      say(
        host,
        `${safe(one.id)} ${one.kind === 'task' ? 'merge' : 'spec'} ${ago(one.expires, now)}: ${safe(one.title)}`.slice(
          0,
          160,
        ),
      );
    return;
  }
  if (waiting.length === 0) return say(host, 'Nothing waits for your approval.');
  const rows = waiting.map((one) => [
    safe(one.id),
    one.kind === 'task' ? 'merge' : 'spec',
    ago(one.expires, now),
    safe(one.title, 120),
    safe(one.command),
  ]);
  say(host, await table(['id', 'approves', 'expires', 'what', 'command'], rows, host.columns));
}
