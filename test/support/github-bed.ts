/** The GitHub adapter on the double, for the forge conformance suite and for tests of its own. */

import type { RemoteWriteGate } from '../../src/delivery/forges/forge.ts';
import {
  createGitHubForge,
  type GitHubForge,
  type GitHubOptions,
} from '../../src/delivery/forges/github/github.ts';
import { git } from '../../src/lib/git.ts';
import { createRepo, type Repo } from '../delivery/repo.ts';
import type { RepoHandle } from './github/control.ts';
import { type GitHubDouble, startGitHubDouble, WORK } from './github/double.ts';

export const OPEN: RemoteWriteGate = { assertAllowed: () => {} };

export interface GitHubBed {
  double: GitHubDouble;
  /** The repository, as somebody else handles it. */
  there: RepoHandle;
  host: Repo;
  base: string;
  token: string;
  forge: GitHubForge;
  /** Another adapter on the same repository. */
  make(more?: Partial<GitHubOptions>): GitHubForge;
  remove(): Promise<void>;
}

/** `acme/shop` with these files on `main`, in a double and in a host's own repository. */
export async function githubBed(
  files: Record<string, string>,
  options: Partial<GitHubOptions> = {},
): Promise<GitHubBed> {
  const double = await startGitHubDouble();
  // Known at once; tests of what is not known yet say so.
  double.hub.mergeabilityDelay = 0;
  const there = await double.createRepo('acme/shop', {
    files: null,
    people: { ann: 'write', 'aedev-bot': 'write', reader: 'read' },
  });
  const host = await createRepo();
  const base = await host.commit(files);
  await host.branch('main', base);
  await there.bring(host.gitDir, base);
  await there.move('main', base);
  const token = double.token({ permissions: { ...WORK, statuses: 'write' } });
  const make = (more: Partial<GitHubOptions> = {}): GitHubForge =>
    createGitHubForge({
      repo: 'acme/shop',
      gitUrl: double.gitUrl(there),
      apiUrl: double.url,
      tokenEnv: null,
      app: null,
      labels: [],
      env: { AEDEV_GITHUB_TOKEN: token },
      gate: OPEN,
      now: () => double.hub.now(),
      paced: false,
      ...options,
      ...more,
    });
  return {
    double,
    there,
    host,
    base,
    token,
    make,
    forge: make(),
    async remove() {
      host.remove();
      await double.close();
    },
  };
}

/** Brings a commit of the host there, and moves a branch to it. */
export async function moveThere(bed: GitHubBed, branch: string, commit: string | null) {
  if (commit !== null) await bed.there.bring(bed.host.gitDir, commit);
  await bed.there.move(branch, commit);
}

/** A repository that knows what GitHub has: for looking at commits that it made. */
export async function fetchThere(bed: GitHubBed, commit: string): Promise<string> {
  const { stdout } = await git(['cat-file', 'commit', commit], { gitDir: bed.there.state.gitDir });
  return stdout.toString('utf8');
}
