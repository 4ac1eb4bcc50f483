/** A forge whose line is bad: writes happen or not, and what is heard of them is another matter. */
import { type Forge, ForgeError, type PullRequest } from '../../src/delivery/forges/forge.ts';
import { oid } from '../support/outcomes.ts';

/** What becomes of one write. */
export type Fault =
  | 'none'
  /** The reply is lost after the effect. */
  | 'lost'
  /** The forge fails before it does anything. */
  | 'fails'
  /** A limit stands in the way for a while. */
  | 'limited'
  /** It works, and the engine hears of it twice. */
  | 'twice'
  /** It works, the engine hears of a failure, and of the success much later. */
  | 'late';

const MARKER = 'aedev';

export class ShakyForge implements Forge {
  readonly kind = 'local';
  readonly outward = true;
  /** Every effect in the order it happened, e.g. `open aedev/t-1`. */
  readonly effects: string[] = [];
  readonly pulls: PullRequest[] = [];
  readonly comments: string[] = [];
  readonly branches = new Map<string, string>();
  /** The last fault was `twice` or `late`: the executor tells the engine again. */
  echo: 'twice' | 'late' | null = null;
  readonly #next: () => Fault;
  readonly #now: () => number;
  readonly #base: string;

  constructor(next: () => Fault, base: string, now: () => number) {
    this.#next = next;
    this.#base = base;
    this.#now = now;
  }

  async #write(effect: () => void): Promise<void> {
    const fault = this.#next();
    await Promise.resolve();
    if (fault === 'fails') throw new ForgeError('unavailable', 'the line broke', true);
    if (fault === 'limited') {
      const retryAt = new Date(this.#now() + 60_000).toISOString();
      throw new ForgeError('limited', 'too many requests', true, { retryAt });
    }
    effect();
    if (fault === 'twice' || fault === 'late') this.echo = fault;
    if (fault === 'lost' || fault === 'late')
      throw new ForgeError('unavailable', 'the line broke', true);
  }

  #at(number: number): PullRequest {
    const pull = this.pulls[number - 1];
    if (!pull) throw new ForgeError('not-found', 'there is no such pull request');
    const moved = pull.state === 'merged' ? pull.head : this.branches.get(pull.headBranch);
    return { ...pull, head: moved ?? pull.head };
  }
  #set(number: number, more: Partial<PullRequest>): void {
    this.pulls[number - 1] = { ...this.#at(number), ...more };
  }

  tip = async (branch: string) => this.branches.get(branch) ?? null;
  async push(_: { gitDir: string }, commit: string, branch: string, expected: string | null) {
    // Looks first, as a real one does: what is there already is not pushed again.
    const tip = this.branches.get(branch) ?? null;
    if (tip === commit) return;
    if (tip !== expected) throw new ForgeError('head-moved', 'somebody else pushed');
    await this.#write(() => {
      this.effects.push(`push ${branch} ${commit}`);
      this.branches.set(branch, commit);
    });
  }
  async findPull(marker: string) {
    const at = this.pulls.findIndex(({ url }) => url === marker);
    return at < 0 ? null : this.#at(at + 1);
  }
  async openPull(input: { marker: string; headBranch: string; baseBranch: string }) {
    const there = await this.findPull(input.marker);
    if (there) return there;
    await this.#write(() => {
      this.effects.push(`open ${input.headBranch}`);
      this.pulls.push({
        number: this.pulls.length + 1,
        url: input.marker,
        state: 'draft',
        head: this.branches.get(input.headBranch) ?? '',
        headBranch: input.headBranch,
        baseBranch: input.baseBranch,
        base: this.#base,
        mergeable: 'clean',
        checks: [],
        reviews: [],
        mergeCommit: null,
        mergeTree: null,
      });
    });
    return this.#at(this.pulls.length);
  }
  pull = async (number: number) => this.#at(number);
  async markReady(number: number) {
    if (this.#at(number).state !== 'draft') return;
    await this.#write(() => {
      this.effects.push(`ready ${number}`);
      this.#set(number, { state: 'open' });
    });
  }
  async comment(number: number, marker: string, _body: string) {
    const comment = `${MARKER} ${number} ${marker}`;
    if (this.comments.includes(comment)) return;
    await this.#write(() => {
      this.effects.push(`comment ${marker}`);
      this.comments.push(comment);
    });
  }
  async setCheck() {}
  tree = '';
  async merge(number: number, expected: { head: string; base: string }) {
    const pull = this.#at(number);
    if (pull.state === 'merged')
      return { commit: pull.mergeCommit ?? '', tree: pull.mergeTree ?? '' };
    if (pull.state !== 'open') throw new ForgeError('not-ready', 'it is a draft');
    if (pull.head !== expected.head) throw new ForgeError('head-moved', 'the head moved');
    const commit = oid('merge', pull.head);
    await this.#write(() => {
      this.effects.push(`merge ${number} ${pull.head}`);
      this.#set(number, { state: 'merged', mergeCommit: commit, mergeTree: this.tree });
    });
    return { commit, tree: this.tree };
  }
  async close(number: number) {
    if (this.#at(number).state === 'closed') return;
    await this.#write(() => {
      this.effects.push(`close ${number}`);
      this.#set(number, { state: 'closed' });
    });
  }
}
