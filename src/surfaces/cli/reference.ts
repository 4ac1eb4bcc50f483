/** `docs/reference/cli.md`, made from the command surface and the table of exit codes. */
import type { Entry } from './entry.ts';
import { EXIT } from './exit-codes.ts';
import { COMMANDS, GROUPS } from './surface.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const angles = (text: string): string => `\`${text}\``;

function section(entry: Entry): string[] {
  const names = entry.use.split(' ').filter((word) => /^[<[]/.test(word));
  const rows = [
    ...names.flatMap((name, index) => {
      const what = entry.args?.[index];
      return what ? [[name, what]] : [];
    }),
    ...(entry.flags ?? []).map(({ flag, does, many, choices }) => [
      flag,
      `${does}${choices ? ` (${choices.join(', ')})` : ''}${many ? '; may be given again' : ''}`,
    ]),
  ];
  return [
    `### aedev ${entry.use}`,
    '',
    `${entry.does.charAt(0).toUpperCase()}${entry.does.slice(1)}.`,
    '',
    ...(rows.length === 0
      ? []
      : [
          '| | |',
          '|---|---|',
          ...rows.map(([name = '', what = '']) => `| ${angles(cell(name))} | ${cell(what)} |`),
          '',
        ]),
    ...(entry.examples ? ['```sh', ...entry.examples, '```', ''] : []),
  ];
}

export function reference(): string {
  const shown = COMMANDS.filter((entry) => !entry.hidden);
  const groupOf = (entry: Entry) => entry.use.split(' ')[0] ?? '';
  const alone = shown.filter((entry) => !Object.hasOwn(GROUPS, groupOf(entry)));
  return [
    '# The command line',
    '',
    'Written by `node scripts/write-cli-reference.mjs` from `src/surfaces/cli/surface.ts`; do not edit.',
    '',
    'Commands that only look read the log and work while the daemon hangs or is dead. Commands that',
    'change something go through the daemon. `--json` prints one document; see [json.md](json.md).',
    'Text that others wrote is escaped before it is printed. `AEDEV_HOME` names another home,',
    '`AEDEV_DEBUG=1` adds the stack to an unexpected error, `NO_COLOR=1` takes the colours away.',
    '`claude247` is another name for `aedev`.',
    '',
    '## Exit codes',
    '',
    '| code | name | meaning |',
    '|---|---|---|',
    ...Object.entries(EXIT).map(
      ([name, { code, meaning }]) => `| ${code} | ${name} | ${meaning} |`,
    ),
    '',
    '## Commands',
    '',
    ...alone.flatMap(section),
    ...Object.entries(GROUPS).flatMap(([group, about]) => [
      `## aedev ${group}: ${about}`,
      '',
      ...shown.filter((entry) => groupOf(entry) === group).flatMap(section),
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}
