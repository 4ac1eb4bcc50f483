/** What the doctor says of a repo on GitHub. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { broken, type Problem, warning } from './words.ts';

export interface GitHubFacts {
  repo: string;
  credential: string;
  problem: Problem | null;
  archived: boolean;
  mayPush: boolean | null;
  scopes: string[] | null;
  blind: string[];
  isProtected: boolean;
  requiredChecks: string[];
  methodAllowed: boolean | null;
}

/** Nothing when all is well; {@link gitHubWords} goes into the line of the repo then. */
export function ofGitHub(what: string, facts: GitHubFacts, autoMerge: boolean): Diagnosis[] {
  const { problem, blind, scopes } = facts;
  if (problem) {
    const remedy = problem.remedy || 'Try again; see "GitHub" in docs/operations.md.';
    return [broken(what, 'config', `${facts.repo} on GitHub: ${problem.sentence}`, `${remedy}.`)];
  }
  const lines: Diagnosis[] = [];
  const lacks = (sentence: string, remedy: string) =>
    lines.push(broken(what, 'config', sentence, remedy));
  if (facts.archived)
    lacks(`${facts.repo} is archived: nothing can be pushed there.`, 'Unarchive it.');
  if (facts.mayPush === false)
    lacks(
      `The credential (${facts.credential}) may not push to ${facts.repo}.`,
      'Give it write access to contents and pull requests.',
    );
  if (blind.length > 0)
    lacks(
      `The credential (${facts.credential}) cannot read ${blind.join(', ')} of ${facts.repo}.`,
      'Give it read access to them.',
    );
  if (scopes && !scopes.includes('workflow'))
    lines.push(
      warning(
        what,
        'The token lacks the scope "workflow": GitHub refuses pushes that change a workflow.',
        'Add it to the token, if aedev is to propose such changes.',
      ),
    );
  if (facts.methodAllowed === false)
    lines.push(
      warning(
        what,
        `${facts.repo} does not allow the configured merge method.`,
        'Set `method` of the repo in repos.yaml to one that it allows.',
      ),
    );
  if (autoMerge && facts.requiredChecks.length === 0)
    lines.push(
      warning(
        what,
        `No check is required on GitHub before a merge into this branch of ${facts.repo}; a merge waits for those that run, but not for one that has not begun.`,
        'Require checks in the protection of the branch, or name required_checks in repos.yaml.',
      ),
    );
  return lines;
}

export function gitHubWords(facts: GitHubFacts): string {
  const checks = facts.requiredChecks;
  const protection = facts.isProtected ? 'protected' : 'not protected';
  const required = checks.length > 0 ? `, requires ${checks.join(', ')}` : '';
  return `${facts.repo} on GitHub by ${facts.credential}; ${protection}${required}`;
}
