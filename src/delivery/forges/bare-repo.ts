/**
 * A bare repository on disk as the local forge uses it: reads freely, and asks the remote-write
 * gate immediately before every single call that changes anything, when the repository is not
 * aedev's own.
 */
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { GitError, type GitOptions, git, isObjectId, text } from '../../lib/git.ts';
import { readRef } from '../../lib/read-ref.ts';
import { ForgeError, type RemoteWriteGate } from './forge.ts';

/** One step of a ref transaction. `old` null: must not exist; undefined: whatever it is. */
export interface RefUpdate {
  ref: string;
  old?: string | null;
  /** Left out: only check `old`. */
  next?: string;
}

/** The refs whose value was not the expected one. */
export class RefsMoved extends Error {
  readonly refs: string[];
  constructor(refs: string[]) {
    super('A ref was not where it was expected.');
    this.name = 'RefsMoved';
    this.refs = refs;
  }
}

/** Answers that hold for ever, oldest first. */
const answers = new Map<string, string>();
const MAX_ANSWERS = 100;
const MAX_ANSWER = 64 * 1024;

function keepAnswer(key: string, answer: string): void {
  if (answer.length > MAX_ANSWER) return;
  if (answers.size >= MAX_ANSWERS) answers.delete(answers.keys().next().value ?? '');
  answers.set(key, answer);
}

/** Times a transaction is tried while another process holds a lock; git waits 100 ms each. */
const LOCK_TRIES = 20;

export class BareRepo {
  /** With every symbolic link resolved. */
  readonly gitDir: string;
  readonly outward: boolean;
  readonly #home: string;
  readonly #gate: RemoteWriteGate;

  /** Throws ForgeError `not-found` when there is no repository at `gitDir`. */
  constructor(gitDir: string, home: string, gate: RemoteWriteGate) {
    try {
      this.gitDir = realpathSync(gitDir);
      this.#home = realpathSync(home);
      if (!existsSync(join(this.gitDir, 'HEAD'))) throw new Error('no HEAD');
    } catch (cause) {
      const message = 'There is no bare repository at that path; create it with the local forge.';
      throw new ForgeError('not-found', message, false, { cause });
    }
    this.#gate = gate;
    this.outward = !this.#isInside();
  }

  /** Everything that git would write to lies under the home, links resolved. */
  #isInside(): boolean {
    const parts = ['.', 'objects', 'refs', 'HEAD', 'packed-refs', 'logs', 'worktrees'];
    // A shared git directory keeps its refs elsewhere.
    if (existsSync(join(this.gitDir, 'commondir'))) return false;
    return parts.every((part) => {
      const path = join(this.gitDir, part);
      // A link that leads nowhere yet would be created where it leads.
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return true;
      return existsSync(path) && realpathSync(path).startsWith(this.#home + sep);
    });
  }

  /** Throws `barred` or `remote-writes-off` (from the gate), or `refused`. */
  #assertAllowed(what: string): void {
    if (realpathSync(this.gitDir) !== this.gitDir || (!this.outward && !this.#isInside())) {
      throw new ForgeError('refused', 'The forge repository was replaced by a link elsewhere.');
    }
    if (this.outward) this.#gate.assertAllowed(what);
  }

  /** A call that changes nothing. */
  read(args: string[], options: GitOptions = {}): Promise<string> {
    return wrapped(() => text(args, { ...options, gitDir: this.gitDir }));
  }

  /** A call that writes to the repository; `what` is told to the gate. */
  write(what: string, args: string[], options: GitOptions = {}): Promise<string> {
    return wrapped(() => {
      this.#assertAllowed(what);
      return text(args, { ...options, gitDir: this.gitDir });
    });
  }

  /** For writes that are no plain git call. */
  guarded<T>(what: string, effect: () => Promise<T>): Promise<T> {
    return wrapped(() => {
      this.#assertAllowed(what);
      return effect();
    });
  }

