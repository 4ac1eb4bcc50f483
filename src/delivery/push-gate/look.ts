/** Which looks a file gets by its path, beyond the scan for secrets. */
import { dependencyProblems, isDependencyFile } from './dependencies.ts';
import type { Problem } from './problem.ts';
import type { GateRules } from './push-gate.ts';
import { isWorkflow, workflowProblems } from './workflows.ts';

/** `kind` is null for most files: nothing is looked for. */
export function problemsIn(
  path: string,
  bytes: Buffer,
  rules: GateRules,
): { kind: 'workflow' | 'dependency' | null; problems: Problem[] } {
  if (isWorkflow(path))
    return {
      kind: 'workflow',
      problems: workflowProblems(bytes.toString('utf8'), rules.trustedActions),
    };
  if (isDependencyFile(path))
    return {
      kind: 'dependency',
      problems: dependencyProblems(path, bytes.toString('utf8'), rules),
    };
  return { kind: null, problems: [] };
}
