import { ended } from '../../../control/reactions.ts';
import { streamOf } from '../../../control/streams.ts';
import type { Task } from '../../../control/task.ts';
import { taskDoc } from '../../documents.ts';
import { tasksDoc } from '../../lists.ts';
import type { Host } from '../host.ts';
import { idOf, notFound, withReader } from '../open.ts';
import { ago, inkFor, safe, say, sayJson, stateInk, table } from '../output.ts';
import { taskLines } from '../task-text.ts';

export async function list(host: Host, options: { all?: boolean; json?: boolean }): Promise<void> {
  const { tasks } = await withReader(host, tasksDoc);
  const shown = options.all ? tasks : tasks.filter((task) => !ended(task.status));
  if (options.json) return sayJson(host, { tasks: shown });
  if (shown.length === 0)
    return say(
      host,
      tasks.length === 0
        ? 'There is no task yet; tasks come from approved missions.'
        : 'No task is open; `--all` shows those that ended.',
    );
  const paint = inkFor(host);
  const now = Date.now();
  const rows = shown.map((task) => [
    safe(task.id),
    stateInk(paint, safe(task.status), task.hold !== null),
    ago(task.createdAt, now),
    safe(task.repo),
    task.risk ? `${task.risk.score} ${safe(task.risk.band)}` : '',
    safe(task.title, 120),
  ]);
  say(
    host,
    await table(['task', 'state', 'created', 'repo', 'risk', 'change'], rows, host.columns),
  );
}

export async function show(host: Host, options: { json?: boolean }, word: string): Promise<void> {
  const id = idOf('task', word);
  const task = await withReader(host, async (reader) => {
    const found = (await reader.state(streamOf.task(id)))?.state as Task | undefined;
    return found && taskDoc(found, host.checkEvidence);
  });
  if (!task) throw notFound('task', id);
  if (options.json) return sayJson(host, task);
  for (const line of taskLines(inkFor(host), task, Date.now())) say(host, line);
}
