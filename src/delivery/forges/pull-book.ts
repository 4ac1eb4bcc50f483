/**
 * The local forge's pull requests, kept inside the bare repository as git objects: one ref whose
 * commit's tree holds a JSON file per pull request and an entry per marker. Every change replaces
 * that one ref by compare-and-swap, so numbers and markers are unique whoever else is writing.
 */
import { z } from 'zod';
import { canonicalJson } from '../../lib/canonical.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { commitTreeCall } from '../merge.ts';
import { type BareRepo, RefsMoved, type RefUpdate } from './bare-repo.ts';
import { ForgeError } from './forge.ts';

export const BOOK_REF = 'refs/aedev/pulls';
const MAX_RECORD = 8 * 1024 * 1024;
/** Times a change is tried while other processes change the book. */
const TRIES = 100;

const id = z.string().regex(/^[0-9a-f]{40}$/);
const landing = z.strictObject({ commit: id, tree: id, head: id, base: id });

const PullRecord = z.strictObject({
  number: z.int().positive(),
  marker: z.string(),
  title: z.string(),
  body: z.string(),
  headBranch: z.string(),
  baseBranch: z.string(),
  state: z.enum(['draft', 'open', 'merged', 'closed']),
  /** Tip of the head branch when last seen. */
  head: id,
  comments: z.array(z.strictObject({ marker: z.string(), body: z.string() })),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(['pending', 'success', 'failure']),
      summary: z.string(),
      head: id,
    }),
  ),
  reviews: z.array(
    z.strictObject({
      author: z.string(),
      state: z.enum(['approved', 'changes-requested', 'comment']),
      body: z.string(),
      id: z.string(),
    }),
  ),
  /** A merge that was about to land; whether it did, the base branch tells. */
  landing: landing.nullable(),
  merged: landing.nullable(),
  closedBecause: z.string().nullable(),
});
export type PullRecord = z.infer<typeof PullRecord>;

/** The book at one moment. */
export interface BookPage {
  /** Number of the pull request with this marker, or null. */
  find(marker: string): Promise<number | null>;
  /** Throws ForgeError `not-found`. */
  pull(number: number): Promise<PullRecord>;
  readonly nextNumber: number;
}

export interface BookChange<T> {
  /** Records to be written; none: nothing changes. */
  pulls: PullRecord[];
  /** Other refs that change, or are checked, in the same transaction. */
  refs?: RefUpdate[];
  result: T;
}

interface Entry {
  mode: string;
  oid: string;
  name: string;
}

const markerName = (marker: string): string => `marker-${sha256Hex(marker)}`;

export class PullBook {
  readonly #repo: BareRepo;

  constructor(repo: BareRepo) {
    this.#repo = repo;
  }

  async open(): Promise<BookPage> {
    return this.#page(await this.#entries(await this.#repo.resolve(BOOK_REF)));
  }

  /**
   * Applies `change` to the newest page; when another process was faster it is asked again.
   * Throws {@link RefsMoved} when one of its other refs moved.
   */
  async update<T>(what: string, change: (page: BookPage) => Promise<BookChange<T>>): Promise<T> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const tip = await this.#repo.resolve(BOOK_REF);
      const entries = await this.#entries(tip);
      const { pulls, refs = [], result } = await change(this.#page(entries));
      if (pulls.length === 0) return result;
      const next = await this.#write(what, tip, entries, pulls);
      try {
        await this.#repo.updateRefs(what, [...refs, { ref: BOOK_REF, old: tip, next }]);
        return result;
      } catch (error) {
        if (!(error instanceof RefsMoved)) throw error;
        if (error.refs.some((ref) => ref !== BOOK_REF)) throw error;
      }
    }
    throw new ForgeError('unavailable', 'Too many others are writing to the forge.', true);
  }

  async #entries(tip: string | null): Promise<Entry[]> {
    if (tip === null) return [];
    const listing = await this.#repo.readObject(['ls-tree', '-z', '--full-tree', `${tip}^{tree}`]);
    return listing
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [meta = '', name = ''] = line.split('\t');
        const [mode = '', , oid = ''] = meta.split(' ');
        return { mode, oid, name };
      });
  }

  #page(entries: Entry[]): BookPage {
    const repo = this.#repo;
    const blob = async (name: string): Promise<string | null> => {
      const entry = entries.find((one) => one.name === name);
      if (!entry) return null;
      return repo.readObject(['cat-file', 'blob', entry.oid], { maxBytes: MAX_RECORD });
    };
    return {
      async find(marker) {
        const number = await blob(markerName(marker));
        return number === null ? null : Number(number);
      },
      async pull(number) {
        const json = await blob(`${number}.json`);
        if (json === null) {
          throw new ForgeError('not-found', `There is no pull request ${number} in this forge.`);
        }
        const parsed = PullRecord.safeParse(JSON.parse(json));
        if (!parsed.success || parsed.data.number !== number) {
          throw new ForgeError('refused', `The record of pull request ${number} is damaged.`);
        }
        return parsed.data;
      },
      nextNumber:
        1 +
        entries.reduce(
          (max, { name }) => Math.max(max, Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)),
          0,
        ),
    };
  }

  async #write(
    what: string,
    tip: string | null,
    entries: Entry[],
    pulls: PullRecord[],
  ): Promise<string> {
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    const put = async (name: string, content: string): Promise<void> => {
      if (content.length > MAX_RECORD / 4) {
        throw new ForgeError(
          'refused',
          'The pull request has grown too large for the local forge.',
        );
      }
      const oid = await this.#repo.write(what, ['hash-object', '-w', '--stdin'], {
        input: content,
      });
      byName.set(name, { mode: '100644', oid, name });
    };
    for (const pull of pulls) {
      await put(`${pull.number}.json`, `${canonicalJson(pull)}\n`);
      const name = markerName(pull.marker);
      if (!byName.has(name)) await put(name, `${pull.number}\n`);
    }
    const input = [...byName.values()]
      .map(({ mode, oid, name }) => `${mode} blob ${oid}\t${name}\0`)
      .join('');
    const tree = await this.#repo.write(what, ['mktree', '-z'], { input });
    const { args, options } = commitTreeCall(tree, tip === null ? [] : [tip], 'pull requests\n', 0);
    return this.#repo.write(what, args, options);
  }
}
