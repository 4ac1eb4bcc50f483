/** The operator's own plan: a YAML list of tasks, checked before it is sent. */
import { z } from 'zod';
import { yamlTree } from '../../config/yaml-tree.ts';
import { type PlanTask, planTask } from '../../control/contract.ts';
import { checkPlan } from '../../control/plan.ts';
import { CliError } from './exit-codes.ts';
import { safe } from './output.ts';

const REMEDY =
  'A plan is a list of {key, title, repo, acceptance: […], allowed_paths: […], depends_on: […]}.';

/** A list, or `{tasks: [...]}`. Throws CliError `usage` with the place that is wrong. */
export async function parsePlan(name: string, text: string): Promise<PlanTask[]> {
  const shown = safe(name, 200);
  const tree = yamlTree('plan', text);
  const [problem] = tree.problems;
  if (problem)
    throw new CliError('usage', `${shown}, line ${problem.line}: ${problem.reason}.`, REMEDY);
  const value = tree.value as { tasks?: unknown } | unknown[] | undefined;
  const list = Array.isArray(value) ? value : value?.tasks;
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
