/** A throw-away bare repository whose objects are written byte by byte, odd ones included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, text } from '../../src/lib/git.ts';

export interface Entry {
  /** Default `100644`. */
  mode?: string;
  content?: string | Buffer;
  oid?: string;
}
export type Files = Record<string, string | Buffer | Entry>;

export const TIME = '1700000000 +0000';

export interface Repo {
  dir: string;
  gitDir: string;
  blob(content: string | Buffer): Promise<string>;
  /** Writes a tree of exactly these paths (`/` separates folders). */
  tree(files: Files): Promise<string>;
  commit(files: Files, parents?: string[], message?: string): Promise<string>;
  /** Points a branch at a commit, whatever it was. */
  branch(name: string, commit: string): Promise<void>;
  /** Content of a path in a commit. */
  show(commit: string, path: string): Promise<string>;
  git(...args: string[]): Promise<string>;
  remove(): void;
}

export function tempDir(name: string): string {
  return mkdtempSync(join(tmpdir(), `aedev-${name}-`));
}

export async function createRepo(gitDir?: string): Promise<Repo> {
  const dir = gitDir ? '' : tempDir('repo');
  const place = { gitDir: gitDir ?? join(dir, 'host.git') };
  if (dir) await git(['init', '-q', '--bare', '--initial-branch=main', place.gitDir]);
  const write = (type: string, content: string | Buffer): Promise<string> =>
    text(['hash-object', '-t', type, '-w', '--literally', '--stdin'], { ...place, input: content });
  const blob = (content: string | Buffer): Promise<string> => write('blob', content);

  async function tree(files: Files): Promise<string> {
    const folders = new Map<string, Files>();
    const entries: { name: string; mode: string; oid: string }[] = [];
    for (const [path, file] of Object.entries(files)) {
      const entry: Entry =
        typeof file === 'string' || Buffer.isBuffer(file) ? { content: file } : file;
      const slash = path.indexOf('/');
      if (slash > 0) {
        const folder = folders.get(path.slice(0, slash)) ?? {};
        folder[path.slice(slash + 1)] = entry;
        folders.set(path.slice(0, slash), folder);
      } else {
        const oid = entry.oid ?? (await blob(entry.content ?? ''));
        entries.push({ name: path, mode: entry.mode ?? '100644', oid });
      }
    }
    for (const [name, below] of folders)
      entries.push({ name, mode: '40000', oid: await tree(below) });
    const key = (entry: { name: string; mode: string }): Buffer =>
      Buffer.from(entry.mode === '40000' ? `${entry.name}/` : entry.name);
    entries.sort((a, b) => Buffer.compare(key(a), key(b)));
    return write(
      'tree',
      Buffer.concat(
        entries.flatMap(({ mode, name, oid }) => [
          Buffer.from(`${mode} ${name}\0`),
          Buffer.from(oid, 'hex'),
        ]),
      ),
    );
  }

  return {
    dir,
    gitDir: place.gitDir,
    blob,
    tree,
    async commit(files, parents = [], message = 'change\n') {
      const who = `Test <test@example.com> ${TIME}`;
      const lines = [
        `tree ${await tree(files)}`,
        ...parents.map((parent) => `parent ${parent}`),
        `author ${who}`,
        `committer ${who}`,
        '',
        message,
      ];
      return write('commit', lines.join('\n'));
    },
    async branch(name, commit) {
      await git(['update-ref', `refs/heads/${name}`, commit], place);
    },
    show: async (commit, path) =>
      (await git(['cat-file', 'blob', `${commit}:${path}`], place)).stdout.toString('utf8'),
    git: (...args) => text(args, place),
    remove: () => {
      if (dir) rmSync(dir, { recursive: true, force: true });
    },
  };
}
