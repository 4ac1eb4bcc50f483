/** A registered repo in the log: its slots, so that concurrency holds on any number of machines, and its pause. */
import type { Command } from './commands.ts';
import { type Context, onlyOperator } from './context.ts';
import { type Refusal, refuse } from './contract.ts';
import type { RepoEntry } from './policy-repo.ts';
import { same } from './same.ts';

export type RepoEvent =
  | { type: 'repo.registered'; data: { id: string; entry: RepoEntry } }
  | { type: 'repo.removed'; data: { id: string } }
  | { type: 'repo.slot-queued'; data: { task: string } }
  | { type: 'repo.slot-granted'; data: { task: string } }
  | { type: 'repo.slot-released'; data: { task: string } }
  | { type: 'repo.paused'; data: { reason: string } }
  | { type: 'repo.unpaused'; data: { by: string } };

export interface Repo {
  id: string;
  entry: RepoEntry;
  registered: boolean;
  /** Tasks that work in this repo now, at most `entry.parallel`. */
  slots: string[];
  /** Tasks that wait for a slot, first come first served. */
  queue: string[];
  paused: string | null;
  /** When it was paused. */
  pausedAt: string | null;
}

export function evolveRepo(state: Repo | null, event: RepoEvent, at: string): Repo | null {
  if (event.type === 'repo.registered') {
    const { id, entry } = event.data;
    return state
      ? { ...state, entry, registered: true }
      : { id, entry, registered: true, slots: [], queue: [], paused: null, pausedAt: null };
  }
  if (!state) return state;
  switch (event.type) {
    case 'repo.removed':
      return { ...state, registered: false };
    case 'repo.slot-queued':
      return { ...state, queue: [...state.queue, event.data.task] };
    case 'repo.slot-granted':
      return {
        ...state,
        queue: without(state.queue, event.data.task),
        slots: [...state.slots, event.data.task],
      };
    case 'repo.slot-released':
      return {
        ...state,
        queue: without(state.queue, event.data.task),
        slots: without(state.slots, event.data.task),
      };
    case 'repo.paused':
      return { ...state, paused: event.data.reason, pausedAt: at };
    case 'repo.unpaused':
      return { ...state, paused: null, pausedAt: null };
    default:
      return state;
  }
}

const without = (list: string[], item: string) => list.filter((one) => one !== item);

type RepoCommand = Extract<Command, { type: `repo.${string}` }>;

export function decideRepo(
  state: Repo | null,
  command: RepoCommand,
  ctx: Context,
): RepoEvent[] | Refusal {
  if (command.type === 'repo.register') {
    if (state?.registered && same(state.entry, command.entry)) return [];
    return then(state, ctx, [
      { type: 'repo.registered', data: { id: command.repo, entry: command.entry } },
    ]);
  }
  if (!state)
    return refuse('unknown-repo', `There is no repo "${command.repo}"; see \`aedev repo list\`.`);
  switch (command.type) {
    case 'repo.remove':
      return state.registered ? [{ type: 'repo.removed', data: { id: command.repo } }] : [];
    case 'repo.request-slot':
      if (state.slots.includes(command.task) || state.queue.includes(command.task)) return [];
      return then(state, ctx, [{ type: 'repo.slot-queued', data: { task: command.task } }]);
    case 'repo.release-slot':
      if (!state.slots.includes(command.task) && !state.queue.includes(command.task)) return [];
      return then(state, ctx, [{ type: 'repo.slot-released', data: { task: command.task } }]);
    case 'repo.pause':
      return [{ type: 'repo.paused', data: { reason: command.reason } }];
    case 'repo.resume': {
      const denied = onlyOperator(ctx, 'resume a repo');
      if (denied) return denied;
      if (!state.paused) return refuse('not-held', `Repo ${state.id} is not paused.`);
      return then(state, ctx, [{ type: 'repo.unpaused', data: { by: ctx.actor } }]);
    }
  }
}

/** After any change: the first in the queue get the free slots, unless the repo is paused. */
function then(state: Repo | null, ctx: Context, events: RepoEvent[]): RepoEvent[] {
  const after = events.reduce<Repo | null>(
    (repo, event) => evolveRepo(repo, event, ctx.now),
    state,
  );
  if (!after || after.paused) return events;
  const free = Math.max(0, after.entry.parallel - after.slots.length);
  return [
    ...events,
    ...after.queue
      .slice(0, free)
      .map((task): RepoEvent => ({ type: 'repo.slot-granted', data: { task } })),
  ];
}
