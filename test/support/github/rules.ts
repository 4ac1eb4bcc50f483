/** What a branch demands before something may land on it, and what is still missing. */
import { type BranchRules, openRules, type Pull, type Repo } from './world.ts';

export interface Blocker {
  kind: 'check' | 'review' | 'conversation' | 'behind' | 'queue';
  message: string;
}

/** `*` stands for anything but a slash, `**` for anything. */
function matches(pattern: string, branch: string): boolean {
  const source = pattern
    .split('**')
    .map((part) =>
      part
        .split('*')
        .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('[^/]*'),
    )
    .join('.*');
  return new RegExp(`^${source}$`).test(branch);
}

export function sourcesOf(repo: Repo, branch: string): Repo['rules'] {
  return repo.rules.filter((source) => matches(source.branch, branch));
}

/** All rules of a branch as one, or null when it has none; the strictest of each wins. */
export function rulesOf(repo: Repo, branch: string): BranchRules | null {
  const sources = sourcesOf(repo, branch);
  if (sources.length === 0) return null;
  const all = sources.map(({ rules }) => rules);
  const reviews = all.map((rules) => rules.reviews).filter((count) => count !== null);
  return {
    requiredChecks: [...new Set(all.flatMap((rules) => rules.requiredChecks))],
    strict: all.some((rules) => rules.strict),
    reviews: reviews.length === 0 ? null : Math.max(...reviews),
    resolvedConversations: all.some((rules) => rules.resolvedConversations),
    linearHistory: all.some((rules) => rules.linearHistory),
    forcePushes: all.every((rules) => rules.forcePushes),
    deletions: all.every((rules) => rules.deletions),
    mergeQueue: all.map((rules) => rules.mergeQueue).find((method) => method !== null) ?? null,
  };
}

export type CheckState = 'expected' | 'pending' | 'failing' | 'passing';

const PASSING = new Set(['success', 'neutral', 'skipped']);

/** The newest state of every check and status of a commit, by name. */
export function checkStates(repo: Repo, sha: string): Map<string, CheckState> {
  const states = new Map<string, CheckState>();
  for (const status of repo.statuses.filter((one) => one.sha === sha)) {
    const state = { success: 'passing', pending: 'pending', failure: 'failing', error: 'failing' };
    states.set(status.context, state[status.state] as CheckState);
  }
  const runs = repo.checkRuns.filter((one) => one.sha === sha);
  const latest = new Map(runs.map((run) => [`${run.app} ${run.name}`, run]));
  for (const run of latest.values()) {
    const state =
      run.status !== 'completed'
        ? 'pending'
        : PASSING.has(run.conclusion ?? '')
          ? 'passing'
          : 'failing';
    // Two apps may report one name: the worse one counts.
    const order: CheckState[] = ['passing', 'pending', 'failing'];
    const known = states.get(run.name);
    if (known === undefined || order.indexOf(state) > order.indexOf(known)) {
      states.set(run.name, state);
    }
  }
  return states;
}

/** What required checks of `sha` are still missing, in GitHub's words; null when none. */
export function missingChecks(rules: BranchRules, repo: Repo, sha: string): string | null {
  const states = checkStates(repo, sha);
  const bad = rules.requiredChecks
    .map((name) => ({ name, state: states.get(name) ?? 'expected' }))
    .filter(({ state }) => state !== 'passing');
  const [only] = bad;
  if (only === undefined) return null;
  if (bad.length === 1) {
    const is = { expected: 'is expected', pending: 'is in progress', failing: 'is failing' };
    return `Required status check "${only.name}" ${is[only.state as 'expected']}.`;
  }
  if (bad.every(({ state }) => state === 'expected')) {
    return `${bad.length} of ${rules.requiredChecks.length} required status checks are expected.`;
  }
  const count = (state: string) => bad.filter((one) => one.state === state).length;
  const parts = ['expected', 'pending', 'failing']
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  const of = rules.requiredChecks.length;
  return `${bad.length} of ${of} required status checks have not succeeded: ${parts.join(', ')}.`;
}

/** The last review of each person that says yes or no, of people who may write. */
export function opinions(repo: Repo, pull: Pull): Map<string, 'APPROVED' | 'CHANGES_REQUESTED'> {
  const said = new Map<string, 'APPROVED' | 'CHANGES_REQUESTED'>();
  for (const review of repo.reviews.filter((one) => one.pull === pull.number)) {
    const level = repo.permissions.get(review.author.toLowerCase());
    if (level === undefined || level === 'read') continue;
    if (review.state === 'APPROVED' || review.state === 'CHANGES_REQUESTED') {
      said.set(review.author, review.state);
    }
  }
  return said;
}

export type Decision = 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null;

export function reviewDecision(repo: Repo, pull: Pull): Decision {
  const wanted = rulesOf(repo, pull.baseBranch)?.reviews ?? null;
  const said = [...opinions(repo, pull).values()];
  // Without a rule that asks for reviews GitHub decides nothing.
  if (wanted === null || wanted === 0) return null;
  if (said.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  return said.length >= wanted ? 'APPROVED' : 'REVIEW_REQUIRED';
}

/** What keeps an open pull request, whose text merges cleanly, from landing. */
export function blockers(repo: Repo, pull: Pull, isBehind: boolean): Blocker[] {
  const rules = rulesOf(repo, pull.baseBranch) ?? openRules;
  const found: Blocker[] = [];
  const checks = missingChecks(rules, repo, pull.head);
  if (checks !== null) found.push({ kind: 'check', message: checks });
  const said = [...opinions(repo, pull).values()];
  const wanted = rules.reviews ?? 0;
  if (wanted > 0 && said.includes('CHANGES_REQUESTED')) {
    found.push({ kind: 'review', message: 'Changes have been requested.' });
  } else if (said.filter((state) => state === 'APPROVED').length < wanted) {
    const reviews = wanted === 1 ? 'review is' : 'reviews are';
    const message = `At least ${wanted} approving ${reviews} required by reviewers with write access.`;
    found.push({ kind: 'review', message });
  }
  const open = repo.threads.filter((one) => one.pull === pull.number && one.resolvedBy === null);
  if (rules.resolvedConversations && open.length > 0) {
    const message = 'A conversation must be resolved before this pull request can be merged.';
    found.push({ kind: 'conversation', message });
  }
  if (rules.strict && rules.requiredChecks.length > 0 && isBehind) {
    const message = 'Head branch is out of date. Review and try the merge again.';
    found.push({ kind: 'behind', message });
  }
  return found;
}

/** Whether GitHub says "protected branch" or "repository rule" about a branch. */
export function ruleWords(repo: Repo, branch: string, messages: string[]): string {
  const isRuleset = sourcesOf(repo, branch).some(({ kind }) => kind === 'ruleset');
  return isRuleset
    ? `Repository rule violations found\n\n${messages.join('\n\n')}\n\n`
    : messages.join(' and ');
}
