/** Following work through the daemon's event stream, until it ends or waits for somebody. */
import type { StoredEvent } from '../../control/contract.ts';
import { streamOf } from '../../control/streams.ts';
import type { Client } from '../api/client.ts';
import type { MissionDoc, TaskDoc } from '../documents.ts';
import type { ExitName } from './exit-codes.ts';
import type { Host } from './host.ts';

/** Where following stopped, as an exit code: by its end, or because somebody must do something. */
export type Settled = Extract<ExitName, 'ok' | 'waiting' | 'failed'>;

const forSomebody = (hold: { resumes: object } | null): boolean =>
  hold !== null && !('at' in hold.resumes);

/** A hold that ends by itself is no reason to stop following. */
export function taskSettled(task: TaskDoc): Settled | null {
  if (task.state === 'remembered') return 'ok';
  if (['failed', 'cancelled', 'abandoned'].includes(task.state)) return 'failed';
  return forSomebody(task.hold) ? 'waiting' : null;
}

export function missionSettled(mission: MissionDoc): Settled | null {
  if (mission.state === 'done') return 'ok';
  if (mission.state === 'failed' || mission.state === 'cancelled') return 'failed';
  if (forSomebody(mission.hold) || mission.expires !== null) return 'waiting';
  if (mission.state === 'clarifying' && mission.clarification.questions.length > 0)
    return 'waiting';
  const open = mission.tasks.filter((task) => taskSettled(task) !== 'ok');
  // A task that waits for another one moves when that one does.
  const moving = open.some((task) => task.state !== 'waiting' && taskSettled(task) === null);
  return open.length > 0 && !moving ? 'waiting' : null;
}

/**
 * Hands over events from `from` on until `enough` says so or the signal aborts; true when it was
 * enough. Rejects with ClientError when the daemon goes away for good.
 */
export async function follow(
  client: Client,
  from: number,
  enough: (event: StoredEvent) => boolean | Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  let done = false;
  await client.stream(
    from,
    async (event) => {
      if (done || !(await enough(event))) return;
      done = true;
      stop.abort();
    },
    all,
  );
  return done;
}

/** Looks at a document now and after each event that may have changed it. */
export async function until<T>(
  client: Client,
  options: {
    from: number;
    look(): Promise<T>;
    enough(doc: T): boolean;
    concerns(event: StoredEvent): boolean;
    signal: AbortSignal;
  },
): Promise<T> {
  let doc = await options.look();
  if (options.enough(doc)) return doc;
  await follow(
    client,
    options.from,
    async (event) => {
      if (!options.concerns(event)) return false;
      doc = await options.look();
      return options.enough(doc);
    },
    options.signal,
  );
  return doc;
}

const missionOf = (client: Client, id: string) => client.get<MissionDoc>(`/v1/missions/${id}`);
const taskOf = (client: Client, id: string) => client.get<TaskDoc>(`/v1/tasks/${id}`);

export interface Following {
  /** Sequence number from which events may matter. */
  from: number;
  /** Stop after so many milliseconds; never when left out. */
  within?: number;
  enough?(mission: MissionDoc): boolean;
}

/** The mission when it settled, or as it stood when the time was up. */
export async function untilMission(
  host: Host,
  client: Client,
  id: string,
  { from, within, enough = (doc) => missionSettled(doc) !== null }: Following,
): Promise<MissionDoc> {
  // Held here: a timeout that only AbortSignal.any knows of may be collected and never fire.
  const stop = new AbortController();
  const end = () => stop.abort();
  const timer = within === undefined ? undefined : setTimeout(end, within);
  host.interrupted.addEventListener('abort', end, { once: true });
  if (host.interrupted.aborted) end();
  try {
    return await until(client, {
      from,
      look: () => missionOf(client, id),
      enough,
      concerns: ({ stream }) => stream === streamOf.mission(id) || stream.startsWith('task/'),
      signal: stop.signal,
    });
  } finally {
    clearTimeout(timer);
    host.interrupted.removeEventListener('abort', end);
  }
}

export function untilTask(host: Host, client: Client, id: string, from: number): Promise<TaskDoc> {
  return until(client, {
    from,
    look: () => taskOf(client, id),
    enough: (doc) => taskSettled(doc) !== null,
    concerns: ({ stream }) => stream === streamOf.task(id),
    signal: host.interrupted,
  });
}

/** The event after those of a receipt. */
export const after = (receipt: { seqs: number[] }): number => Math.max(0, ...receipt.seqs) + 1;
