import { streamOf } from '../../../control/streams.ts';
import type { Run, Task } from '../../../control/task.ts';
import type { Host } from '../host.ts';
import { idOf, notFound, withReader } from '../open.ts';
import { safe, safeLines, say, sayJson } from '../output.ts';

interface LogsOptions {
  run?: string;
  stderr?: boolean;
  follow?: boolean;
  json?: boolean;
}

/** Between two looks at a log that grows. */
const LOOK_MS = 500;

export async function logs(host: Host, options: LogsOptions, word: string): Promise<void> {
  const id = idOf('task', word);
  const which = options.stderr ? 'stderr' : 'stdout';
  const wanted = options.run === undefined ? null : idOf('run', options.run);
  const run = await runOf(host, id, wanted);
  if (!run) return say(host, `Task ${id} has had no run yet.`);
  let part = await host.readRunLog(run.id, which, null);
  if (options.json)
    return sayJson(host, {
      task: id,
      run: run.id,
      which,
      text: part?.text ?? null,
      truncated: part?.truncated ?? false,
    });
  if (!part && !options.follow)
    return say(host, `Run ${run.id} left no ${which} here; logs are kept for a while only.`);
  if (part?.truncated) say(host, '… earlier output is left out');
  let next = 0;
  for (;;) {
    // Asked before reading: what was written before the end is read after it.
    const over = !options.follow || ended(await runOf(host, id, run.id));
    if (next > 0 || !part) part = await host.readRunLog(run.id, which, next);
    if (part) {
      host.out(safeLines(part.text, Number.MAX_SAFE_INTEGER));
      next = part.next;
    }
    part = null;
    if (over || host.interrupted.aborted) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  host.out('\n');
}

const ended = (run: Run | null): boolean =>
  run === null || run.status === 'ended' || run.status === 'lost';

/** The run asked for, else the latest; null when there was none yet. */
async function runOf(host: Host, id: string, wanted: string | null): Promise<Run | null> {
  const task = await withReader(
    host,
    async (reader) => (await reader.state(streamOf.task(id)))?.state as Task | undefined,
  );
  if (!task) throw notFound('task', id);
  if (wanted === null) return task.runs.at(-1) ?? null;
  const found = task.runs.find((run) => run.id === wanted);
  if (!found) throw notFound('run', safe(wanted));
  return found;
}
