/** Rules about coders that pay by key, and about judges of a coder's own family. */
import { judgesFor, sharesFamily } from '../control/families.ts';
import type { Policies } from '../control/policy.ts';
import type { Finding } from './finding.ts';
import { reachOf } from './hosts.ts';
import type { Path } from './yaml-tree.ts';

const BY_KEY = ['codex', 'gemini'] as const;
type ByKey = (typeof BY_KEY)[number];
const isByKey = (coder: string): coder is ByKey => (BY_KEY as readonly string[]).includes(coder);

export function keyCoderFindings(policies: Policies): Finding[] {
  const { coders, sandbox, budgets } = policies;
  const found: Finding[] = [];
  for (const coder of BY_KEY) {
    const { base_url, api_usd_per_day } = coders[coder];
    const at: Path = ['coders', coder];
    if (base_url !== null) {
      const url = new URL(base_url);
      const path: Path = [...at, 'base_url'];
      if (url.username !== '' || url.password !== '')
        found.push(error(path, 'holds a user name or password; take it out'));
      else if (url.protocol === 'http:' && reachOf(url.hostname) === 'public')
        found.push(error(path, 'would send your code over the internet unencrypted; use https'));
    }
    if (api_usd_per_day !== null && api_usd_per_day < budgets.per_run.cost_usd)
      found.push(
        error(
          [...at, 'api_usd_per_day'],
          `is ${api_usd_per_day}, less than the ${budgets.per_run.cost_usd} that budgets.per_run.cost_usd reserves for one run, so none could ever begin`,
        ),
      );
  }
  const problem = budgetProblem(policies, coders.default);
  if (problem !== null) found.push(error(['coders', 'default'], problem));
  if (sandbox.tier === 'process' && isByKey(coders.default))
    found.push({
      severity: 'warning',
      path: ['coders', 'default'],
      reason: `is ${coders.default}, which runs every command that its model asks for, and without isolation as you`,
    });
  return found;
}

const error = (path: Path, reason: string): Finding => ({ severity: 'error', path, reason });

/** Why no run of this coder could begin; null when its budget is set or it needs none. */
export function budgetProblem({ coders }: Policies, coder: string): string | null {
  if (!isByKey(coder) || coders[coder].api_usd_per_day !== null) return null;
  return `is ${coder}, which pays by key for every run; say in coders.${coder}.api_usd_per_day of policies.yaml how much per day at most`;
}

/** Judges that would be asked about work of the default coder's, and are of its family. */
export function ownJudgeFindings({ judges, coders }: Policies): Finding[] {
  if (judges.allow_coder_family) {
    const reason = 'is true: a model may judge what a coder of the same maker wrote';
    return [{ severity: 'warning', path: ['judges', 'allow_coder_family'], reason }];
  }
  return judges.families.flatMap((judge, index) => {
    if (!sharesFamily(coders.default, judge)) return [];
    const at: Path = ['judges', 'families', index];
    const byName = sharesFamily(coders.default, { family: judge.family, model: null });
    return byName
      ? error(
          [...at, 'family'],
          `${judge.family} is the family of the coder ${coders.default}, and no family judges its own work`,
        )
      : error(
          [...at, 'model'],
          `is a model of the coder ${coders.default} under the family name ${judge.family}; no family judges its own work`,
        );
  });
}

/** For a repo with a coder of its own: why fewer than two judges are left for it; else null. */
export function fewJudgesProblem({ judges }: Policies, coder: string): string | null {
  const left = judgesFor(judges, coder).length;
  // Too few for everybody is said once, of the judges.
  const all = new Set(judges.families.map(({ family }) => family)).size;
  if (left >= 2 || all < 2 || left === all) return null;
  return `is ${coder}, and of the judges only ${left} ${left === 1 ? 'is' : 'are'} of another family; no family judges its own work, so add one under judges in policies.yaml`;
}
