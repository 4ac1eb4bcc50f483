/** Forges to run the conformance suite on, each with a host mirror and ways around the adapter. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Forge, PullRequest, RemoteWriteGate } from '../../src/delivery/forges/forge.ts';
import { createLocalForge, type LocalForge } from '../../src/delivery/forges/local.ts';
import { initLocalForge } from '../../src/delivery/forges/local-init.ts';
import { git } from '../../src/lib/git.ts';
import { createRepo, type Repo, tempDir } from '../delivery/repo.ts';
import { fetchThere, githubBed, moveThere } from './github-bed.ts';

/** Files of the first commit of every bed. */
export const START = { 'src/a.ts': 'one\ntwo\nthree\n', 'README.md': 'read me\n' };
export const TIME = '2026-01-02T03:04:05.000Z';

export interface ForgeBed {
  forge: Forge;
  /** Another adapter on the same forge, as after a restart or on another machine. */
  again(): Forge;
  /** The host's own repository, from which is pushed. */
  host: Repo;
  /** Tip of `main` at the start, in both. */
  base: string;
  /** GitHub takes the time of a merge itself, and no pull request without a common history. */
  isGitHub: boolean;
  /** What someone else does on the forge: moves a branch (null: deletes it), adds a review. */
  move(branch: string, commit: string | null): Promise<void>;
  review(number: number, review: Omit<PullRequest['reviews'][number], 'id'>): Promise<void>;
  /** Parents, tree, identity and message of a commit on the forge. */
  commit(id: string): Promise<{ tree: string; parents: string[]; text: string }>;
  remove(): void | Promise<void>;
}

export interface LocalBed extends ForgeBed {
  remove(): void;
  forge: LocalForge;
  root: string;
  home: string;
  /** The bare repository behind the forge. */
  bare: Repo;
  gitDir: string;
}

/** A pull request of task `name`, from the branch that aedev would make for it. */
export function opening(name = 't-1') {
  const marker = `<!-- aedev:task=${name} -->`;
  const draft = true as const;
  return {
    marker,
    title: 'T',
    body: marker,
    headBranch: `aedev/${name}`,
    baseBranch: 'main',
    draft,
  };
}

export const OPEN_GATE: RemoteWriteGate = { assertAllowed: () => {} };

/** A local forge in a temporary folder; `outside` puts it beside the home instead of under it. */
export async function localBed(
  options: { outside?: boolean; gate?: RemoteWriteGate } = {},
): Promise<LocalBed> {
  const root = tempDir('forge');
  const home = join(root, 'home');
  mkdirSync(join(home, 'forges'), { recursive: true });
  const host = await createRepo();
  const base = await host.commit(START);
  await host.branch('main', base);
  const gitDir = join(options.outside ? root : join(home, 'forges'), 'f.git');
  await initLocalForge(gitDir, host.gitDir, 'main');
  const bare = await createRepo(gitDir);
  const make = () => createLocalForge({ gitDir, home, gate: options.gate ?? OPEN_GATE });
  const forge = make();
  return {
    forge,
    again: make,
    host,
    base,
    isGitHub: false,
    root,
    home,
    bare,
    gitDir,
    async move(branch, commit) {
      const ref = `refs/heads/${branch}`;
      if (commit === null) await bare.git('update-ref', '-d', ref);
      else {
        await forgeFetch(bare, host, commit);
        await bare.branch(branch, commit);
      }
    },
    async review(number, review) {
      await forge.review(number, review);
    },
    async commit(id) {
      return readCommit(await bare.git('cat-file', 'commit', id));
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
      host.remove();
    },
  };
}

async function forgeFetch(bare: Repo, host: Repo, commit: string): Promise<void> {
  await git(['fetch', '-q', '--no-write-fetch-head', '--', host.gitDir, commit], {
    gitDir: bare.gitDir,
    protocols: ['file'],
  });
}

/** Where the rules of GitHub itself differ, the bed says so. */
async function gitHubForgeBed(): Promise<ForgeBed> {
  const bed = await githubBed(START);
  return {
    forge: bed.forge,
    again: () => bed.make(),
    host: bed.host,
    base: bed.base,
    isGitHub: true,
    async move(branch, commit) {
      await moveThere(bed, branch, commit);
    },
    async review(number, { author, state, body }) {
      const states = {
        approved: 'APPROVED',
        'changes-requested': 'CHANGES_REQUESTED',
        comment: 'COMMENTED',
      } as const;
      await bed.there.review(number, { state: states[state], body, by: author });
    },
    async commit(id) {
      const raw = await fetchThere(bed, id);
      return readCommit(raw);
    },
    remove: () => bed.remove(),
  };
}

function readCommit(raw: string) {
  const [tree = ''] = /^tree (.*)$/m.exec(raw)?.slice(1) ?? [];
  const parents = [...raw.matchAll(/^parent (.*)$/gm)].map((found) => found[1] ?? '');
  return { tree, parents, text: raw };
}

/** Every adapter that the conformance suite runs on. */
export const FORGES: Record<string, () => Promise<ForgeBed>> = {
  local: () => localBed(),
  github: gitHubForgeBed,
};
