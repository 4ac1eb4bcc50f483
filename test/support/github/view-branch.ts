/** Branches and what protects them, as REST shows them. */
import type { GitDir } from './git-dir.ts';
import type { Call } from './reply.ts';
import { sourcesOf } from './rules.ts';
import { viewCommit } from './view-git.ts';
import { repoPage, repoUrl } from './view-repo.ts';
import type { Repo } from './world.ts';

const isProtected = (repo: Repo, branch: string) => sourcesOf(repo, branch).length > 0;

/** The short form of protection inside a branch: classic protection only. */
function shortProtection(repo: Repo, branch: string) {
  const classic = sourcesOf(repo, branch).find(({ kind }) => kind === 'protection');
  const contexts = classic?.rules.requiredChecks ?? [];
  return {
    enabled: classic !== undefined,
    required_status_checks: {
      enforcement_level: contexts.length > 0 ? 'non_admins' : 'off',
      contexts,
      checks: contexts.map((context) => ({ context, app_id: null })),
    },
  };
}

export async function viewBranch(call: Call, repo: Repo, git: GitDir, branch: string, sha: string) {
  const url = `${repoUrl(call, repo)}/branches/${encodeURIComponent(branch)}`;
  return {
    name: branch,
    commit: viewCommit(call, repo, await git.commit(sha)),
    _links: { self: url, html: `${repoPage(call, repo)}/tree/${branch}` },
    protected: isProtected(repo, branch),
    protection: shortProtection(repo, branch),
    protection_url: `${url}/protection`,
  };
}

/** Active rules of a branch: of rulesets only, as GitHub does not list classic protection here. */
export function viewRules(repo: Repo, branch: string) {
  return sourcesOf(repo, branch)
    .filter(({ kind }) => kind === 'ruleset')
    .flatMap(({ id, rules }) => {
      const from = {
        ruleset_source_type: 'Repository',
        ruleset_source: `${repo.owner}/${repo.name}`,
        ruleset_id: id,
      };
      const found: Record<string, unknown>[] = [];
      if (!rules.deletions) found.push({ type: 'deletion' });
      if (!rules.forcePushes) found.push({ type: 'non_fast_forward' });
      if (rules.linearHistory) found.push({ type: 'required_linear_history' });
      if (rules.reviews !== null) {
        const parameters = {
          required_approving_review_count: rules.reviews,
          dismiss_stale_reviews_on_push: false,
          require_code_owner_review: false,
          require_last_push_approval: false,
          required_review_thread_resolution: rules.resolvedConversations,
          allowed_merge_methods: ['merge', 'squash', 'rebase'],
        };
        found.push({ type: 'pull_request', parameters });
      }
      if (rules.requiredChecks.length > 0) {
        const parameters = {
          strict_required_status_checks_policy: rules.strict,
          do_not_enforce_on_create: false,
          required_status_checks: rules.requiredChecks.map((context) => ({ context })),
        };
        found.push({ type: 'required_status_checks', parameters });
      }
      if (rules.mergeQueue !== null) {
        const parameters = {
          merge_method: rules.mergeQueue.toUpperCase(),
          check_response_timeout_minutes: 60,
          grouping_strategy: 'ALLGREEN',
          max_entries_to_build: 5,
          max_entries_to_merge: 5,
          min_entries_to_merge: 1,
          min_entries_to_merge_wait_minutes: 5,
        };
        found.push({ type: 'merge_queue', parameters });
      }
      return found.map((rule) => ({ ...rule, ...from }));
    });
}
