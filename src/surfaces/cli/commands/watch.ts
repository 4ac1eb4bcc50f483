import type { StoredEvent } from '../../../control/contract.ts';
import { streamOf } from '../../../control/streams.ts';
import type { Client } from '../../api/client.ts';
import { clause } from '../../clause.ts';
import type { MissionDoc, TaskDoc } from '../../documents.ts';
import { CliError } from '../exit-codes.ts';
import { follow, missionSettled, type Settled, taskSettled } from '../follow.ts';
import type { Host } from '../host.ts';
import { withClient } from '../open.ts';
import { inkFor, safe, say } from '../output.ts';

/** Without an id this many events of the past give a start. */
const BACKLOG = 10;

/** Plain words for each event as it happens; with an id, until that settles. */
export function watch(host: Host, _options: object, id?: string): Promise<Settled | undefined> {
  return withClient(host, (client) =>
    id === undefined ? all(host, client) : one(host, client, id),
  );
}

async function all(host: Host, client: Client): Promise<undefined> {
  const { last } = await client.get<{ last: number }>('/v1/events?limit=1');
  await follow(
    client,
    Math.max(1, last - BACKLOG + 1),
    (event) => tell(host, event),
    host.interrupted,
  );
  return undefined;
}

async function one(host: Host, client: Client, id: string): Promise<Settled | undefined> {
  const { path, look } = subject(client, id);
  const streams = new Set([path]);
  let doc = await look();
  for (const task of doc.tasks) streams.add(streamOf.task(task));
  let settled = doc.settled;
  const lastNow = async () => (await client.get<{ last: number }>('/v1/events?limit=1')).last;
  const last = await lastNow();
  // What settled it may be in the middle of a transaction: the rest of that is told as well.
  let until = settled === null ? null : last;
  await follow(
    client,
    1,
    async (event) => {
      if (streams.has(event.stream)) {
        await tell(host, event);
        // Looking at the document for each event of the past would show the same thing each time.
        if (event.seq >= last || event.type === 'mission.planned') {
          doc = await look();
          for (const task of doc.tasks) streams.add(streamOf.task(task));
          settled = doc.settled;
          if (settled === null) until = null;
          else until ??= await lastNow();
        }
      }
      return event.seq >= last && until !== null && event.seq >= until;
    },
    host.interrupted,
  );
  say(host, inkFor(host).bold(doc.ending));
  return settled ?? undefined;
}

interface Seen {
  tasks: string[];
  settled: Settled | null;
  ending: string;
}

interface Shown {
  id: string;
  state: string;
  hold: { reason: string; remedy: string } | null;
  end: string | null;
}

function ending(doc: Shown): string {
  const why = doc.end ?? (doc.hold && `held: ${clause(doc.hold.reason)}; ${doc.hold.remedy}`);
  return `${safe(doc.id)} is ${safe(doc.state)}${why ? `, ${safe(why)}` : ''}`;
}

function subject(client: Client, id: string): { path: string; look(): Promise<Seen> } {
  if (/^m-[a-z0-9]{4,32}$/.test(id))
    return {
      path: `mission/${id}`,
      async look() {
        const doc = await client.get<MissionDoc>(`/v1/missions/${id}`);
        const tasks = doc.tasks.map((task) => task.id);
        const held = doc.tasks.filter((task) => task.hold !== null);
        const lines = [doc, ...held].map(ending).join('\n');
        return { tasks, settled: missionSettled(doc), ending: lines };
      },
    };
  if (/^t-[a-z0-9]{4,32}$/.test(id))
    return {
      path: `task/${id}`,
      async look() {
        const doc = await client.get<TaskDoc>(`/v1/tasks/${id}`);
        return { tasks: [], settled: taskSettled(doc), ending: ending(doc) };
      },
    };
  throw new CliError(
    'usage',
    `"${safe(id, 80)}" is neither the id of a mission (m-…) nor of a task (t-…).`,
    'See `aedev mission list`.',
  );
}

/** A mission repeats what its tasks say; the tasks say it better. */
async function tell(host: Host, event: StoredEvent): Promise<false> {
  if (event.type === 'mission.task-changed') return false;
  const { inWords } = await import('../../words.ts');
  const paint = inkFor(host);
  const [, id = ''] = event.stream.split('/');
  const time = event.time.slice(11, 19);
  say(host, `${paint.dim(safe(time))} ${paint.cyan(safe(id).padEnd(12))} ${safe(inWords(event))}`);
  return false;
}
