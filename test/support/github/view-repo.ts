/** Users, repositories, branches, commits and git objects as REST shows them. */
import type { Commit, GitDir, Person } from './git-dir.ts';
import type { Call } from './reply.ts';
import { sourcesOf } from './rules.ts';
import { type App, nodeId, type Repo, type User, userOf } from './world.ts';

export function viewUser(call: Call, login: string): Record<string, unknown> {
  const user: User = userOf(call.world, login);
  const url = `${call.api}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('U', user.id),
    avatar_url: `${call.web}/avatars/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${call.web}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** Sub-resources whose address a repository lists, with their templates. */
const PARTS = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export const repoUrl = (call: Call, repo: Repo) => `${call.api}/repos/${repo.owner}/${repo.name}`;
export const repoPage = (call: Call, repo: Repo) => `${call.web}/${repo.owner}/${repo.name}`;

export function viewRepo(
  call: Call,
  repo: Repo,
  /** `minimal` and `plain` leave out what only `GET /repos/…` tells. */
  detail: 'minimal' | 'plain' | 'full' = 'plain',
  owner = repo.owner,
): Record<string, unknown> {
  const url = `${call.api}/repos/${owner}/${repo.name}`;
  const html = `${call.web}/${owner}/${repo.name}`;
  const open = [...repo.issues.values()].filter((issue) => issue.state === 'open').length;
  const isFork = owner !== repo.owner;
  const common = {
    id: isFork ? repo.id + 500_000 : repo.id,
    node_id: nodeId('R', isFork ? repo.id + 500_000 : repo.id),
    name: repo.name,
    full_name: `${owner}/${repo.name}`,
    owner: viewUser(call, owner),
    private: repo.private,
    html_url: html,
    description: null,
    fork: isFork,
    url,
    ...Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [name, url + part])),
  };
  if (detail === 'minimal') return common;
  const { settings } = repo;
  const plain = {
    ...common,
    created_at: repo.createdAt,
    updated_at: repo.createdAt,
    pushed_at: repo.createdAt,
    git_url: `git://${html.replace(/^\w+:\/\//, '')}.git`,
    ssh_url: `git@${new URL(call.web).hostname}:${owner}/${repo.name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: settings.archived,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repo.private ? 'private' : 'public',
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: repo.defaultBranch,
  };
  if (detail === 'plain') return plain;
  const level =
    call.user === null ? undefined : repo.permissions.get(call.user.login.toLowerCase());
  const isAdmin = level === 'admin';
  const mayWrite = isAdmin || level === 'write';
  return {
    ...plain,
    network_count: 0,
    subscribers_count: 0,
    permissions: {
      admin: isAdmin,
      maintain: isAdmin,
      push: mayWrite,
      triage: mayWrite,
      pull: true,
    },
    // Settings of merging are told to whoever may write only.
    ...(mayWrite
      ? {
          allow_merge_commit: settings.mergeCommit,
          allow_squash_merge: settings.squash,
          allow_rebase_merge: settings.rebase,
          allow_auto_merge: settings.autoMerge,
          delete_branch_on_merge: settings.deleteBranchOnMerge,
          allow_update_branch: false,
          use_squash_pr_title_as_default: true,
          squash_merge_commit_title: 'PR_TITLE',
          squash_merge_commit_message: 'COMMIT_MESSAGES',
          merge_commit_title: 'MERGE_MESSAGE',
          merge_commit_message: 'PR_TITLE',
        }
      : {}),
  };
}

export function viewApp(call: Call, app: App) {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId('A', app.id),
    owner: viewUser(call, app.owner),
    name: app.name,
    description: null,
    external_url: `${call.web}/apps/${app.slug}`,
    html_url: `${call.web}/apps/${app.slug}`,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    permissions: { metadata: 'read', ...app.permissions },
    events: [],
  };
}

function gitDate(when: string): string {
  return new Date(Number(when.split(' ')[0]) * 1000).toISOString().replace('.000', '');
}

const gitPerson = (person: Person) => ({
  name: person.name,
  email: person.email,
  date: gitDate(person.when),
});

const UNSIGNED = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
};

export function viewGitCommit(call: Call, repo: Repo, commit: Commit) {
  const url = repoUrl(call, repo);
  const html = repoPage(call, repo);
  return {
    sha: commit.id,
    node_id: nodeId('C', repo.id, commit.id),
    url: `${url}/git/commits/${commit.id}`,
    html_url: `${html}/commit/${commit.id}`,
    author: gitPerson(commit.author),
    committer: gitPerson(commit.committer),
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message.replace(/\n$/, ''),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
    verification: UNSIGNED,
  };
}

/** A commit in the shape of `/commits`, whose authors are users where one has that address. */
export function viewCommit(call: Call, repo: Repo, commit: Commit) {
  const url = repoUrl(call, repo);
  const html = repoPage(call, repo);
  const known = (person: Person) => {
    const login = /^(.+)@users\.noreply\.github\.com$/.exec(person.email)?.[1];
    return login !== undefined && call.world.users.has(login.toLowerCase())
      ? viewUser(call, login)
      : null;
  };
  return {
    sha: commit.id,
    node_id: nodeId('C', repo.id, commit.id),
    commit: {
      author: gitPerson(commit.author),
      committer: gitPerson(commit.committer),
      message: commit.message.replace(/\n$/, ''),
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.id}`,
      comment_count: 0,
      verification: UNSIGNED,
    },
    url: `${url}/commits/${commit.id}`,
    html_url: `${html}/commit/${commit.id}`,
    comments_url: `${url}/commits/${commit.id}/comments`,
    author: known(commit.author),
    committer: known(commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
}

