/** Reference pages made from the tables that the program itself obeys. */
import { HOLD_CODES } from '../control/contract.ts';
import { type Machine, mermaid } from '../control/machine.ts';
import { MISSION } from '../control/mission.ts';
import { TASK } from '../control/task.ts';

const made =
  '<!-- Made by scripts/write-reference.mjs; edit the tables in src/control instead. -->';

/** File name under docs/reference to its text. */
export function referencePages(): Record<string, string> {
  return { 'states.md': states(), 'holds.md': holds() };
}

function states(): string {
  const part = (machine: Machine<string>) => [
    `## ${machine.name}`,
    '',
    '```mermaid',
    mermaid(machine),
    '```',
    '',
    '| from | event | to |',
    '|---|---|---|',
    ...machine.transitions.map(
      ({ from, on, to }) => `| ${from === '*' ? 'any that is not an end' : from} | ${on} | ${to} |`,
    ),
    '',
  ];
  return [
    made,
    '# States',
    '',
    'A hold may lie over any state that is not an end; ends absorb.',
    '',
    ...part(MISSION),
    ...part(TASK),
  ].join('\n');
}

function holds(): string {
  const rows = Object.entries(HOLD_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return [
    made,
    '# Holds',
    '',
    'Why work waits. Who or what ends a hold, and how, is told with each one by `aedev hold list`.',
    '',
    '| code | meaning |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
}
