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
  /** Pull requests of one repo; one that cannot be read is missing from the answer. */
  observe(repo: string, numbers: number[]): Promise<Map<number, PullSeen>>;
  log(level: 'warn', message: string, data?: Record<string, unknown>): void;
}): PullWatch {
  /** What was told last, so that an unchanged pull request costs no command. */
  const told = new Map<string, string>();
  /** What went wrong last, by repo: the same trouble every ten seconds is one line in the log. */
  const troubles = new Map<string, string>();

  async function note(task: TaskRow, seen: PullSeen): Promise<boolean> {
    const text = JSON.stringify([seen, task.hold?.code ?? null]);
    if (told.get(task.id) === text) return false;
    await deps.dispatcher.dispatch({
      id: deps.newId('c'),
      actor: 'system:pulls',
      command: { type: 'task.note-pull', task: task.id, seen },
    });
    told.set(task.id, text);
    return true;
  }

  async function lookAt(repo: string, tasks: TaskRow[]): Promise<number> {
    const numbers = tasks.flatMap(({ pull }) => pull?.number ?? []);
    const all = await deps.observe(repo, numbers);
    let changed = 0;
    for (const task of tasks) {
      const seen = task.pull ? all.get(task.pull.number) : undefined;
      if (seen && (await note(task, seen))) changed += 1;
    }
    const gone = numbers.filter((number) => !all.has(number));
    if (gone.length > 0) throw new Error(`not there: pull request ${gone.join(', ')}`);
    return changed;
  }

  return {
    async look() {
      const byRepo = new Map<string, TaskRow[]>();
      for (const { row } of await deps.store.views('task')) {
        const task = row as TaskRow;
        if (task.status !== 'in-review' || !task.pull) continue;
        byRepo.set(task.repo, [...(byRepo.get(task.repo) ?? []), task]);
      }
      let changed = 0;
      for (const [repo, tasks] of byRepo) {
        try {
          changed += await lookAt(repo, tasks);
          troubles.delete(repo);
        } catch (error) {
          if (troubles.get(repo) === String(error)) continue;
          troubles.set(repo, String(error));
          deps.log('warn', 'a pull request could not be read', { repo, error: String(error) });
        }
      }
      return changed;
    },
  };
}
