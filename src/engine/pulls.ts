/** Looks at open pull requests. Looking is no effect, so it needs no intent: only what changed is told. */
import type { PullSeen } from '../control/task.ts';
import type { TaskRow } from '../control/views.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Dispatcher } from './dispatch.ts';

export interface PullWatch {
  /** One look at every task in review; resolves with how many had changed. */
  look(): Promise<number>;
}

export function createPullWatch(deps: {
  store: EventStore;
  dispatcher: Dispatcher;
  newId(prefix: string): string;
  observe(repo: string, number: number): Promise<PullSeen>;
  log(level: 'warn', message: string, data?: Record<string, unknown>): void;
}): PullWatch {
  /** What was told last, so that an unchanged pull request costs no command. */
  const told = new Map<string, string>();
  return {
    async look() {
      let changed = 0;
      for (const { row } of await deps.store.views('task')) {
        const task = row as TaskRow;
        if (task.status !== 'in-review' || !task.pull) continue;
        try {
          const seen = await deps.observe(task.repo, task.pull.number);
          const text = JSON.stringify([seen, task.hold?.code ?? null]);
          if (told.get(task.id) === text) continue;
          await deps.dispatcher.dispatch({
            id: deps.newId('c'),
            actor: 'system:pulls',
            command: { type: 'task.note-pull', task: task.id, seen },
          });
          told.set(task.id, text);
          changed += 1;
        } catch (error) {
          deps.log('warn', 'a pull request could not be read', {
            task: task.id,
            error: String(error),
          });
        }
      }
      return changed;
    },
  };
}
