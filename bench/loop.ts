/**
 * A task in a warm daemon against shell scripts doing the same work on the same repository. One
 * mission gives three numbers: until its first move starts, until its work is a commit on a ref,
 * and until it is merged and its workspace gone.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorld, VERIFY, type World } from './installation.ts';
import { type Bench, median, ms, type Ratio, timed } from './measure.ts';
import { plain } from './repo.ts';

const LARGE = 5000;
const WARM = 2;
const TASK = 'null task over a git worktree script';
const LOOP = `whole loop over a script of its steps, ${LARGE} files`;
const START = 'dispatch to start of a move, ms';

/** $1 worktree, $2 branch, $3 coder */
const TASK_SCRIPT = `set -e
git worktree add -q -b "$2" "$1" main
( cd "$1" && sh "$3" && git add -A && git commit -q -m change )
git worktree remove --force "$1"
`;

/**
 * What the loop does, as a person would script it with git's defaults: none of aedev's checks,
 * logs, flushes or recovery. The judges are asked with curl where there is one. One secret pattern
 * stands for the scan. $1 folder, $2 branch, $3 coder, $4 bare forge, $5 and $6 judges, $7 verify
 */
const LOOP_SCRIPT = `set -e
git fetch -q "$4" main
base=$(git rev-parse FETCH_HEAD)
git worktree add -q -b "$2" "$1/work" "$base"
( cd "$1/work" && sh "$3" && git add -A && git commit -q -m change )
head=$(git rev-parse "$2")
git diff "$base" "$head" > "$1/diff"
if grep -qE 'AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY' "$1/diff"; then exit 1; fi
for side in "$base" "$head"; do
  git worktree add -q --detach "$1/check" "$side"
  ( cd "$1/check" && $7 )
  git worktree remove --force "$1/check"
done
for judge in "$5" "$6"; do
  if command -v curl >/dev/null; then
    curl -s -o "$1/verdict" -H 'content-type: application/json' --data-binary "@$1/ask" "$judge"
  fi
done
git push -q "$4" "$2:refs/heads/aedev/$2" "$2:refs/pull/$2/head"
cd "$4"
tree=$(git merge-tree --write-tree "$base" "$head")
commit=$(git commit-tree "$tree" -p "$base" -p "$head" -m merge)
git update-ref refs/heads/main "$commit" "$base"
cd - >/dev/null
git worktree remove --force "$1/work"
`;

interface Took {
  start: number;
  task: number;
  loop: number;
}

/** What the engine tells of the instant at which it hands a move to its executor. */
class Starts {
  #waiting: ((at: number) => void) | null = null;
  readonly point = (name: string): void => {
    if (name !== 'started') return;
    this.#waiting?.(performance.now());
    this.#waiting = null;
  };
  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

async function mission(world: World, starts: Starts): Promise<Took> {
  const { approve } = await world.submitted();
  await flushed(world);
  const begun = performance.now();
  const met = Promise.all([
    starts.next(),
    world.next('task.work-collected'),
    world.next('task.remembered'),
  ]);
  await approve();
  const [start, task, loop] = (await met).map((at) => at - begun) as [number, number, number];
  await world.settled();
  return { start, task, loop };
}

/** Nobody pays for what another left in the disk's queue: aedev flushes its log, the scripts nothing. */
const flushed = (world: World) => plain(world.dir, world.dir, 'sync', []);

async function taskScript(world: World, round: number): Promise<number> {
  const folder = join(world.dir, 'out', `task-${round}`);
  const args = ['-c', TASK_SCRIPT, 'sh', folder, `task-${round}`, world.coder];
  await flushed(world);
  return timed(() => plain(world.dir, world.source, 'sh', args));
}

async function loopScript(world: World, forge: string, round: number): Promise<number> {
  const folder = join(world.dir, 'out', `loop-${round}`);
  mkdirSync(folder);
  const messages = [{ role: 'user', content: 'Judge this change.' }];
  writeFileSync(join(folder, 'ask'), JSON.stringify({ model: 'double', messages, contents: [] }));
  const judges = [
    `${world.openai}/chat/completions`,
    `${world.gemini}/models/double:generateContent`,
  ];
  const args = [folder, `loop-${round}`, world.coder, forge, ...judges, VERIFY.join(' ')];
  await flushed(world);
  return timed(() => plain(world.dir, world.source, 'sh', ['-c', LOOP_SCRIPT, 'sh', ...args]));
}

interface Round {
  ours: Took;
  task: number;
  loop: number;
}

async function measure(files: number, rounds: number): Promise<Round[]> {
  const starts = new Starts();
  const world = await openWorld(files, starts.point);
  try {
    const forge = join(world.dir, 'forge.git');
    await plain(world.dir, world.dir, 'git', ['clone', '-q', '--bare', world.source, forge]);
    const scripts = async (round: number) => ({
      task: await taskScript(world, round),
      loop: await loopScript(world, forge, round),
    });
    const seen: Round[] = [];
    // Two more rounds first: code compiled, mirror fetched, file caches filled, on every side.
    for (let round = -WARM; round < rounds; round += 1) {
      let ours: Took | null = null;
      if (round % 2 === 0) ours = await mission(world, starts);
      const script = await scripts(round + WARM);
      ours ??= await mission(world, starts);
      if (round >= 0) seen.push({ ours, ...script });
    }
    return seen;
  } finally {
    await world.end();
  }
}

function ratio(name: string, goal: number, rounds: Round[], which: 'task' | 'loop'): Ratio {
  const ours = ms(median(rounds.map((round) => round.ours[which])));
  const script = ms(median(rounds.map((round) => round[which])));
  return {
    name,
    value: median(rounds.map((round) => round.ours[which] / round[which])),
    goal,
    better: 'lower',
    note: `${ours} over ${script}`,
  };
}

function bench(files: number, goal: number): Bench {
  const names = { task: `${TASK}, ${files} files`, loop: LOOP, start: START };
  const large = files === LARGE;
  return {
    names: large ? Object.values(names) : [names.task],
    async run(rounds) {
      const seen = await measure(files, rounds);
      const task = ratio(names.task, goal, seen, 'task');
      if (!large) return [task];
      const start = median(seen.map(({ ours }) => ours.start));
      return [
        task,
        ratio(names.loop, 1.25, seen, 'loop'),
        { name: names.start, value: start, goal: 20, better: 'lower', note: 'absolute' },
      ];
    },
  };
}

export const small = bench(200, 1.5);
export const large = bench(LARGE, 1.2);
