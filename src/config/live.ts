/** The operator's policy as it stands in the files right now; a broken file keeps the last good one in force. */
import { statSync } from 'node:fs';
import type { Policy } from '../control/policy.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { invalidConfig } from './errors.ts';
import type { HomePaths } from './home.ts';
import { loadConfig } from './load.ts';
import { formatProblem } from './problem.ts';

/** Changes when a file was written, replaced, made or removed. */
function stampOf(paths: HomePaths): string {
  return [paths.policiesFile, paths.reposFile]
    .map((path) => {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stat ? `${stat.mtimeNs}/${stat.ctimeNs}/${stat.size}/${stat.ino}` : 'none';
    })
    .join(' ');
}

/** @throws ConfigError `invalid` when the files are broken at the start: there is no last good policy then. */
export function livePolicy(paths: HomePaths) {
  let stamp = stampOf(paths);
  const first = loadConfig(paths);
  if (!first.ok) throw invalidConfig(first.problems, 'The policy cannot be used');
  let policy: Policy = first.policy;
  let problems: string[] = [];
  return {
    current: () => policy,
    text: () => canonicalJson({ policies: policy.policies, repos: policy.repos }),
    refresh(): { changed: boolean; problems: string[] } {
      const now = stampOf(paths);
      if (now === stamp) return { changed: false, problems };
      stamp = now;
      const loaded = loadConfig(paths);
      problems = loaded.ok ? [] : loaded.problems.map(formatProblem);
      const changed = loaded.ok && loaded.policy.hash !== policy.hash;
      if (loaded.ok) policy = loaded.policy;
      return { changed, problems };
    },
  };
}
