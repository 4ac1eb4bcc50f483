/** What a test does on GitHub as somebody else: people, other apps, administrators. */

import { addCheckRun, addStatus, changeCheckRun, type NewCheck } from './checks.ts';
import { addComment, mergePull, openPull, setState } from './deeds.ts';
import type { Commit, GitDir } from './git-dir.ts';
import type { Hub } from './hub.ts';
import { personOf } from './landing.ts';
import { syncRefs } from './pulls.ts';
import { addReview, addReviewComment } from './talk.ts';
import {
  type BranchRules,
  type CommitStatus,
  type MergeMethod,
  nextId,
  openRules,
  type Pull,
  type Repo,
  type ReviewState,
  userOf,
} from './world.ts';

export interface PushInput {
  /** Path → content; null deletes. */
  files: Record<string, string | null>;
  message?: string;
  by?: string;
  /** Where the new commit starts; default the branch's tip, else the default branch's. */
  from?: string;
  /** Pretends to be the branch of somebody's fork. */
  fork?: string;
}

/** The app behind GitHub Actions, whose checks the double sets unless told otherwise. */
export const CI_APP = 15368;

/** One repository of the double. Everything it does is over, effects included, when it resolves. */
export class RepoHandle {
  readonly #hub: Hub;
  readonly id: number;

  constructor(hub: Hub, id: number) {
    this.#hub = hub;
    this.id = id;
  }

  /** What the double knows; look, but change it through the methods only. */
  get state(): Repo {
    const repo = this.#hub.world.repos.get(this.id);
    if (repo === undefined) throw new Error('the double lost a repository');
    return repo;
  }

  get fullName(): string {
    return `${this.state.owner}/${this.state.name}`;
  }

  /** The bare repository itself, for git of the test's own. */
  get git(): GitDir {
    return this.#hub.site(this.state).git;
  }

  tip(branch: string): string | null {
    return this.state.refs.get(`refs/heads/${branch}`) ?? null;
  }

  pull(number: number): Pull {
    const pull = this.state.pulls.get(number);
    if (pull === undefined) throw new Error(`the double has no pull request ${number}`);
    return pull;
  }

  isOpen(number: number): boolean {
    return this.state.issues.get(number)?.state === 'open';
  }

