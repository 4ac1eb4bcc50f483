/** The suite as a list for people: docs/reference/attacks.md is made from the tables (`vitest run FILE --update`). */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Attack, EVERY, ISOLATED, UNREAD, WALLS } from './attack.ts';
import { INSIDE } from './inside.ts';
import { LIMITS } from './limits.ts';
import { TREES } from './trees.ts';
import { WAYS } from './ways.ts';

/** Played by tests of their own. */
const ALONE: readonly Attack[] = [
  {
    name: 'in-the-checks',
    theme: 'escape',
    tries: 'Does all of theft and escape from a test that the change brings.',
    tiers: ISOLATED,
    told: WALLS,
  },
  {
    name: 'pathological-patterns',
    theme: 'resources',
    tries: 'Ignore patterns keep git busy without end.',
    tiers: EVERY,
    told: UNREAD,
  },
];
const ALL: readonly Attack[] = [
  ...TREES.flatMap(({ attacks }) => attacks),
  ...INSIDE,
  ...WAYS,
  ...LIMITS,
  ...ALONE,
];
const THEMES = {
  git: 'Git',
  files: 'Files and names',
  configuration: 'Configuration that others would obey',
  theft: 'Theft',
  escape: 'Escape',
  proxy: 'The way out',
  resources: 'Using up the machine',
  output: 'Output',
} as const;

const HEAD = `# The hostile suite

Made from the tables in \`test/hostile/\`. Every attack runs in each tier named beside it, as a coder's run from
the mission to wherever it comes: workspace, sandbox, collection, evidence, judges, push gate. After each
one nothing of the coder's has run on the host, no canary outside is read, changed or listened to, no byte of a
token stands anywhere in the home, the log or the evidence, what is printed holds nothing that a
terminal obeys, and \`aedev task show\` says in a sentence what held the run or what was taken away. Where a tier
is not named, it does not hold the attack, or there is nothing there to try it on.
`;

function row({ name, tries, tiers }: Attack): string {
  return `| ${name} | ${tries} | ${tiers.join(', ')} |`;
}

test('every attack has one name and one sentence, and there are enough of them', () => {
  expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  expect(new Set(ALL.map(({ tries }) => tries)).size).toBe(ALL.length);
  expect(ALL.filter(({ tries }) => !/^[A-Z].*\.$/.test(tries))).toEqual([]);
  for (const tier of ISOLATED)
    expect(ALL.filter(({ tiers }) => tiers.includes(tier)).length).toBeGreaterThan(100);
  expect(new Set(ALL.map(({ theme }) => theme))).toEqual(new Set(Object.keys(THEMES)));
});

test('every script is in the table', () => {
  const scripts = readdirSync(join(import.meta.dirname, 'attacks'));
  const played = TREES.flatMap(({ attacks }) => attacks.map(({ name }) => `${name}.sh`));
  expect(scripts.sort()).toEqual(played.sort());
});

test('the reference lists them', async () => {
  const parts = Object.entries(THEMES).map(([theme, title]) => {
    const rows = ALL.filter((one) => one.theme === theme).map(row);
    return `\n## ${title}\n\n| attack | what it tries | held in |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  await expect(`${HEAD}${parts.join('')}\n${ALL.length} attacks.\n`).toMatchFileSnapshot(
    join(import.meta.dirname, '..', '..', 'docs', 'reference', 'attacks.md'),
  );
});
