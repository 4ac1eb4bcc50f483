/** Wakes streams whose state ends by time: holds with a reset time, approvals that expire. */
import type { Command } from '../control/commands.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Clock } from './clock.ts';
import type { Dispatcher } from './dispatch.ts';

export interface Timers {
  start(): Promise<void>;
  stop(): void;
}

export function createTimers(deps: {
  store: EventStore;
  dispatcher: Dispatcher;
  clock: Clock;
  log(level: 'warn', message: string, data?: Record<string, unknown>): void;
}): Timers {
  let cancel = (): void => {};
  let unsubscribe = (): void => {};
  let open = false;
  let checking = false;
  let again = false;
  /** A wake that changed nothing must not spin. */
  const woken = new Set<string>();

  async function check(): Promise<void> {
    if (checking) {
      again = true;
      return;
    }
    checking = true;
    try {
      do {
        again = false;
        cancel();
        const now = new Date(deps.clock.now()).toISOString();
        let soonest: string | null = null;
        for (const { stream, at } of await deps.store.timers()) {
          const version = (await deps.store.state(stream))?.version ?? 0;
          const id = `wake:${stream}:${version}:${at}`;
          if (at > now) {
            // The clock may have been set back: its time will come once more.
            woken.delete(id);
            if (!soonest || at < soonest) soonest = at;
          } else if (!woken.has(id)) {
            await deps.dispatcher.dispatch({
              id: `${id}:${now}`,
              actor: 'system:timers',
              command: wake(stream),
            });
            // Only now: a wake that could not be written has to come again.
            woken.add(id);
          }
        }
        if (open && soonest) cancel = deps.clock.at(Date.parse(soonest), () => void check());
      } while (again && open);
    } catch (error) {
      deps.log('warn', 'timers could not be checked; trying again', { error: String(error) });
      if (open) cancel = deps.clock.at(deps.clock.now() + 5000, () => void check());
    } finally {
      checking = false;
    }
  }

  return {
    async start() {
      open = true;
      unsubscribe = deps.store.onCommit((commit) => {
        if (
          commit.events.some(
            (event) =>
              event.type.endsWith('.held') ||
              event.type.endsWith('-sealed') ||
              event.type.endsWith('-requested'),
          )
        )
          void check();
      });
      await check();
    },
    stop() {
      open = false;
      unsubscribe();
      cancel();
    },
  };
}

function wake(stream: string): Command {
  const [aggregate, id = ''] = stream.split('/');
  return aggregate === 'mission'
    ? { type: 'mission.wake', mission: id }
    : { type: 'task.wake', task: id };
}
