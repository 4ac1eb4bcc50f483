/**
 * What the GitHub double knows. Plain data only, so that a copy of it is a snapshot: a stale read
 * is answered from such a copy.
 */

export interface User {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
}

export interface Label {
  id: number;
  name: string;
}

export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string | null;
  author: string;
  state: 'open' | 'closed';
  labels: string[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface Pull {
  number: number;
  /** Owner of the repository the head branch is in; another one for a fork. */
  headOwner: string;
  headBranch: string;
  /** Where the double's own repository keeps that branch. */
  headRef: string;
  baseBranch: string;
  head: string;
  /** Tip of the base branch at the last test merge; frozen when closed. */
  base: string;
  /** What `base.sha` says: recorded when opened, pushed to or retargeted, not when the base moves. */
  baseShown: string;
  draft: boolean;
  mergedAt: string | null;
  mergedBy: string | null;
  /** The commit that landed, else the test merge, else null. */
  mergeCommit: string | null;
  /** What the background job found; null while it has never run. */
  mergeable: boolean | null;
  /** Reads that still get no answer about mergeability. */
  hiddenReads: number;
  /** Moves of the head that were no fast-forward, or re-creations: such a pull cannot reopen. */
  headReplaced: boolean;
}

export interface Comment {
  id: number;
  issue: number;
  author: string;
  body: string;
  createdAt: string;
  updatedAt: string;
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';

export interface Review {
  id: number;
  pull: number;
  author: string;
  state: ReviewState;
  body: string;
  commit: string;
  submittedAt: string;
}

export interface ReviewComment {
  id: number;
  pull: number;
  review: number;
  /** The first comment of its thread; a thread's id is derived from it. */
  root: number;
  author: string;
  body: string;
  path: string;
  line: number;
  commit: string;
  createdAt: string;
  updatedAt: string;
}

export interface Thread {
  root: number;
  pull: number;
  resolvedBy: string | null;
}

export interface CheckRun {
  id: number;
  suite: number;
  sha: string;
  name: string;
  app: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  detailsUrl: string;
  externalId: string;
  startedAt: string | null;
  completedAt: string | null;
  annotations: { path: string; line: number; level: string; message: string }[];
  /** What the job printed; a run of GitHub Actions is found by the id of its job. */
  log: string | null;
}

export interface CheckSuite {
  id: number;
  sha: string;
  app: number;
}

export interface CommitStatus {
  id: number;
  sha: string;
  context: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  description: string | null;
  targetUrl: string | null;
  author: string;
  createdAt: string;
}

/** What a branch asks for, as classic protection or as a ruleset. */
export interface BranchRules {
  requiredChecks: string[];
  /** The branch must be up to date with its base. */
  strict: boolean;
  /** Approving reviews; null: changes need no pull request. */
  reviews: number | null;
  resolvedConversations: boolean;
  linearHistory: boolean;
  forcePushes: boolean;
  deletions: boolean;
  mergeQueue: MergeMethod | null;
}

export interface RuleSource {
  id: number;
  kind: 'protection' | 'ruleset';
  branch: string;
  rules: BranchRules;
}

export interface QueueEntry {
  id: number;
  pull: number;
  by: string;
  base: string;
  /** The commit whose checks decide. */
  sha: string;
  branch: string;
  at: string;
}

export interface Repo {
  id: number;
  owner: string;
  name: string;
  private: boolean;
  defaultBranch: string;
  gitDir: string;
  createdAt: string;
  settings: {
    mergeCommit: boolean;
    squash: boolean;
    rebase: boolean;
    deleteBranchOnMerge: boolean;
    /** False on free plans for private repositories. */
    drafts: boolean;
    archived: boolean;
  };
  /** Branches, tags and branches of forks, as the git directory has them. */
  refs: Map<string, string>;
  nextNumber: number;
  issues: Map<number, Issue>;
  pulls: Map<number, Pull>;
  labels: Map<string, Label>;
  comments: Comment[];
  reviews: Review[];
  reviewComments: ReviewComment[];
  threads: Thread[];
  suites: CheckSuite[];
  checkRuns: CheckRun[];
  statuses: CommitStatus[];
  rules: RuleSource[];
  queue: QueueEntry[];
  permissions: Map<string, 'admin' | 'write' | 'read'>;
}

export type Level = 'read' | 'write';

export interface Token {
  value: string;
  kind: 'classic' | 'fine-grained' | 'installation';
  login: string;
  /** Permission → level; a classic token has the scope `repo` instead, or not. */
  permissions: Record<string, Level>;
  /** `owner/name` by id, or all that the owner of the token may see. */
  repos: number[] | 'all';
  expiresAt: number | null;
  app: number | null;
}

export interface App {
  id: number;
  clientId: string;
  slug: string;
  name: string;
  owner: string;
  /** PEM. */
  publicKey: string;
  permissions: Record<string, Level>;
  installation: number;
  repos: number[];
}

export interface World {
  nextId: number;
  users: Map<string, User>;
  repos: Map<number, Repo>;
  /** Lower-case `owner/name` → id; an old name stays. */
  names: Map<string, number>;
  tokens: Map<string, Token>;
  apps: Map<number, App>;
}

export function newWorld(): World {
  return {
    nextId: 1000,
    users: new Map(),
    repos: new Map(),
    names: new Map(),
    tokens: new Map(),
    apps: new Map(),
  };
}

export function nextId(world: World): number {
  world.nextId += 1;
  return world.nextId;
}

/** The user of a login; made when unknown. */
export function userOf(world: World, login: string): User {
  const key = login.toLowerCase();
  const known = world.users.get(key);
  if (known !== undefined) return known;
  const type = login.endsWith('[bot]') ? 'Bot' : 'User';
  const user: User = { id: nextId(world), login, type };
  world.users.set(key, user);
  return user;
}

/** Global node ids as GitHub gives them: opaque, but unique over all kinds. */
export function nodeId(kind: string, ...parts: (string | number)[]): string {
  return `${kind}_${Buffer.from(parts.join(':')).toString('base64url')}`;
}

export function parseNodeId(id: string): { kind: string; parts: string[] } {
  const at = id.indexOf('_');
  const parts = Buffer.from(id.slice(at + 1), 'base64url')
    .toString('utf8')
    .split(':');
  return { kind: id.slice(0, Math.max(0, at)), parts };
}

export const openRules: BranchRules = {
  requiredChecks: [],
  strict: false,
  reviews: null,
  resolvedConversations: false,
  linearHistory: false,
  forcePushes: false,
  deletions: false,
  mergeQueue: null,
};
