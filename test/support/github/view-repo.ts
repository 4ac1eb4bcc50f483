import type { Call } from './reply.ts';
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
          allow_auto_merge: false,
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
