/** The task graph of a mission: checked before anything runs. */
import type { PlanTask } from './contract.ts';

/** What is wrong with a plan, in one sentence; null when it can be run. */
export function checkPlan(plan: readonly PlanTask[], repos: readonly string[]): string | null {
  const keys = new Set<string>();
  for (const task of plan) {
    if (keys.has(task.key))
      return `The plan names the task "${task.key}" twice; give each its own key.`;
    keys.add(task.key);
    if (!repos.includes(task.repo)) {
      return `Task "${task.key}" of the plan is for repo "${task.repo}", which the mission does not name.`;
    }
  }
  for (const task of plan) {
    const missing = task.depends_on.find((key) => !keys.has(key));
    if (missing) return `Task "${task.key}" depends on "${missing}", which is not in the plan.`;
  }
  const left = new Map(plan.map((task) => [task.key, new Set(task.depends_on)]));
  while (left.size > 0) {
    const free = [...left].filter(([, needs]) => needs.size === 0).map(([key]) => key);
    if (free.length === 0) return `The plan has a cycle among: ${[...left.keys()].join(', ')}.`;
    for (const key of free) {
      left.delete(key);
      for (const needs of left.values()) needs.delete(key);
    }
  }
  return null;
}

/** Without a planner each repo of the mission gets one task, titled by the request's first line. */
export function defaultPlan(repos: readonly string[], text: string): PlanTask[] {
  const line =
    text
      .split('\n')
      .map((part) => part.trim())
      .find((part) => part !== '') ?? 'change';
  const title = line.length > 100 ? `${line.slice(0, 99)}…` : line;
  return repos.map((repo, index) => ({
    key: `task-${index + 1}`,
    title,
    repo,
    acceptance: [],
    allowed_paths: [],
    depends_on: [],
  }));
}
