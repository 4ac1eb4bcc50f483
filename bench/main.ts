/**
 * Every speed goal as a ratio to something plain on the same machine in the same run. Prints a
 * table, or with --json one document on standard output. `--only TEXT` measures what has TEXT in
 * its name, `--rounds N` takes another number of rounds than 9.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { append } from './append.ts';
import { bigRepo } from './big-repo.ts';
import { egress } from './egress.ts';
import { evidence } from './evidence.ts';
import { forge } from './forge.ts';
import { idle } from './idle.ts';
import { large, small } from './loop.ts';
import type { Bench, Ratio } from './measure.ts';
import { container } from './sandbox.ts';
import { srt } from './srt.ts';
import { boot, status } from './start.ts';

const BENCHES: readonly Bench[] = [
  small,
  large,
  bigRepo,
  append,
  evidence,
  forge,
  status,
  boot,
  idle,
  srt,
  container,
  egress,
];

/** `tell` hears of each result as it comes. Rejects when nothing has such a name. */
export async function measure(
  only: string,
  rounds: number,
  tell: (ratio: Ratio) => void,
): Promise<Ratio[]> {
  const wanted = (name: string): boolean => name.includes(only);
  const chosen = BENCHES.filter(({ names }) => names.some(wanted));
  if (chosen.length === 0) {
    const names = BENCHES.flatMap((bench) => bench.names.map((name) => `\n  ${name}`)).join('');
    throw new Error(`no ratio has "${only}" in its name; there are:${names}`);
  }
  const ratios: Ratio[] = [];
  for (const bench of chosen) {
    for (const ratio of await bench.run(rounds)) {
      if (!wanted(ratio.name)) continue;
      tell(ratio);
      ratios.push(ratio);
    }
  }
  return ratios;
}

export const meets = ({ value, goal, better }: Ratio): boolean =>
  better === 'lower' ? value <= goal : value >= goal;

export function line(ratio: Ratio): string {
  const { name, value, goal, better, note } = ratio;
  const sign = better === 'lower' ? '≤' : '≥';
  const verdict = meets(ratio) ? 'ok  ' : 'MISS';
  return `${verdict}  ${value.toFixed(2).padStart(7)}  ${sign} ${String(goal).padEnd(5)} ${name.padEnd(58)} ${note}`;
}

export const document = (ratios: readonly Ratio[]): string =>
  JSON.stringify({
    ratios: ratios.map(({ name, value, goal, better }) => ({ name, value, goal, better })),
  });

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '9' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number.');
  const say = (text: string): void =>
    void (values.json ? process.stderr : process.stdout).write(`${text}\n`);
  const ratios = await measure(values.only, rounds, (ratio) => say(line(ratio)));
  if (values.json) process.stdout.write(`${document(ratios)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
