/**
 * Workspaces of a large repository against git's own way: laying one out over `git worktree add`,
 * and taking in a change of 50 files over three times what `git status` needs to see it.
 * The status is the first one after the change, in a fresh work tree: both sides have to find it.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkspaces } from '../src/execution/workspace/workspaces.ts';
import { type Bench, inTurn, median, ms, timed } from './measure.ts';
import { makeRepo, plain } from './repo.ts';

const FILES = 50_000;
const CHANGED = 50;
const LAY_OUT = `workspace over git worktree add, ${FILES} files`;
const COLLECT = `collection of ${CHANGED} changed files over git status x 3, ${FILES} files`;
const LIMITS = {
  maxFiles: 200_000,
  maxBytes: 4 * 1024 ** 3,
  maxFileBytes: 50 * 1024 ** 2,
  maxDepth: 64,
};
const COMMIT = { message: 'change', time: '2026-01-01T00:00:00.000Z' };

function change(tree: string, round: number): void {
  for (let at = 0; at < CHANGED; at += 1) {
    const file = at * 997;
    appendFileSync(join(tree, `d${file % 60}`, `f${file}.ts`), `// round ${round}\n`);
  }
}

export const bigRepo: Bench = {
  names: [LAY_OUT, COLLECT],
  async run(rounds) {
    const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-'));
    try {
      const source = await makeRepo(dir, FILES);
      await plain(dir, source, 'git', ['gc', '-q']);
      mkdirSync(join(dir, 'out'));
      const workspaces = createWorkspaces({ root: join(dir, 'repos') });
      const { mirror, base } = await workspaces.sync('big', source, 'main');
      const ours = (round: number) => join(dir, 'out', `ours-${round}`);
      const theirs = (round: number) => join(dir, 'out', `theirs-${round}`);
      const layOut = (round: number) =>
        timed(() => workspaces.layOut(mirror, base, ours(round), '/objects'));
      const worktree = (round: number) => {
        const args = ['worktree', 'add', '-q', '-b', `b${round}`, theirs(round), 'main'];
        return timed(() => plain(dir, source, 'git', args));
      };
      const settle = () => plain(dir, dir, 'sync', []);
      const remove = async (round: number): Promise<void> => {
        await workspaces.discard(ours(round));
        await plain(dir, source, 'git', ['worktree', 'remove', '--force', theirs(round)]);
        await settle();
      };
      const collect = async (round: number) => {
        change(join(ours(round), 'repo'), round);
        await settle();
        return timed(() => workspaces.collect(mirror, ours(round), base, COMMIT, LIMITS));
      };
      const status = async (round: number) => {
        change(theirs(round), round);
        await settle();
        return timed(() => plain(dir, theirs(round), 'git', ['status', '--porcelain']));
      };
      await layOut(-1);
      await worktree(-1);
      await remove(-1);
      const laid = { ours: [] as number[], theirs: [] as number[] };
      const taken = await inTurn(
        rounds,
        async (round) => {
          laid.ours.push(await layOut(round));
          return collect(round);
        },
        async (round) => {
          laid.theirs.push(await worktree(round));
          return 3 * (await status(round));
        },
      );
      for (let round = 0; round < rounds; round += 1) await remove(round);
      const ratios = laid.ours.map((time, at) => time / (laid.theirs[at] ?? Number.NaN));
      return [
        {
          name: LAY_OUT,
          value: median(ratios),
          goal: 1.3,
          better: 'lower',
          note: `${ms(median(laid.ours))} over ${ms(median(laid.theirs))}`,
        },
        {
          name: COLLECT,
          value: taken.ratio,
          goal: 1,
          better: 'lower',
          note: `${ms(taken.ours)} over 3 × ${ms(taken.other / 3)}`,
        },
      ];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
