/** Plumbing over the bare repository behind a repository of the double. */
import { rm } from 'node:fs/promises';
import { type GitOptions, git, text } from '../../../src/lib/git.ts';

export interface Person {
  name: string;
  email: string;
  /** Seconds since 1970 and zone, as git writes them. */
  when: string;
}

export interface Commit {
  id: string;
  tree: string;
  parents: string[];
  author: Person;
  committer: Person;
  message: string;
}

/** Nothing here has to survive a power cut. */
const FAST: [string, string][] = [['core.fsync', 'none']];
/** What is asked about commits by their ids has one answer for ever. */
const answers = new Map<string, Promise<unknown>>();

export class GitDir {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }

  run(args: string[], options: GitOptions = {}): Promise<string> {
    return text(args, {
      ...options,
      gitDir: this.path,
      config: [...FAST, ...(options.config ?? [])],
    });
  }

  static async create(path: string, branch: string): Promise<GitDir> {
    await git(['init', '--quiet', '--bare', `--initial-branch=${branch}`, '--', path]);
    return new GitDir(path);
  }

  /** Ref → commit, for branches, tags and branches of forks. */
  async refs(): Promise<Map<string, string>> {
    const out = await this.run([
      'for-each-ref',
      '--format=%(objectname) %(refname)',
      'refs/heads',
      'refs/tags',
      'refs/forks',
    ]);
    const lines = out === '' ? [] : out.split('\n');
    return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
  }

  async setRef(ref: string, next: string | null, old?: string): Promise<void> {
    const expected = old === undefined ? [] : [old];
    if (next === null) await this.run(['update-ref', '-d', ref, ...expected]);
    else await this.run(['update-ref', ref, next, ...expected]);
  }

  /** The object a name stands for, or null. */
  async resolve(name: string, type = 'commit'): Promise<string | null> {
    const id = await this.run(
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{${type}}`],
      { okCodes: [0, 1, 128] },
    );
    return /^[0-9a-f]{40}$/.test(id) ? id : null;
  }

  /** The answer to a question about commits by their ids, asked once. */
  once<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const key = `${this.path} ${question}`;
    let known = answers.get(key) as Promise<T> | undefined;
    if (known === undefined) {
      known = ask();
      answers.set(key, known);
      // An object that is missing now may come.
      known.catch(() => answers.delete(key));
    }
    return known;
  }

  commit(id: string): Promise<Commit> {
    return this.once(`commit ${id}`, () => this.#commit(id));
  }

  async #commit(id: string): Promise<Commit> {
    const { stdout } = await git(['cat-file', 'commit', id], { gitDir: this.path });
    const raw = stdout.toString('utf8');
    const end = raw.indexOf('\n\n');
    const head = end < 0 ? raw : raw.slice(0, end);
    const field = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(head)?.[1] ?? '';
    const person = (line: string): Person => {
      const [, name = '', email = '', when = '0 +0000'] = /^(.*?) ?<(.*?)> (.*)$/.exec(line) ?? [];
      return { name, email, when };
    };
    return {
      id,
      tree: field('tree'),
      parents: [...head.matchAll(/^parent (.*)$/gm)].map((match) => match[1] ?? ''),
      author: person(field('author')),
      committer: person(field('committer')),
      message: end < 0 ? '' : raw.slice(end + 2),
    };
  }

  async blob(id: string): Promise<Buffer> {
    const { stdout } = await git(['cat-file', 'blob', id], { gitDir: this.path });
    return stdout;
  }

  isAncestor(ancestor: string, of: string): Promise<boolean> {
    return this.once(`ancestor ${ancestor} ${of}`, () => this.#isAncestor(ancestor, of));
  }

  async #isAncestor(ancestor: string, of: string): Promise<boolean> {
    const { code } = await git(['merge-base', '--is-ancestor', ancestor, of], {
      gitDir: this.path,
      okCodes: [0, 1],
    });
    return code === 0;
  }

  mergeBase(one: string, other: string): Promise<string | null> {
    return this.once(`base ${one} ${other}`, () => this.#mergeBase(one, other));
  }

  async #mergeBase(one: string, other: string): Promise<string | null> {
    const out = await this.run(['merge-base', one, other], { okCodes: [0, 1] });
    return out === '' ? null : (out.split('\n')[0] ?? null);
  }

  /** Commits of `head` that `base` has not, oldest first. */
  between(base: string, head: string): Promise<string[]> {
    return this.once(`between ${base} ${head}`, () => this.#between(base, head));
  }

  async #between(base: string, head: string): Promise<string[]> {
    const out = await this.run(['rev-list', '--reverse', '--topo-order', head, `^${base}`]);
    return out === '' ? [] : out.split('\n');
  }

  /** The tree of a clean three-way merge, or null when it conflicts. */
  mergeTree(one: string, other: string): Promise<string | null> {
    return this.once(`tree ${one} ${other}`, () => this.#mergeTree(one, other));
  }

  async #mergeTree(one: string, other: string): Promise<string | null> {
    const { stdout, code } = await git(['merge-tree', '--write-tree', '--', one, other], {
      gitDir: this.path,
      config: FAST,
      okCodes: [0, 1, 128],
    });
    // 128: the histories have nothing in common.
    return code === 0 ? stdout.toString('utf8').slice(0, 40) : null;
  }

  async commitTree(
    tree: string,
    parents: string[],
    message: string,
    people: { author: Person; committer: Person },
  ): Promise<string> {
    const { author, committer } = people;
    return this.run(
      ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
      {
        input: message,
        env: {
          GIT_AUTHOR_NAME: author.name,
          GIT_AUTHOR_EMAIL: author.email,
          GIT_AUTHOR_DATE: author.when,
          GIT_COMMITTER_NAME: committer.name,
          GIT_COMMITTER_EMAIL: committer.email,
          GIT_COMMITTER_DATE: committer.when,
        },
      },
    );
  }

  /** A tree that is `from` with some files set or (null) taken away. */
  async writeTree(from: string | null, files: Record<string, string | null>): Promise<string> {
    indexes += 1;
    const index = `${this.path}/double-index-${indexes}`;
    const call = (args: string[], input?: string) =>
      this.run(args, { index, ...(input === undefined ? {} : { input }) });
    if (from !== null) await call(['read-tree', from]);
    let info = '';
    for (const [path, content] of Object.entries(files)) {
      if (content === null) info += `0 ${'0'.repeat(40)}\t${path}\0`;
      else {
        const blob = await call(['hash-object', '-w', '--stdin'], content);
        info += `100644 ${blob}\t${path}\0`;
      }
    }
    await call(['update-index', '-z', '--add', '--index-info'], info);
    const tree = await call(['write-tree']);
    await rm(index, { force: true });
    return tree;
  }
}

let indexes = 0;
