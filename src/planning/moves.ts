/** The moves of planning: assess a request against its repos, write the sealed spec to its file. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assess, type CompiledIndex, compileIndex } from '../control/clarify/index.ts';
import type { Answer, ClarifyPolicy } from '../control/clarify/types.ts';
import type { MoveExecutor } from '../control/executor.ts';
import { type failure, success } from '../control/failure.ts';
import { buildIndex, type GitRunner } from './repo-index.ts';

export interface AssessDeps {
  /** The repo's git directory and the commit at the tip of its branch, brought up to date. */
  baseOf(repo: string): Promise<{ gitDir: string; commit: string }>;
  git: GitRunner;
  policy(): ClarifyPolicy;
  /** Turns an error of `baseOf` into an outcome. */
  sourceFailure(error: unknown): ReturnType<typeof failure>;
}

export function assessMove(deps: AssessDeps): MoveExecutor {
  /** An index is a function of the commit; the last few are kept because answers rescore soon. */
  const cache = new Map<string, CompiledIndex>();
  async function indexOf(repo: string, gitDir: string, commit: string): Promise<CompiledIndex> {
    const key = `${repo}@${commit}`;
    const known = cache.get(key);
    if (known) return known;
    const index = compileIndex(await buildIndex(deps.git, gitDir, commit, repo));
    if (cache.size >= 4) cache.delete(cache.keys().next().value ?? '');
    cache.set(key, index);
    return index;
  }
  return {
    kind: 'assess',
    async perform(move) {
      const { text, repos, answers } = move.input as {
        text: string;
        repos: string[];
        answers: Answer[];
      };
      const base: Record<string, string> = {};
      const indexes: CompiledIndex[] = [];
      for (const repo of repos) {
        try {
          const { gitDir, commit } = await deps.baseOf(repo);
          base[repo] = commit;
          indexes.push(await indexOf(repo, gitDir, commit));
        } catch (error) {
          return deps.sourceFailure(error);
        }
      }
      return success({ assessment: assess({ text, indexes, answers }, deps.policy()), base });
    },
    // Reading and scoring again is harmless and gives the same result.
    adopt: async () => 'absent',
  };
}

/** `<missions>/<mission>/clarified-spec.md`: a copy for people; the log holds the original. */
export const specPath = (missions: string, mission: string): string =>
  join(missions, mission, 'clarified-spec.md');

export function writeSpecMove(missions: string): MoveExecutor {
  return {
    kind: 'write-spec',
    async perform(move) {
      const { mission, text } = move.input as { mission: string; text: string };
      const path = specPath(missions, mission);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.new`;
      const file = await open(temporary, 'w', 0o600);
      await file.writeFile(text);
      await file.sync();
      await file.close();
      await rename(temporary, path);
      return success(null);
    },
    async adopt(move) {
      const { mission, text } = move.input as { mission: string; text: string };
      const there = await readFile(specPath(missions, mission), 'utf8').catch(() => null);
      return there === text ? success(null) : 'absent';
    },
  };
}