  #do<T>(work: (site: ReturnType<Hub['site']>) => Promise<T> | T): Promise<T> {
    return this.#hub.exclusive(async () => {
      const result = await work(this.#hub.site(this.state));
      await this.#hub.settle(this.state);
      return result;
    });
  }

  commit(id: string): Promise<Commit> {
    return this.git.commit(id);
  }

  /** A commit by somebody on a branch (made when it is not there); gives its id. */
  push(branch: string, input: PushInput): Promise<string> {
    return this.#do(async (site) => {
      const { git, repo } = site;
      const by = input.by ?? 'ann';
      const ref =
        input.fork === undefined
          ? `refs/heads/${branch}`
          : `refs/forks/${input.fork.toLowerCase()}/heads/${branch}`;
      const from =
        input.from ?? repo.refs.get(ref) ?? repo.refs.get(`refs/heads/${repo.defaultBranch}`);
      const tree = await git.writeTree(from ?? null, input.files);
      const person = personOf(by, site.now);
      const parents = from === undefined ? [] : [from];
      const commit = await git.commitTree(tree, parents, `${input.message ?? 'a change'}\n`, {
        author: person,
        committer: person,
      });
      await git.setRef(ref, commit);
      await syncRefs(site, by);
      return commit;
    });
  }

  /** Brings a commit and what it needs from another repository on this disk; no ref moves. */
  async bring(gitDir: string, commit: string): Promise<void> {
    await this.git.run(['fetch', '--quiet', '--no-write-fetch-head', '--', gitDir, commit], {
      protocols: ['file'],
    });
  }

  /** Moves a branch to any commit of the repository, or deletes it, whatever rules say. */
  move(branch: string, commit: string | null, by = 'ann'): Promise<void> {
    return this.#do(async (site) => {
      await site.git.setRef(`refs/heads/${branch}`, commit);
      await syncRefs(site, by);
    });
  }

  /** `head` may be `owner:branch` of a fork made by {@link push}. */
  open(input: {
    head: string;
    base?: string;
    title?: string;
    body?: string;
    by?: string;
    draft?: boolean;
  }): Promise<number> {
    return this.#do(async (site) => {
      const pull = await openPull(this.#hub.world, site, {
        title: input.title ?? 'A change',
        body: input.body ?? null,
        head: input.head,
        base: input.base ?? site.repo.defaultBranch,
        draft: input.draft ?? false,
        by: input.by ?? 'ann',
      });
      return pull.number;
    });
  }

  comment(number: number, body: string, by = 'ann'): Promise<number> {
    return this.#do((site) => addComment(this.#hub.world, site, { issue: number, by, body }).id);
  }

  /** A review; only of people made with {@link permit} it counts for rules. */
  review(
    number: number,
    input: { state: ReviewState; body?: string; by?: string; commit?: string },
  ): Promise<number> {
    return this.#do((site) => {
      const { state, body = '', by = 'ann', commit } = input;
      const said = { state, body, by, ...(commit === undefined ? {} : { commit }) };
      return addReview(this.#hub.world, site, this.pull(number), said).id;
    });
  }

  dismiss(review: number): Promise<void> {
    return this.#do(({ repo }) => {
      const found = repo.reviews.find((one) => one.id === review);
      if (found === undefined) throw new Error(`the double has no review ${review}`);
      found.state = 'DISMISSED';
    });
  }

  /** A comment on a line, or a reply to one; gives its id. */
  reviewComment(
    number: number,
    input: { body: string; path?: string; line?: number; by?: string; replyTo?: number },
  ): Promise<number> {
    return this.#do((site) => {
      const { body, path = 'README.md', line = 1, by = 'ann', replyTo } = input;
      const said = { body, path, line, by, ...(replyTo === undefined ? {} : { replyTo }) };
      return addReviewComment(this.#hub.world, site, this.pull(number), said).id;
    });
  }

  /** Resolves (or, without `by`, unresolves) the thread that a comment is in. */
  resolve(comment: number, by: string | null = 'ann'): Promise<void> {
    return this.#do(({ repo }) => {
      const root = repo.reviewComments.find((one) => one.id === comment)?.root;
      const thread = repo.threads.find((one) => one.root === root);
      if (thread === undefined) throw new Error(`the double has no thread of comment ${comment}`);
      thread.resolvedBy = by;
    });
  }

  /** Sets the newest check run of that name on a commit, or a new one; default by GitHub Actions. */
  check(input: Omit<NewCheck, 'app'> & { app?: number; rerun?: boolean }): Promise<number> {
    return this.#do((site) => {
      const app = input.app ?? CI_APP;
      if (app === CI_APP) installCi(this.#hub);
      const known = site.repo.checkRuns.findLast(
        (run) => run.sha === input.sha && run.name === input.name && run.app === app,
      );
      if (known !== undefined && !input.rerun) {
        changeCheckRun(site, known, input);
        return known.id;
      }
      return addCheckRun(this.#hub.world, site, { ...input, app }).id;
    });
  }

  status(
    input: Pick<CommitStatus, 'sha' | 'context' | 'state'> & {
      description?: string;
      targetUrl?: string;
      by?: string;
    },
  ): Promise<number> {
    return this.#do((site) => addStatus(this.#hub.world, site, { by: 'ci', ...input }).id);
  }

  /** Merges as somebody who may do everything a rule allows; throws GitHub's ApiError. */
  merge(number: number, method: MergeMethod = 'merge', by = 'ann'): Promise<string> {
    return this.#do((site) => mergePull(site, this.pull(number), { by, method }));
  }

  close(number: number): Promise<void> {
    return this.#do((site) => setState(site, number, 'closed'));
  }

  reopen(number: number): Promise<void> {
    return this.#do((site) => setState(site, number, 'open'));
  }

  setDraft(number: number, draft: boolean): Promise<void> {
    return this.#do(() => {
      this.pull(number).draft = draft;
    });
  }

  /** Classic protection of a branch (`*` and `**` allowed); replaces an earlier one. */
  protect(branch: string, rules: Partial<BranchRules> = {}): Promise<void> {
    return this.#rule('protection', branch, rules);
  }

  /** A ruleset; several may apply to one branch. */
  ruleset(branch: string, rules: Partial<BranchRules> = {}): Promise<void> {
    return this.#rule('ruleset', branch, rules);
  }

  #rule(
    kind: 'protection' | 'ruleset',
    branch: string,
    rules: Partial<BranchRules>,
  ): Promise<void> {
    return this.#do(({ repo }) => {
      if (kind === 'protection') {
        repo.rules = repo.rules.filter((one) => one.kind !== kind || one.branch !== branch);
      }
      const id = nextId(this.#hub.world);
      repo.rules.push({ id, kind, branch, rules: { ...openRules, ...rules } });
    });
  }

  unprotect(branch: string): Promise<void> {
    return this.#do(({ repo }) => {
      repo.rules = repo.rules.filter((one) => one.branch !== branch);
    });
  }

  configure(settings: Partial<Repo['settings']>): Promise<void> {
    return this.#do(({ repo }) => {
      Object.assign(repo.settings, settings);
    });
  }

  permit(login: string, level: 'admin' | 'write' | 'read' | null): Promise<void> {
    return this.#do(({ repo }) => {
      userOf(this.#hub.world, login);
      if (level === null) repo.permissions.delete(login.toLowerCase());
      else repo.permissions.set(login.toLowerCase(), level);
    });
  }

  /** The old name redirects from now on. */
  rename(name: string): Promise<void> {
    return this.#do(({ repo }) => {
      repo.name = name;
      this.#hub.world.names.set(this.fullName.toLowerCase(), repo.id);
    });
  }

  /** Every read of any pull request knows about mergeability from now on. */
  knowMergeability(): Promise<void> {
    return this.#do(({ repo }) => {
      for (const pull of repo.pulls.values()) pull.hiddenReads = 0;
    });
  }
}

/** Checks name the app that made them, so it has to exist. */
function installCi(hub: Hub): void {
  if (hub.world.apps.has(CI_APP)) return;
  hub.world.apps.set(CI_APP, {
    id: CI_APP,
    clientId: 'Iv1.actions',
    slug: 'github-actions',
    name: 'GitHub Actions',
    owner: userOf(hub.world, 'github').login,
    // No key: nobody can act as this app through the API.
    publicKey: '',
    permissions: {},
    installation: -1,
    repos: [],
  });
}