export function viewRef(call: Call, repo: Repo, ref: string, sha: string) {
  const url = repoUrl(call, repo);
  return {
    ref,
    node_id: nodeId('REF', repo.id, ref),
    url: `${url}/git/${ref}`,
    object: { sha, type: 'commit', url: `${url}/git/commits/${sha}` },
  };
}

export const isProtected = (repo: Repo, branch: string) => sourcesOf(repo, branch).length > 0;

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

export function viewShortBranch(call: Call, repo: Repo, branch: string, sha: string) {
  const url = repoUrl(call, repo);
  return {
    name: branch,
    commit: { sha, url: `${url}/commits/${sha}` },
    protected: isProtected(repo, branch),
    protection: shortProtection(repo, branch),
    protection_url: `${url}/branches/${encodeURIComponent(branch)}/protection`,
  };
}

export function viewProtection(call: Call, repo: Repo, branch: string) {
  const source = sourcesOf(repo, branch).find(({ kind }) => kind === 'protection');
  if (source === undefined) return null;
  const { rules } = source;
  const url = `${repoUrl(call, repo)}/branches/${encodeURIComponent(branch)}/protection`;
  return {
    url,
    ...(rules.requiredChecks.length > 0
      ? {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            contexts_url: `${url}/required_status_checks/contexts`,
            strict: rules.strict,
            contexts: rules.requiredChecks,
            checks: rules.requiredChecks.map((context) => ({ context, app_id: null })),
          },
        }
      : {}),
    ...(rules.reviews === null
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: false,
            require_code_owner_reviews: false,
            require_last_push_approval: false,
            required_approving_review_count: rules.reviews,
          },
        }),
    required_signatures: { url: `${url}/required_signatures`, enabled: false },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: true },
    required_linear_history: { enabled: rules.linearHistory },
    allow_force_pushes: { enabled: rules.forcePushes },
    allow_deletions: { enabled: rules.deletions },
    block_creations: { enabled: false },
    required_conversation_resolution: { enabled: rules.resolvedConversations },
    lock_branch: { enabled: false },
    allow_fork_syncing: { enabled: false },
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
