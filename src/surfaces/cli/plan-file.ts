/** The operator's own plan: a YAML list of tasks, checked before it is sent. */
import { z } from 'zod';
import { yamlTree } from '../../config/yaml-tree.ts';
import { type PlanTask, planTask } from '../../control/contract.ts';
import { checkPlan } from '../../control/plan.ts';
import { CliError } from './exit-codes.ts';
import { safe } from './output.ts';

const REMEDY =
  'A plan is a list of {key, title, repo, acceptance: […], allowed_paths: […], depends_on: […]}.';

/** The configuration's careful reader takes maps only; a bare list gets its key put before it. */
function asMap(text: string): { whole: string; added: number } {
  const first = /^(?:\uFEFF?---[ \t]*\r?\n)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*([-[])/.exec(text)?.[1];
  if (first === undefined) return { whole: text, added: 0 };
  const body = text.replace(/^\uFEFF?---[ \t]*(?=\r?\n)/, '');
  return first === '['
    ? { whole: `tasks:${body.replace(/^/gm, ' ')}`, added: 0 }
    : { whole: `tasks:\n${body}`, added: 1 };
}

/** A list, or `{tasks: [...]}`. Throws CliError `usage` with the place that is wrong. */
export async function parsePlan(name: string, text: string): Promise<PlanTask[]> {
  const shown = safe(name, 200);
  const { whole, added } = asMap(text);
  const tree = yamlTree('plan', whole);
  const [problem] = tree.problems;
  if (problem)
    throw new CliError(
      'usage',
      `${shown}, line ${Math.max(1, problem.line - added)}: ${problem.reason}.`,
      REMEDY,
    );
  const list = (tree.value as { tasks?: unknown } | undefined)?.tasks;
  const parsed = z.array(planTask).min(1).max(30).safeParse(list);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = (issue?.path ?? []).join('.');
    throw new CliError(
      'usage',
      `${shown}${place ? `, task ${safe(place, 80)}` : ''}: ${safe(issue?.message ?? 'not a plan', 200)}.`,
      REMEDY,
    );
  }
  const wrong = checkPlan(parsed.data, [...new Set(parsed.data.map((task) => task.repo))]);
  if (wrong) throw new CliError('usage', `${shown}: ${wrong}`);
  return parsed.data;
}
