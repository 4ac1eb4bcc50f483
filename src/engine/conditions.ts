/**
 * Ends holds that wait for something the daemon can find out by itself. Looking is no effect, so it
 * needs no intent; nothing is asked while nothing waits.
 */
import type { Condition } from '../control/contract.ts';
import type { TaskRow } from '../control/views.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Dispatcher } from './dispatch.ts';

export interface ConditionDeps {
  store: EventStore;
  dispatcher: Dispatcher;
  newId(prefix: string): string;
  /** Has it come about for this task? One that nobody knows never has. */
  met(condition: string, task: string): Promise<boolean>;
  log(level: 'warn', message: string, data?: Record<string, unknown>): void;
}

/** One look at every hold that waits for a condition; resolves with how many were ended. */
export async function endMetHolds(deps: ConditionDeps): Promise<number> {
  let ended = 0;
  for (const { row } of await deps.store.views('task')) {
    const { id, hold } = row as TaskRow;
    if (!hold || !('when' in hold.resumes)) continue;
    const { when } = hold.resumes;
    try {
      if (!(await deps.met(when, id))) continue;
      await deps.dispatcher.dispatch({
        id: deps.newId('c'),
        actor: 'system:conditions',
        command: { type: 'task.wake', task: id, met: when as Condition },
      });
      ended += 1;
    } catch (error) {
      deps.log('warn', 'whether a hold may end could not be found out', {
        task: id,
        error: String(error),
      });
    }
  }
  return ended;
}
