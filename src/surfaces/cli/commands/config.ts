import type { ConfigProblem } from '../../../config/problem.ts';
import { loadFiles } from '../config-access.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { inkFor, safe, say, sayJson, table } from '../output.ts';

export async function check(host: Host, options: { json?: boolean }): Promise<ExitName> {
  const loaded = loadFiles(host);
  const problems: ConfigProblem[] = loaded.ok ? loaded.warnings : loaded.problems;
  const exit: ExitName = loaded.ok ? 'ok' : 'config';
  if (options.json) {
    sayJson(host, { ok: loaded.ok, hash: loaded.ok ? loaded.policy.hash : null, problems });
    return exit;
  }
  const { formatProblem } = await import('../../../config/problem.ts');
  const paint = inkFor(host);
  for (const problem of problems) {
    // A warning about the tier says that nothing isolates.
    const alarm = problem.severity === 'error' || problem.path === 'sandbox.tier';
    const mark = alarm ? paint.red(problem.severity) : paint.yellow(problem.severity);
    say(host, `${mark} ${safe(formatProblem(problem))}`);
  }
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  if (loaded.ok) say(host, `${paint.green('The configuration is valid.')}`);
  else
    say(
      host,
      `${errors} ${errors === 1 ? 'problem' : 'problems'}; nothing of these files is used.`,
    );
  return exit;
}

export async function show(
  host: Host,
  options: { changed?: boolean; json?: boolean },
): Promise<void> {
  const [{ invalidConfig }, { explain }] = await Promise.all([
    import('../../../config/errors.ts'),
    import('../../../config/explain.ts'),
  ]);
  const loaded = loadFiles(host);
  if (!loaded.ok) throw invalidConfig(loaded.problems);
  const all = explain(loaded.policy, loaded.sources);
  const values = options.changed ? all.filter(({ from }) => from !== 'default') : all;
  if (options.json) return sayJson(host, { hash: loaded.policy.hash, values });
  const paint = inkFor(host);
  const rows = values.map(({ path, value, from }) => [
    safe(path),
    isOpen(path, value)
      ? paint.red(`${safe(JSON.stringify(value))} (not isolated)`)
      : safe(JSON.stringify(value)),
    from === 'default' ? paint.dim(from) : safe(from),
  ]);
  say(host, await table(['setting', 'value', 'from'], rows, host.columns));
}

/** Does this setting let coders run without isolation? */
const isOpen = (path: string, value: unknown): boolean =>
  (path === 'sandbox.tier' && value === 'process') ||
  (path === 'sandbox.allow_process' && value === true);