  /**
   * A call whose answer can never change, because it asks about an object by its id. The last
   * answers are kept.
   */
  async readObject(args: string[], options: GitOptions = {}): Promise<string> {
    const key = `${this.gitDir}\0${args.join('\0')}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = await this.read(args, options);
    keepAnswer(key, answer);
    return answer;
  }

  /** What a ref points to, or null. */
  async resolve(ref: string): Promise<string | null> {
    // Other ways to store refs are asked for through git.
    const elsewhere = ['reftable', 'commondir'].some((name) => existsSync(join(this.gitDir, name)));
    if (ref.startsWith('refs/') && !elsewhere) return wrapped(() => readRef(this.gitDir, ref));
    const id = await this.read(['rev-parse', '--verify', '--quiet', '--end-of-options', ref], {
      okCodes: [0, 1],
    });
    return isObjectId(id) ? id : null;
  }

  async isAncestor(ancestor: string, of: string): Promise<boolean> {
    const { code } = await wrapped(() =>
      git(['merge-base', '--is-ancestor', ancestor, of], { gitDir: this.gitDir, okCodes: [0, 1] }),
    );
    return code === 0;
  }

  /** Like {@link isAncestor}, where the forge may not have `ancestor` at all. */
  async hasBefore(ancestor: string, of: string): Promise<boolean> {
    const key = `${this.gitDir}\0before\0${ancestor}\0${of}`;
    if (answers.has(key)) return true;
    const { code } = await wrapped(() =>
      git(['merge-base', '--is-ancestor', ancestor, of], {
        gitDir: this.gitDir,
        okCodes: [0, 1, 128],
      }),
    );
    // What was once before a commit is so for ever.
    if (code === 0) keepAnswer(key, '');
    return code === 0;
  }

  /** Brings a commit and all it needs from another repository on this disk; no ref moves. */
  async bring(what: string, fromGitDir: string, commit: string): Promise<void> {
    if (!isObjectId(commit)) throw new ForgeError('refused', 'Only full commit ids can be pushed.');
    let source: string;
    try {
      source = realpathSync(fromGitDir);
    } catch (cause) {
      throw new ForgeError('not-found', 'The repository to push from is gone.', false, { cause });
    }
    // Fetching instead of pushing runs the whole transfer in the closed environment; a push would
    // let the other side run its own hooks and settings.
    await this.write(what, bringing(source, commit), { protocols: ['file'] });
  }

  /**
   * Changes refs all at once or not at all. Throws {@link RefsMoved} when an expected value was
   * another, ForgeError `unavailable` when the refs stay locked.
   */
  async updateRefs(what: string, updates: RefUpdate[]): Promise<void> {
    const zero = '0'.repeat(40);
    const input = updates
      .map(({ ref, old, next }) => {
        const expected = old === undefined ? '' : (old ?? zero);
        return next === undefined
          ? `verify ${ref}\0${expected}\0`
          : `update ${ref}\0${next}\0${expected}\0`;
      })
      .join('');
    for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
      try {
        await this.write(what, ['update-ref', '--no-deref', '--stdin', '-z'], { input });
        return;
      } catch (error) {
        if (!(error instanceof ForgeError) || error.tag !== 'git') throw error;
        // git tells a lock and an unexpected value by words only; the refs tell by themselves.
        const moved: string[] = [];
        for (const { ref, old } of updates) {
          if (old !== undefined && (await this.resolve(ref)) !== old) moved.push(ref);
        }
        if (moved.length > 0) throw new RefsMoved(moved);
      }
    }
    const message = 'The refs of the forge repository stay locked; remove stale .lock files in it.';
    throw new ForgeError('unavailable', message, true);
  }
}

/** Arguments of git that bring a commit and all it needs from another repository; no ref moves. */
export const bringing = (source: string, commit: string): string[] => [
  ...['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'],
  ...['--no-recurse-submodules', '--refmap=', '--', source, commit],
];

/** Turns a GitError into a ForgeError; what did not end by itself may be tried again. */
export async function wrapped<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const retryable = error.tag !== 'exit' && error.tag !== 'too-much-output';
    const tag = retryable ? 'unavailable' : 'git';
    throw new ForgeError(tag, error.message, retryable, { cause: error });
  }
}

/** The ref of a branch. Throws ForgeError `refused` for a name git would not take. */
export function branchRef(branch: string): string {
  const bad =
    branch === '' ||
    branch.length > 200 ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: git refuses them too
    /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|(?:^|\/)[.-]|(?:\.lock|\.)(?:\/|$)|^\/|\/$|^@$/.test(
      branch,
    );
  if (bad) throw new ForgeError('refused', 'That is no branch name that git accepts.');
  return `refs/heads/${branch}`;
}
