/**
 * A forge keeps branches and pull requests. Every mutating call goes through a
 * {@link RemoteWriteGate} at the last moment; every call can be adopted after a crash by a
 * deterministic marker (branch name, marker in the pull request's body, merge commit).
 */
import type { TaskPolicy } from '../../control/policy.ts';
import type { PullSeen } from '../../control/task-parts.ts';

export interface PullRequest extends PullSeen {
  headBranch: string;
  baseBranch: string;
}

export type MergeMethod = TaskPolicy['method'];

const MAX_TEXT = 65_536;

/** A title or body as it may be sent. Throws {@link ForgeError} `refused`. */
export function bounded(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  throw new ForgeError('refused', `A text of a pull request has at most ${MAX_TEXT} characters.`);
}

export class ForgeError extends Error {
  readonly tag:
    | 'remote-writes-off'
    /** Nothing goes out just now: the kill switch, or a broken policy file. */
    | 'barred'
    | 'not-found'
    | 'conflict'
    | 'head-moved'
    | 'base-moved'
    | 'not-ready'
    | 'refused'
    | 'unavailable'
    /** Nothing is wrong: the forge or its people have to do something first; look again. */
    | 'waiting'
    /** The credential is missing or refused. */
    | 'auth'
    /** The credential may not do that. */
    | 'forbidden'
    /** A limit of the forge is used up, until `retryAt`. */
    | 'limited'
    | 'git';
  readonly retryable: boolean;
  /** What the operator can do; may be empty. */
  readonly remedy: string;
  /** UTC ISO: not before. */
  readonly retryAt: string | null;
  constructor(
    tag: ForgeError['tag'],
    message: string,
    retryable = false,
    options: { cause?: unknown; remedy?: string; retryAt?: string } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ForgeError';
    this.tag = tag;
    this.retryable = retryable;
    this.remedy = options.remedy ?? '';
    this.retryAt = options.retryAt ?? null;
  }
}

/** Asked immediately before each outward effect; throws {@link ForgeError} `barred` or `remote-writes-off`. */
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
  /** `headBranch`, when known, spares a forge from looking through all of them. */
  findPull(marker: string, headBranch?: string): Promise<PullRequest | null>;
  openPull(input: {
    marker: string;
    title: string;
    body: string;
    headBranch: string;
    baseBranch: string;
    draft: true;
  }): Promise<PullRequest>;
  pull(number: number): Promise<PullRequest>;
  /**
   * Pull requests as they were not long ago: cheap enough to be called all the time. Left out where
   * {@link pull} is. One that cannot be read is missing from the answer.
   */
  observe?(numbers: readonly number[]): Promise<Map<number, PullRequest>>;
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
   * `head-moved`, `base-moved`, `conflict`, `not-ready`, and `waiting` when the forge has queued it,
   * or its rules are not met yet.
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
