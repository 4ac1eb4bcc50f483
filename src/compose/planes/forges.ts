/** Forges: where a repo's changes are pushed to, and where its branch is read from. */
import { join } from 'node:path';
import type { RepoEntry } from '../../control/policy-repo.ts';
import type { Forge } from '../../delivery/forges/forge.ts';
import type { GitHubForges } from './github.ts';
import type { Wiring, Workspaces } from './wiring.ts';

export interface Forges {
  forgeOf(repo: string): Promise<Forge>;
  /** Brings the forge up to date with the operator's repo and says where its branch is read from. */
  sourceOf(repo: string): Promise<{ source: string; branch: string }>;
}

export async function wireForges(
  wiring: Wiring,
  workspaces: Workspaces,
  entryOf: (repo: string) => RepoEntry,
  github: GitHubForges,
): Promise<Forges> {
  const [{ createLocalForge }, { initLocalForge }, { sourceRef }, { WorkspaceError }] =
    await Promise.all([
      import('../../delivery/forges/local.ts'),
      import('../../delivery/forges/local-init.ts'),
      import('../../execution/workspace/mirror.ts'),
      import('../../execution/workspace/workspace.ts'),
    ]);
  const { paths, gate } = wiring;
  const pathOf = (repo: string) => entryOf(repo).forge.path ?? join(paths.forge, `${repo}.git`);
  const open = (repo: string) =>
    createLocalForge({ gitDir: pathOf(repo), home: paths.home, gate, remoteName: repo });
  return {
    forgeOf: async (repo) => (await github.of(repo, entryOf(repo))) ?? open(repo),
    async sourceOf(repo) {
      const { source, branch, forge } = entryOf(repo);
      // The branch there is the truth: nothing is followed or kept in between.
      if (forge.kind === 'github') return { source, branch };
      const gitDir = pathOf(repo);
      // A forge of the operator's own is the truth itself; one of ours follows the operator's repo.
      if (forge.path) return { source: gitDir, branch };
      const { mirror, base } = await workspaces.sync(repo, source, branch, 'upstream');
      await initLocalForge(gitDir, mirror.gitDir, branch, sourceRef(branch, 'upstream'));
      const synced = await open(repo).syncFromSource(branch, base, mirror.gitDir);
      // Going on would build on code that lacks the operator's own commits, and say nothing.
      if (synced === 'diverged')
        throw new WorkspaceError(
          'diverged',
          `Branch ${branch} of your repo has commits that the merged work lacks, and lacks merged work itself: \`git pull --rebase ${gitDir} ${branch}\` brings it over`,
        );
      return { source: gitDir, branch };
    },
  };
}
