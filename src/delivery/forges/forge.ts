/**
 * A forge keeps branches and pull requests. Every mutating call goes through a
 * {@link RemoteWriteGate} at the last moment; every call can be adopted after a crash by a
 * deterministic marker (branch name, marker in the pull request's body, merge commit).
 */

export interface PullRequest {
  number: number;
  url: string;
  state: 'draft' | 'open' | 'merged' | 'closed';
  head: string;
  /** Branch names. */
  headBranch: string;
  baseBranch: string;
  /** Commit at the tip of the base branch now. */
  base: string;
  mergeable: 'clean' | 'conflict' | 'unknown';
  checks: { name: string; state: 'pending' | 'success' | 'failure'; summary: string }[];
  reviews: {
    author: string;
    state: 'approved' | 'changes-requested' | 'comment';
    body: string;
    id: string;
  }[];
  /** Set when merged. */
  mergeCommit: string | null;
  mergeTree: string | null;
}

export type MergeMethod = 'merge' | 'squash';

export class ForgeError extends Error {
  readonly tag:
    | 'remote-writes-off'
    | 'not-found'
    | 'conflict'
    | 'head-moved'
    | 'base-moved'
    | 'not-ready'
    | 'refused'
    | 'unavailable'
    | 'git';
  readonly retryable: boolean;
  constructor(
    tag: ForgeError['tag'],
    message: string,
    retryable = false,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ForgeError';
    this.tag = tag;
    this.retryable = retryable;
  }
}

/** Asked immediately before each outward effect; throws {@link ForgeError} `remote-writes-off`. */
export interface RemoteWriteGate {
  assertAllowed(what: string): void;
}

export interface Forge {
  readonly kind: 'local' | 'github';
  /** False only for a local forge under the aedev home: then no gate applies. */
  readonly outward: boolean;
  /** Tip of a branch, or null. */
  tip(branch: string): Promise<string | null>;
  /** Creates or moves `branch` from exactly `expected` (null: must not exist) to `commit`. */
  push(
    from: { gitDir: string },
    commit: string,
    branch: string,
    expected: string | null,
  ): Promise<void>;
  findPull(marker: string): Promise<PullRequest | null>;
  openPull(input: {
    marker: string;
    title: string;
    body: string;
    headBranch: string;
    baseBranch: string;
    draft: true;
  }): Promise<PullRequest>;
  pull(number: number): Promise<PullRequest>;
  markReady(number: number): Promise<void>;
  comment(number: number, marker: string, body: string): Promise<void>;
  setCheck(
    number: number,
    check: {
      name: string;
      state: 'pending' | 'success' | 'failure';
      summary: string;
      head: string;
    },
  ): Promise<void>;
  /**
   * Merges only if head and base tips are the expected ones (compare and swap). Throws
   * `head-moved`, `base-moved`, `conflict`, `not-ready`.
   */
  merge(
    number: number,
    expected: { head: string; base: string },
    method: MergeMethod,
    message: string,
    time: string,
  ): Promise<{ commit: string; tree: string }>;
  close(number: number, reason: string): Promise<void>;
}
